"""What happened to a CI and its relationships."""

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.types.connection import PageInfo, checked_first, page_info
from graph_service.api.types.log import LogEntry, entries_shown


@strawberry.type(name="HistoryConnection", description="History, newest first.")
class HistoryConnection:
    """History, newest first; it has no count, because nobody has read it to its end."""

    nodes: list[LogEntry]
    page_info: PageInfo


async def history(info: Info, subject: str, first: int, after: str | None) -> HistoryConnection:
    """Show what happened to a CI and its relationships, newest first.

    A cursor is the revision and sequence of the last entry shown.
    """
    context = info.context
    first = checked_first(first, context.options.limits.page_size)
    view = view_of(info)
    question = ["history", subject, *view.seal]
    before: tuple[int, int] | None = None
    if after:
        revision, sequence = context.cursors.read(question, after)
        before = (revision, sequence)
    found = await view.inventory.history(subject, before=before, limit=first + 1)
    page = found[:first]
    nodes = await entries_shown(view.loaders, page)

    def cursor_at(index: int) -> str:
        return context.cursors.write(question, [page[index].revision, page[index].sequence])

    return HistoryConnection(
        nodes=nodes,
        page_info=page_info(
            nodes, cursor_at, has_next=len(found) > first, has_previous=bool(after)
        ),
    )
