"""What edits would do, as clients see it."""

import strawberry

from graph_service.api.scalars import Json, RevisionNumber
from graph_service.api.types.discovery import fault
from graph_service.api.types.log import Difference
from graph_service.api.types.problems import Fault, WriteWarning
from graph_service.reconcile.import_plan import Action
from graph_service.use_cases.editing import edit_preview as use_case


@strawberry.type(description="What would become of one record.")
class PreviewedChange:
    """What would become of one record."""

    action: Action
    id: strawberry.ID = strawberry.field(description="Of a record that exists.")
    label: str = strawberry.field(description="The key of a CI, or source TYPE target.")
    class_name: str = strawberry.field(description="The class, or the type of a relationship.")
    is_relationship: bool
    differences: list[Difference]


@strawberry.type(
    description="What edits would do to the estate at one revision. Write them with that as "
    "expectedRevision, and they do this or are refused."
)
class EditPreview:
    """What edits would do."""

    revision: RevisionNumber
    changed_count: int
    changes: list[PreviewedChange]
    warnings: list[WriteWarning] = strawberry.field(
        description="What to know first: data sources that say otherwise (SOURCE_DISAGREES), or go "
        "on reporting what is to end (STILL_REPORTED); groups that become odd."
    )
    faults: list[Fault] = strawberry.field(
        description="What is wrong with edits, which come to nothing here and refuse a write."
    )


def edit_preview(found: use_case.EditPreview, first: int) -> EditPreview:
    """Show what edits would do, the first changes of it."""
    return EditPreview(
        revision=RevisionNumber(found.revision),
        changed_count=len(found.changes),
        changes=[
            PreviewedChange(
                action=each.action,
                id=strawberry.ID(each.id),
                label=each.label,
                class_name=each.class_name,
                is_relationship=each.is_relationship,
                differences=[
                    Difference(name=one.name, before=Json(one.before), after=Json(one.after))
                    for one in each.values
                ],
            )
            for each in found.changes[:first]
        ],
        warnings=[
            WriteWarning(code=each.code, message=each.message, subject=each.subject or None)
            for each in found.warnings
        ],
        faults=[fault(each) for each in found.faults],
    )
