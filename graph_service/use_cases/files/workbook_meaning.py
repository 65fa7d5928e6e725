"""Which CIs the rows of a file are about, as they are and as they were when it was written."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from graph_service.model.ci import CI
from graph_service.model.relationship import Relationship
from graph_service.store import GraphStore
from graph_service.use_cases.files.file_rows import FileRow, FileRows

_LOOKED_UP_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Which CI each row is about."""

    rows: Sequence[FileRow]
    by_id: Mapping[str, CI]
    by_key: Mapping[str, CI]
    by_name: Mapping[tuple[str, str], Sequence[CI]]
    past: Mapping[tuple[str, int], CI]

    @classmethod
    async def of(
        cls, store: GraphStore, file: FileRows, rows: Sequence[FileRow], newest: int
    ) -> "Meaning":
        """Look up everything that rows of a file name."""
        by_id: dict[str, CI] = {}
        by_key: dict[str, CI] = {}
        ids = [text for row in rows if (text := row.text("id"))]
        keys = [text for row in rows if (text := row.text("key")) and not row.text("id")]
        for start in range(0, len(ids), _LOOKED_UP_AT_ONCE):
            found = await store.cis(ids[start : start + _LOOKED_UP_AT_ONCE])
            by_id |= {str(each): ci for each, ci in found.items()}
        for start in range(0, len(keys), _LOOKED_UP_AT_ONCE):
            by_key |= await store.cis_by_key(keys[start : start + _LOOKED_UP_AT_ONCE])
        by_name: dict[tuple[str, str], Sequence[CI]] = {}
        for row in rows:
            named = row.text("name"), row.text("class")
            if not row.text("key") and not row.text("id") and all(named):
                same = await store.cis_by_name(named[0])
                by_name[named] = [each for each in same if each.class_name == named[1]]
        _judge(file, rows, by_id, by_name)
        judge_revisions(file, rows, newest)
        meaning = cls(rows=rows, by_id=by_id, by_key=by_key, by_name=by_name, past={})
        return replace(meaning, past=await meaning.pasts(store))

    async def pasts(self, store: GraphStore) -> dict[tuple[str, int], CI]:
        """Return the CIs that changed since their rows were exported, as they were then."""
        wanted: dict[int, set[str]] = {}
        for row in self.rows:
            ci, then = self.ci(row), revision_of(row.text("revision"))
            if ci and then and then < ci.revision:
                wanted.setdefault(then, set()).add(ci.id)
        found = await pasts_of(store, wanted)
        return {at: each for at, each in found.items() if isinstance(each, CI)}

    def ci(self, row: FileRow) -> CI | None:
        """Return the CI a row is about; ``None`` of a new one."""
        if ci_id := row.text("id"):
            return self.by_id.get(ci_id)
        if key := row.text("key"):
            return self.by_key.get(key)
        return next(iter(self.by_name.get((row.text("name"), row.text("class")), ())), None)

    def is_lost(self, row: FileRow) -> bool:
        """Whether a row means a CI that there is none of; a fault says so."""
        return bool(row.text("id")) and row.text("id") not in self.by_id

    def was(self, row: FileRow, ci: CI) -> CI | None:
        """Return a CI as its row was exported, if the row says when that was."""
        then = revision_of(row.text("revision"))
        if not then:
            return None
        return ci if then >= ci.revision else self.past.get((str(ci.id), then))


async def pasts_of(
    store: GraphStore, wanted: Mapping[int, Collection[str]]
) -> dict[tuple[str, int], CI | Relationship]:
    """Return records as they were at revisions, given by revision the ids that are wanted."""
    past: dict[tuple[str, int], CI | Relationship] = {}
    # Rows of one export are all as they were at the newest of their revisions.
    if wanted:
        every = {each for ids in wanted.values() for each in ids}
        found = await store.as_of(max(wanted), every)
        past = {(str(each.id), each.revision): each for each in found.values()}
    for then, ids in wanted.items():
        missing = [each for each in ids if (each, then) not in past]
        found = await store.as_of(then, missing) if missing else {}
        past |= {(str(each.id), then): each for each in found.values()}
    return past


def _judge(
    file: FileRows,
    rows: Sequence[FileRow],
    by_id: Mapping[str, CI],
    by_name: Mapping[tuple[str, str], Sequence[CI]],
) -> None:
    """Add the faults of rows that do not say which CI they are about."""
    handles = Counter(_handle(row, by_id) for row in rows)
    for row in rows:
        _judge_handle(file, row, by_id)
        if handles[_handle(row, by_id)] > 1:
            message = f"{_handle(row, by_id)[1]} is in {handles[_handle(row, by_id)]} rows"
            file.fault("DUPLICATE_ROW", row.address("key"), message, "leave one of them")
        same = by_name.get((row.text("name"), row.text("class")), ())
        if not row.text("key") and not row.text("id") and len(same) > 1:
            keys = ", ".join(each.key for each in same)
            message = f"several CIs are called {row.text('name')!r}: {keys}"
            file.fault("AMBIGUOUS_REFERENCE", row.address("key"), message, "fill in the key")


def judge_revisions(file: FileRows, rows: Sequence[FileRow], newest: int) -> None:
    """Add the faults of rows that were exported at a revision there never was."""
    for row in rows:
        revision = row.text("revision")
        if revision and not 0 < revision_of(revision) <= newest:
            message = f"{revision[:40]!r} is no revision there is"
            remedy = f"leave this column as it was exported; the newest is {newest}"
            file.fault("REVISION_UNKNOWN", row.address("revision"), message, remedy)


def _judge_handle(rows: FileRows, row: FileRow, by_id: Mapping[str, CI]) -> None:
    ci_id, key = row.text("id"), row.text("key")
    if not ci_id:
        return
    if ci_id not in by_id:
        message = f"there is no CI {ci_id[:60]!r}"
        remedy = "is this file of another estate? empty the cell to create a CI"
        rows.fault("CI_NOT_FOUND", row.address("id"), message, remedy)
    elif key and not _is_key(key, by_id[ci_id].key):
        message = f"the key of this CI is {by_id[ci_id].key!r}, and a key never changes"
        rows.fault("KEY_CHANGED", row.address("key"), message, "write it as it was")


def _is_key(written: str, key: str) -> bool:
    """Whether a key is meant; a spreadsheet may have taken its leading zeros."""
    return written == key or (key.isdecimal() and written == key.lstrip("0"))


def _handle(row: FileRow, by_id: Mapping[str, CI]) -> tuple[str, str]:
    ci_id, key = row.text("id"), row.text("key")
    if ci_id:
        return "key", by_id[ci_id].key if ci_id in by_id else ci_id
    return ("key", key) if key else ("name", f"{row.text('name')} ({row.text('class')})")


def revision_of(text: str) -> int:
    """Return the revision a cell names; 0 when it names none."""
    return int(text) if text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004 - digits
