"""The redundancy assistant: proposed groups, confirmed or rejected."""

from collections.abc import Sequence

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, Needs
from graph_service.api.errors import not_found, problem, validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import Instant, RevisionNumber
from graph_service.api.types.connection import list_page
from graph_service.api.types.problems import WriteWarning
from graph_service.api.types.redundancy_proposals import (
    ConfirmRedundancyInput,
    ConfirmRedundancyResult,
    RedundancyConfirmed,
    RedundancyFilter,
    RedundancyProposal,
    RedundancyProposalConnection,
    RedundancyRejected,
    RejectRedundancyInput,
    RejectRedundancyResult,
    shown_proposal,
)
from graph_service.api.written import nothing_written
from graph_service.model.errors import GraphServiceError, InvalidInputError, NotFoundError
from graph_service.use_cases.redundancy.assistant import Terms, Wanted
from graph_service.use_cases.redundancy.proposal import Proposal


@strawberry.type
class RedundancyQueries:
    """What looks redundant."""

    @field(
        description="Groups that look redundant and need somebody's word, those with most effect "
        "first: which services stop going down.",
        directives=[Cost(weight=100)],
    )
    async def redundancy_proposals(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        filter: RedundancyFilter | None = None,  # noqa: A002 - the contract's word
    ) -> RedundancyProposalConnection:
        """List them."""
        context = info.context
        asked = filter or RedundancyFilter()
        wanted = Wanted(
            confidences=frozenset(asked.confidence or ()),
            sorts=frozenset(asked.sorts or ()),
            classes=frozenset(asked.classes or ()),
            rejected=asked.rejected,
        )
        redundancy = context.services.redundancy
        queue = await redundancy.queue(wanted)
        context.pin.saw(queue.revision)
        rejections = {each.proposal_id: each for each in await redundancy.rejections()}
        question = [
            "redundancyProposals",
            queue.revision,
            len(queue.proposals),
            *map(sorted, (wanted.confidences, wanted.sorts, wanted.classes)),
            wanted.rejected,
        ]

        def show(found: Sequence[Proposal]) -> list[RedundancyProposal]:
            return [shown_proposal(each, rejections.get(each.id)) for each in found]

        page = list_page(context, question, queue.proposals, (first, after), show)
        return RedundancyProposalConnection(
            nodes=page.nodes,
            page_info=page.page_info,
            cursor_at=page.cursor_at,
            count=page.count,
            revision=RevisionNumber(queue.revision),
            uncomputed_count=queue.uncomputed,
        )

    @field(
        description="One proposal, rejected or not. Null: it is not made (any more).",
        directives=[Cost(weight=100)],
    )
    async def redundancy_proposal(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the contract's word
    ) -> RedundancyProposal | None:
        """Look one up."""
        redundancy = info.context.services.redundancy
        try:
            (found,) = await redundancy.proposals([id])
        except NotFoundError:
            return None
        rejections = {each.proposal_id: each for each in await redundancy.rejections()}
        return shown_proposal(found, rejections.get(found.id))


@strawberry.type
class RedundancyMutations:
    """Confirming what looks redundant, or saying no."""

    @mutation(
        description="Make proposed groups real, as one revision of statements by hand that carry "
        "the evidence.",
        directives=[Needs(roles=[*MUTATION_ROLES["confirmRedundancy"]])],
    )
    async def confirm_redundancy(
        self,
        info: Info,
        input: ConfirmRedundancyInput,  # noqa: A002 - the contract's word
    ) -> ConfirmRedundancyResult:
        """Confirm proposals."""
        context = info.context
        mode = given(input.mode)
        try:
            result = await context.services.redundancy.confirm(
                [str(each) for each in input.proposals],
                actor=context.viewer.actor,
                reason=input.reason,
                terms=Terms(k=given(input.k), mode=mode and mode.value, days=given(input.days)),
                idempotency_key=given(input.idempotency_key),
            )
        except GraphServiceError as error:
            return problem(error)
        return RedundancyConfirmed(
            revision=RevisionNumber(result.revision),
            changed=result.changed,
            replayed=result.replayed,
            warnings=[
                WriteWarning(code="EDIT", message=each, subject=None) for each in result.warnings
            ],
            confirmed_count=len(set(input.proposals)),
            updated_count=result.created + result.updated,
        )

    @mutation(
        description="Say no to proposals: they are not made again for a while, unless their "
        "members change.",
        directives=[Needs(roles=[*MUTATION_ROLES["rejectRedundancy"]])],
    )
    async def reject_redundancy(
        self,
        info: Info,
        input: RejectRedundancyInput,  # noqa: A002 - the contract's word
    ) -> RejectRedundancyResult:
        """Reject proposals."""
        context = info.context
        try:
            made = await context.services.redundancy.reject(
                [str(each) for each in input.proposals],
                actor=context.viewer.actor,
                reason=input.reason,
                days=input.days,
            )
        except NotFoundError as error:
            return not_found(error)
        except InvalidInputError as error:
            return validation_failed(error)
        return RedundancyRejected(
            **await nothing_written(context),
            rejected_count=len(made),
            until=Instant(made[0].until),
        )
