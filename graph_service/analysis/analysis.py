"""Questions to one snapshot: what could be reached, and what would really be hit."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph_service.analysis.compiled import kernels
from graph_service.analysis.scenario import Scenario
from graph_service.analysis.workspace import Rest, Workspace, all_up
from graph_service.model.errors import QuestionTooLargeError
from graph_service.projection import Snapshot
from graph_service.projection.codes import AVAILABILITY_BIT, Bits, Flags, Ints, Longs

_RESTS_KEPT = 4
_STATE, _CUT, _LEANED = 0b0011, 0b0100, 0b1000


@dataclass(frozen=True, eq=False, kw_only=True)
class Reach:
    """All CIs that causes could hit, causes first, in the order of their distance.

    ``via`` is the place in ``Snapshot.hit`` of the last dependency on the way from a cause: the
    shortest way, and of those the one whose keys come first, compared CI by CI from the cause on.
    -1 at causes.
    """

    snapshot: Snapshot
    order: Ints
    hops: Ints
    via: Ints

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def cause_count(self) -> int:
        """How many causes there are: the first so many of ``order``."""
        return int(np.searchsorted(self.hops, 1))

    @cached_property
    def previous(self) -> Ints:
        """Where the CI before on the way stands in ``order``; -1 at causes."""
        previous = np.full(len(self), -1, np.int32)
        found = np.flatnonzero(self.via >= 0)
        providers = np.searchsorted(self.snapshot.hit_start, self.via[found], "right") - 1
        previous[found] = self.places(providers)
        return previous

    def places(self, cis: Ints | Longs) -> Ints:
        """Return where CIs that are in it stand in ``order``."""
        return self._place_by_ci[cis]

    def place(self, ci: int) -> int:
        """Return where a CI stands in ``order``; -1 if it is not in it."""
        at = int(self._place_by_ci[ci])
        return at if 0 <= at < len(self.order) and self.order[at] == ci else -1

    @cached_property
    def _place_by_ci(self) -> Ints:
        """Says nothing of CIs that are not in it: to fill the rest would cost more than to read."""
        place = np.empty(len(self.snapshot), np.int32)
        place[self.order] = np.arange(len(self.order), dtype=np.int32)
        return place

    @cached_property
    def ascending(self) -> Ints:
        """All CIs in it, by number."""
        return np.sort(self.order)


@dataclass(frozen=True, eq=False, kw_only=True)
class Hit:
    """What a scenario does. Element i of ``before``, ``after`` and ``leaned`` is of ``order[i]``.

    ``leaned``: something it leans on became worse. ``settled`` are the CIs that became worse, in an
    order in which each rests only on those before it; ``rest`` is where it started from.
    ``unproven_count`` counts saved CIs with a protection that nothing stands behind.
    """

    scenario: Scenario
    reach: Reach
    rest: Rest
    before: Bits
    after: Bits
    leaned: Flags
    settled: Ints
    unproven_count: int


class Stop:
    """A flag that kernels look at, so that a question can be given up while it is answered."""

    def __init__(self) -> None:
        self.flag: Bits = np.zeros(1, np.uint8)

    def now(self) -> None:
        """Make the question end as soon as may be, as too large."""
        self.flag[0] = 1


class Analysis:
    """Answers questions about one snapshot. May be used by several threads at once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._all_up = all_up(snapshot)
        self._idle: list[Workspace] = []
        self._rests: OrderedDict[tuple[float, frozenset[int], int], Rest] = OrderedDict()

    def reach(
        self, causes: Iterable[int], *, channels: int = AVAILABILITY_BIT, stop: Stop | None = None
    ) -> Reach:
        """Return everything the causes could hit, whatever protects it.

        Raises:
            QuestionTooLargeError: It was told to stop.

        """
        workspace = self._workspace()
        found = self._reached(workspace, self._checked(causes), channels, stop or Stop())
        self._idle.append(workspace)
        return found

    def hit(self, scenario: Scenario, *, stop: Stop | None = None) -> Hit:
        """Return what a scenario does, beyond what is wrong already.

        Raises:
            QuestionTooLargeError: It was told to stop.

        """
        stop = stop or Stop()
        rest = self._rest(scenario, stop)
        workspace = self._workspace()
        workspace.come_to(rest)
        causes = self._checked(scenario.causes)
        unaffected = self._checked(scenario.unaffected)
        reach = self._reached(workspace, causes, scenario.channels, stop)
        workspace.state[unaffected] |= _CUT
        states = np.array([scenario.causes[each] for each in causes.tolist()], np.uint8)
        settled = self._settled(workspace, scenario, causes, states, stop)
        snapshot = self.snapshot
        groups = snapshot.groups
        unproven = kernels().unproven(
            reach.order[reach.cause_count :],
            snapshot.need_start,
            snapshot.need,
            snapshot.need_code,
            snapshot.group_start,
            groups.member_start,
            groups.member,
            groups.member_code,
            groups.evidence,
            np.uint8(scenario.channels),
            rest.state,
            workspace.state,
        )
        before, now = (np.empty(len(reach), np.uint8) for _ in range(2))
        kernels().collect(
            reach.order,
            rest.state,
            rest.counts,
            workspace.state,
            workspace.counts,
            workspace.touched,
            before,
            now,
        )
        workspace.state[unaffected] = rest.state[unaffected]
        self._idle.append(workspace)
        return Hit(
            scenario=scenario,
            reach=reach,
            rest=rest,
            before=before,
            after=now & np.uint8(_STATE),
            leaned=(now & np.uint8(_LEANED)) != 0,
            settled=settled,
            unproven_count=int(unproven),
        )

    def _rest(self, scenario: Scenario, stop: Stop) -> Rest:
        """Return the fixpoint of what CIs report of themselves, under the same assumptions.

        Under the same ones: what a tolerance or a judgement absorbs after the change must not be
        called better than before it.
        """
        reporting = np.flatnonzero(self.snapshot.own).astype(np.int32)
        if scenario.start_all_up or not len(reporting):
            return self._all_up
        key = (scenario.duration_minutes, scenario.unaffected, scenario.channels)
        known = self._rests.get(key)
        if known is not None:
            return known
        workspace = Workspace(self.snapshot, self._all_up)
        workspace.state[self._checked(scenario.unaffected)] |= _CUT
        states = self.snapshot.own[reporting]
        settled = self._settled(workspace, scenario, reporting, states, stop)
        workspace.counts[:, 4] = 0
        rest = Rest(workspace.state & np.uint8(_STATE), workspace.counts, settled)
        self._rests[key] = rest
        if len(self._rests) > _RESTS_KEPT:
            self._rests.popitem(last=False)
        return rest

    def _reached(self, work: Workspace, causes: Ints, channels: int, stop: Stop) -> Reach:
        snapshot = self.snapshot
        found = kernels().reach(
            snapshot.hit_start,
            snapshot.hit,
            snapshot.hit_code,
            snapshot.groups.owner,
            causes,
            np.uint8(channels),
            work.seen,
            work.order,
            work.hops,
            work.via,
            stop.flag,
        )
        _refuse_if_stopped(found)
        return Reach(
            snapshot=snapshot,
            order=work.order[:found].copy(),
            hops=work.hops[:found].copy(),
            via=work.via[:found].copy(),
        )

    def _settled(
        self, work: Workspace, scenario: Scenario, causes: Ints, states: Bits, stop: Stop
    ) -> Ints:
        snapshot = self.snapshot
        found = kernels().hit(
            snapshot.hit_start,
            snapshot.hit,
            snapshot.hit_code,
            snapshot.tolerant,
            snapshot.tolerance,
            snapshot.groups.rule,
            snapshot.groups.tolerance,
            causes,
            states,
            np.uint8(scenario.channels),
            scenario.duration_minutes,
            work.rest.state,
            work.state,
            work.counts,
            work.touched,
            work.waiting,
            work.settled,
            stop.flag,
        )
        _refuse_if_stopped(found)
        return work.settled[:found].copy()

    def _checked(self, cis: Iterable[int]) -> Ints:
        """Return CIs in ascending order, each once: kernels trust the numbers they are given.

        A CI that is not in service is kept: nothing leans on it, so it reaches nothing.
        """
        wanted = sorted({*cis})
        if wanted and not (wanted[0] >= 0 and wanted[-1] < len(self.snapshot)):
            message = f"no CI has one of these numbers: {wanted[:10]}"
            raise IndexError(message)
        return np.array(wanted, np.int32)

    def _workspace(self) -> Workspace:
        try:
            return self._idle.pop()
        except IndexError:
            return Workspace(self.snapshot, self._all_up)


def _refuse_if_stopped(found: int) -> None:
    if found < 0:
        message = "the question took longer than it may; ask for fewer causes or a smaller estate"
        raise QuestionTooLargeError(message)
