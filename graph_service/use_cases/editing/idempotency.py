"""The same request, sent again or twice at once, is done once and answered each time.

What came of a request is kept in the very delta that does it, so the two never part. Of two that
run at once, the store refuses the one that comes second, because both touch the same records: a CI
without a key, which nobody else could touch, has an id that follows from the request. Whoever is
refused looks here again.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from graph_service.model.codec import digest
from graph_service.model.delta import Expectation, Record
from graph_service.model.errors import IdempotencyKeyReusedError
from graph_service.model.ids import IdGenerator, derived_id
from graph_service.model.instants import instant_text
from graph_service.model.revision import Actor
from graph_service.store import GraphStore
from graph_service.use_cases.editing.edit_result import EditResult

IDEMPOTENCY = "idempotency"
"""Kind of the records, grouped by actor."""

IDEMPOTENCY_KEPT = timedelta(hours=24)
LOOKED_AT = 20
"""Records that are looked at with each write, whether they are forgotten by now."""


@dataclass(frozen=True, slots=True)
class AskedUnder:
    """A key, and what was asked for under it where edits only follow from that.

    A retry asks the same, whatever edits follow from it by then.
    """

    key: str
    asked: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What stood under a key, and what came of the request if it was this one, not long ago."""

    record: Record | None
    answer: EditResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of one actor under a key of its choice. ``asked`` tells it from any other."""

    store: GraphStore
    clock: Callable[[], datetime]
    actor: Actor
    key: str
    asked: str

    async def look(self) -> Look:
        """Return what stands under the key.

        Raises:
            IdempotencyKeyReusedError: Another request came under it within the last 24 hours.

        """
        record = await self.store.record(IDEMPOTENCY, self._id)
        if record is None or self._is_forgotten(record):
            return Look(record, None)
        if record.data["asked"] != self.asked:
            raise IdempotencyKeyReusedError(self.key)
        said: Mapping[str, object] = record.data["result"]
        lists = {name: tuple(record.data["result"][name]) for name in ("subjects", "warnings")}
        result = EditResult(**{**said, **lists, "replayed": True})  # type: ignore[arg-type] # as kept
        return Look(record, await self._completed(result, record))

    def expectation(self, look: Look) -> Expectation:
        """Return what must still stand under the key when this is written.

        Two different requests under one key may touch nothing in common: the second is refused
        for this alone.
        """
        return Expectation(IDEMPOTENCY, self._id, look.record.data if look.record else None)

    async def forgotten(self) -> tuple[tuple[str, str], ...]:
        """Return some records (kind, id) under other keys of this actor that are forgotten.

        To be removed along with what this request writes: ids are in no order of age, so those that
        come next are as good a sample as any, and a few at each write are enough.
        """
        found = await forgotten_requests(
            self.store, self.clock(), actor=self.actor.id, after=self._id
        )
        return tuple((IDEMPOTENCY, each) for each in found)

    def ids(self, look: Look, new_id: IdGenerator) -> IdGenerator:
        """Return what names the CIs this request creates: the same names however often it runs."""
        # A key that is used anew after a day must not name the CIs of that day again.
        since = look.record.data["at"] if look.record else ""
        numbers = count(1)

        def of(prefix: str) -> str:
            if prefix != "ci":
                return new_id(prefix)
            return derived_id(prefix, self.actor.id, self.key, since, str(next(numbers)))

        return of

    def record(
        self, result: EditResult, *, based_on: int, anchor: str, created: list[str]
    ) -> Record:
        """Return what to keep, before the store says under which revision and keys it is done.

        ``anchor`` is a record that the delta changes, by whose history the revision is found.
        """
        data = {
            "asked": self.asked,
            "at": instant_text(self.clock()),
            "basedOn": based_on,
            "anchor": anchor,
            "created": created,
            "result": {**asdict(result), "keys": dict(result.keys)},
        }
        return Record(kind=IDEMPOTENCY, id=self._id, group=self.actor.id, data=data)

    @property
    def _id(self) -> str:
        return f"idk_{digest([self.actor.id, self.key])[:32]}"

    def _is_forgotten(self, record: Record) -> bool:
        return _is_forgotten(record, self.clock())

    async def _completed(self, result: EditResult, record: Record) -> EditResult:
        """Return a kept result with what only the store knew when it was kept."""
        revision = await self._first_revision(record.data["anchor"], record.data["basedOn"])
        created = await self.store.cis(record.data["created"])
        keys = {**result.keys, **{str(ci_id): ci.key for ci_id, ci in created.items()}}
        return replace(result, revision=revision, keys=keys)

    async def _first_revision(self, subject: str, after: int) -> int:
        """Return the first revision that touched a record after another: nobody came between."""
        found = 0
        before: tuple[int, int] | None = None
        while page := await self.store.history(subject, before=before, limit=100):
            for each in page:
                if each.revision <= after:
                    return found
                found = each.revision
            before = (page[-1].revision, page[-1].sequence)
        return found


async def forgotten_requests(
    store: GraphStore,
    now: datetime,
    *,
    actor: str | None = None,
    after: str = "",
    limit: int = LOOKED_AT,
) -> list[str]:
    """Return the ids of those of the next records that are older than a day.

    ``limit`` is how many are looked at, from the one after ``after`` on.
    """
    records = await store.records(IDEMPOTENCY, group=actor, after=after, limit=limit)
    return [each.id for each in records if _is_forgotten(each, now)]


def _is_forgotten(record: Record, now: datetime) -> bool:
    return datetime.fromisoformat(record.data["at"]) + IDEMPOTENCY_KEPT < now
