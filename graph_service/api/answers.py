"""Answers kept for a while, so that all pages of one come from the same revision."""

from collections import OrderedDict
from typing import Protocol, TypeVar

from graph_service.api.failures import CursorInvalidError

KEPT_MAX = 16


class Answer(Protocol):
    """What every answer says about itself."""

    @property
    def revision(self) -> int:
        """The revision it holds for."""
        ...

    @property
    def question_digest(self) -> str:
        """SHA-256 of the question."""
        ...


A = TypeVar("A", bound=Answer)


class KeptAnswers:
    """The answers asked for last, by question and revision."""

    def __init__(self, most: int = KEPT_MAX) -> None:
        self._most = most
        self._answers: OrderedDict[tuple[type[Answer], str, int], Answer] = OrderedDict()

    def keep(self, answer: Answer) -> None:
        """Remember an answer; the one that was asked for longest ago makes room."""
        key = (type(answer), answer.question_digest, answer.revision)
        self._answers[key] = answer
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def kept(self, sort: type[A], question_digest: str, revision: int) -> A | None:
        """Return an answer that is still kept."""
        found = self._answers.get((sort, question_digest, revision))
        return found if isinstance(found, sort) else None

    def at(self, answer: A, revision: int) -> A:
        """Return the answer to the same question at another revision.

        Raises:
            CursorInvalidError: It is no longer kept.

        """
        if answer.revision == revision:
            return answer
        kept = self._answers.get((type(answer), answer.question_digest, revision))
        if not isinstance(kept, type(answer)):
            raise CursorInvalidError(
                f"the answer at revision {revision} that this cursor continues is no longer kept; "
                f"start over, at revision {answer.revision}"
            )
        self.keep(kept)
        return kept
