"""The log: revisions and what they did."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.fields import field
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.connection import Connection, checked_first, counted, page_info
from graph_service.api.types.enums import Direction
from graph_service.api.types.log import Revision
from graph_service.model.errors import RevisionUnknownError


@strawberry.type
class LogQueries:
    """Reading the log."""

    @field(description="Null: there is none of this number.")
    async def revision(self, info: Info, number: RevisionNumber) -> Revision | None:
        """Look one revision up."""
        try:
            found = await info.context.services.inventory.revision(number)
        except RevisionUnknownError:
            return None
        return Revision.of(found)

    @field()
    async def revisions(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        direction: Direction = Direction.DESC,
    ) -> Connection[Revision]:
        """List revisions, newest first unless asked otherwise."""
        context = info.context
        first = checked_first(first, context.options.limits.page_size)
        question = ["revisions", direction]
        last = context.cursors.read(question, after)[0] if after else 0
        newest_first = direction is Direction.DESC
        context.pin.reads_store = True
        head = await context.pin.head()
        # Below revision 1 there is nothing, but 0 would mean no bound.
        at_the_end = newest_first and last == 1
        found = (
            []
            if at_the_end
            else await context.services.inventory.revisions(
                after=last, limit=first + 1, newest_first=newest_first
            )
        )
        page = found[:first]

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, [page[index].number])

        return Connection(
            nodes=[Revision.of(each) for each in page],
            page_info=page_info(
                page, cursor_at, has_next=len(found) > first, has_previous=bool(after)
            ),
            cursor_at=cursor_at,
            count=counted(head.revision),
        )
