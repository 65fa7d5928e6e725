"""The vocabulary and the policies in force: plans, versions, results."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import ListSize
from graph_service.api.fields import field
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Digest, Instant, Json, RevisionNumber
from graph_service.api.types.connection import Connection, list_page
from graph_service.api.types.problems import Fault, StaleRevision, ValidationFailed, Written
from graph_service.api.types.writing import DocumentInput
from graph_service.use_cases.rules import policy_plan as policies_model
from graph_service.use_cases.rules import rules_change as model
from graph_service.use_cases.rules.rules_change import RowAction, Section

strawberry.enum(Section, name="VocabularySection", description="What a row of a vocabulary is.")
strawberry.enum(RowAction, description="What becomes of a row of a vocabulary.")


@strawberry.input(description="Input of planVocabulary and planPolicy: the whole file.")
class PlanRulesInput:
    """Which file."""

    document: DocumentInput


@strawberry.input(description="Input of applyVocabulary and applyPolicy: the whole file.")
class ApplyRulesInput:
    """Which file, and why."""

    document: DocumentInput
    reason: str
    expected_revision: RevisionNumber | None = strawberry.field(
        default=UNSET,
        description="The base revision of the plan that was read: refuse if somebody else put "
        "rules of this sort in force after it.",
    )


@strawberry.type(description="What becomes of one row of the vocabulary and of what uses it.")
class VocabularyChange:
    """What becomes of one row."""

    action: RowAction
    section: Section
    name: str = strawberry.field(description="Of an attribute: Class.attribute.")
    fields: list[str] = strawberry.field(description="What differs of a row that stays.")
    use_count: int = strawberry.field(description="Records that use the row.")
    samples: list[str] = strawberry.field(description="Some of them.")
    where: str | None = strawberry.field(description="The condition that finds them all.")
    effect: str | None

    @classmethod
    def of(cls, change: model.RowChange) -> "VocabularyChange":
        """Show a line of a plan."""
        return cls(
            action=change.action,
            section=change.section,
            name=change.name,
            fields=[*change.fields],
            use_count=change.use_count,
            samples=[*change.samples],
            where=change.where or None,
            effect=change.effect or None,
        )


@strawberry.type(description="What a vocabulary file would do. Nothing was written.")
class VocabularyPlan:
    """What a vocabulary file would do."""

    found: strawberry.Private[model.VocabularyPlan]
    refused: strawberry.Private[Sequence[Fault]]
    before_version: str
    after_version: str
    base_revision: RevisionNumber
    in_force: bool = strawberry.field(description="The file is in force already, word for word.")
    warnings: list[str]

    @field()
    def changes(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[VocabularyChange]:
        """List the rows that differ."""
        return list_page(
            info.context,
            ["vocabularyChanges", self.base_revision],
            self.found.changes,
            (first, after),
            lambda page: [VocabularyChange.of(each) for each in page],
        )

    @field(
        description="What forbids it: rows in use that would go or mean something else.",
        directives=[ListSize(assumed_size=20)],
    )
    def refusals(self) -> list[Fault]:
        """List them."""
        return [*self.refused]


@strawberry.type(description="What a vocabulary file would do.")
class VocabularyPlanned(Written):
    """A vocabulary was planned."""

    plan: VocabularyPlan


@strawberry.type(description="How many rules of a section come, go and stay.")
class PolicySectionChange:
    """How many rules of a section come, go and stay."""

    section: str
    added_count: int
    removed_count: int
    kept_count: int


@strawberry.type(description="A value that another data source wins.")
class PolicyValueChange:
    """A value that another data source wins."""

    key: str
    class_name: str
    name: str = strawberry.field(description="An attribute, or name or class.")
    before: Json | None
    after: Json | None
    before_source: str | None
    after_source: str | None

    @classmethod
    def of(cls, change: policies_model.ValueChange) -> "PolicyValueChange":
        """Show one."""
        return cls(
            key=change.ci,
            class_name=change.class_name,
            name=change.name,
            before=Json(change.before),
            after=Json(change.after),
            before_source=change.before_source or None,
            after_source=change.after_source or None,
        )


@strawberry.type(description="How many CIs of a class lack what is required of them.")
class IncompleteCount:
    """How many CIs lack what is required."""

    class_name: str
    before: int
    after: int


@strawberry.type(description="What a policy file would do. Nothing was written.")
class PolicyPlan:
    """What a policy file would do."""

    found: strawberry.Private[policies_model.PolicyPlan]
    before_version: str | None
    after_version: str
    base_revision: RevisionNumber
    in_force: bool = strawberry.field(description="The file is in force already, word for word.")
    value_count: int = strawberry.field(description="Values that would change.")
    ci_count: int = strawberry.field(description="CIs whose values would change.")
    odd_count: int = strawberry.field(description="CIs with values that would not be allowed.")
    odd: list[str] = strawberry.field(description="Some of them, with the attributes.")
    warnings: list[str]

    @field(directives=[ListSize(assumed_size=5)])
    def sections(self) -> list[PolicySectionChange]:
        """List what changes by section."""
        return [
            PolicySectionChange(
                section=each.section,
                added_count=each.added,
                removed_count=each.removed,
                kept_count=each.kept,
            )
            for each in self.found.sections
        ]

    @field(directives=[ListSize(assumed_size=60)])
    def incomplete(self) -> list[IncompleteCount]:
        """List the classes of which CIs lack something, before or after."""
        return [
            IncompleteCount(class_name=name, before=before, after=after)
            for name, (before, after) in sorted(self.found.incomplete.items())
        ]

    @field(description="The first 1,000 values that would change; valueCount counts all.")
    def values(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[PolicyValueChange]:
        """List them."""
        return list_page(
            info.context,
            ["policyValues", self.base_revision],
            self.found.values,
            (first, after),
            lambda page: [PolicyValueChange.of(each) for each in page],
        )


@strawberry.type(description="What a policy file would do.")
class PolicyPlanned(Written):
    """Policies were planned."""

    plan: PolicyPlan


@strawberry.type(description="Rules were put in force, or were already.")
class RulesApplied(Written):
    """Rules were put in force."""

    version: str


@strawberry.type(description="A vocabulary or policies that were put in force.")
class RulesVersion:
    """Rules that were put in force."""

    revision: RevisionNumber
    at: Instant
    actor: str
    reason: str | None
    name: str
    version: str
    document: str = strawberry.field(description="What the file was called.")
    digest: Digest
    text: str

    @classmethod
    def of(cls, version: model.RulesVersion) -> "RulesVersion":
        """Show a version."""
        return cls(
            revision=RevisionNumber(version.revision),
            at=Instant(version.at),
            actor=version.actor,
            reason=version.reason or None,
            name=version.name,
            version=version.version,
            document=version.document,
            digest=Digest(version.digest),
            text=version.text,
        )


PlanVocabularyResult = Annotated[
    VocabularyPlanned | ValidationFailed,
    strawberry.union("PlanVocabularyResult", description="Result of planVocabulary."),
]
PlanPolicyResult = Annotated[
    PolicyPlanned | ValidationFailed,
    strawberry.union("PlanPolicyResult", description="Result of planPolicy."),
]
ApplyVocabularyResult = Annotated[
    RulesApplied | StaleRevision | ValidationFailed,
    strawberry.union("ApplyVocabularyResult", description="Result of applyVocabulary."),
]
ApplyPolicyResult = Annotated[
    RulesApplied | StaleRevision | ValidationFailed,
    strawberry.union("ApplyPolicyResult", description="Result of applyPolicy."),
]
