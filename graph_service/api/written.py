"""What a success says: of a write to the estate, and of one that wrote nothing to it."""

from typing import Any

import strawberry

from graph_service.api.context import RequestContext
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.problems import WriteWarning
from graph_service.api.types.writing import CreatedCI, EstateWritten
from graph_service.use_cases.editing.edit_result import EditResult


async def nothing_written(context: RequestContext) -> dict[str, Any]:
    """Return what a success says that made no revision."""
    head = await context.services.store.head()
    return {
        "revision": RevisionNumber(head.revision),
        "changed": False,
        "replayed": False,
        "warnings": [],
    }


def estate_written(result: EditResult) -> EstateWritten:
    """Show what came of edits."""
    return EstateWritten(
        revision=RevisionNumber(result.revision),
        changed=result.changed,
        replayed=result.replayed,
        warnings=[
            WriteWarning(code="EDIT", message=each, subject=None) for each in result.warnings
        ],
        created_count=result.created,
        updated_count=result.updated,
        retired_count=result.retired,
        subjects=[strawberry.ID(each) for each in result.subjects],
        created_cis=[
            CreatedCI(id=strawberry.ID(ci_id), key=key) for ci_id, key in result.keys.items()
        ],
    )
