"""Ways for a request to fail that only exist between a client and this API."""

from collections.abc import Sequence
from typing import ClassVar

from graph_service.model.errors import GraphServiceError

VALUE_SHOWN_MAX = 2**53 - 1


class UnauthenticatedError(GraphServiceError):
    """Nobody is signed in; send a token."""

    code = "UNAUTHENTICATED"


class LimitExceededError(GraphServiceError):
    """The request asks for more than it may; ask for less."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, value: float, most: float) -> None:
        shown = min(value, VALUE_SHOWN_MAX)
        super().__init__(f"{limit}: {shown:.16g} is more than the {most:.16g} allowed")
        self.limit = limit
        self.value = shown
        self.most = most


class DeadlineExceededError(GraphServiceError):
    """Time is up; narrow the question."""

    code = "DEADLINE_EXCEEDED"


class CursorInvalidError(GraphServiceError):
    """A cursor was altered, is of another question, or its answer is gone; start over."""

    code = "CURSOR_INVALID"


class EstateMovedError(GraphServiceError):
    """The estate was written to each time this was read; ask again, or ask for less at a time."""

    code = "ESTATE_MOVED"


class BadRequestError(GraphServiceError):
    """The request is not one this API understands; ``status`` is the HTTP status that says so."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class UnknownNameError(GraphServiceError):
    """A name in a query that the vocabulary does not have; ``nearest`` are names it has."""

    code: ClassVar[str] = "UNKNOWN_NAME"

    def __init__(self, name: str, nearest: Sequence[str], place: str = "") -> None:
        hint = f"; did you mean {', '.join(nearest)}?" if nearest else ""
        where = f"{place}: " if place else ""
        super().__init__(f"{where}{self.what} {name[:200]!r} is not in the vocabulary{hint}")
        self.nearest = tuple(nearest)

    what: ClassVar[str] = "name"


class UnknownClassError(UnknownNameError):
    """No such CI class."""

    code = "UNKNOWN_CLASS"
    what = "class"


class UnknownAttributeError(UnknownNameError):
    """No class has such an attribute."""

    code = "UNKNOWN_ATTRIBUTE"
    what = "attribute"


class UnknownTypeError(UnknownNameError):
    """No such relationship type."""

    code = "UNKNOWN_TYPE"
    what = "relationship type"


class UnknownActorError(UnknownNameError):
    """Nobody of this id or name wrote anything; ``nearest`` are some who did."""

    code = "UNKNOWN_ACTOR"

    def __init__(self, name: str, nearest: Sequence[str]) -> None:
        super().__init__(name, nearest)
        hint = f"; did you mean {', '.join(nearest)}?" if nearest else ""
        self.args = (f"nobody called {name[:200]!r} wrote anything{hint}",)
