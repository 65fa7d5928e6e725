"""Import plans ↔ records: kept whole, in parts no store finds too large, and read back equal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from graph_service.model.codec import (
    canonical,
    ci_from_data,
    ci_to_data,
    claim_from_data,
    claim_to_data,
    relationship_from_data,
    relationship_to_data,
)
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.revision import Actor, ActorType
from graph_service.reconcile.import_plan import (
    Action,
    Brake,
    Counts,
    Finding,
    ImportPlan,
    PlannedOperation,
    PlanState,
    QuarantinedRecord,
    UnresolvedReference,
)
from graph_service.reconcile.quarantine import fault_data, fault_from_data

PLAN = "plan"
"""Kind of the record that heads a plan, grouped by data source."""

PLAN_PART = "plan_part"
"""Kind of the records with the rest of it, grouped by plan."""

PART_BYTES_MAX = 500_000
PART_ITEMS_MAX = 1_000

_Item = tuple[str, int, Any]
"""Section, index of the delta it belongs to (0 outside deltas), value."""

_HEADER = (
    "id", "run", "data_source", "collector", "base_revision", "planned_at", "complete",
    "read_to_the_end",
)  # fmt: skip


def plan_records(plan: ImportPlan) -> Iterator[Record]:
    """Yield the records that keep a plan: its parts, then its head, which makes it readable."""
    count = 0
    for count, items in enumerate(_parts(_items(plan)), 1):
        yield Record(
            kind=PLAN_PART,
            id=f"{plan.id}.{count:06d}",
            group=plan.id,
            data={"items": [list(each) for each in items]},
        )
    yield plan_head(plan, count)


def plan_head(plan: ImportPlan, part_count: int) -> Record:
    """Return the record that heads a plan."""
    return Record(
        kind=PLAN,
        id=plan.id,
        group=plan.data_source,
        data={
            "partCount": part_count,
            "state": plan.state.value,
            "cis": _counts_data(plan.cis),
            "relationships": _counts_data(plan.relationships),
            "people": _counts_data(plan.people),
            "documents": list(plan.documents),
            **{name: getattr(plan, name) for name in _HEADER},
        },
    )


def plan_from_records(head: Record, parts: Iterable[Record]) -> ImportPlan:
    """Read what ``plan_records`` wrote."""
    sections: dict[str, list[tuple[int, Any]]] = {}
    for part in parts:
        for section, index, value in part.data["items"]:
            sections.setdefault(section, []).append((index, value))

    def values(section: str) -> list[Any]:
        return [value for _, value in sections.get(section, ())]

    data = head.data
    return ImportPlan(
        **{name: data[name] for name in _HEADER},
        state=PlanState(data["state"]),
        cis=Counts(**data["cis"]),
        relationships=Counts(**data["relationships"]),
        people=Counts(**data.get("people", {})),
        operations=[_operation(each) for each in values("operations")],
        unresolved=[_unresolved(each) for each in values("unresolved")],
        quarantined=[_quarantined(each) for each in values("quarantined")],
        brakes=[Brake(**each) for each in values("brakes")],
        findings=[Finding(**each) for each in values("findings")],
        deltas=_deltas("deltas", sections),
        held=_deltas("held", sections),
        held_by=[frozenset(each) for each in values("held_by")],
        documents=data["documents"],
    )


def _parts(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    part: list[_Item] = []
    size = 0
    for each in items:
        length = len(canonical(each[2]))
        if part and (size + length > PART_BYTES_MAX or len(part) >= PART_ITEMS_MAX):
            yield part
            part, size = [], 0
        part.append(each)
        size += length
    if part:
        yield part


def _items(plan: ImportPlan) -> Iterator[_Item]:
    for operation in plan.operations:
        yield "operations", 0, {**_plain(operation), "changed": list(operation.changed)}
    for unresolved in plan.unresolved:
        yield "unresolved", 0, {**_plain(unresolved), "missing": list(unresolved.missing)}
    for quarantined in plan.quarantined:
        yield "quarantined", 0, {**_plain(quarantined), "fault": fault_data(quarantined.fault)}
    for brake in plan.brakes:
        yield "brakes", 0, _plain(brake)
    for finding in plan.findings:
        yield "findings", 0, _plain(finding)
    for brakes in plan.held_by:
        yield "held_by", 0, sorted(brakes)
    for section, deltas in (("deltas", plan.deltas), ("held", plan.held)):
        for index, delta in enumerate(deltas):
            yield from _delta_items(section, index, delta)


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the plan's flat values
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _delta_items(section: str, index: int, delta: GraphDelta) -> Iterator[_Item]:
    actor = delta.actor
    yield (
        section,
        index,
        {
            "basedOn": delta.based_on,
            "actor": [actor.id, actor.name, actor.type.value],
            "reason": delta.reason,
            "run": delta.run,
            "change": delta.change,
            "ownRevisions": sorted(delta.own_revisions),
        },
    )
    for ci in delta.cis:
        yield f"{section}.cis", index, [ci_to_data(ci), ci.revision]
    for relationship in delta.relationships:
        data = relationship_to_data(relationship)
        yield f"{section}.relationships", index, [data, relationship.revision]
    for claim in delta.claims:
        yield f"{section}.claims", index, claim_to_data(claim)
    for record in delta.records:
        yield f"{section}.records", index, [record.kind, record.id, record.data, record.group]
    for kind, record_id in delta.removed_records:
        yield f"{section}.removed", index, [kind, record_id]


def _deltas(section: str, sections: Mapping[str, Sequence[tuple[int, Any]]]) -> list[GraphDelta]:
    heads = [_delta_head(value) for _, value in sections.get(section, ())]
    parts: list[dict[str, list[Any]]] = [{} for _ in heads]
    for name, items in sections.items():
        owner, _, part = name.partition(".")
        if owner == section and part:
            for index, value in items:
                parts[index].setdefault(part, []).append(value)
    return [_delta(head, part) for head, part in zip(heads, parts, strict=True)]


def _delta_head(data: Mapping[str, Any]) -> GraphDelta:
    actor_id, name, actor_type = data["actor"]
    return GraphDelta(
        based_on=data["basedOn"],
        actor=Actor(actor_id, name, ActorType(actor_type)),
        reason=data["reason"],
        run=data["run"],
        change=data["change"],
        own_revisions=frozenset(data["ownRevisions"]),
    )


def _delta(head: GraphDelta, parts: Mapping[str, list[Any]]) -> GraphDelta:
    return replace(
        head,
        cis=tuple(ci_from_data(*each) for each in parts.get("cis", ())),
        relationships=tuple(
            relationship_from_data(*each) for each in parts.get("relationships", ())
        ),
        claims=tuple(claim_from_data(each) for each in parts.get("claims", ())),
        records=tuple(Record(*each) for each in parts.get("records", ())),
        removed_records=tuple((kind, name) for kind, name in parts.get("removed", ())),
    )


def _counts_data(counts: Counts) -> dict[str, int]:
    return _plain(counts)


def _operation(data: Mapping[str, Any]) -> PlannedOperation:
    changes = {"action": Action(data["action"]), "changed": tuple(data["changed"])}
    return PlannedOperation(**{**data, **changes})


def _unresolved(data: Mapping[str, Any]) -> UnresolvedReference:
    return UnresolvedReference(**{**data, "missing": tuple(data["missing"])})


def _quarantined(data: Mapping[str, Any]) -> QuarantinedRecord:
    return QuarantinedRecord(**{**data, "fault": fault_from_data(data["fault"])})
