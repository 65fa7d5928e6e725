"""What an import would do, and what it did: the values every surface shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Records of one sort by what happens to them. ``created`` includes what comes back."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0


class Action(StrEnum):
    """What a plan does to a record."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    RETIRE = "RETIRE"
    REACTIVATE = "REACTIVATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOperation:
    """One line of a plan.

    ``label`` is the CI's key, ``source -TYPE-> target`` or what a person is called; ``class_name``
    is the class, the type of a relationship, or Person. ``changed`` names fields and attributes
    that differ. ``why`` says which rule matched or who no longer speaks of it.
    """

    action: Action
    id: str
    label: str
    class_name: str
    is_relationship: bool
    changed: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnresolvedReference:
    """A relationship one of whose ends no CI answers to; kept until one does.

    ``source`` and ``target`` are what the data source wrote, or the key of the CI where that end
    is known; ``missing`` lists the ends that are not known (``SOURCE``, ``TARGET``). ``subject`` is
    the id of a CI at the known end, if any. ``place`` says where it was read.
    """

    id: str
    data_source: str
    type: str
    source: str
    target: str
    missing: tuple[str, ...]
    subject: str | None = None
    place: str = ""
    run: str = ""

    @property
    def reference(self) -> str:
        """The text that nothing answers."""
        return self.target if "TARGET" in self.missing else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRecord:
    """A record that could not be taken in, why, and what is known of it without secrets."""

    id: str
    data_source: str
    fault: Fault
    record: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """A safety limit the plan trips: the operations it holds wait for an approval with a reason.

    ``name``: RETIRE_SHARE, RETIRE_COUNT, EMPTY_READING. ``id`` is unique in the plan.
    """

    id: str
    name: str
    class_name: str
    observed: float
    limit: float
    held_count: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at that stops nothing: an unknown k, a group defeated by a relationship.

    ``subject`` is the key of a CI, or the class of all CIs it is about. ``group`` is the
    redundancy group it is about, if any.
    """

    code: str
    subject: str
    message: str
    place: str = ""
    group: str = ""


class PlanState(StrEnum):
    """Where a plan is. HELD: something waits for a brake's approval."""

    PLANNED = "PLANNED"
    APPLIED = "APPLIED"
    HELD = "HELD"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """Everything one reading would do to the estate, computed from one revision.

    ``read_to_the_end``: the reading saw all there was; ``complete``: it also is all the data source
    has to say, so absence counts. ``deltas`` hold the work in the order it is to be applied;
    ``held`` those that wait for the brakes, and ``held_by`` (of the same length) the ids of all
    brakes that must be released for each. ``documents`` names what was read.
    """

    id: str
    run: str
    data_source: str
    collector: str
    base_revision: int
    planned_at: str
    state: PlanState = PlanState.PLANNED
    complete: bool
    read_to_the_end: bool
    cis: Counts
    relationships: Counts
    people: Counts = field(default_factory=Counts)
    operations: Sequence[PlannedOperation]
    unresolved: Sequence[UnresolvedReference] = ()
    quarantined: Sequence[QuarantinedRecord] = ()
    brakes: Sequence[Brake] = ()
    findings: Sequence[Finding] = ()
    deltas: Sequence[GraphDelta] = ()
    held: Sequence[GraphDelta] = ()
    held_by: Sequence[frozenset[str]] = ()
    documents: Sequence[str] = ()

    @property
    def changes_anything(self) -> bool:
        """Whether applying it would write anything."""
        return bool(self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came of applying a plan. ``held`` are the brakes whose operations still wait."""

    run: str
    plan: str
    data_source: str
    revisions: tuple[int, ...]
    cis: Counts
    relationships: Counts
    people: Counts = field(default_factory=Counts)
    unresolved: Sequence[UnresolvedReference] = ()
    quarantined: Sequence[QuarantinedRecord] = ()
    held: Sequence[Brake] = ()
    findings: Sequence[Finding] = ()
    read_to_the_end: bool = True
