"""Look-ups of one operation, batched: many CIs of one answer are one read."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from strawberry.dataloader import DataLoader

from graph_service.model.ci import CI
from graph_service.model.revision import LogEntry, RecordType, Revision
from graph_service.use_cases.inventory.inventory import AttributeValue, Inventory

BATCH_MAX = 500
GAP_MAX = 10
"""Revisions between two wanted ones that are read along rather than asked around."""


class Loaders:
    """CIs and their attributes by id, each read at most once in an operation.

    ``before_reading`` is called before the store is read.
    """

    def __init__(self, inventory: Inventory, before_reading: Callable[[], None]) -> None:
        self._inventory = inventory
        self._before_reading = before_reading
        self.cis: DataLoader[str, CI | None] = DataLoader(self._cis, max_batch_size=BATCH_MAX)
        self.attributes: DataLoader[str, tuple[AttributeValue, ...]] = DataLoader(
            self._attributes, max_batch_size=BATCH_MAX
        )
        self.revisions: DataLoader[int, Revision] = DataLoader(self._revisions)

    async def names_of(self, entries: Iterable[LogEntry]) -> Mapping[str, str]:
        """Return the keys of the ends of all relationships in these log entries, by CI id."""
        ends = {
            each.after[end]
            for each in entries
            if each.record_type is RecordType.RELATIONSHIP
            for end in ("source", "target")
        }
        found = await self.cis.load_many(sorted(ends))
        return {each.id: each.key for each in found if each is not None}

    async def headers_of(self, entries: Iterable[LogEntry]) -> Mapping[int, Revision]:
        """Return the revisions that these log entries are part of, by number."""
        numbers = sorted({each.revision for each in entries})
        found = await self.revisions.load_many(numbers)
        return {each.number: each for each in found}

    async def _revisions(self, numbers: Sequence[int]) -> list[Revision]:
        found: dict[int, Revision] = {}
        for first, last in _spans(numbers):
            some = await self._inventory.revisions(after=first - 1, limit=last - first + 1)
            found |= {each.number: each for each in some}
        return [found[each] for each in numbers]

    async def _cis(self, ids: Sequence[str]) -> list[CI | None]:
        self._before_reading()
        found = await self._inventory.cis_by_id(ids)
        return [found.get(each) for each in ids]

    async def _attributes(self, ids: Sequence[str]) -> list[tuple[AttributeValue, ...]]:
        self._before_reading()
        found = [each for each in await self.cis.load_many(ids) if each is not None]
        values = await self._inventory.attributes(found)
        return [tuple(values.get(each, ())) for each in ids]


def _spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Part numbers into spans, each of which can be read at once without much that is not asked."""
    spans: list[tuple[int, int]] = []
    for each in sorted(numbers):
        if spans and each - spans[-1][1] <= GAP_MAX:
            spans[-1] = (spans[-1][0], each)
        else:
            spans.append((each, each))
    return spans
