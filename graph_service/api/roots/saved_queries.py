"""Filters with a name."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import ListSize, Needs
from graph_service.api.errors import problem
from graph_service.api.fields import field, mutation
from graph_service.api.filters import filter_data
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.types.saved_query import (
    QuerySaved,
    RemoveSavedQueryInput,
    SavedQuery,
    SaveQueryInput,
    SaveQueryResult,
    saved_query,
)
from graph_service.api.written import nothing_written
from graph_service.model.errors import GraphServiceError
from graph_service.use_cases.finding.saved_queries import QueryDraft


@strawberry.type
class SavedQueryQueries:
    """Filters with a name."""

    @field(
        description="Those that are shared, and the viewer's own, by key.",
        directives=[ListSize(assumed_size=20)],
    )
    async def saved_queries(self, info: Info) -> list[SavedQuery]:
        """List them."""
        context = info.context
        return [
            saved_query(each) for each in await context.services.saved_queries.all(context.viewer)
        ]

    @field(name="savedQuery", description="Null: there is none, or it is somebody else's own.")
    async def one_saved_query(self, info: Info, key: strawberry.ID) -> SavedQuery | None:
        """Look one up."""
        context = info.context
        found = await context.services.saved_queries.one(key, context.viewer)
        return saved_query(found) if found else None


@strawberry.type
class SavedQueryMutations:
    """Saving filters under a name."""

    @mutation(
        description="Save a filter under a key, or change what was saved. Saved again as it is, "
        "nothing changes: there is no need of an idempotency key.",
        directives=[Needs(roles=[*MUTATION_ROLES["saveQuery"]])],
    )
    async def save_query(self, info: Info, input: SaveQueryInput) -> SaveQueryResult:  # noqa: A002 - the contract's word
        """Save a query."""
        context = info.context
        asked = given(input.filter)
        draft = QueryDraft(
            key=input.key,
            reason=input.reason,
            where=None if asked is None else filter_data(asked),
            name=given(input.name),
            shared=given(input.shared),
        )
        try:
            made, _ = await context.services.saved_queries.save(draft, context.viewer)
        except GraphServiceError as error:
            return problem(error)  # type: ignore[return-value] # of these kinds only
        return QuerySaved(**await nothing_written(context), saved_query=saved_query(made))

    @mutation(
        description="Take a saved query out of force. Queries that name it have a fault then.",
        directives=[Needs(roles=[*MUTATION_ROLES["removeSavedQuery"]])],
    )
    async def remove_saved_query(
        self,
        info: Info,
        input: RemoveSavedQueryInput,  # noqa: A002 - the contract's word
    ) -> SaveQueryResult:
        """Remove a query."""
        context = info.context
        try:
            gone = await context.services.saved_queries.remove(
                input.key, input.reason, context.viewer
            )
        except GraphServiceError as error:
            return problem(error)  # type: ignore[return-value] # of these kinds only
        return QuerySaved(**await nothing_written(context), saved_query=saved_query(gone))
