"""One change of many CIs, as clients ask for it and see what it would do."""

from typing import Annotated

import strawberry

from graph_service.api.attribute_values import attribute_values, given_as_text, terms_of
from graph_service.api.context import Info
from graph_service.api.directives import ListSize
from graph_service.api.edit_inputs import AttributeInput, RequiredMembersInput
from graph_service.api.edits import GROUP_RULES, values_given
from graph_service.api.fields import field
from graph_service.api.filters import CIFilter
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Json, Minutes, RevisionNumber
from graph_service.api.types.connection import Connection, Node, list_page
from graph_service.api.types.enums import GroupMode
from graph_service.api.types.problems import NotFound, StaleRevision, ValidationFailed, Written
from graph_service.api.types.writing import EstateWritten
from graph_service.model.impact_state import Strength
from graph_service.use_cases.editing import bulk_plan as model
from graph_service.use_cases.editing.bulk_plan import RowOutcome

strawberry.enum(RowOutcome, description="What becomes of a CI that meets the filter.")


@strawberry.input(description="Rules of a redundancy group, which go into those the CI has.")
class GroupRulesInput:
    """Rules of a redundancy group."""

    name: str
    required: RequiredMembersInput | None = UNSET
    k_full: int | None = UNSET
    mode: GroupMode | None = UNSET
    switch_minutes: Minutes | None = UNSET
    strength: Strength | None = UNSET
    evidence: str | None = UNSET


@strawberry.input(description="What is to be different on every CI that meets the filter.")
class BulkChangeInput:
    """What is to be different."""

    attributes: list[AttributeInput] | None = UNSET
    release_attributes: list[str] | None = strawberry.field(
        default=UNSET,
        description="Withdraw what was stated by hand about these; the best other claim surfaces.",
    )
    groups: list[GroupRulesInput] | None = strawberry.field(
        default=UNSET, description="CIs without such a group are refused."
    )


@strawberry.input(description="Input of planBulkEdit.")
class PlanBulkEditInput:
    """Which CIs to change, and how."""

    filter: CIFilter
    change: BulkChangeInput


@strawberry.input(description="Input of applyBulkEdit.")
class ApplyBulkEditInput:
    """Which plan to apply, and why."""

    plan: strawberry.ID
    reason: str


@strawberry.type(description="What a data source says instead.")
class OtherWord:
    """What a data source says instead."""

    data_source: str
    value: Json | None


@strawberry.type(description="A value that changes.")
class BulkValue:
    """A value that changes."""

    name: str
    before: Json | None
    after: Json | None
    impact_relevant: bool = strawberry.field(description="Answers about impact depend on it.")
    says: list[OtherWord] = strawberry.field(
        directives=[ListSize(assumed_size=2)],
        description="Data sources that say something else, which surfaces again when the value is "
        "withdrawn or ends.",
    )


@strawberry.type(description="One CI that changes, or that cannot: reasons say why not.")
class BulkRow:
    """One CI of a bulk edit."""

    id: strawberry.ID
    key: str
    name: str
    class_name: str
    outcome: RowOutcome
    values: list[BulkValue] = strawberry.field(directives=[ListSize(assumed_size=3)])
    reasons: list[str]


@strawberry.type(description="How many CIs change one value from the same to the same.")
class BulkEffect:
    """What changes how often."""

    name: str
    before: Json | None
    after: Json | None
    impact_relevant: bool
    count: int


@strawberry.type(description="What one change of many CIs would do, computed at one revision.")
class BulkEditPlan(Node):
    """A kept plan of a bulk edit."""

    found: strawberry.Private[model.BulkEditPlan]
    where: str = strawberry.field(description="The filter, as people type it.")
    base_revision: RevisionNumber
    matched_count: int
    changed_count: int
    unchanged_count: int
    refused_count: int
    effects: list[BulkEffect] = strawberry.field(description="Most frequent first, 100 at most.")
    applied: bool
    applied_in: RevisionNumber | None

    @field(description="CIs that change or cannot, by name.")
    def rows(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        outcome: RowOutcome | None = None,
    ) -> Connection[BulkRow]:
        """List them."""
        rows = [each for each in self.found.rows if outcome in {None, each.outcome}]
        question = ["bulkEditPlan", self.id, outcome]
        return list_page(
            info.context, question, rows, (first, after), lambda some: [_row(each) for each in some]
        )


def bulk_edit_plan(found: model.BulkEditPlan) -> BulkEditPlan:
    """Show a plan."""
    changed = sum(1 for _ in found.changed)
    return BulkEditPlan(
        found=found,
        id=strawberry.ID(found.id),
        where=found.where,
        base_revision=RevisionNumber(found.base_revision),
        matched_count=found.matched_count,
        changed_count=changed,
        unchanged_count=found.unchanged_count,
        refused_count=len(found.rows) - changed,
        effects=[
            BulkEffect(
                name=each.name,
                before=Json(each.before),
                after=Json(each.after),
                impact_relevant=each.impact_relevant,
                count=each.count,
            )
            for each in found.effects
        ],
        applied=found.applied,
        applied_in=None if found.applied_in is None else RevisionNumber(found.applied_in),
    )


def _row(found: model.BulkRow) -> BulkRow:
    return BulkRow(
        id=strawberry.ID(found.id),
        key=found.key,
        name=found.name,
        class_name=found.class_name,
        outcome=found.outcome,
        values=[
            BulkValue(
                name=each.name,
                before=Json(each.before),
                after=Json(each.after),
                impact_relevant=model.is_impact_relevant(each.name),
                says=[OtherWord(data_source=who, value=Json(what)) for who, what in each.says],
            )
            for each in found.values
        ],
        reasons=list(found.reasons),
    )


def to_change(given: BulkChangeInput) -> model.BulkChange:
    """Read what is to be different."""
    attributes = given.attributes or []
    groups = {}
    for each in given.groups or ():
        rules = values_given(each, GROUP_RULES)
        if each.required:
            rules |= values_given(each.required, {"count": "k", "percent": "percent"})
        groups[each.name] = rules
    return model.BulkChange(
        attributes=attribute_values(attributes),
        withdraw=frozenset(given.release_attributes or ()),
        groups=groups,
        terms=terms_of(attributes),
        as_text=given_as_text(attributes),
    )


@strawberry.type(description="A plan was made and kept. Nothing of the estate was written.")
class BulkEditPlanned(Written):
    """A plan was made and kept."""

    plan: BulkEditPlan


PlanBulkEditResult = Annotated[
    BulkEditPlanned | ValidationFailed,
    strawberry.union("PlanBulkEditResult", description="Result of planBulkEdit."),
]
ApplyBulkEditResult = Annotated[
    EstateWritten | NotFound | StaleRevision | ValidationFailed,
    strawberry.union("ApplyBulkEditResult", description="Result of applyBulkEdit."),
]
