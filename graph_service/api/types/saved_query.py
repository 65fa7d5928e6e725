"""Saved queries."""

from typing import Annotated

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost
from graph_service.api.fields import field
from graph_service.api.filters import CIFilter
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Instant, Json
from graph_service.api.types.discovery import fault
from graph_service.api.types.log import Actor
from graph_service.api.types.problems import (
    Fault,
    NotFound,
    StaleRevision,
    ValidationFailed,
    Written,
)
from graph_service.model.condition import Saved, condition_of_data, condition_to_text
from graph_service.model.place import Place
from graph_service.store import CIQuery
from graph_service.use_cases.finding import saved_query as kept


@strawberry.type(
    description="A named filter: a saved search, or a group whose members are found whenever they "
    "are asked for. List its CIs with cis(filter: {savedQuery: KEY}), ask what its loss does with "
    "impact(of: {matching: {filter: {savedQuery: KEY}}})."
)
class SavedQuery:
    """A named filter."""

    kept: strawberry.Private[kept.SavedQuery]
    id: strawberry.ID
    key: str
    name: str
    owner: Actor
    shared: bool = strawberry.field(description="False: there for its owner only.")
    filter: Json = strawberry.field(description="What it says, as a CIFilter has it.")
    where: str = strawberry.field(description="The same as people type it.")
    reason: str = strawberry.field(description="Why it was saved last.")
    saved_at: Instant
    saved_by: Actor

    @field(
        description="Why it says nothing now: a class or attribute it names is gone, for example.",
        directives=[Cost(weight=2)],
    )
    async def faults(self, info: Info) -> list[Fault]:
        """Check it by the words in force."""
        found = await info.context.services.saved_queries.faults(self.kept)
        return [fault(each) for each in found]

    @field(
        description="How many CIs meet it now; null: it has faults.", directives=[Cost(weight=5)]
    )
    async def count(self, info: Info) -> int | None:
        """Count its members."""
        services = info.context.services
        if await services.saved_queries.faults(self.kept):
            return None
        info.context.pin.reads_store = True
        where = await services.inventory.settled(Saved(self.kept.key), viewer=self.kept.owner.id)
        return await services.inventory.count(CIQuery(where=where))


def saved_query(found: kept.SavedQuery) -> SavedQuery:
    """Show a saved query."""
    return SavedQuery(
        kept=found,
        id=strawberry.ID(found.key),
        key=found.key,
        name=found.name,
        owner=Actor.of(found.owner),
        shared=found.shared,
        filter=Json(dict(found.where)),
        where=condition_to_text(condition_of_data(found.where, Place("saved query"))),
        reason=found.reason,
        saved_at=Instant(found.saved_at),
        saved_by=Actor.of(found.saved_by),
    )


@strawberry.input(
    description="Input of saveQuery. What is left out stays as it is; a new query needs a filter."
)
class SaveQueryInput:
    """What to save."""

    key: str = strawberry.field(description="Up to 100 of a-z, 0-9, '.', '_', '-'.")
    reason: str
    filter: CIFilter | None = UNSET
    name: str | None = UNSET
    shared: bool | None = UNSET


@strawberry.input(description="Input of removeSavedQuery.")
class RemoveSavedQueryInput:
    """What to take out of force."""

    key: str
    reason: str


@strawberry.type(description="A query was saved, or taken out of force.")
class QuerySaved(Written):
    """A query was saved."""

    saved_query: SavedQuery


SaveQueryResult = Annotated[
    QuerySaved | ValidationFailed | NotFound | StaleRevision,
    strawberry.union("SaveQueryResult", description="Result of saveQuery and removeSavedQuery."),
]
