"""Answers → JSON objects, under the names that programs rely on."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph_service.model.errors import QuestionTooLargeError
from graph_service.model.revision import LogEntry, RecordType, Revision
from graph_service.use_cases.impact.impact_answer import (
    CIReference,
    Completeness,
    ImpactAnswer,
    ImpactRow,
    Outcome,
    PathStep,
)
from graph_service.use_cases.intake.import_plan import (
    Brake,
    Counts,
    Finding,
    ImportPlan,
    ImportResult,
    PlannedOperation,
    QuarantinedRecord,
    UnresolvedReference,
)

Shape = dict[str, Any]

CONFIRMED_SHOWN_MAX = 20
"""CIs named at most of those that would not go down if groups were confirmed."""

STEPS_MAX = 10_000_000
"""Most steps of paths in one answer that is written whole: more than a gigabyte of JSON."""


def impact(answer: ImpactAnswer, rows_max: int | None = None) -> Shape:
    """Shape an impact answer: every reached CI in exactly one of four lists, or the first ones.

    Raises:
        QuestionTooLargeError: The paths of all rows together have more steps than memory holds.

    """
    summary = answer.summary
    if rows_max is None:
        _check_length(answer)
    steps: dict[int, Shape] = {}
    rows = {each: answer.rows(each, limit=rows_max) for each in Outcome}
    return {
        "revision": answer.revision,
        "of": [{"key": each.ci.key, "state": each.state.name} for each in answer.causes],
        "summary": {
            "down": summary.down,
            "degraded": summary.degraded,
            "atRisk": summary.at_risk,
            "saved": summary.saved,
            "reachedOnly": summary.reached_only,
            "alreadyAffected": summary.already_affected,
            "reached": summary.reached,
        },
        "affected": [_row(each, steps) for each in rows[Outcome.AFFECTED]],
        "saved": [
            {
                **_row(each, steps),
                "by": _by(each),
                "savedBy": [saving.text for saving in each.saved_by],
            }
            for each in rows[Outcome.SAVED]
        ],
        "reachedOnly": [_row(each, steps) for each in rows[Outcome.REACHED_ONLY]],
        "alreadyAffected": [_row(each, steps) for each in rows[Outcome.ALREADY_AFFECTED]],
        "completeness": completeness(answer.completeness),
        "ifConfirmed": _if_confirmed(answer),
        "versions": {"model": answer.versions.model, "vocabulary": answer.versions.vocabulary},
        "answerDigest": answer.answer_digest,
    }


def _if_confirmed(answer: ImpactAnswer) -> Shape | None:
    """Shape what k = 1 would give where nobody says k, or ``None`` where everybody does."""
    other = answer.if_confirmed
    if other is None:
        return None
    count, rows = answer.no_longer_down(limit=CONFIRMED_SHOWN_MAX)
    return {
        "unconfirmedGroupCount": answer.completeness.unconfirmed_group_count,
        "down": other.summary.down,
        "degraded": other.summary.degraded,
        "atRisk": other.summary.at_risk,
        "saved": other.summary.saved,
        "noLongerDownCount": count,
        "noLongerDown": [each.ci.key for each in rows],
    }


def completeness(found: Completeness) -> Shape:
    """Shape what an answer may be missing."""
    return {
        "complete": found.complete,
        "truncations": [
            {"limit": each.limit, "value": float(each.value), "frontierCount": each.frontier_count}
            for each in found.truncations
        ],
        "hiddenCiCount": found.hidden_ci_count,
        "unresolved": list(found.unresolved),
        "unresolvedReferenceCount": found.unresolved_reference_count,
        "staleRelationshipCount": found.stale_relationship_count,
        "unconfirmedGroupCount": found.unconfirmed_group_count,
        "unorientedLinkCount": found.unoriented_link_count,
        "unverifiedProtectionCount": found.unverified_protection_count,
        "unrelatedCiCount": found.unrelated_ci_count,
        "notes": list(found.notes),
    }


def _reference(ci: CIReference) -> Shape:
    return {
        "id": ci.id,
        "key": ci.key,
        "name": ci.name,
        "className": ci.class_name,
        "tier": ci.tier,
    }


def _check_length(answer: ImpactAnswer) -> None:
    """Refuse before a chain of many thousand CIs, whose paths grow with its square, eats memory."""
    steps = sum(sum(answer.columns(each).hops) for each in Outcome)
    if steps > STEPS_MAX:
        raise QuestionTooLargeError(
            f"the paths to {answer.summary.reached} CIs, up to {answer.summary.hops_max} hops "
            f"away, have {steps} steps together; ask for those near by with --max-hops, "
            "or for a table"
        )


def _row(row: ImpactRow, steps: dict[int, Shape]) -> Shape:
    """Shape a row. ``steps`` are those shaped so far, by identity: paths share their beginnings."""
    return {
        **_reference(row.ci),
        "before": row.before.name,
        "state": row.after.name,
        "hops": row.hops,
        "path": [
            steps.get(id(each)) or steps.setdefault(id(each), _step(each)) for each in row.path
        ],
        "reason": row.reason,
    }


def _step(step: PathStep) -> Shape:
    if step.type is None:
        return {"key": step.ci.key}
    return {"key": step.ci.key, "type": step.type, "group": step.group}


def _by(row: ImpactRow) -> list[Shape]:
    return [
        {"key": ci.key, "group": saving.group, "rule": saving.rule.value}
        for saving in row.saved_by
        for ci in saving.by
    ]


def plan(found: ImportPlan) -> Shape:
    """Shape what an import would do."""
    return {
        "plan": found.id,
        "run": found.run,
        "dataSource": found.data_source,
        "baseRevision": found.base_revision,
        "readToTheEnd": found.read_to_the_end,
        "complete": found.complete,
        "cis": counts(found.cis),
        "relationships": counts(found.relationships),
        "people": counts(found.people),
        "operations": [_operation(each) for each in found.operations],
        **_leftovers(found.unresolved, found.quarantined, found.brakes, found.findings),
    }


def result(found: ImportResult) -> Shape:
    """Shape what an import did."""
    return {
        "run": found.run,
        "plan": found.plan,
        "dataSource": found.data_source,
        "revisions": list(found.revisions),
        "readToTheEnd": found.read_to_the_end,
        "cis": counts(found.cis),
        "relationships": counts(found.relationships),
        "people": counts(found.people),
        **_leftovers(found.unresolved, found.quarantined, found.held, found.findings),
    }


def counts(found: Counts) -> Shape:
    """Shape figures of one sort of record."""
    return {
        "created": found.created,
        "updated": found.updated,
        "unchanged": found.unchanged,
        "retired": found.retired,
    }


def _operation(operation: PlannedOperation) -> Shape:
    return {
        "action": operation.action.value,
        "recordType": _record_type(operation),
        "id": operation.id,
        "label": operation.label,
        "className": operation.class_name,
        "changed": list(operation.changed),
        "why": operation.why,
    }


def _record_type(operation: PlannedOperation) -> str:
    if operation.is_relationship:
        return "RELATIONSHIP"
    return "CI" if operation.id.startswith("ci_") else "PERSON"


def _leftovers(
    references: Sequence[UnresolvedReference],
    quarantined: Sequence[QuarantinedRecord],
    brakes: Sequence[Brake],
    findings: Sequence[Finding],
) -> Shape:
    return {
        "unresolved": [unresolved(each) for each in references],
        "quarantined": [
            {
                "code": each.fault.code,
                "message": each.fault.message,
                "place": str(each.fault.place),
                "remedy": each.fault.remedy,
            }
            for each in quarantined
        ],
        "held": [
            {
                "id": each.id,
                "brake": each.name,
                "className": each.class_name,
                "observed": each.observed,
                "limit": each.limit,
                "heldCount": each.held_count,
                "message": each.message,
            }
            for each in brakes
        ],
        "findings": [
            {
                "code": each.code,
                "subject": each.subject,
                "message": each.message,
                "place": each.place,
            }
            for each in findings
        ],
    }


def unresolved(found: UnresolvedReference) -> Shape:
    """Shape a reference that nothing answers."""
    return {
        "dataSource": found.data_source,
        "source": found.source,
        "type": found.type,
        "target": found.target,
        "missing": list(found.missing),
        "reference": found.reference,
        "place": found.place,
    }


def entry(found: LogEntry, revision: Revision | None, keys: Mapping[str, str]) -> Shape:
    """Shape one line of a history; ``keys`` are the handles of the CIs it speaks of."""
    after = found.after
    if found.record_type is RecordType.CI:
        label = after["key"]
    elif found.record_type is not RecordType.RELATIONSHIP:
        label = found.record_id
    else:
        ends = (keys.get(after[end], after[end]) for end in ("source", "target"))
        label = f" -{after['type']}-> ".join(ends)
    changed = {name for name in found.before if name not in {"attributes", "absent"}}
    changed |= {*found.before.get("attributes", ()), *found.before.get("absent", ())}
    return {
        "revision": found.revision,
        "at": revision and revision.at,
        "actor": revision and revision.actor.name,
        "action": found.operation.value,
        "recordType": found.record_type.value,
        "label": label,
        "changed": sorted(changed),
    }


def revision(found: Revision) -> Shape:
    """Shape one line of the log."""
    return {
        "revision": found.number,
        "at": found.at,
        "actor": found.actor.name,
        "reason": found.reason,
        "run": found.run,
        "entryCount": found.entry_count,
        "hash": found.hash,
    }
