"""What can go wrong, as callers can tell it apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from graph_service.model.place import Place
from graph_service.model.revision import Actor

MOVED_SHOWN_MAX = 10
VALUE_LENGTH_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with an input, where it stands and what to do about it.

    ``code`` is stable and for programs (``UNKNOWN_CLASS``, ``SELF_LOOP``, …).
    """

    code: str
    message: str
    place: Place
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownName(Fault):
    """A name that nothing has; ``near`` are names that look like it."""

    name: str
    near: tuple[str, ...] = ()


class GraphServiceError(Exception):
    """Root of every error this product raises on purpose."""

    code: ClassVar[str] = "INTERNAL"


class InvalidInputError(GraphServiceError):
    """The input is not acceptable; ``faults`` lists everything wrong with it, all at once."""

    code = "VALIDATION_FAILED"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(each) for each in faults))
        self.faults = tuple(faults)


class CINotFoundError(GraphServiceError):
    """Nothing in the estate answers to this reference; ``near`` has keys that look like it."""

    code = "CI_NOT_FOUND"

    def __init__(self, reference: str, near: Sequence[str] = ()) -> None:
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"no configuration item is called {reference!r}{hint}")
        self.reference = reference
        self.near = tuple(near)


class NotFoundError(GraphServiceError):
    """There is no such plan, run or other record that is not a CI; list them and choose one."""

    code = "NOT_FOUND"

    def __init__(self, what: str, record_id: str) -> None:
        super().__init__(f"there is no {what} {record_id!r}")
        self.what = what
        self.record_id = record_id


class IdempotencyKeyReusedError(GraphServiceError):
    """The idempotency key came with another input before; use a fresh key for a new write."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used for another input")
        self.key = key


class AmbiguousReferenceError(GraphServiceError):
    """A name fits several CIs; use one of the ``candidates``' keys or ids."""

    code = "AMBIGUOUS_REFERENCE"

    def __init__(self, reference: str, candidates: Sequence[str]) -> None:
        super().__init__(
            f"{reference!r} is the name of several configuration items: {', '.join(candidates)}; "
            "say which by its key or id"
        )
        self.reference = reference
        self.candidates = tuple(candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedValue:
    """One value that somebody changed: of which record, from what to what, when and by whom.

    ``name`` is a field (``name``, ``class``, ``presence``) or an attribute.
    """

    record: str
    name: str
    before: Any
    after: Any
    revision: int
    at: str
    actor: Actor

    def __str__(self) -> str:
        return (
            f"{self.actor.name} changed {self.name} of {self.record} from {_value(self.before)} "
            f"to {_value(self.after)} in revision {self.revision}"
        )


class StaleRevisionError(GraphServiceError):
    """Records this write touches changed since it was computed; read again and retry.

    ``changes`` say who changed what, where whoever refused knows.
    """

    code = "STALE_REVISION"

    def __init__(
        self,
        based_on: int,
        current: int,
        moved: Sequence[str],
        changes: Sequence[MovedValue] = (),
    ) -> None:
        said = [str(each) for each in changes] or list(moved)
        left = len(said) - MOVED_SHOWN_MAX
        shown = ("; " if changes else ", ").join(said[:MOVED_SHOWN_MAX])
        shown += f" and {left} more" if left > 0 else ""
        super().__init__(
            f"computed from revision {based_on}, but by revision {current} "
            f"these had changed: {shown}; compute it again from what is there now"
        )
        self.based_on = based_on
        self.current = current
        self.moved = tuple(moved)
        self.changes = tuple(changes)


def _value(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}…"


class RevisionUnknownError(GraphServiceError):
    """There is no such revision: in the future, or before the first."""

    code = "REVISION_UNKNOWN"


class StoreUnavailableError(GraphServiceError):
    """The store does not answer, or cannot write now; wait, or call its operator."""

    code = "STORE_UNAVAILABLE"


class StoreUnusableError(GraphServiceError):
    """What stands at the store's address is of no use to this program: format, version, rights."""

    code = "STORE_UNUSABLE"


class QuestionTooLargeError(GraphServiceError):
    """The question exceeds a limit or its deadline; narrow it."""

    code = "QUESTION_TOO_LARGE"


class NotAllowedError(GraphServiceError):
    """The caller is not signed in, or its roles do not allow this."""

    code = "NOT_ALLOWED"
