"""The estate as a value: now, as it was, or as edits would make it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from graph_service.model.edit import Edit
from graph_service.model.errors import CINotFoundError, RevisionUnknownError
from graph_service.model.instants import instant_text
from graph_service.model.revision import Head, Revision
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import CurrentEstate, Snapshot
from graph_service.projection.projected import Images, Projections
from graph_service.store import EstateReader, GraphStore
from graph_service.use_cases.estates.difference import Difference, difference
from graph_service.use_cases.estates.estate_view import EstateView
from graph_service.use_cases.estates.overlay import Overlay, overlaid
from graph_service.use_cases.estates.past_estate import PastEstate
from graph_service.use_cases.estates.revision_at import newest_by
from graph_service.use_cases.finding.owned_cis import ownership_of
from graph_service.use_cases.impact.questions import DEADLINE_SECONDS, Questions
from graph_service.use_cases.inventory.inventory import Inventory
from graph_service.use_cases.inventory.references import CIRef

DIFFERENCES_KEPT_MAX = 4
"""Differences kept, so that all pages of one are computed once."""

CHANGES_KEPT_MAX = 200_000
"""Changes that all of these may have together; the newest difference is kept whatever it has."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which state of the estate: a revision, or the newest one at or before an instant."""

    revision: int | None = None
    instant: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Projected:
    """One state of the estate as arrays; implements ``ProjectedEstate``."""

    projections: Projections
    head: Head
    images: Images | None

    async def snapshot(self) -> Snapshot:
        """Return it."""
        return await self.projections.snapshot(self.head, self.images)


class Estates:
    """Opens the estate as of any revision, with or without edits put over it."""

    def __init__(
        self,
        store: GraphStore,
        current: CurrentEstate,
        vocabulary: Vocabulary,
        *,
        clock: Callable[[], datetime],
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._projections = Projections(store, current, vocabulary)
        self._differences: OrderedDict[object, Difference] = OrderedDict()

    async def head(self, as_of: AsOf | None = None) -> Head:
        """Return which revision is meant.

        Raises:
            RevisionUnknownError: It is before the first one or in the future; says where they are.

        """
        newest = await self._store.head()
        if as_of is None:
            return newest
        if newest.revision == 0:
            raise RevisionUnknownError("there is no revision yet: nothing was ever written")
        number = as_of.revision
        if number is None:
            number = await self._number_at(as_of.instant, newest)
        if number == newest.revision:
            return newest
        if number > newest.revision:
            raise RevisionUnknownError(
                f"there is no revision {number}; the newest is {newest.revision}, of {newest.at}"
            )
        if number < 1:
            first = await self._revision(1)
            raise RevisionUnknownError(
                f"there is no revision {number}; the first is 1, of {first.at}"
            )
        found = await self._revision(number)
        return Head(found.number, found.at, found.hash, newest.next_ordinal)

    async def view(
        self, as_of: AsOf | None = None, edits: Sequence[tuple[int, Edit]] = ()
    ) -> EstateView:
        """Return the estate as of a revision, the newest unless said, after edits if there are any.

        What is asked of it is answered from that one state, whatever is written meanwhile. Edits
        come with the index by which their faults name them; those at fault are left out.

        Raises:
            RevisionUnknownError: There is no such revision.
            InvalidInputError: More edits than one revision takes.
            StoreUnavailableError: The store does not answer.

        """
        head = await self.head(as_of)
        newest = await self._store.head()
        past = PastEstate(self._store, head)
        if not edits:
            return self._bound(past, head, newest)
        overlay = await overlaid(past, self._vocabulary, edits)
        return self._bound(overlay.estate, head, newest, overlay)

    async def difference(
        self, before: EstateView, after: EstateView, of: Sequence[CIRef] | None = None
    ) -> Difference:
        """Return what differs between two estates; ``of`` narrows it to CIs and what relates them.

        Raises:
            CINotFoundError: Neither of the two has such a CI.
            AmbiguousReferenceError: A name that several CIs have.
            StoreUnavailableError: The store does not answer.

        """
        key = (before.head.hash, before.overlay, after.head.hash, after.overlay, of and (*of,))
        if key not in self._differences:
            ids = None if of is None else [await self._id_of(each, after, before) for each in of]
            found = await difference(self._store, before, after, ids)
            self._differences[key] = found
        self._differences.move_to_end(key)
        self._let_go()
        return self._differences[key]

    def _let_go(self) -> None:
        """Forget the differences that were asked for longest ago, where they are too much."""
        kept = self._differences
        count = sum(len(each.changes) for each in kept.values())
        while len(kept) > DIFFERENCES_KEPT_MAX or (len(kept) > 1 and count > CHANGES_KEPT_MAX):
            _, gone = kept.popitem(last=False)
            count -= len(gone.changes)

    async def _id_of(self, ref: CIRef, *estates: EstateView) -> str:
        """Return the CI a reference means in the first of some estates that has it."""
        missing = None
        for each in estates:
            try:
                return (await each.inventory.ci(ref)).id
            except CINotFoundError as error:
                missing = missing or error
        raise missing or CINotFoundError(str(ref))

    def _bound(
        self, reader: EstateReader, head: Head, newest: Head, overlay: Overlay | None = None
    ) -> EstateView:
        images = overlay.images if overlay else None
        return EstateView(
            head=head,
            images=images,
            faults=overlay.faults if overlay else (),
            is_newest=head.revision == newest.revision,
            reader=reader,
            inventory=Inventory(
                reader,
                self._vocabulary,
                owning=partial(
                    ownership_of,
                    reader,
                    self._vocabulary,
                    today=self._clock().date().isoformat(),
                ),
            ),
            questions=Questions(
                reader,
                _Projected(self._projections, head, images),
                self._vocabulary,
                overlay=images.digest if images else "",
                is_past=head.revision != newest.revision,
                deadline_seconds=self._deadline_seconds,
            ),
        )

    async def _number_at(self, instant: datetime | None, newest: Head) -> int:
        """Return the newest revision at or before an instant; instants never go back."""
        assert instant is not None  # noqa: S101 - either of the two is given
        at = instant_text(instant)
        if at >= newest.at:
            # The store may have the better clock: what it has written is not in the future.
            if at > max(newest.at, instant_text(self._clock())):
                raise RevisionUnknownError(
                    f"{at} is in the future; the newest revision is {newest.revision}, "
                    f"of {newest.at}"
                )
            return newest.revision
        first = await self._revision(1)
        if at < first.at:
            raise RevisionUnknownError(
                f"nothing was written by {at}; the first revision is of {first.at}"
            )
        return await newest_by(self._store, at, newest.revision)

    async def _revision(self, number: int) -> Revision:
        return (await self._store.revisions(after=number - 1, limit=1))[0]
