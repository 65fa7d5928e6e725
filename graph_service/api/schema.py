"""The public contract: the schema, and its text as it is committed."""

from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph_service.api.roots.bulk_edit import BulkEditMutations, BulkEditQueries
from graph_service.api.roots.discovery import DiscoveryMutations, DiscoveryQueries
from graph_service.api.roots.editing import EditingMutations
from graph_service.api.roots.estate import EstateQueries
from graph_service.api.roots.files import FileMutations, FileQueries
from graph_service.api.roots.log import LogQueries, LogSubscriptions
from graph_service.api.roots.people import PeopleMutations, PeopleQueries
from graph_service.api.roots.redundancy import RedundancyMutations, RedundancyQueries
from graph_service.api.roots.rules import RulesMutations, RulesQueries
from graph_service.api.roots.saved_queries import SavedQueryMutations, SavedQueryQueries
from graph_service.api.roots.service import ServiceMutations, ServiceQueries
from graph_service.api.roots.sweep import SweepMutations, SweepQueries
from graph_service.api.roots.undo import UndoMutations, UndoQueries
from graph_service.api.scalars import SCALARS


@strawberry.type(description="Reading. Root fields of one operation share one revision.")
class Query(
    BulkEditQueries,
    DiscoveryQueries,
    EstateQueries,
    FileQueries,
    LogQueries,
    RulesQueries,
    PeopleQueries,
    SavedQueryQueries,
    RedundancyQueries,
    ServiceQueries,
    SweepQueries,
    UndoQueries,
):
    """Reading."""


@strawberry.type(
    description="Writing. Select `... on Problem { code message hint }` in every result: new ways "
    "to fail implement it too."
)
class Mutation(
    BulkEditMutations,
    DiscoveryMutations,
    EditingMutations,
    FileMutations,
    RulesMutations,
    PeopleMutations,
    SavedQueryMutations,
    RedundancyMutations,
    ServiceMutations,
    SweepMutations,
    UndoMutations,
):
    """Writing."""


@strawberry.type(
    description="Following, over server-sent events: POST with Accept: text/event-stream."
)
class Subscription(LogSubscriptions):
    """Following."""


def _schema(*, is_sorted: bool) -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=SCALARS, sort_schema=is_sorted)
    return strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, config=config
    )


# Sorting copies the types, and strawberry then no longer finds the members of a union in the copy:
# what runs is not sorted, only what is printed.
SCHEMA: Final = _schema(is_sorted=False)


def sdl() -> str:
    """Return the schema in the schema language, sorted."""
    return _schema(is_sorted=True).as_str() + "\n"
