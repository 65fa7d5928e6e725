"""Saving, sharing and removing queries."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graph_service.model.condition import (
    DEPTH_MAX,
    TERMS_MAX,
    Condition,
    Saved,
    condition_of_data,
    condition_to_data,
    depth,
    terms,
)
from graph_service.model.delta import Expectation, GraphDelta
from graph_service.model.errors import (
    Fault,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.texts import Misfit, name_or_misfit
from graph_service.store import GraphStore
from graph_service.use_cases.access import Role, Viewer
from graph_service.use_cases.finding.saved_query import (
    SAVED_QUERY,
    SavedQuery,
    record_of,
    saved_queries,
    saved_query,
)
from graph_service.use_cases.finding.settling import settled

CHANGES_KEPT = 20
TRIES = 5

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDraft:
    """What to save under a key; ``None`` keeps what stands there."""

    key: str
    reason: str
    where: Mapping[str, Any] | None = None
    name: str | None = None
    shared: bool | None = None


class SavedQueries:
    """Keeps conditions under a key, each with an owner."""

    def __init__(
        self, store: GraphStore, vocabulary: Vocabulary, *, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock

    async def all(self, viewer: Viewer) -> list[SavedQuery]:
        """Return the saved queries that a viewer may know of, by key."""
        return await saved_queries(self._store, viewer.actor.id)

    async def one(self, key: str, viewer: Viewer) -> SavedQuery | None:
        """Return one, if there is such a one that the viewer may know of."""
        found = await saved_query(self._store, key)
        return found if found and found.is_visible_to(viewer.actor.id) else None

    async def faults(self, query: SavedQuery) -> list[Fault]:
        """Return why a saved query says nothing now: a class or attribute it names may be gone."""
        try:
            await settled(self._store, self._vocabulary, Saved(query.key), viewer=query.owner.id)
        except InvalidInputError as error:
            return [*error.faults]
        return []

    async def save(self, draft: QueryDraft, viewer: Viewer) -> tuple[SavedQuery, bool]:
        """Save a query, a new one or what has become of one; also return whether anything changed.

        Raises:
            InvalidInputError: A key or name that is none, no reason, or a condition with faults.
            NotAllowedError: It belongs to somebody else.
            StaleRevisionError: Others kept saving it meanwhile.

        """
        _check(draft)
        for _ in range(TRIES):
            known = await saved_query(self._store, draft.key)
            made = self._made(draft, known, viewer)
            await self._check_condition(made)
            if known and _says_the_same(known, made):
                return known, False
            if await self._written(known, made, viewer.actor):
                return made, True
        raise StaleRevisionError(0, 0, [draft.key])

    async def remove(self, key: str, reason: str, viewer: Viewer) -> SavedQuery:
        """Take a query out of force; what it said is kept. Queries that name it have a fault then.

        Raises:
            NotFoundError: There is none, as far as the viewer may know.
            NotAllowedError: It belongs to somebody else.
            InvalidInputError: There is no reason.
            StaleRevisionError: Others kept saving it meanwhile.

        """
        if not reason.strip():
            raise InvalidInputError([_no_reason()])
        for _ in range(TRIES):
            known = await self.one(key, viewer)
            if known is None:
                raise NotFoundError("saved query", key)
            _refuse_unless_owned(known, viewer)
            gone = replace(self._saved(known, reason, viewer), removed=True)
            if await self._written(known, gone, viewer.actor):
                return gone
        raise StaleRevisionError(0, 0, [key])

    def _made(self, draft: QueryDraft, known: SavedQuery | None, viewer: Viewer) -> SavedQuery:
        if known is None or known.removed:
            if draft.where is None:
                raise NotFoundError("saved query", draft.key)
            return SavedQuery(
                key=draft.key,
                name=draft.name or draft.key,
                owner=viewer.actor,
                where=condition_to_data(condition_of_data(draft.where, Place("where"))),
                shared=bool(draft.shared),
                reason=draft.reason,
                saved_at=instant_text(self._clock()),
                saved_by=viewer.actor,
                changes=_before(known),
            )
        _refuse_unless_owned(known, viewer)
        made = self._saved(known, draft.reason, viewer)
        if draft.where is not None:
            where = condition_to_data(condition_of_data(draft.where, Place("where")))
            made = replace(made, where=where)
        return replace(
            made,
            name=made.name if draft.name is None else draft.name or draft.key,
            shared=made.shared if draft.shared is None else draft.shared,
        )

    def _saved(self, known: SavedQuery, reason: str, viewer: Viewer) -> SavedQuery:
        return replace(
            known,
            reason=reason,
            saved_at=instant_text(self._clock()),
            saved_by=viewer.actor,
            changes=_before(known),
        )

    async def _check_condition(self, query: SavedQuery) -> None:
        """Refuse what could not be asked, or not by all who are to ask it."""
        where = condition_of_data(query.where, Place("where"))
        refuse_large(where)
        reader = "" if query.shared else query.owner.id
        # Settled as if it were saved already: what it names may name it.
        await settled(self._store, self._vocabulary, where, viewer=reader, inside=(query.key,))

    async def _written(self, known: SavedQuery | None, made: SavedQuery, actor: Actor) -> bool:
        """Write, unless somebody else did so since; say whether it was written."""
        before = None if known is None else record_of(known).data
        delta = GraphDelta(
            based_on=(await self._store.head()).revision,
            actor=actor,
            reason=made.reason,
            records=(record_of(made),),
            expected=(Expectation(SAVED_QUERY, made.key, before),),
        )
        try:
            await self._store.apply(delta)
        except StaleRevisionError:
            return False
        return True


def refuse_large(condition: Condition) -> None:
    """Refuse a condition that is too deep or says too much.

    Raises:
        InvalidInputError: It is, or it does.

    """
    found = (("levels", depth(condition), DEPTH_MAX), ("terms", terms(condition), TERMS_MAX))
    faults = [
        Fault(
            code="CONDITION_TOO_LARGE",
            message=f"has {count} {what}; {most} are allowed",
            place=Place("where"),
            remedy="say part of it as a saved query",
        )
        for what, count, most in found
        if count > most
    ]
    if faults:
        raise InvalidInputError(faults)


def _before(known: SavedQuery | None) -> tuple[Mapping[str, Any], ...]:
    """Return what was saved before, newest first."""
    if known is None:
        return ()
    data = record_of(known).data
    kept = {
        name: data[name]
        for name in ("savedAt", "savedBy", "reason", "name", "where", "shared", "removed")
    }
    return (kept, *known.changes)[:CHANGES_KEPT]


def _says_the_same(known: SavedQuery, made: SavedQuery) -> bool:
    return not known.removed and (known.name, known.where, known.shared) == (
        made.name,
        made.where,
        made.shared,
    )


def _refuse_unless_owned(known: SavedQuery, viewer: Viewer) -> None:
    if known.owner.id != viewer.actor.id and not viewer.has_one_of([Role.ADMIN]):
        raise NotAllowedError(f"the saved query {known.key} belongs to {known.owner.name}")


def _check(draft: QueryDraft) -> None:
    faults = []
    if not _KEY.fullmatch(draft.key):
        faults.append(
            Fault(
                code="BAD_KEY",
                message=f"{draft.key[:60]!r} is not a key",
                place=Place("key"),
                remedy="use up to 100 of a-z, 0-9, '.', '_' and '-'; begin with a letter or digit",
            )
        )
    if draft.name and isinstance(misfit := name_or_misfit(draft.name), Misfit):
        faults.append(
            Fault(
                code="BAD_NAME",
                message=f"the name {misfit.message}",
                place=Place("name"),
                remedy=misfit.remedy,
            )
        )
    if not draft.reason.strip():
        faults.append(_no_reason())
    if faults:
        raise InvalidInputError(faults)


def _no_reason() -> Fault:
    return Fault(
        code="REASON_MISSING",
        message="no reason is given",
        place=Place("reason"),
        remedy="say why in a few words",
    )
