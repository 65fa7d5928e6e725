"""Fields and mutations that resolve by a method, as decorators with types."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

Resolver = Callable[..., Any]


def field(
    *, name: str | None = None, description: str | None = None, directives: Sequence[object] = ()
) -> Callable[[Resolver], StrawberryField]:
    """Make a method a field of the schema."""

    def made(resolver: Resolver) -> StrawberryField:
        resolved: StrawberryField = strawberry.field(
            resolver, name=name, description=description, directives=directives
        )
        return resolved

    return made


def mutation(
    *, description: str, directives: Sequence[object] = ()
) -> Callable[[Resolver], StrawberryField]:
    """Make a method a mutation."""
    return field(description=description, directives=directives)


def subscription(
    *, description: str, directives: Sequence[object] = ()
) -> Callable[[Resolver], StrawberryField]:
    """Make a method a subscription."""

    def made(resolver: Resolver) -> StrawberryField:
        resolved: StrawberryField = strawberry.subscription(
            resolver, description=description, directives=directives
        )
        return resolved

    return made
