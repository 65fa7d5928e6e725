"""What people state by hand → one revision, or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL
from graph_service.model.codec import digest
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    RemoveRedundancyGroup,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
)
from graph_service.model.errors import (
    AmbiguousReferenceError,
    CINotFoundError,
    Fault,
    GraphServiceError,
    InvalidInputError,
    RevisionUnknownError,
    StaleRevisionError,
)
from graph_service.model.ids import CIId, IdGenerator, new_id, relationship_id
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Actor, Head
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.batches import Cover, delta_of
from graph_service.reconcile.by_hand import ByHand
from graph_service.reconcile.deferred import UNRESOLVED, deferred_statement, says_the_same
from graph_service.reconcile.draft import Change, Draft
from graph_service.reconcile.edit_steps import EditSteps, touched_cis
from graph_service.reconcile.ground import (
    all_records,
    learn_cis,
    learn_relationships,
    learn_relationships_of,
)
from graph_service.reconcile.import_plan import Action
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.letting_go import dangling_record, let_go, relate
from graph_service.reconcile.resolution import Resolver, Wanted
from graph_service.store import GraphStore
from graph_service.use_cases.edit_result import EditResult
from graph_service.use_cases.idempotency import Request
from graph_service.use_cases.references import CIRef, resolve

ATTEMPTS_MAX = 3

_BEATEN = frozenset({"KEY_TAKEN", "DANGLING"})
"""Refusals by the store that mean that somebody else was faster."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """What ``Editing.edit`` was asked for. ``request`` is ``None`` without an idempotency key."""

    edits: tuple[Edit, ...]
    actor: Actor
    reason: str
    expected_revision: int | None
    request: Request | None


class Editing:
    """Writes what people state by hand."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock
        self._new_id = new_id

    async def edit(
        self,
        edits: Sequence[Edit],
        *,
        actor: Actor,
        reason: str,
        expected_revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> EditResult:
        """Do all edits as one revision, or none of them.

        Later edits see what earlier ones did, and any edit may name by its key a CI that the list
        creates. Without ``expected_revision``, edits are computed anew when somebody else was
        faster.

        Raises:
            InvalidInputError: Lists everything wrong with all edits.
            CINotFoundError: The one thing wrong is a reference that nothing answers.
            AmbiguousReferenceError: The one thing wrong is a name that several CIs have.
            StaleRevisionError: A record they touch changed after ``expected_revision``.
            RevisionUnknownError: ``expected_revision`` is none there is.
            IdempotencyKeyReusedError: The key came with other edits within the last 24 hours.

        """
        request = None
        if idempotency_key:
            asked = digest(
                [[type(each).__name__, _plain(asdict(each))] for each in edits]
                + [reason, expected_revision]
            )
            request = Request(
                store=self._store,
                clock=self._clock,
                actor=actor,
                key=idempotency_key,
                asked=asked,
            )
        asking = _Asking(tuple(edits), actor, reason, expected_revision, request)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await self._once(asking)
            except GraphServiceError as error:
                if request and (answer := await request.answer()):
                    return answer  # its twin was faster, and the error tells only that
                is_beaten = isinstance(error, StaleRevisionError) and expected_revision is None
                if not is_beaten or attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def _once(self, asking: "_Asking") -> EditResult:
        # The head comes first: a twin that writes after it touches what this attempt will touch.
        head = await self._store.head()
        request, expected = asking.request, asking.expected_revision
        if request and (answer := await request.answer()):
            return answer
        if expected is not None and expected > head.revision:
            raise RevisionUnknownError(
                f"there is no revision {expected}; the newest is {head.revision}"
            )
        at = self._clock()
        names = await request.ids(self._new_id) if request else self._new_id
        steps, draft = await self._steps(asking.edits, at, names)
        labels = Labels(draft, {}, {})
        if steps.ended:
            let_go(draft, steps.ended, labels)
        if steps.begun or steps.ended:
            await self._answer_deferred(draft, steps, labels, instant_text(at))
        changes = draft.take()
        if len(changes) > DELTA_RECORDS_MAX:
            raise InvalidInputError([_too_much(len(changes))])
        base = head.revision if expected is None else expected
        cover = Cover(
            based_on=base,
            actor=asking.actor,
            reason=asking.reason,
            run=None,
            milliseconds=int(at.timestamp() * 1000),
            salt=self._new_id("edt"),
        )
        result = _result(changes, steps, head)
        if not changes:
            # There is nothing left to do if a twin did it all since this attempt looked.
            return (await request.answer() if request else None) or result
        delta = delta_of(changes, cover)
        if request:
            note = request.record(
                result,
                based_on=base,
                anchor=next(each.after.id for each in changes if not each.is_bystander),
                created=[each.id for each in delta.cis if each.id in steps.begun],
            )
            delta = replace(delta, records=(*delta.records, note))
        return await self._write(delta, result)

    async def _steps(
        self, edits: tuple[Edit, ...], at: datetime, names: IdGenerator
    ) -> tuple[EditSteps, Draft]:
        """Do the edits on a draft.

        Raises:
            InvalidInputError: Lists everything wrong with them.

        """
        created = {each.key for each in edits if isinstance(each, CreateCi) and each.key}
        taken = await self._store.cis_by_key(created)
        references, faults, errors = await self._references(edits, created - taken.keys())
        draft = Draft()
        await self._learn(draft, edits, references)
        steps = EditSteps(
            self._vocabulary, draft, ByHand(draft, instant_text(at)), references, names
        )
        for each in edits:
            if isinstance(each, CreateCi) and each.key not in taken:
                steps.announce(each)
        for index, edit in enumerate(edits):
            steps.take(index, edit)
        faults += steps.faults
        if len(faults) == 1 and errors:
            raise errors[0]
        if faults:
            raise InvalidInputError(faults)
        return steps, draft

    async def _references(
        self, edits: tuple[Edit, ...], created: set[str]
    ) -> tuple[dict[EditRef, CIId], list[Fault], list[CINotFoundError | AmbiguousReferenceError]]:
        found: dict[EditRef, CIId] = {}
        faults: list[Fault] = []
        errors: list[CINotFoundError | AmbiguousReferenceError] = []
        for index, path, each in touched_cis(edits):
            if each in found or each.key in created:
                continue
            try:
                reference = CIRef(id=each.id, key=each.key, name=each.name)
                found[each] = (await resolve(self._store, reference)).id
            except (CINotFoundError, AmbiguousReferenceError) as error:
                errors.append(error)
                place = Place("input", f"edits[{index}].{path}")
                faults.append(Fault(code=error.code, message=str(error), place=place))
        return found, faults, errors

    async def _learn(
        self, draft: Draft, edits: tuple[Edit, ...], references: Mapping[EditRef, CIId]
    ) -> None:
        """Teach a draft every record that edits touch or look at."""
        await learn_cis(self._store, draft, references.values())
        around: set[str] = set()
        related: set[str] = set()
        for each in edits:
            if isinstance(each, RetireCi):
                around.update({references[each.ci]} if each.ci in references else ())
            elif isinstance(each, SetRedundancyGroup | RemoveRedundancyGroup):
                around.update({references[each.dependant]} if each.dependant in references else ())
            elif isinstance(each, SetRelationship | RetireRelationship):
                source, target = references.get(each.source), references.get(each.target)
                if source and target:
                    related.add(relationship_id(source, each.type, target))
        await learn_relationships(self._store, draft, related)
        await learn_relationships_of(self._store, draft, around)

    async def _answer_deferred(
        self, draft: Draft, steps: EditSteps, labels: Labels, at: str
    ) -> None:
        """Look again at references that nothing answered, now that CIs begin or end."""
        deferred = await all_records(self._store, UNRESOLVED)
        statements = {key: deferred_statement(each) for key, each in deferred.items()}
        resolver = Resolver(self._vocabulary, MANUAL, {}, steps.granted, _as_it_will_be(draft))
        wanted = Wanted()
        for each in statements.values():
            resolver.want(wanted, each.data_source, each.source)
            resolver.want(wanted, each.data_source, each.target)
            wanted.native_keys.setdefault(each.data_source, set()).add(each.native_key)
        await resolver.look_up(self._store, wanted)
        draft.learn(cis=resolver.found.values())
        found = []
        anchor = next(iter((*steps.begun, *steps.ended)))
        for key, each in statements.items():
            source = resolver.resolve(each.data_source, each.source)
            target = resolver.resolve(each.data_source, each.target)
            if source and target and source != target:
                found.append((key, each, (source, target)))
            elif source is None or target is None:
                record = dangling_record(each, source, target, labels, str(each.place))
                if not says_the_same(record, deferred[key]):
                    draft.write_along(anchor, record)
        drawn = {str(relationship_id(s, each.type, t)) for _, each, (s, t) in found}
        bound = {str(each.subject) for each in resolver.bound.values()}
        await learn_relationships(self._store, draft, drawn | bound)
        for key, each, ends in found[:DELTA_RECORDS_MAX]:
            former = resolver.bound.get((each.data_source, each.native_key))
            subject = relate(draft, each, ends, former, at)
            draft.remove_along(subject, UNRESOLVED, key)

    async def _write(self, delta: GraphDelta, result: EditResult) -> EditResult:
        try:
            applied = await self._store.apply(delta)
        except InvalidInputError as error:
            if not {each.code for each in error.faults} <= _BEATEN:
                raise
            head = await self._store.head()
            moved = [each.place.path for each in error.faults]
            raise StaleRevisionError(delta.based_on, head.revision, moved) from error
        return replace(
            result,
            revision=applied.head.revision,
            changed=applied.revision is not None,
            keys={**result.keys, **{str(ci_id): key for ci_id, key in applied.keys.items()}},
        )


def _as_it_will_be(draft: Draft) -> Callable[[str], CI | None]:
    """Return how to look up what becomes of a CI in a draft."""
    changed = {each.after.id: each.after for each in draft.pending() if isinstance(each.after, CI)}
    return lambda ci_id: changed.get(CIId(ci_id)) or draft.cis.get(ci_id)


def _plain(value: object) -> object:
    """Return a value as JSON has it: sets in order, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _result(changes: Sequence[Change], steps: EditSteps, head: Head) -> EditResult:
    actions = [each.action for each in changes if not each.is_bystander]
    return EditResult(
        revision=head.revision,
        changed=bool(changes),
        created=actions.count(Action.CREATE) + actions.count(Action.REACTIVATE),
        updated=actions.count(Action.UPDATE),
        retired=actions.count(Action.RETIRE),
        subjects=tuple(steps.subjects),
        keys={ci_id: key for key, ci_id in steps.granted.items() if ci_id in steps.begun},
        warnings=tuple(steps.warnings),
    )


def _too_much(count: int) -> Fault:
    return Fault(
        code="DELTA_TOO_LARGE",
        message=f"these edits touch {count:,} records; one revision takes {DELTA_RECORDS_MAX:,}",
        place=Place("input", "edits"),
        remedy="do them in several steps, relationships before the CIs that end",
    )
