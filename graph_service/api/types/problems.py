"""Expected ways for a request to fail, as data; and what every successful write says."""

from enum import StrEnum

import strawberry

from graph_service.api.scalars import Instant, Json, RevisionNumber
from graph_service.api.types.log import Actor


@strawberry.enum(
    description="Codes of problems that are data. Codes of errors are in extensions.code."
)
class ProblemCode(StrEnum):
    """Codes of problems."""

    VALIDATION_FAILED = "VALIDATION_FAILED"
    NOT_FOUND = "NOT_FOUND"
    STALE_REVISION = "STALE_REVISION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    AMBIGUOUS_REFERENCE = "AMBIGUOUS_REFERENCE"
    HELD_BY_BRAKES = "HELD_BY_BRAKES"
    PLAN_OUTDATED = "PLAN_OUTDATED"
    UNDO_CONFLICTS = "UNDO_CONFLICTS"


@strawberry.interface(
    description="An expected way for a request to fail. Select it in every mutation: new members "
    "of a result union implement it too."
)
class Problem:
    """An expected way for a request to fail."""

    code: ProblemCode = strawberry.field(description="Stable; clients branch on it.")
    message: str = strawberry.field(description="For people.")
    hint: str | None = strawberry.field(description="What to do next.")


@strawberry.type(description="One fault of an input.")
class Fault:
    """One fault of an input."""

    path: list[str] = strawberry.field(
        description='Where, from the input or document down: ["edits", "3", "createCi", "class"].'
    )
    place: str = strawberry.field(description="Document, line, column and path, for people.")
    code: str = strawberry.field(description="Stable, for example UNKNOWN_CLASS, SELF_LOOP.")
    message: str
    hint: str | None


@strawberry.type(
    description="The input is well-formed GraphQL but not acceptable; every fault at once."
)
class ValidationFailed(Problem):
    """Not acceptable."""

    faults: list[Fault]


@strawberry.type(description="What the input names does not exist.")
class NotFound(Problem):
    """What the input names does not exist."""

    nearest: list[str] = strawberry.field(description="Keys that look like it.")


@strawberry.type(description="A reference by name fits several records.")
class AmbiguousReference(Problem):
    """A reference fits several records."""

    candidates: list[str]


@strawberry.type(description="A value that somebody else changed meanwhile.")
class MovedValue:
    """A value that somebody else changed."""

    record: str = strawberry.field(description="Key of the CI, or source TYPE target.")
    name: str = strawberry.field(description="The field or attribute.")
    before: Json | None
    after: Json | None
    revision: RevisionNumber
    at: Instant
    actor: Actor


@strawberry.type(
    description="A record this write touches changed after expectedRevision. Writes to other "
    "records do not cause it."
)
class StaleRevision(Problem):
    """A record changed meanwhile."""

    expected_revision: RevisionNumber
    current_revision: RevisionNumber
    changed: list[str] = strawberry.field(description="The records that moved.")
    changes: list[MovedValue] = strawberry.field(
        description="Who changed which value, from what to what, of the first records that moved."
    )


@strawberry.type(
    description="The idempotency key was used in the last 24 hours with another input."
)
class IdempotencyKeyReused(Problem):
    """The idempotency key was used for something else."""


@strawberry.type(description="Records of the plan moved since its base revision: plan again.")
class PlanOutdated(Problem):
    """The plan no longer fits."""

    base_revision: RevisionNumber
    current_revision: RevisionNumber
    moved: list[str]


@strawberry.type(name="Warning", description="Something to look at that did not stop the write.")
class WriteWarning:
    """Something to look at."""

    code: str
    message: str
    subject: str | None


@strawberry.interface(description="A successful write.")
class Written:
    """A successful write."""

    revision: RevisionNumber = strawberry.field(
        description="The revision this write made, or the current one when nothing differed."
    )
    changed: bool = strawberry.field(
        description="Whether it made a revision. False: all was as asked already, or what was "
        "written is no part of the estate (a plan, a token)."
    )
    replayed: bool = strawberry.field(
        description="True: this is the stored answer to an earlier request with the same "
        "idempotency key."
    )
    warnings: list[WriteWarning]
