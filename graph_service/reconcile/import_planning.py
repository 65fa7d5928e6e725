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
from graph_service.reconcile.basis import Basis
from graph_service.reconcile.batches import Cover, delta_of, deltas_of
from graph_service.reconcile.ci_planning import CIPlanning
from graph_service.reconcile.deferred import unresolved_reference
from graph_service.reconcile.directory import all_people, directory_state
from graph_service.reconcile.draft import Change, Draft
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
from graph_service.reconcile.people_planning import PeoplePlan, PeopleReading, plan_people
from graph_service.reconcile.policy_findings import policy_findings
from graph_service.reconcile.quarantine import located, quarantine_changes, quarantined_now
from graph_service.reconcile.relationship_planning import RelationshipPlanning
from graph_service.reconcile.resolution import Resolver, Wanted, in_batches
from graph_service.reconcile.sightings import (
    SIGHTING,
    sighting_id,
    sighting_of,
    sighting_record,
)
from graph_service.reconcile.statement import Provenance, RelationshipStatement
from graph_service.store import GraphStore

Progress = Callable[[str, int, int | None], None]
"""Told (phase, done, total); the total is ``None`` while it is not known."""

_STEPS = 4


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
    is_all = reading.complete and listening.read_to_the_end and not listening.quarantined
    basis = Basis(
        ground,
        listening,
        provenance,
        absence_counts=is_all,
        limits=vocabulary.policies.brakes,
        former=sighting_of(
            await store.record(SIGHTING, sighting_id(reading.data_source, reading.scope))
        ),
    )
    draft = Draft(vocabulary)
    cis = CIPlanning(basis, draft, request.new_id)
    related = RelationshipPlanning(basis, cis)

    def done(step: int) -> None:
        they_stay()
        progress("planning", step, _STEPS)

    done(0)
    await learn_cis(store, draft, cis.known_subjects())
    await asyncio.to_thread(cis.plan, await _taken_keys(store, cis.wanted_keys()))
    done(1)
    resolver, statements = await _looked_up(store, vocabulary, cis, related, basis)
    done(2)
    wanted = await asyncio.to_thread(related.resolve, statements, resolver)
    await _judge_loops(store, related, request)
    await learn_relationships(store, draft, wanted)
    await learn_relationships_of(store, draft, cis.ending)
    await learn_keys(store, draft, related.nameless_ends())
    done(3)
    labels = Labels(draft, resolver.found, cis.own)
    places = await asyncio.to_thread(_places, related.dangling, request.collector)
    await asyncio.to_thread(related.plan, resolver.bound, places, labels)
    changes = [*cis.changes, *related.changes]
    odd = await _findings(store, vocabulary, draft, changes, labels)
    people = await _people(store, vocabulary, basis, request)
    done(4)
    plan = await asyncio.to_thread(_assembled, basis, cis, related, people, request, labels)
    return replace(plan, findings=[*plan.findings, *odd])


async def _people(
    store: GraphStore, vocabulary: Vocabulary, basis: Basis, request: PlanRequest
) -> PeoplePlan:
    """Plan what a reading says of people, if this data source ever spoke of any.

    Raises:
        InvalidInputError: A strict reading has faults; lists all of them.

    """
    listening, reading = basis.listening, request.reading
    state = await directory_state(store)
    if not listening.people and reading.data_source not in state.sources:
        return PeoplePlan()
    heard = PeopleReading(
        data_source=reading.data_source,
        scope=reading.scope,
        heard=listening.people,
        absence_counts=basis.absence_counts,
        today=request.at.date().isoformat(),
        at=instant_text(request.at),
        saw_anything=listening.saw_anything,
        limits=vocabulary.policies.brakes,
    )
    known = await all_people(store)
    cover = delta_of((), _cover(basis, request))
    plan = await asyncio.to_thread(plan_people, heard, known, state, cover, request.new_id)
    if reading.strict and plan.faults:
        raise InvalidInputError(located(plan.faults, request.collector))
    return plan


async def _judge_loops(
    store: GraphStore, related: RelationshipPlanning, request: PlanRequest
) -> None:
    """Refuse a strict reading that relates CIs to themselves.

    Raises:
        InvalidInputError: Lists all such relationships.

    """
    await learn_cis(store, related.draft, related.loop_ends())
    related.judge_loops()
    if request.reading.strict and related.faults:
        raise InvalidInputError(located(related.faults, request.collector))


async def _taken_keys(store: GraphStore, wanted: Iterable[str]) -> set[str]:
    taken: set[str] = set()
    for keys in in_batches(wanted):
        taken.update(await store.cis_by_key(keys))
    return taken


async def _looked_up(
    store: GraphStore,
    vocabulary: Vocabulary,
    cis: CIPlanning,
    related: RelationshipPlanning,
    basis: Basis,
) -> tuple[Resolver, list[RelationshipStatement]]:
    data_source = basis.data_source
    rebound: list[Claim] = []
    for keys in in_batches(related.rebound_keys()):
        rebound += (await store.claims(data_source, keys)).values()
    statements = related.statements(rebound)
    resolver = Resolver(vocabulary, data_source, cis.own, cis.granted, cis.draft.cis.get)
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


async def _findings(
    store: GraphStore,
    vocabulary: Vocabulary,
    draft: Draft,
    changes: Sequence[Change],
    labels: Labels,
) -> list[Finding]:
    """Return what is odd about what a plan leads to: about its groups, and by policy."""
    places = {
        str(each.after.id): each.claims[0].place
        for each in changes
        if each.claims and not each.is_of_relationship
    }
    wanted = await asyncio.to_thread(lambda: [*policy_findings(vocabulary, changes, places)])
    touched = touched_dependants(changes, vocabulary)
    created = {each.after.id for each in changes if each.before is None}
    for some in in_batches(touched - created):
        draft.learn(relationships=await store.relationships_of(some))
        draft.learn(cis=(await store.cis(some)).values())
    if not touched:
        return wanted
    relationships = draft.relationships.values()
    odd = group_findings(touched, draft.cis, relationships, vocabulary, labels, places)
    return [*odd, *wanted]


def _cover(basis: Basis, request: PlanRequest) -> Cover:
    reading = request.reading
    return Cover(
        based_on=basis.ground.head.revision,
        actor=request.actor,
        reason=f"import of {reading.data_source} by {reading.collector}",
        run=request.run,
        milliseconds=int(request.at.timestamp() * 1000),
        salt=request.plan,
    )


def _assembled(
    basis: Basis,
    cis: CIPlanning,
    related: RelationshipPlanning,
    people: PeoplePlan,
    request: PlanRequest,
    labels: Labels,
) -> ImportPlan:
    ground, listening = basis.ground, basis.listening
    reading = request.reading
    cover = _cover(basis, request)
    changes = [*cis.changes, *related.changes]
    held: list[GraphDelta] = []
    held_by: list[frozenset[str]] = []
    operations = [
        _operation(each, labels, reading.data_source) for each in changes if not each.is_bystander
    ]
    for brakes, waiting in related.held_changes(labels):
        for delta in deltas_of(waiting, replace(cover, salt=f"{request.plan}:{sorted(brakes)}")):
            held.append(delta)
            held_by.append(brakes)
    held += people.held
    held_by += [frozenset(each.id for each in people.brakes) for _ in people.held]
    faults = [
        *listening.quarantined,
        *((each, {}) for each in (*related.faults, *people.faults)),
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
        read_to_the_end=listening.read_to_the_end and not (listening.quarantined or people.faults),
        cis=_counts(cis.changes, listening.unchanged_cis),
        relationships=_counts(
            related.changes,
            listening.unchanged_relationships - related.disturbed_count,
        ),
        people=people.counts,
        operations=[*operations, *people.operations],
        unresolved=[unresolved_reference(each) for each in related.unresolved],
        quarantined=quarantined,
        brakes=[*cis.brakes, *related.brakes, *people.brakes],
        findings=[*listening.findings, *cis.findings, *related.findings, *people.findings],
        deltas=[
            *people.deltas,
            *deltas_of(
                changes,
                cover,
                records=[
                    *related.records,
                    *records,
                    *([sighting_record(basis.sighting)] if basis.sighting else ()),
                ],
                removed_records=[*related.removed_records, *removed],
            ),
        ],
        held=held,
        held_by=held_by,
        documents=sorted(listening.documents),
    )


def _counts(changes: Iterable[Change], unchanged: int) -> Counts:
    actions = [each.action for each in changes if not each.is_bystander]
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
