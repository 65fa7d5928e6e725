"""What an import would do, and what it did: the values every surface shows."""

from graph_service.reconcile.import_plan import (
    Action,
    Brake,
    Counts,
    Finding,
    ImportPlan,
    ImportResult,
    PlannedOperation,
    PlanState,
    QuarantinedRecord,
    UnresolvedReference,
)

__all__ = [
    "Action",
    "Brake",
    "Counts",
    "Finding",
    "ImportPlan",
    "ImportResult",
    "PlanState",
    "PlannedOperation",
    "QuarantinedRecord",
    "UnresolvedReference",
]
