"""One reading, listened to → the import plan: look up, decide, look up, decide, cut into deltas."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta
from graph_service.model.errors import InvalidInputError
from graph_service.model.ids import IdGenerator
from graph_service.model.instants import instant_text
from graph_service.model.observation import Collector, Reading
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.batches import Cover, deltas_of
from graph_service.reconcile.deferred import unresolved_reference
from graph_service.reconcile.draft import Change
from graph_service.reconcile.garbage import they_stay
from graph_service.reconcile.ground import (
    Ground,
    learn_cis,
    learn_keys,
    learn_relationships,
    learn_relationships_of,
)
from graph_service.reconcile.group_findings import group_findings, touched_dependants
from graph_service.reconcile.import_plan import (
    Action,
    Counts,
    Finding,
    ImportPlan,
    PlannedOperation,
)
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.listening import Listening
from graph_service.reconcile.planner import Planner
from graph_service.reconcile.quarantine import located, quarantine_changes, quarantined_now
from graph_service.reconcile.resolution import Resolver, Wanted, in_batches
from graph_service.reconcile.statement import Provenance, RelationshipStatement
from graph_service.store import GraphStore

Progress = Callable[[str, int, int | None], None]
"""Told (phase, done, total); the total is ``None`` while it is not known."""

_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a plan is made for: whose reading, by whom, under which names and at which instant."""

    reading: Reading
    collector: Collector
    actor: Actor
    run: str
    plan: str
    at: datetime
    new_id: IdGenerator


async def plan_import(
    store: GraphStore,
    vocabulary: Vocabulary,
    ground: Ground,
    listening: Listening,
    request: PlanRequest,
    progress: Progress,
) -> ImportPlan:
    """Return everything a reading would do to the estate; write nothing.

    Raises:
        InvalidInputError: A strict reading has faults; lists all of them.

    """
    reading = request.reading
    provenance = Provenance(
        data_source=reading.data_source,
        scope=reading.scope,
        run=request.run,
        observed_at=instant_text(request.at),
    )
    planner = Planner(
        ground,
        listening,
        provenance,
        request.new_id,
        absence_counts=reading.complete and listening.read_to_the_end and not listening.quarantined,
    )

    def done(step: int) -> None:
        they_stay()
        progress("planning", step, _STEPS)

    done(0)
    await learn_cis(store, planner.draft, planner.known_ci_subjects())
    taken = await _taken_keys(store, planner.wanted_keys())
    await asyncio.to_thread(planner.plan_cis, taken)
    done(1)
    resolver, statements = await _looked_up(store, vocabulary, planner, reading.data_source)
    done(2)
    wanted = await asyncio.to_thread(planner.resolve, statements, resolver)
    if reading.strict and planner.faults:
        raise InvalidInputError(located(planner.faults, request.collector))
    await learn_relationships(store, planner.draft, wanted)
    await learn_relationships_of(store, planner.draft, planner.ending_cis())
    await learn_keys(store, planner.draft, planner.nameless_ends())
    done(3)
    labels = Labels(planner.draft, resolver.found, planner.own)
    places = await asyncio.to_thread(_places, planner.dangling, request.collector)
    await asyncio.to_thread(planner.plan_relationships, resolver.bound, places, labels)
    changes = [*planner.ci_changes, *planner.relationship_changes]
    planner.findings += await _group_findings(store, vocabulary, planner, changes, labels)
    done(4)
    plan = await asyncio.to_thread(_assembled, ground, listening, planner, request, labels)
    done(_STEPS)
    return plan


async def _taken_keys(store: GraphStore, wanted: Iterable[str]) -> set[str]:
    taken: set[str] = set()
    for keys in in_batches(wanted):
        taken.update(await store.cis_by_key(keys))
    return taken


async def _looked_up(
    store: GraphStore, vocabulary: Vocabulary, planner: Planner, data_source: str
) -> tuple[Resolver, list[RelationshipStatement]]:
    rebound: list[Claim] = []
    for keys in in_batches(planner.rebound_keys()):
        rebound += (await store.claims(data_source, keys)).values()
    statements = planner.statements(rebound)
    resolver = Resolver(
        vocabulary, data_source, planner.own, planner.granted, planner.draft.cis.get
    )
    wanted = Wanted()
    for each in statements:
        resolver.want(wanted, each.data_source, each.source)
        resolver.want(wanted, each.data_source, each.target)
        if each.data_source != data_source:
            wanted.native_keys.setdefault(each.data_source, set()).add(each.native_key)
    await resolver.look_up(store, wanted)
    return resolver, statements


def _places(dangling: Sequence[RelationshipStatement], collector: Collector) -> Mapping[str, str]:
    return {each.native_key: str(collector.locate(each.place)) for each in dangling}


async def _group_findings(
    store: GraphStore,
    vocabulary: Vocabulary,
    planner: Planner,
    changes: Sequence[Change],
    labels: Labels,
) -> list[Finding]:
    touched = touched_dependants(changes, vocabulary)
    if not touched:
        return []
    created = {each.after.id for each in planner.ci_changes if each.before is None}
    old = touched - created
    for some in in_batches(old):
        planner.draft.learn(relationships=await store.relationships_of(some))
        planner.draft.learn(cis=(await store.cis(some)).values())
    relationships = planner.draft.relationships.values()
    return [*group_findings(touched, planner.draft.cis, relationships, vocabulary, labels)]


def _assembled(
    ground: Ground,
    listening: Listening,
    planner: Planner,
    request: PlanRequest,
    labels: Labels,
) -> ImportPlan:
    reading = request.reading
    cover = Cover(
        based_on=ground.head.revision,
        actor=request.actor,
        reason=f"import of {reading.data_source} by {reading.collector}",
        run=request.run,
        milliseconds=int(request.at.timestamp() * 1000),
        salt=request.plan,
    )
    changes = [*planner.ci_changes, *planner.relationship_changes]
    held: list[GraphDelta] = []
    held_by: list[frozenset[str]] = []
    operations = [_operation(each, labels, reading.data_source) for each in changes]
    for brakes, waiting in planner.held_changes(labels):
        for delta in deltas_of(waiting, replace(cover, salt=f"{request.plan}:{sorted(brakes)}")):
            held.append(delta)
            held_by.append(brakes)
    faults = [
        (fault, known)
        for fault, known in (*listening.quarantined, *((each, {}) for each in planner.faults))
    ]
    quarantined = quarantined_now(faults, reading, request.collector, request.run)
    records, removed = quarantine_changes(
        quarantined, ground.quarantined, reading.scope, is_all=listening.read_to_the_end
    )
    return ImportPlan(
        id=request.plan,
        run=request.run,
        data_source=reading.data_source,
        collector=reading.collector,
        base_revision=ground.head.revision,
        planned_at=instant_text(request.at),
        complete=reading.complete,
        read_to_the_end=listening.read_to_the_end and not quarantined,
        cis=_counts(planner.ci_changes, listening.unchanged_cis),
        relationships=_counts(
            planner.relationship_changes,
            listening.unchanged_relationships - planner.disturbed_count,
        ),
        operations=operations,
        unresolved=[unresolved_reference(each) for each in planner.unresolved],
        quarantined=quarantined,
        brakes=planner.brakes,
        findings=[*listening.findings, *planner.findings],
        deltas=deltas_of(
            changes,
            cover,
            records=[*planner.records, *records],
            removed_records=[*planner.removed_records, *removed],
        ),
        held=held,
        held_by=held_by,
        documents=sorted(listening.documents),
    )


def _counts(changes: Iterable[Change], unchanged: int) -> Counts:
    actions = [each.action for each in changes]
    return Counts(
        created=actions.count(Action.CREATE) + actions.count(Action.REACTIVATE),
        updated=actions.count(Action.UPDATE),
        retired=actions.count(Action.RETIRE),
        unchanged=unchanged,
    )


def _operation(change: Change, labels: Labels, data_source: str) -> PlannedOperation:
    after = change.after
    if isinstance(after, CI):
        label, class_name = labels[after.id], after.class_name
    else:
        label = f"{labels[after.source]} -{after.type}-> {labels[after.target]}"
        class_name = after.type
    return PlannedOperation(
        action=change.action,
        id=after.id,
        label=label,
        class_name=class_name,
        is_relationship=change.is_of_relationship,
        changed=change.changed,
        why=_why(change, data_source),
    )


def _why(change: Change, data_source: str) -> str:
    if change.action is Action.CREATE:
        return f"new from {data_source}"
    if change.action is Action.REACTIVATE:
        return f"{data_source} speaks of it again"
    if change.action is Action.RETIRE:
        gone = any(each.data_source == data_source for each in change.claims)
        return f"{data_source} no longer speaks of it" if gone else "one of its ends is retired"
    if not change.changed:
        return f"{data_source} speaks of it differently, but others outrank it"
    return f"{data_source} speaks of it differently"
