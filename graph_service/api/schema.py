"""The public contract: the schema, and its text as it is committed."""

from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph_service.api.mutations import Mutation
from graph_service.api.queries import Query
from graph_service.api.scalars import SCALARS
from graph_service.api.types.impact import ReachedOnlyCI

SCHEMA: Final = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[ReachedOnlyCI],
    config=StrawberryConfig(scalar_map=SCALARS, sort_schema=True),
)


def sdl() -> str:
    """Return the schema in the schema language, sorted."""
    return SCHEMA.as_str() + "\n"
