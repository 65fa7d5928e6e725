"""The log: revisions and what they did."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, Needs
from graph_service.api.fields import field, subscription
from graph_service.api.log_filters import LogFilter, to_query
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.connection import Connection, checked_first, page_info
from graph_service.api.types.enums import Direction
from graph_service.api.types.log import LogEntry, Revision, entry_page
from graph_service.api.types.log_check import ChainCheck, chain_check
from graph_service.model import revision as model
from graph_service.model.codec import digest
from graph_service.model.errors import RevisionUnknownError
from graph_service.use_cases.access import Role

CHECK_ROLES = (Role.AUDITOR, Role.ADMIN)
_FIRST = RevisionNumber(1)


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

    @field(description="Revisions, newest first; with a filter, those of which an entry meets it.")
    async def revisions(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        filter: LogFilter | None = None,  # noqa: A002 - the contract's word
        direction: Direction = Direction.DESC,
    ) -> Connection[Revision]:
        """List revisions, newest first unless asked otherwise."""
        context = info.context
        log = context.services.log
        first = checked_first(first, context.options.limits.page_size)
        # Revisions never change: those up to the head are the same however long this takes.
        head = await context.pin.head()
        query = await to_query(context, filter, up_to=head.revision)
        question = ["revisions", direction, digest(_asked(filter))]
        last = context.cursors.read(question, after)[0] if after else 0
        newest_first = direction is Direction.DESC
        # Below revision 1 there is nothing, but 0 would mean no bound.
        at_the_end = head.revision == 0 or (newest_first and last == 1)
        found = (
            []
            if at_the_end
            else await log.revisions(query, after=last, limit=first + 1, newest_first=newest_first)
        )
        page = found[:first]

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, [page[index].number])

        async def count() -> int:
            return await log.revision_count(query) if head.revision else 0

        return Connection(
            nodes=[Revision.of(each) for each in page],
            page_info=page_info(
                page, cursor_at, has_next=len(found) > first, has_previous=bool(after)
            ),
            cursor_at=cursor_at,
            count=count,
        )

    @field(description="What was done to records, newest first unless asked otherwise.")
    async def log(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        filter: LogFilter | None = None,  # noqa: A002 - the contract's word
        direction: Direction = Direction.DESC,
    ) -> Connection[LogEntry]:
        """List entries."""
        context = info.context
        head = await context.pin.head()
        query = await to_query(context, filter, up_to=head.revision)
        question = ["log", direction, digest(_asked(filter))]
        newest_first = direction is Direction.DESC
        return await entry_page(context, query, question, (first, after), newest_first=newest_first)

    @field(
        description="Check that a stretch of the log is whole and was not altered since; both ends "
        "included, by default all of it. To have it later: keep the hash elsewhere.",
        directives=[Needs(roles=[*CHECK_ROLES]), Cost(weight=500)],
    )
    async def chain_check(
        self,
        info: Info,
        from_: Annotated[RevisionNumber, strawberry.argument(name="from")] = _FIRST,
        to: RevisionNumber | None = None,
    ) -> ChainCheck | None:
        """Check the chain of hashes."""
        info.context.require(*CHECK_ROLES)
        return chain_check(await info.context.services.log.check(from_, to))


@strawberry.type
class LogSubscriptions:
    """Following the log."""

    @subscription(
        description="Revisions as they are written: those after a number (by default the newest), "
        "in order, each once; with a filter, those of which an entry meets it. To resume, "
        "subscribe after the last one received.",
        directives=[Cost(weight=20)],
    )
    async def revisions(
        self,
        info: Info,
        after: RevisionNumber | None = None,
        filter: LogFilter | None = None,  # noqa: A002 - the contract's word
    ) -> AsyncGenerator[Revision, None]:
        """Follow the log."""
        context = info.context
        newest = (await context.pin.head()).revision
        if after is not None and after > newest:
            raise RevisionUnknownError(f"there is no revision {after}; the newest is {newest}")
        query = await to_query(context, filter)
        return _shown(context.follower.revisions(query, newest if after is None else after))


async def _shown(
    revisions: AsyncGenerator[model.Revision, None],
) -> AsyncGenerator[Revision, None]:
    async with aclosing(revisions):
        async for each in revisions:
            yield Revision.of(each)


def _asked(given: LogFilter | None) -> object:
    """Return a filter as a value that stands for the question in a cursor."""
    return None if given is None else repr(given)
