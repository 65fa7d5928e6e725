"""Who is asking, what answers, and the tokens it is asked with."""

from datetime import datetime

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import ListSize, Needs
from graph_service.api.errors import not_found, validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.viewer import Status, Token, Viewer, token, viewer
from graph_service.api.types.writing import (
    CreateTokenInput,
    CreateTokenResult,
    RevokeTokenInput,
    RevokeTokenResult,
    TokenCreated,
    TokenRevoked,
)
from graph_service.api.written import nothing_written
from graph_service.model.errors import (
    InvalidInputError,
    NotFoundError,
)
from graph_service.use_cases.access import Role


@strawberry.type
class ServiceQueries:
    """About the service itself."""

    @field()
    def viewer(self, info: Info) -> Viewer:
        """Say who is asking, and what they may do."""
        return viewer(info.context.viewer, info.context.options.limits)

    @field()
    async def status(self, info: Info) -> Status:
        """Describe the service."""
        context = info.context
        head = await context.pin.head()
        counts = await context.services.questions.estate_counts()
        context.pin.saw(counts.revision)
        return Status(
            version=context.options.version,
            store=context.services.store.address,
            store_revision=RevisionNumber(head.revision),
            ci_count=counts.ci_count,
            relationship_count=counts.relationship_count,
            collectors=sorted(context.services.collectors),
        )

    @field(
        description="All API tokens that ever were, oldest first.",
        directives=[Needs(roles=[Role.ADMIN]), ListSize(assumed_size=20)],
    )
    async def tokens(self, info: Info) -> list[Token] | None:
        """List tokens."""
        info.context.require(Role.ADMIN)
        return [token(each) for each in await info.context.services.access.tokens()]


@strawberry.type
class ServiceMutations:
    """Making and ending tokens."""

    @mutation(
        description="Make an API token.",
        directives=[Needs(roles=[*MUTATION_ROLES["createToken"]])],
    )
    async def create_token(self, info: Info, input: CreateTokenInput) -> CreateTokenResult:  # noqa: A002 - the contract's word
        """Make a token."""
        context = info.context
        try:
            whose = given(input.person)
            person = (await context.services.who_is_who.person(whose)).id if whose else ""
            made, secret = await context.services.access.create(
                input.name,
                input.roles,
                by=context.viewer.actor,
                expires_at=datetime.fromisoformat(input.expires_at) if input.expires_at else None,
                person=person,
            )
        except InvalidInputError as error:
            return validation_failed(error)
        except NotFoundError as error:
            return not_found(error)
        return TokenCreated(**await nothing_written(context), token=token(made), secret=secret)

    @mutation(
        description="End an API token now.",
        directives=[Needs(roles=[*MUTATION_ROLES["revokeToken"]])],
    )
    async def revoke_token(self, info: Info, input: RevokeTokenInput) -> RevokeTokenResult:  # noqa: A002 - the contract's word
        """End a token."""
        context = info.context
        ended = await context.services.access.revoke(input.token, by=context.viewer.actor)
        if ended is None:
            return not_found(NotFoundError("token", input.token))
        return TokenRevoked(**await nothing_written(context), token=token(ended))
