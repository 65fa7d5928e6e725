"""Imports as clients see them: plans, runs, brakes, and what could not be taken in."""

from enum import StrEnum

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import ListSize, Needs
from graph_service.api.fields import field
from graph_service.api.scalars import Instant, Json, RevisionNumber, as_instant
from graph_service.api.types.connection import Connection, Node, list_page
from graph_service.api.types.problems import Fault
from graph_service.model import errors
from graph_service.use_cases.access import Role
from graph_service.use_cases.intake import import_plan as model
from graph_service.use_cases.intake.import_plan import Action, PlanState
from graph_service.use_cases.intake.import_run import ImportRun, RunState


@strawberry.type(description="Records of one sort by what happens to them.")
class Counts:
    """Records by what happens to them."""

    created: int
    updated: int
    unchanged: int
    retired: int

    @classmethod
    def of(cls, counts: model.Counts) -> "Counts":
        """Show counts."""
        return cls(
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged,
            retired=counts.retired,
        )


@strawberry.enum(description="What a step of a plan is about.")
class PlannedRecord(StrEnum):
    """What a step of a plan is about."""

    CI = "CI"
    RELATIONSHIP = "RELATIONSHIP"
    PERSON = "PERSON"


@strawberry.type(description="One step of a plan, with its reason.")
class PlanOperation:
    """One step of a plan."""

    action: Action
    record_type: PlannedRecord
    id: strawberry.ID
    label: str = strawberry.field(description="A CI's key, source -TYPE-> target, or a name.")
    class_name: str = strawberry.field(
        description="The class, the type of a relationship, or Person."
    )
    changed: list[str] = strawberry.field(description="Fields and attributes that differ.")
    why: str = strawberry.field(description="Which rule matched, or who no longer speaks of it.")


@strawberry.type(
    description="A safety brake that stopped part of a plan; approve it by its id, with a reason."
)
class TrippedBrake:
    """A safety brake that stopped part of a plan."""

    id: strawberry.ID
    brake: str
    class_name: str | None
    observed: float
    limit: float
    held_count: int
    message: str

    @classmethod
    def of(cls, brake: model.Brake) -> "TrippedBrake":
        """Show a brake."""
        return cls(
            id=strawberry.ID(brake.id),
            brake=brake.name,
            class_name=brake.class_name or None,
            observed=brake.observed,
            limit=brake.limit,
            held_count=brake.held_count,
            message=brake.message,
        )


@strawberry.type(
    description="A relationship one of whose ends no CI answers to; kept until one does."
)
class UnresolvedReference:
    """A reference that nothing answers."""

    id: strawberry.ID
    data_source: str
    type_name: str
    source: str = strawberry.field(
        description="What the data source wrote, or the key of the CI where that end is known."
    )
    target: str
    missing: list[str] = strawberry.field(description="The ends that are not known.")
    wanted: str = strawberry.field(description="The text that nothing answers.")
    evidence: str | None = strawberry.field(description="Where it was read.")

    @classmethod
    def of(cls, found: model.UnresolvedReference) -> "UnresolvedReference":
        """Show an unresolved reference."""
        return cls(
            id=strawberry.ID(found.id),
            data_source=found.data_source,
            type_name=found.type,
            source=found.source,
            target=found.target,
            missing=[*found.missing],
            wanted=found.reference,
            evidence=found.place or None,
        )


@strawberry.type(description="An observation that could not be taken in.")
class QuarantinedRecord:
    """An observation that could not be taken in."""

    id: strawberry.ID
    data_source: str
    fault: Fault
    content: strawberry.Private[Json]

    @field(
        description="What is known of it, secrets removed.",
        directives=[Needs(roles=[Role.DISCOVERY, Role.ENGINEER, Role.ADMIN])],
    )
    def record(self, info: Info) -> Json | None:
        """Show it to those who mend it."""
        info.context.require(Role.DISCOVERY, Role.ENGINEER, Role.ADMIN)
        return self.content


@strawberry.type(
    description="Something to look at that stops nothing: an unknown k, a defeated group."
)
class ImportFinding:
    """Something to look at."""

    code: str
    subject: str
    message: str
    place: str | None


@strawberry.type(description="What an import would do: immutable, pinned to a base revision.")
class Plan(Node):
    """What an import would do."""

    found: strawberry.Private[model.ImportPlan]
    run_id: strawberry.ID
    data_source: str
    collector: str
    state: PlanState
    created_at: Instant
    base_revision: RevisionNumber
    complete: bool = strawberry.field(
        description="The reading is all the data source has to say, so absence counts."
    )
    read_to_the_end: bool
    changes_anything: bool
    cis: Counts
    relationships: Counts
    people: Counts
    brakes: list[TrippedBrake] = strawberry.field(directives=[ListSize(assumed_size=5)])

    @field()
    def operations(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        actions: list[Action] | None = None,
    ) -> Connection[PlanOperation]:
        """List its steps."""
        found = [
            each for each in self.found.operations if actions is None or each.action in actions
        ]
        return list_page(
            info.context,
            ["operations", self.id, actions],
            found,
            (first, after),
            lambda page: [_operation(each) for each in page],
        )

    @field()
    def unresolved(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[UnresolvedReference]:
        """List references of this reading that nothing answers."""
        found = self.found.unresolved
        return list_page(
            info.context,
            ["unresolved", self.id],
            found,
            (first, after),
            lambda page: [UnresolvedReference.of(each) for each in page],
        )

    @field()
    def quarantined(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[QuarantinedRecord]:
        """List records that could not be taken in."""
        found = self.found.quarantined
        return list_page(
            info.context,
            ["quarantined", self.id],
            found,
            (first, after),
            lambda page: [_quarantined(each) for each in page],
        )

    @field()
    def findings(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[ImportFinding]:
        """List what to look at."""
        found = self.found.findings
        return list_page(
            info.context,
            ["findings", self.id],
            found,
            (first, after),
            lambda page: [finding(each) for each in page],
        )


@strawberry.type(description="One pass of one data source into the estate: what came of it.")
class Run(Node):
    """One pass of one data source into the estate."""

    plan_id: strawberry.ID
    data_source: str
    collector: str
    state: RunState
    started_at: Instant
    ended_at: Instant | None
    base_revision: RevisionNumber
    complete: bool
    read_to_the_end: bool
    cis: Counts
    relationships: Counts
    people: Counts
    unresolved_count: int
    quarantined_count: int
    documents: list[str]
    revisions: list[RevisionNumber] = strawberry.field(
        description="The revisions it wrote, once it has ended."
    )
    error: str | None


def run(found: ImportRun) -> Run:
    """Show a run."""
    return Run(
        id=strawberry.ID(found.id),
        plan_id=strawberry.ID(found.plan),
        data_source=found.data_source,
        collector=found.collector,
        state=found.state,
        started_at=as_instant(found.started_at),
        ended_at=as_instant(found.ended_at) if found.ended_at else None,
        base_revision=RevisionNumber(found.base_revision),
        complete=found.complete,
        read_to_the_end=found.read_to_the_end,
        cis=Counts.of(found.cis),
        relationships=Counts.of(found.relationships),
        people=Counts.of(found.people),
        unresolved_count=found.unresolved_count,
        quarantined_count=found.quarantined_count,
        documents=[*found.documents],
        revisions=[RevisionNumber(each) for each in found.revisions],
        error=found.error or None,
    )


def plan(found: model.ImportPlan) -> Plan:
    """Show a plan."""
    return Plan(
        id=strawberry.ID(found.id),
        found=found,
        run_id=strawberry.ID(found.run),
        data_source=found.data_source,
        collector=found.collector,
        state=found.state,
        created_at=as_instant(found.planned_at),
        base_revision=RevisionNumber(found.base_revision),
        complete=found.complete,
        read_to_the_end=found.read_to_the_end,
        changes_anything=found.changes_anything,
        cis=Counts.of(found.cis),
        relationships=Counts.of(found.relationships),
        people=Counts.of(found.people),
        brakes=[TrippedBrake.of(each) for each in found.brakes],
    )


def _operation(found: model.PlannedOperation) -> PlanOperation:
    return PlanOperation(
        action=found.action,
        record_type=_planned_record(found),
        id=strawberry.ID(found.id),
        label=found.label,
        class_name=found.class_name,
        changed=[*found.changed],
        why=found.why,
    )


def _planned_record(found: model.PlannedOperation) -> PlannedRecord:
    if found.is_relationship:
        return PlannedRecord.RELATIONSHIP
    return PlannedRecord.CI if found.id.startswith("ci_") else PlannedRecord.PERSON


def _quarantined(found: model.QuarantinedRecord) -> QuarantinedRecord:
    return QuarantinedRecord(
        id=strawberry.ID(found.id),
        data_source=found.data_source,
        fault=fault(found.fault),
        content=Json(dict(found.record)),
    )


def finding(found: model.Finding) -> ImportFinding:
    """Show a finding."""
    return ImportFinding(
        code=found.code,
        subject=found.subject,
        message=found.message,
        place=found.place or None,
    )


def fault(found: errors.Fault) -> Fault:
    """Show a fault, with its path as steps."""
    steps = found.place.path.replace("[", ".").replace("]", "").split(".")
    return Fault(
        path=[each for each in steps if each],
        place=str(found.place),
        code=found.code,
        message=found.message,
        hint=found.remedy or None,
    )
