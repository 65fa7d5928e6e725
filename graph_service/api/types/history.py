"""What happened to a CI and its relationships."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.types.connection import PageInfo, checked_first, page_info
from graph_service.api.types.log import LogEntry, log_entry


@strawberry.type(name="HistoryConnection", description="History, newest first.")
class HistoryConnection:
    """History, newest first; it has no count, because nobody has read it to its end."""

    nodes: list[LogEntry]
    page_info: PageInfo


async def history(info: Info, subject: str, first: int, after: str | None) -> HistoryConnection:
    """Show what happened to a CI and its relationships, newest first.

    A cursor is a revision and how many of its entries were shown.
    """
    context = info.context
    first = checked_first(first, context.options.limits.page_size)
    question = ["history", subject]
    before, skipped = context.cursors.read(question, after) if after else (0, 0)
    # One revision may touch a CI and many of its relationships: those already shown are read again.
    found = await context.services.inventory.history(
        subject, before=before + 1 if before else 0, limit=first + skipped + 1
    )
    page = found[skipped : skipped + first]
    names = await context.loaders.names_of(page)
    nodes = [log_entry(each, names) for each in page]

    def cursor_at(index: int) -> str:
        revision = page[index].revision
        shown = sum(each.revision == revision for each in found[: skipped + index + 1])
        return context.cursors.write(question, [revision, shown])

    return HistoryConnection(
        nodes=nodes,
        page_info=page_info(
            nodes, cursor_at, has_next=len(found) > skipped + first, has_previous=bool(after)
        ),
    )
