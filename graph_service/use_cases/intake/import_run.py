"""One pass of one data source into the estate: the record that stays of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph_service.model.delta import Record
from graph_service.use_cases.intake.import_plan import Counts, ImportPlan

RUN = "run"
"""Kind of the records, grouped by data source."""


class RunState(StrEnum):
    """How far a run has come.

    PARTIAL: done, but the reading did not see all there is. REVERTING: part of what it wrote is
    undone; reverting it again goes on.
    """

    PLANNED = "PLANNED"
    APPLYING = "APPLYING"
    DONE = "DONE"
    PARTIAL = "PARTIAL"
    INTERRUPTED = "INTERRUPTED"
    HELD = "HELD"
    FAILED = "FAILED"
    REVERTING = "REVERTING"
    REVERTED = "REVERTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """A run: what was read, when, and what came of it.

    ``applied`` of ``delta_count`` deltas are written. ``revisions`` are complete once the run has
    ended; of one that was killed they are those of the log that carry its id.
    """

    id: str
    plan: str
    data_source: str
    collector: str
    state: RunState
    started_at: str
    ended_at: str = ""
    base_revision: int
    complete: bool
    read_to_the_end: bool
    cis: Counts
    relationships: Counts
    people: Counts = field(default_factory=Counts)
    unresolved_count: int = 0
    quarantined_count: int = 0
    documents: tuple[str, ...] = ()
    revisions: tuple[int, ...] = ()
    applied: int = 0
    delta_count: int = 0
    error: str = ""

    @classmethod
    def of(cls, plan: ImportPlan, state: RunState) -> "ImportRun":
        """Return the run that a plan begins."""
        return cls(
            id=plan.run,
            plan=plan.id,
            data_source=plan.data_source,
            collector=plan.collector,
            state=state,
            started_at=plan.planned_at,
            base_revision=plan.base_revision,
            complete=plan.complete,
            read_to_the_end=plan.read_to_the_end,
            cis=plan.cis,
            relationships=plan.relationships,
            people=plan.people,
            unresolved_count=len(plan.unresolved),
            quarantined_count=len(plan.quarantined),
            documents=tuple(plan.documents),
            delta_count=len(plan.deltas),
        )


def run_record(run: ImportRun) -> Record:
    """Return a run as it is kept."""
    return Record(
        kind=RUN,
        id=run.id,
        group=run.data_source,
        data={
            "plan": run.plan,
            "dataSource": run.data_source,
            "collector": run.collector,
            "state": run.state.value,
            "startedAt": run.started_at,
            "endedAt": run.ended_at,
            "baseRevision": run.base_revision,
            "complete": run.complete,
            "readToTheEnd": run.read_to_the_end,
            "cis": _counts_data(run.cis),
            "relationships": _counts_data(run.relationships),
            "people": _counts_data(run.people),
            "unresolvedCount": run.unresolved_count,
            "quarantinedCount": run.quarantined_count,
            "documents": list(run.documents),
            "revisions": list(run.revisions),
            "applied": run.applied,
            "deltaCount": run.delta_count,
            "error": run.error,
        },
    )


def run_from_record(record: Record) -> ImportRun:
    """Read what ``run_record`` wrote."""
    data = record.data
    return ImportRun(
        id=record.id,
        plan=data["plan"],
        data_source=data["dataSource"],
        collector=data["collector"],
        state=RunState(data["state"]),
        started_at=data["startedAt"],
        ended_at=data["endedAt"],
        base_revision=data["baseRevision"],
        complete=data["complete"],
        read_to_the_end=data["readToTheEnd"],
        cis=_counts(data["cis"]),
        relationships=_counts(data["relationships"]),
        people=_counts(data.get("people", {})),
        unresolved_count=data["unresolvedCount"],
        quarantined_count=data["quarantinedCount"],
        documents=tuple(data["documents"]),
        revisions=tuple(data["revisions"]),
        applied=data["applied"],
        delta_count=data["deltaCount"],
        error=data["error"],
    )


def _counts_data(counts: Counts) -> dict[str, int]:
    return {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "retired": counts.retired,
    }


def _counts(data: Mapping[str, Any]) -> Counts:
    return Counts(**data)
