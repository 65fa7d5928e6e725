"""Who is asking, what they may do, and the service itself."""

from datetime import UTC, datetime

import strawberry

from graph_service.api.limits import Limits as LimitValues
from graph_service.api.permissions import MUTATION_ROLES, may_call
from graph_service.api.scalars import Instant, RevisionNumber
from graph_service.api.types.connection import Node
from graph_service.api.types.log import Actor
from graph_service.use_cases import access
from graph_service.use_cases.access import Role


@strawberry.type(description="Limits in force; also enforced before execution.")
class Limits:
    """Limits in force."""

    body_bytes: int
    file_bytes: int
    tokens: int
    depth: int
    cost: int
    aliases: int
    directives: int
    fragments: int
    root_fields: int
    page_size: int
    column_rows: int
    operation_seconds: float


@strawberry.type(description="Who is asking, and what they may do.")
class Viewer:
    """Who is asking."""

    actor: Actor
    roles: list[Role]
    mutations: list[str] = strawberry.field(description="Mutations the viewer may call at all.")
    token_expires_at: Instant | None = strawberry.field(
        description="When this sign-in ends; null: not by itself."
    )
    limits: Limits


def viewer(found: access.Viewer, limits: LimitValues) -> Viewer:
    """Show who is asking."""
    return Viewer(
        actor=Actor.of(found.actor),
        roles=sorted(found.roles),
        mutations=[each for each in sorted(MUTATION_ROLES) if may_call(each, found)],
        token_expires_at=_instant(found.expires_at),
        limits=Limits(
            body_bytes=limits.body_bytes,
            file_bytes=limits.file_bytes,
            tokens=limits.tokens,
            depth=limits.depth,
            cost=limits.cost,
            aliases=limits.aliases,
            directives=limits.directives,
            fragments=limits.fragments,
            root_fields=limits.root_fields,
            page_size=limits.page_size,
            column_rows=limits.column_rows,
            operation_seconds=limits.operation_seconds,
        ),
    )


@strawberry.type(description="An API token; the secret is shown once, at creation.")
class Token(Node):
    """An API token without its secret."""

    name: str
    roles: list[Role]
    created_at: Instant
    created_by: Actor
    expires_at: Instant | None
    revoked_at: Instant | None
    person_id: strawberry.ID | None = strawberry.field(description="Whose it is, if anybody's.")
    valid: bool = strawberry.field(description="Whether it opens anything now.")


def token(found: access.Token) -> Token:
    """Show a token."""
    return Token(
        id=strawberry.ID(found.id),
        name=found.name,
        roles=sorted(found.roles),
        created_at=Instant(found.created_at.isoformat()),
        created_by=Actor.of(found.created_by),
        expires_at=_instant(found.expires_at),
        revoked_at=_instant(found.revoked_at),
        person_id=strawberry.ID(found.person) if found.person else None,
        valid=found.is_valid(datetime.now(UTC)),
    )


def _instant(found: datetime | None) -> Instant | None:
    return Instant(found.isoformat()) if found else None


@strawberry.type(description="The service itself.")
class Status:
    """The service itself."""

    version: str
    store: str = strawberry.field(description="Its address, without secrets.")
    store_revision: RevisionNumber
    ci_count: int
    relationship_count: int
    collectors: list[str] = strawberry.field(
        description="Names that planImport accepts as collector."
    )
