"""Pages of lists: one generic connection behind all nodes and edges, forward only."""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import strawberry

from graph_service.api.context import RequestContext
from graph_service.api.failures import BadRequestError, LimitExceededError
from graph_service.api.fields import field
from graph_service.api.scalars import RevisionNumber

S = TypeVar("S")
T = TypeVar("T")


@strawberry.interface(description="Anything with an id of its own that outlives the answer.")
class Node:
    """A record."""

    id: strawberry.ID = strawberry.field(description="Opaque, unique over all types, never reused.")


@strawberry.type(description="Relay page information. Paging is forward only.")
class PageInfo:
    """Whether and where it goes on."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One element and its place.")
class Edge(Generic[T]):
    """An element of a connection."""

    node: T
    cursor: str


@strawberry.type
class Connection(Generic[T]):
    """One page of a list. ``cursor_at`` gives the cursor of a node by its index in the page."""

    nodes: list[T]
    page_info: PageInfo
    cursor_at: strawberry.Private[Callable[[int], str]]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @field()
    def edges(self) -> list[Edge[T]]:
        """Return the nodes with their cursors."""
        return [Edge(node=each, cursor=self.cursor_at(i)) for i, each in enumerate(self.nodes)]

    @field(description="Elements of all pages; counted only when selected.")
    async def total_count(self) -> int:
        """Count."""
        return await self.count()


@strawberry.type
class EstateConnection(Connection[T]):
    """One page of a list of what stands in the estate."""

    revision: RevisionNumber = strawberry.field(
        description="The revision this page was read at; for an analysis that of its first page."
    )
    hidden_ci_count: int = strawberry.field(
        default=0, description="CIs the viewer may not see: left out and counted here."
    )


def checked_first(first: int, most: int, limit: str = "pageSize") -> int:
    """Return how many elements a page may have.

    Raises:
        LimitExceededError: More than allowed.
        BadRequestError: Less than none.

    """
    if first > most:
        raise LimitExceededError(limit, first, most)
    if first < 0:
        raise BadRequestError(f"first: {first} is less than nothing")
    return first


def page_info(
    nodes: Sequence[object], cursor_at: Callable[[int], str], *, has_next: bool, has_previous: bool
) -> PageInfo:
    """Describe a page."""
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=cursor_at(0) if nodes else None,
        end_cursor=cursor_at(len(nodes) - 1) if nodes else None,
    )


def list_page(
    context: RequestContext,
    question: object,
    found: Sequence[S],
    paging: tuple[int, str | None],
    show: Callable[[Sequence[S]], list[T]],
) -> Connection[T]:
    """Cut a page out of a list that does not change; ``show`` turns its elements into nodes."""
    first, after = paging
    first = checked_first(first, context.options.limits.page_size)
    start = context.cursors.read(question, after)[0] + 1 if after else 0
    nodes = show(found[start : start + first])

    def cursor_at(index: int) -> str:
        return context.cursors.write(question, [start + index])

    return Connection(
        nodes=nodes,
        page_info=page_info(
            nodes, cursor_at, has_next=len(found) > start + first, has_previous=start > 0
        ),
        cursor_at=cursor_at,
        count=counted(len(found)),
    )


def keyset_page(
    context: RequestContext,
    question: object,
    found: Sequence[S],
    key: Callable[[S], list[Any]],
    paging: tuple[int, str | None],
    show: Callable[[Sequence[S]], list[T]],
) -> Connection[T]:
    """Cut a page out of a list in the order of a key, which may have changed since the last one."""
    first, after = paging
    first = checked_first(first, context.options.limits.page_size)
    start = 0
    if after:
        start = bisect_right(found, context.cursors.read(question, after), key=key)
    page = found[start : start + first]

    def cursor_at(index: int) -> str:
        return context.cursors.write(question, key(page[index]))

    return Connection(
        nodes=show(page),
        page_info=page_info(
            page, cursor_at, has_next=len(found) > start + first, has_previous=start > 0
        ),
        cursor_at=cursor_at,
        count=counted(len(found)),
    )


def counted(count: int) -> Callable[[], Awaitable[int]]:
    """Return a count that is known already."""

    async def known() -> int:
        return count

    return known
