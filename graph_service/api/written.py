"""What a success says that wrote nothing to the graph."""

from typing import Any

from graph_service.api.context import RequestContext
from graph_service.api.scalars import RevisionNumber


async def nothing_written(context: RequestContext) -> dict[str, Any]:
    """Return what a success says that made no revision."""
    head = await context.services.store.head()
    return {
        "revision": RevisionNumber(head.revision),
        "changed": False,
        "replayed": False,
        "warnings": [],
    }
