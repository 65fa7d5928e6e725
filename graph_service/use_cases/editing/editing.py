"""What people state by hand → one revision, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from graph_service.model.codec import digest
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta, Record
from graph_service.model.edit import Edit
from graph_service.model.errors import (
    Fault,
    GraphServiceError,
    InvalidInputError,
    RevisionUnknownError,
    StaleRevisionError,
)
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.place import Place
from graph_service.model.revision import Actor, Head
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.batches import Cover, delta_of
from graph_service.reconcile.draft import Change
from graph_service.reconcile.edit_steps import EditSteps
from graph_service.reconcile.import_plan import Action
from graph_service.reconcile.terms import Author
from graph_service.reconcile.texts import reason_misfit
from graph_service.store import EstateReader, GraphStore
from graph_service.use_cases.editing.edit_computing import changes_of, digest_of, drafted
from graph_service.use_cases.editing.edit_preview import EditPreview, preview
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.idempotency import AskedUnder, Request
from graph_service.use_cases.editing.moved import moved_since
from graph_service.use_cases.editing.own_edits import faults_of_others_cis
from graph_service.use_cases.editing.policy_enforcement import refused
from graph_service.use_cases.finding.owned_cis import Owning

ATTEMPTS_MAX = 3

_BEATEN = frozenset({"KEY_TAKEN", "DANGLING"})
"""Refusals by the store that mean that somebody else was faster."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """What ``Editing.edit`` was asked for. ``request`` is ``None`` without an idempotency key."""

    edits: tuple[Edit, ...]
    author: Author
    expected_revision: int | None
    request: Request | None
    records: tuple[Record, ...]


class Editing:
    """Writes what people state by hand."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
        owning: Owning | None = None,
    ) -> None:
        self._store = store
        self._owning = owning
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
        idempotency_key: str | AskedUnder | None = None,
        records: Sequence[Record] = (),
    ) -> EditResult:
        """Do all edits as one revision, or none of them.

        Later edits see what earlier ones did, and any edit may name by its key a CI that the list
        creates. Without ``expected_revision``, edits are computed anew when somebody else was
        faster. ``records`` are written in the same delta.

        Raises:
            InvalidInputError: Lists everything wrong with all edits.
            CINotFoundError: The one thing wrong is a reference that nothing answers.
            AmbiguousReferenceError: The one thing wrong is a name that several CIs have.
            StaleRevisionError: A record they touch changed after ``expected_revision``.
            RevisionUnknownError: ``expected_revision`` is none there is.
            IdempotencyKeyReusedError: The key came with other edits within the last 24 hours.

        """
        under = idempotency_key or None
        if isinstance(under, str):
            under = AskedUnder(under, (digest_of(edits, reason, expected_revision),))
        _check_texts(reason=reason, idempotencyKey=under.key if under else "")
        request = self._request(actor, under) if under else None
        author = Author(actor, reason)
        asking = _Asking(tuple(edits), author, expected_revision, request, tuple(records))
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await self._once(asking)
            except GraphServiceError as error:
                if request and (answer := (await request.look()).answer):
                    return answer  # its twin was faster, and the error tells only that
                is_beaten = isinstance(error, StaleRevisionError) and expected_revision is None
                if not is_beaten or attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def answered(self, actor: Actor, under: AskedUnder) -> EditResult | None:
        """Return what came of the same request under the same key, if it was made before.

        Raises:
            IdempotencyKeyReusedError: The key came with another request within the last 24 hours.

        """
        return (await self._request(actor, under).look()).answer

    def _request(self, actor: Actor, under: AskedUnder) -> Request:
        return Request(
            store=self._store,
            clock=self._clock,
            actor=actor,
            key=under.key,
            asked=digest([*under.asked]),
        )

    async def preview(
        self, edits: Sequence[Edit], *, actor: Actor, estate: EstateReader | None = None
    ) -> EditPreview:
        """Return what edits would do, to the estate as it is now unless given; write nothing."""
        return await preview(
            estate or self._store,
            self._vocabulary,
            edits,
            Author(actor),
            at=self._clock(),
            names=self._new_id,
            not_owned=partial(self.not_owned, actor),
        )

    async def not_owned(self, actor: Actor, changes: Sequence[Change]) -> dict[str, Fault]:
        """Return what an actor may not change, because somebody else owns it, by id."""
        return await faults_of_others_cis(
            self._store, self._vocabulary, self._owning, actor, changes
        )

    async def _once(self, asking: "_Asking") -> EditResult:
        # The head comes first: a twin that writes after it touches what this attempt will touch.
        head = await self._store.head()
        request, expected = asking.request, asking.expected_revision
        look = await request.look() if request else None
        if look and look.answer:
            return look.answer
        if expected is not None and expected > head.revision:
            raise RevisionUnknownError(
                f"there is no revision {expected}; the newest is {head.revision}"
            )
        at = self._clock()
        names = request.ids(look, self._new_id) if request and look else self._new_id
        numbered = [*enumerate(asking.edits)]
        done = await drafted(
            self._store, self._vocabulary, numbered, at=at, names=names, author=asking.author
        )
        if len(done.faults) == 1 and done.errors:
            raise done.errors[0]
        if faults := refused(self._vocabulary, done, numbered):
            raise InvalidInputError([fault for _, fault in faults])
        changes = await changes_of(self._store, self._vocabulary, done, at=at)
        steps = done.steps
        if others := await self.not_owned(asking.author.actor, changes):
            raise InvalidInputError([*dict.fromkeys(others.values())])
        if len(changes) > DELTA_RECORDS_MAX:
            raise InvalidInputError([too_much(len(changes))])
        base = head.revision if expected is None else expected
        cover = Cover(
            based_on=base,
            actor=asking.author.actor,
            reason=asking.author.reason,
            run=None,
            milliseconds=int(at.timestamp() * 1000),
            salt=self._new_id("edt"),
        )
        result = _result(changes, steps, head)
        if not changes:
            # There is nothing left to do if a twin did it all since this attempt looked.
            return ((await request.look()).answer if request else None) or result
        delta = delta_of(changes, cover)
        delta = replace(delta, records=(*delta.records, *asking.records))
        if request and look:
            note = request.record(
                result,
                based_on=base,
                anchor=next(each.after.id for each in changes if not each.is_bystander),
                created=[each.id for each in delta.cis if each.id in steps.begun],
            )
            delta = replace(
                delta,
                records=(*delta.records, note),
                removed_records=(*delta.removed_records, *await request.forgotten()),
                expected=(request.expectation(look),),
            )
        return await self._write(delta, result)

    async def _write(self, delta: GraphDelta, result: EditResult) -> EditResult:
        try:
            applied = await self._store.apply(delta)
        except InvalidInputError as error:
            if not {each.code for each in error.faults} <= _BEATEN:
                raise
            head = await self._store.head()
            moved = [each.place.path for each in error.faults]
            raise StaleRevisionError(delta.based_on, head.revision, moved) from error
        except StaleRevisionError as error:
            touched = [*(each.id for each in delta.cis), *(each.id for each in delta.relationships)]
            changes = await moved_since(self._store, touched, error.based_on)
            raise StaleRevisionError(error.based_on, error.current, error.moved, changes) from error
        return replace(
            result,
            revision=applied.head.revision,
            changed=applied.revision is not None,
            keys={**result.keys, **{str(ci_id): key for ci_id, key in applied.keys.items()}},
        )


def _check_texts(**texts: str) -> None:
    """Refuse reasons and keys that hide something, or that no list could show.

    Raises:
        InvalidInputError: Lists what is wrong with them.

    """
    faults = [
        Fault(
            code="INVALID_TEXT",
            message=f"{name} {misfit.message}",
            place=Place("input", name),
            remedy=misfit.remedy,
        )
        for name, text in texts.items()
        if (misfit := reason_misfit(text))
    ]
    if faults:
        raise InvalidInputError(faults)


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


def too_much(count: int) -> Fault:
    """Return the fault of edits that one revision cannot hold."""
    return Fault(
        code="DELTA_TOO_LARGE",
        message=f"these edits touch {count:,} records; one revision takes {DELTA_RECORDS_MAX:,}",
        place=Place("input", "edits"),
        remedy="do them in several steps, relationships before the CIs that end",
    )
