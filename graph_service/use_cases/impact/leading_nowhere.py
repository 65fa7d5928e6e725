"""How many references that nothing answers start or end at the CIs of an answer."""

from collections.abc import Mapping

import numpy as np

from graph_service.projection import Snapshot
from graph_service.projection.codes import Ints
from graph_service.reconcile.deferred import COUNTER, UNRESOLVED
from graph_service.store import EstateReader

_READ_AT_ONCE = 1_000


class LeadingNowhere:
    """Counts unresolved references of one estate, read again only when there are others.

    ``is_any_known`` tells, once it was asked, whether there are any or ever were.
    """

    def __init__(self, estate: EstateReader) -> None:
        self._estate = estate
        self._version: object = None
        self._count_by_id: Mapping[str, int] = {}
        self.is_any_known = False

    async def inside(self, snapshot: Snapshot, cone: Ints) -> int:
        """Return how many there are at these CIs.

        Raises:
            StoreUnavailableError: The store does not answer.

        """
        counter = await self._estate.record(*COUNTER)
        self.is_any_known = counter is not None
        version = counter.data["version"] if counter else 0
        if self._version != version:
            self._count_by_id = await self._read()
            self._version = version
        if not self._count_by_id:
            return 0
        place = snapshot.place_by_id
        count_by_place = {place[id_]: n for id_, n in self._count_by_id.items() if id_ in place}
        at_hand = np.isin(np.fromiter(count_by_place, np.int32), cone)
        return int(np.fromiter(count_by_place.values(), np.int64)[at_hand].sum())

    async def _read(self) -> Mapping[str, int]:
        count_by_id: dict[str, int] = {}
        after = ""
        while records := await self._estate.records(UNRESOLVED, after=after, limit=_READ_AT_ONCE):
            for each in records:
                if subject := each.data.get("subject"):
                    count_by_id[subject] = count_by_id.get(subject, 0) + 1
            after = records[-1].id
        return count_by_id
