"""Lists of the API, page after page."""

from collections.abc import Sequence
from typing import Any

from graph_service.cli.answers import Asked
from graph_service.cli.shapes import Shape


async def all_nodes(
    asked: Asked,
    document: str,
    within: Sequence[str],
    *,
    page: int,
    limit: int | None = None,
    **variables: object,
) -> tuple[list[Shape], int]:
    """Return the nodes of a connection, or as many as the limit asks for; and how many there are.

    ``within`` leads from the data to the connection; the document takes ``$first`` and ``$after``
    and asks for ``totalCount``.
    """
    nodes: list[Shape] = []
    after: str | None = None
    while True:
        first = page if limit is None else min(page, limit - len(nodes))
        found: Any = await asked.ask(document, first=first, after=after, **variables)
        for step in within:
            found = found[step]
        nodes += found["nodes"]
        is_over = limit is not None and len(nodes) >= limit
        if is_over or not found["pageInfo"]["hasNextPage"]:
            return nodes, found["totalCount"]
        after = found["pageInfo"]["endCursor"]
