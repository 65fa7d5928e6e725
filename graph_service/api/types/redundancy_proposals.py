"""Proposed redundancy groups: what they are, why, and what confirming gives."""

from typing import Annotated

import strawberry

from graph_service.api.directives import ListSize
from graph_service.api.fields import field
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Instant
from graph_service.api.types.ci import CI, ci_in_answer
from graph_service.api.types.connection import EstateConnection
from graph_service.api.types.enums import GroupMode, GroupRole
from graph_service.api.types.problems import (
    AmbiguousReference,
    IdempotencyKeyReused,
    NotFound,
    StaleRevision,
    ValidationFailed,
    Written,
)
from graph_service.use_cases.redundancy import assistant, proposal
from graph_service.use_cases.redundancy.candidates import Sort
from graph_service.use_cases.redundancy.proposal import Confidence

SERVICES_SHOWN_MAX = 100

strawberry.enum(
    Sort,
    name="ProposalSort",
    description="UNKNOWN_K: a group of which nobody says how many it needs. UNDECLARED: providers "
    "leaned on one by one that look like one function. DEFEATED: a group that a plain dependency "
    "on one of its members defeats. STANDBY: a declared standby that nobody credits.",
)
strawberry.enum(
    Confidence, name="ProposalConfidence", description="How much speaks for it; LOW is a guess."
)


@strawberry.type(description="A fact that led to a proposal, or speaks against it.")
class ProposalEvidence:
    """A fact."""

    code: str = strawberry.field(description="Stable: NAMED_ALIKE, REPLICATES, POOL, …")
    text: str


@strawberry.type(description="A provider in a proposed group.")
class ProposedMember:
    """A provider in a proposed group."""

    ci: CI
    role: GroupRole
    moves: bool = strawberry.field(
        description="It is leaned on alone today; that dependency would move into the group."
    )
    related: bool = strawberry.field(
        description="False: nothing relates it to the dependant yet; confirming would."
    )


@strawberry.type(description="What losing one member alone takes down of what bears value.")
class MemberLoss:
    """What losing one member takes down."""

    ci: CI
    services_down_now: int
    services_down_then: int = strawberry.field(description="Once the group is confirmed.")


@strawberry.type(
    description="What confirming changes: any one member is lost alone, everything else is up."
)
class ProposalEffect:
    """What confirming changes."""

    service_count: int = strawberry.field(description="What bears value and would stop going down.")
    ci_count: int = strawberry.field(description="All CIs that would stop going down.")
    losses: list[MemberLoss] = strawberry.field(directives=[ListSize(assumed_size=5)])
    found: strawberry.Private[proposal.Effect]

    @field(
        description="The services, most critical first; at most 100.",
        directives=[ListSize(assumed_size=20)],
    )
    def services(self) -> list[CI]:
        """Show the first of them."""
        return [ci_in_answer(each) for each in self.found.services[:SERVICES_SHOWN_MAX]]


@strawberry.type(description="That somebody said no to a proposal, why, and until when it holds.")
class ProposalRejection:
    """That somebody said no."""

    reason: str
    by: str
    at: Instant
    until: Instant = strawberry.field(description="Then it is proposed again.")


@strawberry.type(
    description="Providers of one function for one dependant, as far as can be told; somebody has "
    "to confirm it or say no. Until then all of them count as needed."
)
class RedundancyProposal:
    """A proposed group."""

    id: strawberry.ID = strawberry.field(
        description="The same as long as dependant, members and sort are."
    )
    sort: Sort
    dependant: CI
    name: str = strawberry.field(description="The group's, on its dependant.")
    members: list[ProposedMember] = strawberry.field(directives=[ListSize(assumed_size=5)])
    n: int
    k: int = strawberry.field(description="Members that would be needed.")
    k_known: bool = strawberry.field(description="True: as declared, and it stays so.")
    k_reason: str
    mode: GroupMode | None = strawberry.field(
        description="How standbys are supposed to take over; null: there are none, or it is said."
    )
    evidence: list[ProposalEvidence] = strawberry.field(directives=[ListSize(assumed_size=5)])
    confidence: Confidence
    effect: ProposalEffect | None = strawberry.field(
        description="Null: not computed, because the queue had cost enough; see uncomputedCount."
    )
    rejection: ProposalRejection | None


@strawberry.type(
    name="RedundancyProposalConnection",
    description="Proposed groups, those with most effect first.",
)
class RedundancyProposalConnection(EstateConnection[RedundancyProposal]):
    """Proposed groups."""

    uncomputed_count: int = strawberry.field(
        default=0,
        description="Proposals of all pages whose effect was not computed; they are last.",
    )


def shown_proposal(
    found: proposal.Proposal, rejection: assistant.Rejection | None
) -> RedundancyProposal:
    """Show a proposal."""
    return RedundancyProposal(
        id=strawberry.ID(found.id),
        sort=found.sort,
        dependant=ci_in_answer(found.dependant),
        name=found.name,
        members=[
            ProposedMember(
                ci=ci_in_answer(each.ci),
                role=GroupRole.STANDBY if each.is_standby else GroupRole.ACTIVE,
                moves=each.is_plain,
                related=not each.is_drawn,
            )
            for each in found.members
        ],
        n=found.n,
        k=found.k,
        k_known=found.k_known,
        k_reason=found.k_reason,
        mode=GroupMode(found.mode) if found.mode else None,
        evidence=[ProposalEvidence(code=each.code, text=each.text) for each in found.evidence],
        confidence=found.confidence,
        effect=_effect(found.effect) if found.effect else None,
        rejection=ProposalRejection(
            reason=rejection.reason,
            by=rejection.by,
            at=Instant(rejection.at),
            until=Instant(rejection.until),
        )
        if rejection
        else None,
    )


def _effect(found: proposal.Effect) -> ProposalEffect:
    return ProposalEffect(
        service_count=len(found.services),
        ci_count=found.ci_count,
        losses=[
            MemberLoss(
                ci=ci_in_answer(each.member),
                services_down_now=each.down_now,
                services_down_then=each.down_then,
            )
            for each in found.losses
        ],
        found=found,
    )


@strawberry.input(description="Which proposals. Conditions that are left out are none.")
class RedundancyFilter:
    """Which proposals."""

    confidence: list[Confidence] | None = UNSET
    sorts: list[Sort] | None = UNSET
    classes: list[str] | None = strawberry.field(
        default=UNSET, description="Classes of the dependants, with all that specialise them."
    )
    rejected: bool = strawberry.field(
        default=False, description="True: those that somebody said no to, and only those."
    )


@strawberry.input(description="Input of confirmRedundancy.")
class ConfirmRedundancyInput:
    """What to confirm."""

    proposals: list[strawberry.ID] = strawberry.field(description="At most 500, as one revision.")
    k: int | None = strawberry.field(
        default=UNSET, description="Of all of them, instead of the proposed one."
    )
    mode: GroupMode | None = strawberry.field(
        default=UNSET, description="Of all of them: how standbys take over."
    )
    days: int | None = strawberry.field(
        default=assistant.REVIEWED_AFTER.days,
        description="How long it holds; then the size is unknown again. Null: without end.",
    )
    reason: str = ""
    idempotency_key: str | None = UNSET


@strawberry.input(description="Input of rejectRedundancy.")
class RejectRedundancyInput:
    """What to say no to."""

    proposals: list[strawberry.ID]
    reason: str
    days: int = strawberry.field(
        default=assistant.REJECTED_FOR.days, description="How long it is not proposed again."
    )


@strawberry.type(description="Proposed groups are real now.")
class RedundancyConfirmed(Written):
    """Proposed groups are real."""

    confirmed_count: int
    updated_count: int = strawberry.field(description="CIs and relationships that changed.")


@strawberry.type(description="Proposals are not made again for a while.")
class RedundancyRejected(Written):
    """Proposals are not made again."""

    rejected_count: int
    until: Instant


ConfirmRedundancyResult = Annotated[
    RedundancyConfirmed
    | NotFound
    | AmbiguousReference
    | StaleRevision
    | ValidationFailed
    | IdempotencyKeyReused,
    strawberry.union("ConfirmRedundancyResult", description="What came of it."),
]
RejectRedundancyResult = Annotated[
    RedundancyRejected | NotFound | ValidationFailed,
    strawberry.union("RejectRedundancyResult", description="What came of it."),
]
