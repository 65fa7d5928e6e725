"""What breaks if …: questions to the estate of now."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from graph_service.analysis import Analysis, Hit, Reach, Scenario, Stop, warm
from graph_service.model.codec import digest
from graph_service.model.errors import Fault, InvalidInputError, QuestionTooLargeError
from graph_service.model.impact_state import ImpactState
from graph_service.model.place import Place
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import Snapshot
from graph_service.projection.codes import RELATED_FLAG
from graph_service.projection.confirmed import one_is_enough
from graph_service.store import EstateReader
from graph_service.use_cases.impact.computed_impact import ComputedImpact
from graph_service.use_cases.impact.computed_reach import ComputedReach
from graph_service.use_cases.impact.cone import Cone, cone_of
from graph_service.use_cases.impact.cone_direction import ConeDirection
from graph_service.use_cases.impact.impact_answer import (
    Completeness,
    Truncation,
    Versions,
)
from graph_service.use_cases.impact.leading_nowhere import LeadingNowhere
from graph_service.use_cases.impact.meant import Meant, by_place, causes_shown, meaning_of, notes
from graph_service.use_cases.inventory.references import CIRef

MODEL_VERSION = "1"
"""Changes when the same estate and question may get another answer."""

DEADLINE_SECONDS = 20.0

UNRESOLVED_OF_NOW = (
    "references that lead nowhere are counted as they are now; which did then is not kept"
)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class EstateCounts:
    """How large the living estate is, and as of which revision."""

    revision: int
    ci_count: int
    relationship_count: int


class ProjectedEstate(Protocol):
    """An estate as arrays: of now, of the past, or with edits put over it."""

    async def snapshot(self) -> Snapshot:
        """Return it; of now, one that is not older than this call.

        Raises:
            StoreUnavailableError: The store does not answer.

        """
        ...


class Questions:
    """Answers questions about impact on one estate, of which ``overlay`` names the edits.

    The estate of now is the one there is when a question is asked.
    """

    def __init__(
        self,
        estate: EstateReader,
        projected: ProjectedEstate,
        vocabulary: Vocabulary,
        *,
        overlay: str = "",
        is_past: bool = False,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._estate = estate
        self._projected = projected
        self._vocabulary = vocabulary
        self._overlay = {"overlay": overlay} if overlay else {}
        self._is_past = is_past
        self._deadline_seconds = deadline_seconds
        self._analysis: Analysis | None = None
        self._best: tuple[Snapshot | None, Analysis | None] = (None, None)
        self._is_warm = False
        self._nowhere = LeadingNowhere(estate)

    async def impact(
        self,
        of: Sequence[tuple[CIRef, ImpactState]],
        *,
        duration_minutes: float | None = None,
        start_all_up: bool = False,
        unaffected: Sequence[CIRef] = (),
        max_hops: int | None = None,
    ) -> ComputedImpact:
        """Return what happens when these CIs are in these states, beyond what is wrong already.

        ``duration_minutes`` is how long it lasts; not known, it outlasts every tolerance.
        ``unaffected`` are CIs judged to stay as they are. ``max_hops`` limits which rows are shown,
        not what is computed.

        Raises:
            AmbiguousReferenceError: A reference is the name of several CIs.
            InvalidInputError: A negative duration or number of hops.
            QuestionTooLargeError: It was not answered before its deadline.
            StoreUnavailableError: The store does not answer.

        """
        _check(duration_minutes, max_hops)
        snapshot = await self._snapshot()
        meant = await meaning_of(self._estate, snapshot, [ref for ref, _ in of])
        judged = await meaning_of(self._estate, snapshot, unaffected)
        states: dict[str, ImpactState] = {}
        for ref, state in of:
            states[str(ref)] = max(state, states.get(str(ref), ImpactState.UP))
        causes = by_place(meant, states)
        scenario = Scenario(
            causes=causes,
            duration_minutes=math.inf if duration_minutes is None else float(duration_minutes),
            unaffected=frozenset(judged.places.values()),
            start_all_up=start_all_up,
        )
        analysis = self._analysis_of(snapshot)
        outcome: Hit = await self._before_the_deadline(partial(analysis.hit, scenario))
        both = replace(meant, unresolved=(*meant.unresolved, *judged.unresolved))
        completeness = await self._completeness(
            snapshot, both, outcome.reach, max_hops, outcome.unproven_count
        )
        ids = {snapshot.ids[place]: int(state) for place, state in causes.items()}
        question = {
            "question": "impact",
            "of": ids | {ci.id: int(states[ref]) for ref, ci in meant.gone.items()},
            "durationMinutes": duration_minutes,
            "startAllUp": start_all_up,
            "unaffected": sorted(snapshot.ids[each] for each in scenario.unaffected),
            "maxHops": max_hops,
            "unresolved": sorted(both.unresolved),
            **self._overlay,
        }
        answer = ComputedImpact(
            revision=snapshot.revision,
            causes=causes_shown(snapshot, causes, meant, states),
            completeness=completeness,
            versions=self._versions,
            question_digest=digest(question),
            snapshot=snapshot,
            outcome=outcome,
            hops_max=max_hops,
        )
        if not completeness.unconfirmed_group_count:
            return answer
        # Unknown sizes count as the worst case; what the best one gives stands beside it.
        best = self._best_of(snapshot)
        then: Hit = await self._before_the_deadline(partial(best.hit, scenario))
        return replace(answer, if_confirmed=replace(answer, snapshot=best.snapshot, outcome=then))

    async def blast_radius(
        self, of: Sequence[CIRef], *, max_hops: int | None = None
    ) -> ComputedReach:
        """Return everything these CIs could hit, whatever protects it.

        Raises:
            AmbiguousReferenceError: A reference is the name of several CIs.
            InvalidInputError: A negative number of hops.
            QuestionTooLargeError: It was not answered before its deadline.
            StoreUnavailableError: The store does not answer.

        """
        _check(None, max_hops)
        snapshot = await self._snapshot()
        meant = await meaning_of(self._estate, snapshot, of)
        places = frozenset(meant.places.values())
        analysis = self._analysis_of(snapshot)
        reach: Reach = await self._before_the_deadline(partial(analysis.reach, places))
        completeness = await self._completeness(snapshot, meant, reach, max_hops, 0)
        gone = [each.id for each in meant.gone.values()]
        question = {
            "question": "reach",
            "of": sorted([*(snapshot.ids[each] for each in places), *gone]),
            "maxHops": max_hops,
            "unresolved": sorted(meant.unresolved),
            **self._overlay,
        }
        causes = causes_shown(snapshot, dict.fromkeys(places, ImpactState.DOWN), meant, {})
        return ComputedReach(
            revision=snapshot.revision,
            of=tuple(each.ci for each in causes),
            completeness=completeness,
            versions=self._versions,
            question_digest=digest(question),
            snapshot=snapshot,
            reach=reach,
            hops_max=max_hops,
        )

    async def cone(
        self,
        of: Sequence[CIRef] | None,
        *,
        direction: ConeDirection = ConeDirection.BOTH,
        max_hops: int | None = None,
    ) -> Cone:
        """Return CIs with what they need, what needs them, or both; of ``None``, everything.

        Raises:
            AmbiguousReferenceError: A reference is the name of several CIs.
            InvalidInputError: Less than one hop.
            StoreUnavailableError: The store does not answer.

        """
        _check(None, max_hops)
        snapshot = await self._projected.snapshot()
        meant = await meaning_of(self._estate, snapshot, of or ())
        origins = None if of is None else [*meant.places.values()]
        overlay = self._overlay.get("overlay", "")
        found = await asyncio.to_thread(
            cone_of, snapshot, origins, direction, max_hops, overlay=overlay
        )
        return replace(found, unresolved=(*meant.unresolved, *meant.gone))

    async def estate_counts(self) -> EstateCounts:
        """Return how many CIs and relationships there are."""
        snapshot = await self._snapshot()
        return EstateCounts(snapshot.revision, len(snapshot), snapshot.relationship_count)

    async def _snapshot(self) -> Snapshot:
        """Return the snapshot; one that is made for this question is part of its time."""
        try:
            async with asyncio.timeout(max(self._deadline_seconds, 0)):
                return await self._projected.snapshot()
        except TimeoutError as error:
            raise QuestionTooLargeError(
                "the estate that was asked about is not ready yet; ask again in a while"
            ) from error

    @property
    def _versions(self) -> Versions:
        return Versions(model=MODEL_VERSION, vocabulary=self._vocabulary.digest)

    def _analysis_of(self, snapshot: Snapshot) -> Analysis:
        analysis = self._analysis
        if analysis is None or analysis.snapshot is not snapshot:
            analysis = self._analysis = Analysis(snapshot)
        return analysis

    def _best_of(self, snapshot: Snapshot) -> Analysis:
        """Return an analysis of the estate in which unknown groups need one member."""
        known, best = self._best
        if known is not snapshot or best is None:
            best = Analysis(one_is_enough(snapshot))
            self._best = (snapshot, best)
        return best

    async def _before_the_deadline(self, ask: Callable[..., _Answer]) -> _Answer:
        """Run a question off the event loop; past its deadline, or abandoned, it stops itself."""
        if not self._is_warm:
            # The first question waits for the compiler; that is not its own doing.
            await asyncio.to_thread(warm)
            self._is_warm = True
        stop = Stop()
        if self._deadline_seconds <= 0:
            stop.now()
        alarm = asyncio.get_running_loop().call_later(self._deadline_seconds, stop.now)
        try:
            return await asyncio.to_thread(ask, stop=stop)
        except asyncio.CancelledError:
            stop.now()
            raise
        finally:
            alarm.cancel()

    async def _completeness(
        self, snapshot: Snapshot, meant: Meant, reach: Reach, max_hops: int | None, unproven: int
    ) -> Completeness:
        cone = reach.ascending
        causes = reach.order[: reach.cause_count]
        related = snapshot.flags[causes] & RELATED_FLAG != 0
        return Completeness(
            truncations=_truncations(reach, max_hops),
            unresolved=meant.unresolved,
            unresolved_reference_count=await self._nowhere.inside(snapshot, cone),
            stale_relationship_count=snapshot.stale.count(cone),
            unconfirmed_group_count=snapshot.unconfirmed.count(cone),
            unoriented_link_count=snapshot.unoriented.count(cone),
            unverified_protection_count=unproven,
            unrelated_ci_count=int((~related).sum()) + len(meant.gone),
            notes=(*notes(snapshot, causes, cone, meant), *self._of_now()),
        )

    def _of_now(self) -> tuple[str, ...]:
        """Say what an answer about the past takes from the estate as it is now.

        Also where there are none now: there may have been some then.
        """
        return (UNRESOLVED_OF_NOW,) if self._is_past and self._nowhere.is_any_known else ()


def _check(duration_minutes: float | None, max_hops: int | None) -> None:
    faults = []
    if duration_minutes is not None and not 0 <= duration_minutes < math.inf:
        message = f"an outage cannot last {duration_minutes} minutes"
        faults.append(
            Fault(code="OUT_OF_RANGE", message=message, place=Place("question", "duration"))
        )
    if max_hops is not None and max_hops < 1:
        message = f"{max_hops} hops reach nothing"
        faults.append(
            Fault(
                code="OUT_OF_RANGE",
                message=message,
                place=Place("question", "maxHops"),
                remedy="ask for at least 1",
            )
        )
    if faults:
        raise InvalidInputError(faults)


def _truncations(reach: Reach, max_hops: int | None) -> tuple[Truncation, ...]:
    if max_hops is None:
        return ()
    next_ones = int((reach.hops == max_hops + 1).sum())
    return (
        (Truncation(limit="maxHops", value=max_hops, frontier_count=next_ones),)
        if next_ones
        else ()
    )
