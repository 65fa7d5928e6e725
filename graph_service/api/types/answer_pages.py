"""Pages of the lists of an answer: all of one come from the revision of the first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from graph_service.api.context import Info, answer_at
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.connection import counted, page_info
from graph_service.use_cases.impact.impact_answer import ImpactAnswer, ReachAnswer

A = TypeVar("A", ImpactAnswer, ReachAnswer)


C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where in which list of an answer a page starts, and how long the list is."""

    info: Info
    answer: ImpactAnswer | ReachAnswer
    name: str
    start: int
    total: int

    def connection(self, connection: Callable[..., C], nodes: Sequence[object]) -> C:
        """Return the page with these rows."""

        def cursor_at(index: int) -> str:
            return cursor(self.info, self.answer, self.name, self.start + index)

        return connection(
            nodes=nodes,
            page_info=page_info(
                nodes,
                cursor_at,
                has_next=self.start + len(nodes) < self.total,
                has_previous=self.start > 0,
            ),
            cursor_at=cursor_at,
            count=counted(self.total),
            revision=RevisionNumber(self.answer.revision),
            hidden_ci_count=self.answer.completeness.hidden_ci_count,
        )


def continued(info: Info, answer: A, name: str, after: str | None) -> tuple[A, int]:
    """Return the answer that a cursor continues, and the first row of the page."""
    if after is None:
        return answer, 0
    revision, row = info.context.cursors.read([name, answer.question_digest], after)
    return answer_at(info, answer, revision), row + 1


def cursor(info: Info, answer: ImpactAnswer | ReachAnswer, name: str, row: int) -> str:
    """Return the cursor of a row."""
    return info.context.cursors.write([name, answer.question_digest], [answer.revision, row])
