"""What breaks, what holds, and why."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.directives import Cost, ListSize
from graph_service.api.fields import field
from graph_service.api.inputs import CIRef, to_ref
from graph_service.api.scalars import Digest, RevisionNumber
from graph_service.api.types.answer import Answer, ModelVersions, StateCount, completeness
from graph_service.api.types.answer_pages import Cut, continued, cursor
from graph_service.api.types.ci import CI, ci_in_answer, ci_of
from graph_service.api.types.columns import AffectedColumns
from graph_service.api.types.connection import EstateConnection, checked_first
from graph_service.api.types.impact_rows import (
    BY_OUTCOME,
    AffectedCI,
    Cause,
    ReachedOnlyCI,
    SavedCI,
    UnreachedCI,
    Verdict,
    affected,
    reached_only,
    saved,
)
from graph_service.model.errors import CINotFoundError
from graph_service.model.impact_state import ImpactState
from graph_service.use_cases.impact import impact_answer as model
from graph_service.use_cases.impact.impact_answer import Outcome

C = TypeVar("C")


@strawberry.type(name="AffectedCIConnection", description="Affected CIs, worst first.")
class AffectedCIConnection(EstateConnection[AffectedCI]):
    """Affected CIs."""


@strawberry.type(name="SavedCIConnection", description="Saved CIs.")
class SavedCIConnection(EstateConnection[SavedCI]):
    """Saved CIs."""


@strawberry.type(name="ReachedOnlyCIConnection", description="CIs reached on paper only.")
class ReachedOnlyCIConnection(EstateConnection[ReachedOnlyCI]):
    """CIs reached on paper only."""


@strawberry.type(description="The answer in figures. The four lists sum to reachedCount.")
class ImpactSummary:
    """The answer in figures."""

    reached_count: int
    affected_count: int
    saved_count: int
    reached_only_count: int = strawberry.field(
        description="Reached, and nothing it leans on became worse: the harm stopped before it."
    )
    already_affected_count: int
    value_bearing_count: int = strawberry.field(
        description="Affected CIs on which consequence is counted."
    )
    highest_tier: int | None = strawberry.field(
        description="Most critical tier among the affected; null: none has a tier."
    )
    worst_state: ImpactState
    max_hops: int
    by_state: list[StateCount] = strawberry.field(description="The affected, worst first.")


@strawberry.type(
    description="The same answer if one member were enough in every redundancy group of which "
    "nobody says how many it needs. In the answer itself all members are needed: the worst case."
)
class ImpactIfConfirmed:
    """The answer with the best that can be confirmed."""

    unconfirmed_group_count: int
    down_count: int
    degraded_count: int
    at_risk_count: int
    saved_count: int
    no_longer_down_count: int = strawberry.field(
        description="CIs that are DOWN in the answer and would not be."
    )
    found: strawberry.Private[model.ImpactAnswer]

    @field(description="The first of these CIs; they are among the affected.")
    def no_longer_down(self, info: Info, first: int = 20) -> list[CI]:
        """List them."""
        first = checked_first(first, info.context.options.limits.page_size)
        _, rows = self.found.no_longer_down(limit=first)
        return [ci_in_answer(each.ci) for each in rows]


@strawberry.type(description="Redundancy-aware impact, with proof.")
class Impact(Answer):
    """Redundancy-aware impact."""

    answer: strawberry.Private[model.ImpactAnswer]
    causes: list[Cause] = strawberry.field(directives=[ListSize(assumed_size=20)])
    summary: ImpactSummary

    @field(
        description="Null: no group in this answer is of unknown size.",
        directives=[Cost(weight=20)],
    )
    async def if_confirmed(self) -> ImpactIfConfirmed | None:
        """Say what confirming the groups in it could give at best."""
        other = self.answer.if_confirmed
        if other is None:
            return None
        count, _ = await asyncio.to_thread(self.answer.no_longer_down, limit=0)
        found = other.summary
        return ImpactIfConfirmed(
            unconfirmed_group_count=self.answer.completeness.unconfirmed_group_count,
            down_count=found.down,
            degraded_count=found.degraded,
            at_risk_count=found.at_risk,
            saved_count=found.saved,
            no_longer_down_count=count,
            found=self.answer,
        )

    @field(description="CIs this makes worse than they were.")
    def affected(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> AffectedCIConnection:
        """List them, worst first."""
        page = _Page(info, self.answer, Outcome.AFFECTED, first, after)
        return page.of(AffectedCIConnection, affected)

    @field(description="CIs that were reached and stayed as they were, with what saved them.")
    def saved(self, info: Info, first: int = 50, after: str | None = None) -> SavedCIConnection:
        """List them."""
        page = _Page(info, self.answer, Outcome.SAVED, first, after)
        return page.of(SavedCIConnection, saved)

    @field(description="CIs that were reached on paper only: nothing they lean on became worse.")
    def reached_only(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> ReachedOnlyCIConnection:
        """List them."""
        page = _Page(info, self.answer, Outcome.REACHED_ONLY, first, after)
        return page.of(ReachedOnlyCIConnection, reached_only)

    @field(description="CIs not UP before and no worse after: not this cause's doing.")
    def already_affected(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> AffectedCIConnection:
        """List them."""
        page = _Page(info, self.answer, Outcome.ALREADY_AFFECTED, first, after)
        return page.of(AffectedCIConnection, affected)

    @field(description="The affected as arrays.", directives=[Cost(weight=20)])
    async def columns(
        self, info: Info, first: int = 10_000, after: str | None = None
    ) -> AffectedColumns:
        """Return the same as arrays."""
        answer, start = continued(info, self.answer, "columns", after)
        first = checked_first(first, info.context.options.limits.column_rows, "columnRows")
        found = await asyncio.to_thread(answer.columns, Outcome.AFFECTED, start=start, limit=first)
        end = start + len(found.id)
        goes_on = start < end < answer.count(Outcome.AFFECTED)
        return AffectedColumns(
            found=found,
            revision=RevisionNumber(answer.revision),
            row_count=len(found.id),
            hidden_ci_count=answer.completeness.hidden_ci_count,
            end_cursor=cursor(info, answer, "columns", end - 1) if goes_on else None,
        )

    @field(
        description="Why this CI is, or is not, affected. Null: no such CI.",
        directives=[Cost(weight=5)],
    )
    async def verdict(self, info: Info, ci: CIRef) -> Verdict | None:
        """Judge one CI."""
        view = view_of(info)
        view.reading()
        try:
            found = await view.inventory.ci(to_ref(ci))
        except CINotFoundError:
            return None
        for cause in self.causes:
            if str(cause.ci.id) == found.id:
                return cause
        row = self.answer.verdict(found.id)
        if row is None:
            return UnreachedCI(ci=ci_of(found, info.context.services.vocabulary))
        return BY_OUTCOME[row.outcome](self.answer, row)


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of one of the four lists of an impact answer."""

    info: Info
    answer: model.ImpactAnswer
    outcome: Outcome
    first: int
    after: str | None

    def of(
        self,
        connection: Callable[..., C],
        node: Callable[[model.ImpactAnswer, model.ImpactRow], object],
    ) -> C:
        """Return it, with rows shown by ``node``."""
        name = self.outcome.value
        answer, start = continued(self.info, self.answer, name, self.after)
        first = checked_first(self.first, self.info.context.options.limits.page_size)
        rows = answer.rows(self.outcome, start=start, limit=first) if first else []
        cut = Cut(self.info, answer, name, start, answer.count(self.outcome))
        return cut.connection(connection, [node(answer, each) for each in rows])


def impact(answer: model.ImpactAnswer) -> Impact:
    """Show an impact answer."""
    found = answer.summary
    return Impact(
        revision=RevisionNumber(answer.revision),
        question_digest=Digest(answer.question_digest),
        digested=lambda: answer.answer_digest,
        versions=ModelVersions(model=answer.versions.model, vocabulary=answer.versions.vocabulary),
        completeness=completeness(answer.completeness),
        answer=answer,
        causes=[Cause(ci=ci_in_answer(each.ci), state=each.state) for each in answer.causes],
        summary=ImpactSummary(
            reached_count=found.reached,
            affected_count=found.affected,
            saved_count=found.saved,
            reached_only_count=found.reached_only,
            already_affected_count=found.already_affected,
            value_bearing_count=found.value_bearing,
            highest_tier=found.highest_tier,
            worst_state=found.worst_state,
            max_hops=found.hops_max,
            by_state=[
                StateCount(state=ImpactState.DOWN, count=found.down),
                StateCount(state=ImpactState.DEGRADED, count=found.degraded),
                StateCount(state=ImpactState.AT_RISK, count=found.at_risk),
            ],
        ),
    )
