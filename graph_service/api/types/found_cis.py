"""CIs of an estate: as a list, as columns, and by how well they fit some words."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import strawberry

from graph_service.api.context import Info, View, view_of
from graph_service.api.directives import Cost
from graph_service.api.fields import field
from graph_service.api.filters import CIFilter, said, settled
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.ci import CIConnection, ci_of
from graph_service.api.types.ci_columns import CIColumns
from graph_service.api.types.connection import checked_first, counted, page_info
from graph_service.api.types.enums import Direction
from graph_service.api.types.search import SearchHit, SearchHitConnection
from graph_service.model.ci import CI
from graph_service.model.condition import Condition, condition_to_data
from graph_service.store import CIOrder, CIPage, CIQuery, position_of
from graph_service.use_cases.finding import search as searching

RANKED_DEFAULT = 20


class _Asked:
    """One list of CIs: its question, its page, and the cursors of that."""

    def __init__(self, info: Info, query: CIQuery, condition: Condition) -> None:
        self._cursors = info.context.cursors
        self._query = query
        self._view: View = view_of(info)
        self._question = [
            "cis",
            condition_to_data(condition),
            query.include_retired,
            query.order.value,
            query.descending,
            *self._view.seal,
        ]

    async def page(self, first: int, after: str | None) -> CIPage:
        """Return a page; of no rows, only whether there are any."""
        last = tuple(self._cursors.read(self._question, after)) if after else None
        self._view.reading()
        query = replace(self._query, after=last, limit=max(first, 1))
        found = await self._view.inventory.cis(query)
        has_next = found.has_next if first else bool(found.cis)
        return CIPage(found.cis[:first], has_next)

    def cursor_of(self, ci: CI) -> str:
        """Return where the list goes on after a CI."""
        return self._cursors.write(self._question, position_of(ci, self._query.order))

    async def count(self) -> int:
        """Count all pages."""
        self._view.reading()
        return await self._view.inventory.count(self._query)


async def _asked(
    info: Info, given: CIFilter | None, order: CIOrder, direction: Direction
) -> _Asked:
    condition = said(given)
    query = CIQuery(
        where=await settled(info, condition),
        include_retired=bool(given and given.include_retired),
        order=order,
        descending=direction is Direction.DESC,
    )
    return _Asked(info, query, condition)


@strawberry.type
class FoundCIs:
    """Lists of CIs, below an estate."""

    @field(
        description="CIs that meet a filter. Ties are by name, then id; those of no tier come last."
    )
    async def cis(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        filter: CIFilter | None = None,  # noqa: A002 - the contract's word
        order_by: CIOrder = CIOrder.NAME,
        direction: Direction = Direction.ASC,
    ) -> CIConnection:
        """List CIs."""
        context = info.context
        first = checked_first(first, context.options.limits.page_size)
        asked = await _asked(info, filter, order_by, direction)
        found = await asked.page(first, after)
        nodes = [ci_of(each, context.services.vocabulary) for each in found.cis]

        def cursor_at(index: int) -> str:
            return asked.cursor_of(found.cis[index])

        return CIConnection(
            nodes=nodes,
            page_info=page_info(
                nodes, cursor_at, has_next=found.has_next, has_previous=bool(after)
            ),
            cursor_at=cursor_at,
            count=asked.count,
            revision=RevisionNumber(await view_of(info).revision()),
        )

    @field(
        description="The same CIs in the same order as arrays, up to 100,000 rows a page.",
        directives=[Cost(weight=20)],
    )
    async def ci_columns(
        self,
        info: Info,
        first: int = 10_000,
        after: str | None = None,
        filter: CIFilter | None = None,  # noqa: A002 - the contract's word
        order_by: CIOrder = CIOrder.NAME,
        direction: Direction = Direction.ASC,
    ) -> CIColumns | None:
        """List CIs as columns."""
        first = checked_first(first, info.context.options.limits.column_rows, "columnRows")
        asked = await _asked(info, filter, order_by, direction)
        found = await asked.page(first, after)
        has_more = found.has_next and bool(found.cis)
        return CIColumns(
            found=found.cis,
            revision=RevisionNumber(await view_of(info).revision()),
            row_count=len(found.cis),
            hidden_ci_count=0,
            end_cursor=asked.cursor_of(found.cis[-1]) if has_more else None,
        )

    @field(
        description="CIs by words of what they are or were called and of what is said of them, "
        "what fits best first.",
        directives=[Cost(weight=5)],
    )
    async def search(
        self,
        info: Info,
        text: str,
        first: int = RANKED_DEFAULT,
        after: str | None = None,
        filter: CIFilter | None = None,  # noqa: A002 - the contract's word
    ) -> SearchHitConnection:
        """Look for words."""
        context = info.context
        first = checked_first(first, context.options.limits.page_size)
        view = view_of(info)
        condition = said(filter)
        question = ["search", text, condition_to_data(condition), *view.seal]
        answer = await view.inventory.search(text, await settled(info, condition))
        places = [(-each.score, each.ci.name, each.ci.id) for each in answer.hits]
        start = 0
        if after:
            last = tuple(context.cursors.read(question, after))
            start = sum(each <= last for each in places)
        page = answer.hits[start : start + first]

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, places[start + index])

        nodes = await asyncio.to_thread(_shown, info, page)
        return SearchHitConnection(
            nodes=nodes,
            page_info=page_info(
                nodes, cursor_at, has_next=len(places) > start + first, has_previous=bool(after)
            ),
            cursor_at=cursor_at,
            count=counted(answer.total_count),
            revision=RevisionNumber(await view.revision()),
            truncated=answer.truncated,
            did_you_mean=[*answer.suggestions],
        )


def _shown(info: Info, hits: Sequence[searching.SearchHit]) -> list[SearchHit]:
    in_force = info.context.services.vocabulary
    return [
        SearchHit(
            ci=ci_of(each.ci, in_force),
            score=each.score,
            excerpt=each.excerpt,
            marks=[*each.marks],
        )
        for each in hits
    ]
