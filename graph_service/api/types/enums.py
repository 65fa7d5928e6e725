"""Closed sets of values, as the schema names and describes them.

Importing this module registers the enumerations of the model with the schema; annotations then use
the model's classes themselves.
"""

from enum import Enum, StrEnum

import strawberry

from graph_service.model import ci, impact_state, person, relationship, revision
from graph_service.model.vocabulary import policy_rows, rows
from graph_service.store import graph_store
from graph_service.use_cases import access
from graph_service.use_cases.impact import impact_answer
from graph_service.use_cases.intake import import_plan, import_run
from graph_service.use_cases.people import directory, duties, ownerless


class Environment(StrEnum):
    """What a CI is for."""

    PRODUCTION = "PRODUCTION"
    PRE_PRODUCTION = "PRE_PRODUCTION"
    TEST = "TEST"
    DEVELOPMENT = "DEVELOPMENT"
    DR = "DR"
    SHARED = "SHARED"


class Lifecycle(StrEnum):
    """Where a CI is in its life; never its live state."""

    PLANNED = "PLANNED"
    ORDERED = "ORDERED"
    IN_STOCK = "IN_STOCK"
    IN_BUILD = "IN_BUILD"
    IN_TEST = "IN_TEST"
    LIVE = "LIVE"
    IN_MAINTENANCE = "IN_MAINTENANCE"
    PENDING_DISPOSAL = "PENDING_DISPOSAL"
    RETIRED = "RETIRED"
    DISPOSED = "DISPOSED"
    MISSING = "MISSING"


class OperationalState(StrEnum):
    """What a CI is doing now, as last reported."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    UNKNOWN = "UNKNOWN"


class RelationshipEnd(StrEnum):
    """The end of a relationship a CI is at."""

    SOURCE = "SOURCE"
    TARGET = "TARGET"


class GroupRole(StrEnum):
    """Part a member of a redundancy group plays."""

    ACTIVE = "ACTIVE"
    STANDBY = "STANDBY"


class GroupMode(StrEnum):
    """How a redundancy group takes over."""

    ACTIVE_ACTIVE = "ACTIVE_ACTIVE"
    AUTO = "AUTO"
    MANUAL = "MANUAL"


class Direction(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


class StartingPoint(StrEnum):
    """State the estate starts from: as it is, or everything UP."""

    AS_IS = "AS_IS"
    ALL_UP = "ALL_UP"


_DESCRIBED: dict[type[Enum], str] = {
    impact_state.ImpactState: "How badly a CI is hit, worst last. Not known is never a state: see "
    "Completeness.",
    impact_state.Strength: "How hard a dependency is.",
    access.Role: "Roles; an actor may have several.",
    rows.AttributeType: "Value types of attributes.",
    policy_rows.Requirement: "How much policies want an attribute of a CI.",
    rows.ImpactFlow: "Which end a failure reaches: the source when the target fails, or the other "
    "way round. BY_UPLINK: the relationship says which end provides.",
    rows.Channel: "What travels along a dependency. FLOW is a note for operators, never harm.",
    ci.Presence: "Whether a record is part of today's estate.",
    relationship.Origin: "How a claim came about, strongest first.",
    revision.ActorType: "What an actor is.",
    revision.RecordType: "Which record.",
    impact_answer.SavingRule: "How an impact was stopped.",
    impact_answer.ProofRule: "What a step of a proof rests on.",
    impact_answer.Outcome: "Which of the four lists a reached CI is in: exactly one.",
    import_run.RunState: "How far a run has come. PARTIAL: done, but the reading did not see all "
    "there is. REVERTING: part of what it wrote is undone; reverting it again goes on.",
    graph_store.CIOrder: "Order of CIs; ties by name, then id. TIER: those of no tier come last in "
    "either direction. UPDATED_AT: the revision that last changed the CI's own record.",
    import_plan.PlanState: "Life of a plan. HELD: something waits for the approval of a brake.",
}

for _each in (
    Environment,
    Lifecycle,
    OperationalState,
    RelationshipEnd,
    GroupRole,
    GroupMode,
    Direction,
    StartingPoint,
):
    strawberry.enum(_each, description=_each.__doc__)
for _model, _description in _DESCRIBED.items():
    strawberry.enum(_model, description=_description)
strawberry.enum(revision.Operation, name="LogAction", description="What happened to a record.")
strawberry.enum(
    import_plan.Action, name="PlanAction", description="What a plan does to one record."
)
strawberry.enum(person.TeamRole, description="What somebody is in a team.")
strawberry.enum(person.Way, name="ContactWay", description="How somebody can be reached.")
strawberry.enum(
    duties.Duty,
    description="What somebody is for a CI: each is an attribute that names people or teams.",
)
strawberry.enum(directory.Resolution, description="What came of looking somebody up.")
strawberry.enum(
    ownerless.Problem,
    name="OwnerProblem",
    description="LEFT: somebody who has left. UNKNOWN: nobody is called that. AMBIGUOUS: several "
    "are. EMPTY_TEAM: everybody in it has left. NOBODY: nobody is named at all.",
)
