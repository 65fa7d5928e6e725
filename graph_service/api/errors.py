"""Our errors → GraphQL and HTTP: the only place that translates them."""

import traceback
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from graph_service.api.failures import (
    BadRequestError,
    CursorInvalidError,
    DeadlineExceededError,
    EstateMovedError,
    LimitExceededError,
    UnauthenticatedError,
    UnknownNameError,
)
from graph_service.api.scalars import Json, RevisionNumber, as_instant
from graph_service.api.types.discovery import fault
from graph_service.api.types.log import Actor
from graph_service.api.types.problems import (
    AmbiguousReference,
    IdempotencyKeyReused,
    MovedValue,
    NotFound,
    PlanOutdated,
    ProblemCode,
    StaleRevision,
    ValidationFailed,
)
from graph_service.model.errors import (
    AmbiguousReferenceError,
    CINotFoundError,
    GraphServiceError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    QuestionTooLargeError,
    RevisionUnknownError,
    StaleRevisionError,
    StoreUnavailableError,
)

log = structlog.get_logger("graph_service.api")

INTERNAL = "INTERNAL"
_STATUS = {
    UnauthenticatedError.code: 401,
    NotAllowedError.code: 403,
    DeadlineExceededError.code: 504,
    EstateMovedError.code: 503,
    StoreUnavailableError.code: 503,
    INTERNAL: 500,
}
_SIZES = frozenset({"bodyBytes", "fileBytes"})
_HINTS: dict[str, str] = {
    UnauthenticatedError.code: "send Authorization: Bearer TOKEN; an administrator makes tokens",
    NotAllowedError.code: "ask an administrator for the role",
    LimitExceededError.code: "ask for less",
    QuestionTooLargeError.code: "narrow the question, or take columns",
    DeadlineExceededError.code: "narrow the question",
    AmbiguousReferenceError.code: "use the key or id of one of the candidates",
    RevisionUnknownError.code: "choose another revision",
    CursorInvalidError.code: "start over without after",
    EstateMovedError.code: "ask again, or ask for less at a time",
    StoreUnavailableError.code: "try again with the same idempotency key",
}


def status_of(code: str, error: BaseException | None = None) -> int:
    """Return the HTTP status of a request that failed before or instead of giving any data."""
    if isinstance(error, BadRequestError):
        return error.status
    if isinstance(error, LimitExceededError) and error.limit in _SIZES:
        return 413
    return _STATUS.get(code, 400)


def code_of(error: BaseException | None) -> str:
    """Return the stable code of an error; what is not ours is INTERNAL."""
    if isinstance(error, GraphServiceError):
        return error.code
    return INTERNAL


def extensions_of(error: GraphServiceError) -> dict[str, Any]:
    """Return what a program needs to branch on this error and to mend its request."""
    extensions: dict[str, Any] = {"code": error.code}
    match error:
        case LimitExceededError():
            extensions |= {"limit": error.limit, "value": error.value, "max": error.most}
        case AmbiguousReferenceError():
            extensions["candidates"] = list(error.candidates)
        case CINotFoundError():
            extensions["nearest"] = list(error.near)
        case UnknownNameError():
            extensions["nearest"] = list(error.nearest)
        case InvalidInputError():
            extensions["faults"] = [
                {"code": each.code, "message": each.message, "place": str(each.place)}
                | ({"hint": each.remedy} if each.remedy else {})
                for each in error.faults
            ]
    if hint := _HINTS.get(error.code):
        extensions["hint"] = hint
    return extensions


def formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Write one entry of ``errors``. What is not meant for the caller is logged and not shown."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    shown: dict[str, Any] = {"message": error.message}
    if isinstance(original, GraphServiceError):
        shown["message"] = str(original)
        shown["extensions"] = extensions_of(original)
    elif original is not None:
        log.error("field_failed", path=error.path, traceback=traceback_of(original))
        shown["message"] = "something went wrong on our side"
        shown["extensions"] = {"code": INTERNAL, "hint": "report the request id"}
    else:
        is_syntax = isinstance(error, GraphQLSyntaxError)
        shown["extensions"] = {"code": "SYNTAX_ERROR" if is_syntax else "INVALID_REQUEST"}
    if error.locations:
        shown["locations"] = [
            {"line": each.line, "column": each.column} for each in error.locations
        ]
    if error.path:
        shown["path"] = list(error.path)
    shown["extensions"]["requestId"] = request_id
    return shown


def traceback_of(error: BaseException) -> str:
    """Write where an error came from, as text: a renderer might show variables, hence secrets."""
    return "".join(traceback.format_exception(error))


def wrapped(error: GraphServiceError) -> GraphQLError:
    """Return one of our errors as an error of the whole request."""
    return GraphQLError(str(error), original_error=error)


Refusal = ValidationFailed | NotFound | AmbiguousReference | StaleRevision | IdempotencyKeyReused


def problem(error: GraphServiceError) -> Refusal:
    """Return the problem that a write's error is.

    Raises:
        GraphServiceError: The same one, when it is not an expected outcome of a write.

    """
    match error:
        case InvalidInputError():
            return validation_failed(error)
        case CINotFoundError() | NotFoundError():
            return not_found(error)
        case IdempotencyKeyReusedError():
            return IdempotencyKeyReused(
                code=ProblemCode.IDEMPOTENCY_KEY_REUSED,
                message=str(error),
                hint="use a fresh key for a new write",
            )
        case AmbiguousReferenceError():
            return AmbiguousReference(
                code=ProblemCode.AMBIGUOUS_REFERENCE,
                message=str(error),
                hint=_HINTS[error.code],
                candidates=list(error.candidates),
            )
        case StaleRevisionError():
            return stale_revision(error)
    raise error


def stale_revision(error: StaleRevisionError) -> StaleRevision:
    """Return what changed since the revision a write was computed from."""
    return StaleRevision(
        code=ProblemCode.STALE_REVISION,
        message=str(error),
        hint="read the records again and send the write with their revision",
        expected_revision=RevisionNumber(error.based_on),
        current_revision=RevisionNumber(error.current),
        changed=list(error.moved),
        changes=[
            MovedValue(
                record=each.record,
                name=each.name,
                before=Json(each.before),
                after=Json(each.after),
                revision=RevisionNumber(each.revision),
                at=as_instant(each.at),
                actor=Actor.of(each.actor),
            )
            for each in error.changes
        ],
    )


def validation_failed(error: InvalidInputError) -> ValidationFailed:
    """Return all faults of an input as one problem."""
    count = len(error.faults)
    return ValidationFailed(
        code=ProblemCode.VALIDATION_FAILED,
        message=str(error.faults[0]) if count == 1 else f"the input has {count} faults",
        hint="mend every fault and send it again",
        faults=[fault(each) for each in error.faults],
    )


def not_found(error: CINotFoundError | NotFoundError) -> NotFound:
    """Return that something named does not exist, with what looks like it."""
    return NotFound(
        code=ProblemCode.NOT_FOUND,
        message=str(error),
        hint="list what there is and choose one",
        nearest=list(error.near) if isinstance(error, CINotFoundError) else [],
    )


def plan_outdated(error: StaleRevisionError) -> PlanOutdated:
    """Return what moved under a plan since it was made."""
    return PlanOutdated(
        code=ProblemCode.PLAN_OUTDATED,
        message=str(error),
        hint="plan the import again",
        base_revision=RevisionNumber(error.based_on),
        current_revision=RevisionNumber(error.current),
        moved=list(error.moved),
    )
