"""What somebody else did to records since a writer last read them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.errors import MovedValue
from graph_service.model.relationship import Relationship
from graph_service.model.revision import LogEntry, RecordType, Revision
from graph_service.store import GraphStore

RECORDS_MAX = 20
"""How many records are looked into: who meets more reads them all again anyway."""


async def moved_since(
    store: GraphStore, subjects: Collection[str], revision: int
) -> list[MovedValue]:
    """Return what changed of these records after a revision, value by value, oldest first."""
    entries: dict[tuple[int, int], LogEntry] = {}
    known: list[CI | Relationship] = [
        *(await store.cis(subjects)).values(),
        *(await store.relationships(subjects)).values(),
    ]
    touched = sorted(str(each.id) for each in known if each.revision > revision)
    for subject in touched[:RECORDS_MAX]:
        newest = await store.history(subject, limit=100)
        entries |= {
            (each.revision, each.sequence): each
            for each in newest
            if each.revision > revision and each.record_id == subject
        }
    ends = {end for each in entries.values() for end in _ends(each)}
    keys = {str(each.id): each.key for each in (await store.cis(ends)).values()}
    revisions: dict[int, Revision] = {}
    for number in {each.revision for each in entries.values()}:
        revisions[number] = (await store.revisions(after=number - 1, limit=1))[0]
    return [
        moved
        for _, entry in sorted(entries.items())
        for moved in _values(entry, revisions[entry.revision], keys)
    ]


def _ends(entry: LogEntry) -> tuple[str, ...]:
    return (entry.subject_a, *([entry.subject_b] if entry.subject_b else ()))


def _values(entry: LogEntry, revision: Revision, keys: Mapping[str, str]) -> Iterator[MovedValue]:
    label = keys.get(entry.subject_a, entry.subject_a)
    if entry.record_type is RecordType.RELATIONSHIP:
        other = entry.subject_b or ""
        label = f"{label} {entry.after.get('type')} {keys.get(other, other)}"
    for name, before, after in changed_values(entry):
        yield MovedValue(
            record=label,
            name=name,
            before=before,
            after=after,
            revision=revision.number,
            at=revision.at,
            actor=revision.actor,
        )


def changed_values(entry: LogEntry) -> Iterator[tuple[str, Any, Any]]:
    """Yield (field or attribute, old value, new value) of all that one entry changed.

    ``None`` stands for what there was not, or is no more.
    """
    after: Mapping[str, Any] = entry.after.get("attributes", {})
    for name, value in sorted(entry.before.items()):
        if name not in {"attributes", "absent"}:
            yield name, value, entry.after.get(name)
    for name, value in sorted(entry.before.get("attributes", {}).items()):
        yield name, value, after.get(name)
    for name in entry.before.get("absent", ()):
        yield name, None, after.get(name)
