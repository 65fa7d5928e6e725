"""Inputs and results of mutations: successes implement Written, the rest Problem."""

from typing import Annotated

import strawberry

from graph_service.api.edit_inputs import CIMerge, CISplit, EstateEdit
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Instant, RevisionNumber
from graph_service.api.types.discovery import Counts, Plan, TrippedBrake
from graph_service.api.types.problems import (
    AmbiguousReference,
    IdempotencyKeyReused,
    NotFound,
    PlanOutdated,
    Problem,
    StaleRevision,
    ValidationFailed,
    Written,
)
from graph_service.api.types.viewer import Token
from graph_service.use_cases.access import Role


@strawberry.input(
    one_of=True,
    description="What a document says: its text, or the fileId that POST /files answered.",
)
class ContentInput:
    """What a document says."""

    text: str | None = UNSET
    file_id: strawberry.ID | None = UNSET


@strawberry.input(description="A document to read.")
class DocumentInput:
    """A document."""

    name: str = strawberry.field(description="What places in faults call it; its suffix may count.")
    content: ContentInput


@strawberry.input(description="A setting of a collector, for example map: hostname=key for CSV.")
class CollectorOptionInput:
    """A setting of a collector."""

    name: str
    value: str


@strawberry.input(description="Input of planImport.")
class PlanImportInput:
    """What to plan."""

    collector: str = strawberry.field(description="One of status.collectors.")
    documents: list[DocumentInput]
    data_source: str | None = strawberry.field(
        default=UNSET,
        description="Who says so, where a document does not say; default: the collector.",
    )
    complete: bool = strawberry.field(
        default=False,
        description="The documents are all that the data source says: what is gone is retired, "
        "behind the brakes.",
    )
    options: list[CollectorOptionInput] | None = UNSET


@strawberry.input(description="Release of one brake.")
class BrakeApprovalInput:
    """Release of one brake."""

    brake: strawberry.ID
    reason: str


@strawberry.input(description="Input of applyPlan.")
class ApplyPlanInput:
    """What to apply."""

    plan: strawberry.ID
    approvals: list[BrakeApprovalInput] | None = UNSET


@strawberry.input(description="Input of editEstate.")
class EditEstateInput:
    """What to edit."""

    edits: list[EstateEdit]
    reason: str
    expected_revision: RevisionNumber | None = strawberry.field(
        default=UNSET,
        description="Refuse if a record this touches changed after it.",
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="Kept for 24 hours; a retry gets the first answer."
    )


@strawberry.input(description="Input of mergeCis.")
class MergeCisInput(CIMerge):
    """Which CIs are one, and why."""

    reason: str
    expected_revision: RevisionNumber | None = strawberry.field(
        default=UNSET, description="Refuse if a record this touches changed after it."
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="Kept for 24 hours; a retry gets the first answer."
    )


@strawberry.input(description="Input of splitCi.")
class SplitCiInput(CISplit):
    """Which CI is two, and why."""

    reason: str
    expected_revision: RevisionNumber | None = strawberry.field(
        default=UNSET, description="Refuse if a record this touches changed after it."
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="Kept for 24 hours; a retry gets the first answer."
    )


@strawberry.input(description="Input of createToken.")
class CreateTokenInput:
    """What token to make."""

    name: str
    roles: list[Role]
    expires_at: Instant | None = UNSET
    person: str | None = strawberry.field(
        default=UNSET,
        description="Whose it is: an id, login, mail address or name. By policy, a token may edit "
        "only what its person owns.",
    )


@strawberry.input(description="Input of revokeToken.")
class RevokeTokenInput:
    """Which token to end."""

    token: strawberry.ID


@strawberry.type(
    description="Plans were made and kept, one for each data source in the documents. Nothing of "
    "the estate was written."
)
class ImportPlanned(Written):
    """Plans were made and kept."""

    plans: list[Plan]


@strawberry.type(description="A plan was applied.")
class PlanWritten(Written):
    """A plan was applied."""

    plan: Plan
    revisions: list[RevisionNumber] = strawberry.field(description="The revisions it wrote.")
    cis: Counts
    relationships: Counts
    people: Counts


@strawberry.type(
    description="Part of the plan is held; what is not has been applied. Give an approval with a "
    "reason for each brake."
)
class HeldByBrakes(Problem):
    """Part of the plan is held."""

    plan: Plan
    brakes: list[TrippedBrake]
    revisions: list[RevisionNumber]
    cis: Counts
    relationships: Counts
    people: Counts


@strawberry.type(description="A CI that a write created, with the key it was given.")
class CreatedCI:
    """A CI that a write created."""

    id: strawberry.ID
    key: str


@strawberry.type(description="Edits were applied, all of them, as one revision.")
class EstateWritten(Written):
    """Edits were applied."""

    created_count: int
    updated_count: int
    retired_count: int
    subjects: list[strawberry.ID] = strawberry.field(
        description="For each edit the id of the CI or relationship it is about."
    )
    created_cis: list[CreatedCI]


@strawberry.type(description="A token was made.")
class TokenCreated(Written):
    """A token was made."""

    token: Token
    secret: str = strawberry.field(description="Shown this once.")


@strawberry.type(description="A token opens nothing any more.")
class TokenRevoked(Written):
    """A token was ended."""

    token: Token


PlanImportResult = Annotated[
    ImportPlanned | ValidationFailed,
    strawberry.union("PlanImportResult", description="Result of planImport."),
]
ApplyPlanResult = Annotated[
    PlanWritten | HeldByBrakes | PlanOutdated | NotFound | ValidationFailed,
    strawberry.union("ApplyPlanResult", description="Result of applyPlan."),
]
EditEstateResult = Annotated[
    EstateWritten
    | NotFound
    | AmbiguousReference
    | StaleRevision
    | ValidationFailed
    | IdempotencyKeyReused,
    strawberry.union("EditEstateResult", description="Result of editEstate."),
]
MergeCisResult = Annotated[
    EstateWritten
    | NotFound
    | AmbiguousReference
    | StaleRevision
    | ValidationFailed
    | IdempotencyKeyReused,
    strawberry.union("MergeCisResult", description="Result of mergeCis."),
]
SplitCiResult = Annotated[
    EstateWritten
    | NotFound
    | AmbiguousReference
    | StaleRevision
    | ValidationFailed
    | IdempotencyKeyReused,
    strawberry.union("SplitCiResult", description="Result of splitCi."),
]
CreateTokenResult = Annotated[
    TokenCreated | NotFound | ValidationFailed,
    strawberry.union("CreateTokenResult", description="Result of createToken."),
]
RevokeTokenResult = Annotated[
    TokenRevoked | NotFound,
    strawberry.union("RevokeTokenResult", description="Result of revokeToken."),
]
