"""All that could be reached, whatever protects it."""

import asyncio
from collections.abc import Sequence

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, ListSize
from graph_service.api.fields import field
from graph_service.api.scalars import Digest, IntColumn, RevisionNumber
from graph_service.api.types.answer import (
    Answer,
    ClassCount,
    ModelVersions,
    PathStep,
    TierCount,
    completeness,
    path_step,
    path_text,
)
from graph_service.api.types.answer_pages import Cut, continued, cursor
from graph_service.api.types.ci import CI, ci_in_answer
from graph_service.api.types.columns import ColumnsOfCIs
from graph_service.api.types.connection import EstateConnection, checked_first
from graph_service.use_cases.impact import impact_answer as model


@strawberry.type(description="A CI that can be reached, once, at its shortest distance.")
class ReachedCI:
    """A CI that can be reached."""

    ci: CI
    hops: int
    steps: strawberry.Private[Sequence[model.PathStep]]

    @field(directives=[ListSize(assumed_size=5)])
    def path(self) -> list[PathStep]:
        """Show the shortest path."""
        return [path_step(each) for each in self.steps]

    @field(description="The path in one line.")
    def path_text(self) -> str:
        """Show the shortest path."""
        return path_text(self.steps)


@strawberry.type(
    name="ReachedCIConnection", description="Reached CIs, by hops, then tier, then key."
)
class ReachedCIConnection(EstateConnection[ReachedCI]):
    """Reached CIs."""


@strawberry.type(description="Reach as arrays, ordered by hops, then tier, then key.")
class ReachColumns(ColumnsOfCIs):
    """Reach as arrays: row i of every column is the same CI."""

    found: strawberry.Private[model.ReachColumns]

    @field(
        description="Row of the previous CI on the evidence path, counted over all pages; -1 at a "
        "cause."
    )
    def previous(self) -> IntColumn:
        """Return rows of the CI before."""
        return IntColumn(self.found.previous)


@strawberry.type(
    description="Structural worst case: all that can be reached, whatever the strength and "
    "redundancy."
)
class Reach(Answer):
    """All that can be reached."""

    answer: strawberry.Private[model.ReachAnswer]
    of: list[CI] = strawberry.field(directives=[ListSize(assumed_size=5)])
    total_count: int
    by_tier: list[TierCount]
    by_class: list[ClassCount]
    by_hops: list[int] = strawberry.field(description="CIs at distance 1, 2, ...")

    @field()
    def reached(self, info: Info, first: int = 50, after: str | None = None) -> ReachedCIConnection:
        """List them."""
        answer, start = continued(info, self.answer, "reached", after)
        first = checked_first(first, info.context.options.limits.page_size)
        nodes = [
            ReachedCI(ci=ci_in_answer(each.ci), hops=each.hops, steps=each.path)
            for each in (answer.rows(start=start, limit=first) if first else ())
        ]
        cut = Cut(info, answer, "reached", start, answer.total_count)
        return cut.connection(ReachedCIConnection, nodes)

    @field(directives=[Cost(weight=20)])
    async def columns(
        self, info: Info, first: int = 10_000, after: str | None = None
    ) -> ReachColumns:
        """Return the same as arrays."""
        answer, start = continued(info, self.answer, "columns", after)
        first = checked_first(first, info.context.options.limits.column_rows, "columnRows")
        found = await asyncio.to_thread(answer.columns, start=start, limit=first)
        count = len(found.id)
        end = cursor(info, answer, "columns", start + count - 1)
        return ReachColumns(
            found=found,
            revision=RevisionNumber(answer.revision),
            row_count=count,
            hidden_ci_count=answer.completeness.hidden_ci_count,
            end_cursor=end if start + count < answer.total_count and count else None,
        )


def reach(answer: model.ReachAnswer) -> Reach:
    """Show a blast radius."""
    return Reach(
        revision=RevisionNumber(answer.revision),
        question_digest=Digest(answer.question_digest),
        digested=lambda: answer.answer_digest,
        versions=ModelVersions(model=answer.versions.model, vocabulary=answer.versions.vocabulary),
        completeness=completeness(answer.completeness),
        answer=answer,
        of=[ci_in_answer(each) for each in answer.of],
        total_count=answer.total_count,
        by_tier=[TierCount(tier=tier, count=count) for tier, count in answer.by_tier],
        by_class=[ClassCount(class_name=name, count=count) for name, count in answer.by_class],
        by_hops=[*answer.by_hops],
    )
