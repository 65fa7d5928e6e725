"""The public contract: the schema, and its text as it is committed."""

from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph_service.api.mutations import Mutation
from graph_service.api.queries import Query
from graph_service.api.scalars import SCALARS


def _schema(*, is_sorted: bool) -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=SCALARS, sort_schema=is_sorted)
    return strawberry.Schema(query=Query, mutation=Mutation, config=config)


# Sorting copies the types, and strawberry then no longer finds the members of a union in the copy:
# what runs is not sorted, only what is printed.
SCHEMA: Final = _schema(is_sorted=False)


def sdl() -> str:
    """Return the schema in the schema language, sorted."""
    return _schema(is_sorted=True).as_str() + "\n"
