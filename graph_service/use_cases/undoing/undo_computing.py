"""Revisions → what becomes of the estate when they are undone, and what stands in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import ci_from_data, relationship_from_data
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import RecordType, Revision
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.deferred import UNRESOLVED, deferred_id
from graph_service.reconcile.draft import Change, Draft
from graph_service.reconcile.ground import (
    learn_cis,
    learn_keys,
    learn_relationships,
    learn_relationships_of,
)
from graph_service.reconcile.import_plan import Action
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.letting_go import let_go
from graph_service.reconcile.resolution import in_batches
from graph_service.reconcile.undoing import (
    ATTRIBUTES,
    PRESENCE,
    ClaimChange,
    ClaimKey,
    Done,
    TakenBack,
    differing,
    image_of,
    same,
    taken_back,
    values_of,
)
from graph_service.store import GraphStore
from graph_service.use_cases.editing.edit_computing import Deferred, answer_deferred
from graph_service.use_cases.undoing.undo_plan import UndoChange, UndoConflict

_RULES = frozenset({RecordType.VOCABULARY, RecordType.POLICY})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a record as it is: why, and the revision that wrote it."""

    because: str
    revision: int


@dataclass(frozen=True, slots=True)
class Settling:
    """At which instant references are looked at again, and which of them go."""

    at: str
    forgotten: frozenset[ClaimKey]


@dataclass(slots=True)
class Undone:
    """What becomes of the estate: changes to write, and what does not go back.

    ``said_anew`` are, by record, the names of claims' values that were stated anew since, and by
    whom; ``kept`` why whole records stay.
    """

    done: Done
    base: Draft
    draft: Draft
    changes: list[Change] = field(default_factory=list)
    said_anew: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: dict[str, Obstacle] = field(default_factory=dict)


async def undone(
    store: GraphStore,
    vocabulary: Vocabulary,
    revisions: Sequence[Revision],
    at: datetime,
    forgotten: frozenset[ClaimKey] = frozenset(),
) -> Undone:
    """Compute it; write nothing.

    ``forgotten`` are references that nothing answered (data source, native key) which go as well.

    Raises:
        InvalidInputError: A revision did what cannot be undone.

    """
    done = Done()
    for each in revisions:
        entries = await store.entries(each.number)
        if rules := [one for one in entries if one.record_type in _RULES]:
            raise InvalidInputError([_of_rules(each, rules[0].record_id)])
        done.take(entries, each.run or "")
    undoing = _Undoing(store, vocabulary, done)
    await undoing.learn()
    return await undoing.computed(instant_text(at), forgotten)


def _of_rules(revision: Revision, what: str) -> Fault:
    return Fault(
        code="CANNOT_UNDO",
        message=f"revision {revision.number} put a {what} in force, which is not undone here",
        place=Place("input", "revision"),
        remedy=f"apply the {what} that was in force before it",
    )


class _Undoing:
    """Takes revisions back on a draft, again and again until nothing stands in the way."""

    def __init__(self, store: GraphStore, vocabulary: Vocabulary, done: Done) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._done = done
        self._base = Draft(vocabulary)
        self._now: dict[ClaimKey, Claim] = {}
        self._looked_around: set[str] = set()

    async def learn(self) -> None:
        """Read everything that was touched, as it is now."""
        by_source: dict[str, set[str]] = {}
        for data_source, native_key in self._done.claims:
            by_source.setdefault(data_source, set()).add(native_key)
        for data_source, keys in by_source.items():
            for some in in_batches(keys):
                found = await self._store.claims(data_source, some)
                self._now.update(((data_source, key), each) for key, each in found.items())
        subjects = self._done.subjects | {str(each.subject) for each in self._now.values()}
        related = {each for each in subjects if each.startswith("rel_")}
        await learn_cis(self._store, self._base, subjects - related)
        await learn_relationships(self._store, self._base, related)
        ends = {
            str(end)
            for each in self._base.relationships.values()
            for end in (each.source, each.target)
        }
        await learn_keys(self._store, self._base, ends - self._base.cis.keys())

    async def computed(self, at: str, forgotten: frozenset[ClaimKey]) -> Undone:
        """Return what becomes of the estate."""
        kept: dict[str, Obstacle] = {}
        while True:
            found = Undone(self._done, self._base, self._base.copy(), kept=kept)
            ended = self._cis_back(found)
            if around := ended - self._looked_around:
                await learn_relationships_of(self._store, self._base, around)
                self._looked_around |= around
                continue
            restored = self._relationships_back(found, ended)
            obstacles = {**self._held_cis(found, ended), **self._held_relationships(found)}
            if not obstacles:
                break
            kept = {**kept, **obstacles}
        await self._settle(found, ended, restored, Settling(at, forgotten))
        return found

    def _cis_back(self, found: Undone) -> set[str]:
        """Take claims about CIs back; return the CIs that end with that."""
        for key, change in self._done.claims.items():
            if not change.after.is_of_relationship:
                self._claim_back(found, key, change)
        for each in self._done.after:
            if each in self._base.cis and self._base.claims.get(each) and each not in found.kept:
                found.draft.revisit(each)
        return {
            str(each.after.id) for each in found.draft.pending() if each.action is Action.RETIRE
        }

    def _relationships_back(self, found: Undone, ended: set[str]) -> set[ClaimKey]:
        """Take claims about relationships back; return those that speak again."""
        restored: set[ClaimKey] = set()
        for key, change in self._done.claims.items():
            if not change.after.is_of_relationship:
                continue
            record = self._base.relationships.get(change.after.subject)
            ends = {str(record.source), str(record.target)} if record else set()
            if change.is_answer_to_deferred and ends & ended:
                continue  # it was said before, and is again a reference that nothing answers
            back = self._claim_back(found, key, change)
            if back and back.claim and back.claim.live and not self._now[key].live:
                restored.add(key)
        for each in self._done.after:
            is_known = each in self._base.relationships and self._base.claims.get(each)
            if is_known and each not in found.kept:
                found.draft.revisit(each)
        return restored

    def _claim_back(self, found: Undone, key: ClaimKey, change: ClaimChange) -> TakenBack | None:
        now = self._now[key]
        subjects = {str(now.subject), str(change.after.subject)}
        if not subjects.isdisjoint(found.kept):
            return None
        back = taken_back(change, now)
        for name in back.said_anew:
            found.said_anew.setdefault(str(now.subject), {})[name] = now.data_source
        if back.claim is None:
            return back
        if back.claim.subject != now.subject:
            found.draft.move_binding(back.claim, now.subject)
        else:
            found.draft.state(back.claim)
        return back

    def _held_cis(self, found: Undone, ended: set[str]) -> dict[str, Obstacle]:
        """Return CIs that cannot end, because they stand in relationships that do not end."""
        held: dict[str, Obstacle] = {}
        labels = Labels(found.draft, {}, {})
        for each in found.draft.relationships.values():
            stays = [
                claim
                for claim in found.draft.keepers(each.id)
                if not self._is_to_be_deferred(claim)
            ]
            is_alive = each.presence is not Presence.RETIRED
            if is_alive and stays and not self._was_retired(each):
                because = f"{_drawn(each, labels)} was drawn since"
                for end in (str(each.source), str(each.target)):
                    if end in ended:
                        held[end] = Obstacle(because, each.revision)
        return held

    def _was_retired(self, relationship: Relationship) -> bool:
        """Whether what is undone brought a relationship back, and nobody changed it since.

        With the CI that ends now it goes again, whatever is said of it.
        """
        subject = str(relationship.id)
        before = self._done.before.get(subject)
        return (
            before is not None
            and before[PRESENCE] == Presence.RETIRED.value
            and same(image_of(self._base.relationships[subject]), self._done.after[subject])
        )

    def _is_to_be_deferred(self, claim: Claim) -> bool:
        change = self._done.claims.get((claim.data_source, claim.native_key))
        return change is not None and change.is_answer_to_deferred

    def _held_relationships(self, found: Undone) -> dict[str, Obstacle]:
        """Return relationships that cannot come back, because an end is retired since."""
        pending = {str(each.after.id): each.after for each in found.draft.pending()}
        held: dict[str, Obstacle] = {}
        for record in pending.values():
            if not isinstance(record, Relationship) or record.presence is Presence.RETIRED:
                continue
            for end in (str(record.source), str(record.target)):
                ci = pending.get(end) or found.draft.cis[end]
                if isinstance(ci, CI) and ci.presence is Presence.RETIRED:
                    held[str(record.id)] = Obstacle(f"{ci.key} is retired", ci.revision)
        return held

    async def _settle(
        self, found: Undone, ended: set[str], restored: set[ClaimKey], how: Settling
    ) -> None:
        """Look after references that nothing answers, and take the changes."""
        draft = found.draft
        labels = Labels(draft, {}, {})
        going = {
            str(each.id)
            for each in draft.relationships.values()
            if {str(each.source), str(each.target)} & ended
            and self._was_retired(each)
            and not any(map(self._is_to_be_deferred, draft.keepers(each.id)))
        }
        let_go(draft, ended, labels, going)
        for data_source, native_key in sorted(restored):
            record = await self._store.record(UNRESOLVED, deferred_id(data_source, native_key))
            if record is not None:
                subject = str(self._now[data_source, native_key].subject)
                draft.remove_along(subject, UNRESOLVED, record.id)
        begun = {
            str(each.after.id)
            for each in draft.pending()
            if each.action is Action.REACTIVATE and isinstance(each.after, CI)
        }
        if anchor := next(iter(sorted(begun | ended)), ""):
            deferred = Deferred(how.at, anchor, {}, how.forgotten | restored)
            await answer_deferred(self._store, self._vocabulary, draft, labels, deferred)
        changes = {str(each.after.id): self._as_it_was(each) for each in draft.take()}
        for subject in sorted(going):
            changes[subject] = self._gone_again(subject, changes.get(subject))
            draft.relationships[subject] = changes[subject].after  # type: ignore[assignment] # one of these
        found.changes = [*changes.values()]

    def _gone_again(self, subject: str, change: Change | None) -> Change:
        """Return the end of a relationship that goes with its CI, as it was before."""
        image = self._done.before[subject]
        now = self._base.relationships[subject]
        assert image is not None, f"{subject} was not there before"  # noqa: S101 - see _was_retired
        after = relationship_from_data(image, now.revision)
        if change is not None:
            return replace(change, action=Action.RETIRE, after=after)
        return Change(action=Action.RETIRE, before=now, after=after, claims=())

    def _as_it_was(self, change: Change) -> Change:
        """Let a record that retires again have the values it was retired with before."""
        after = change.after
        before = self._done.before.get(str(after.id))
        is_retired_again = (
            before is not None
            and before[PRESENCE] == after.presence.value == Presence.RETIRED.value
            and change.before is not None
            and same(image_of(change.before), self._done.after[str(after.id)])
        )
        if before is None or not is_retired_again:
            return change
        read = ci_from_data if isinstance(after, CI) else relationship_from_data
        return replace(change, after=read(before, after.revision))


def shown_changes(found: Undone) -> list[UndoChange]:
    """Return changes as people see them."""
    labels = Labels(found.draft, {}, {})
    shown = []
    for each in found.changes:
        before = image_of(each.before) if each.before else None
        differences = tuple(
            (plain_name(name), old, new)
            for name, old, new in differing(before, image_of(each.after))
        )
        if differences and not each.is_bystander:
            shown.append(
                UndoChange(
                    action=each.action,
                    record_type=_type_of(each.after),
                    record_id=each.after.id,
                    label=_label(each.after, labels),
                    name=_name(each.after, labels),
                    differences=differences,
                )
            )
    return shown


def conflicts_of(found: Undone) -> Iterator[UndoConflict]:
    """Yield what does not go back, without who wrote it; names are those of ``values_of``."""
    labels = Labels(found.draft, {}, {})
    for record_id, before in found.done.before.items():
        now = found.base.cis.get(record_id) or found.base.relationships[record_id]
        then = found.draft.cis.get(record_id) or found.draft.relationships[record_id]
        wanted, kept = values_of(before), values_of(image_of(then))
        if wanted[PRESENCE] == kept[PRESENCE] == Presence.RETIRED.value:
            continue  # with which values something is retired, nobody sees
        anew = found.said_anew.get(record_id, {})
        names = {name for name, _, _ in differing(before, found.done.after[record_id])}
        for name in sorted({*names, *anew}):
            values = (wanted.get(name), kept.get(name))
            if name in names and same(*values):
                continue
            because = f"{anew[name]} says it anew" if name in anew else ""
            yield _conflict(found, now, labels, name, values, because)


def plain_name(name: str) -> str:
    """Return a name of ``values_of`` as people know it."""
    return name.removeprefix(ATTRIBUTES)


def _conflict(
    found: Undone,
    record: CI | Relationship,
    labels: Labels,
    name: str,
    values: tuple[object, object],
    because: str,
) -> UndoConflict:
    obstacle = found.kept.get(str(record.id))
    return UndoConflict(
        record_type=_type_of(record),
        record_id=record.id,
        label=_label(record, labels),
        name=name,
        before=values[0],
        kept=values[1],
        because=obstacle.because if obstacle else because,
        revision=obstacle.revision if obstacle else None,
    )


def _type_of(record: CI | Relationship) -> RecordType:
    return RecordType.CI if isinstance(record, CI) else RecordType.RELATIONSHIP


def _label(record: CI | Relationship, labels: Labels) -> str:
    return labels[record.id] if isinstance(record, CI) else _drawn(record, labels)


def _name(record: CI | Relationship, labels: Labels) -> str:
    return record.name if isinstance(record, CI) else _drawn(record, labels)


def _drawn(record: Relationship, labels: Labels) -> str:
    return f"{labels[record.source]} -{record.type}-> {labels[record.target]}"
