"""The estate as it would be: claims change, and every record they speak of follows from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graph_service.model.ci import CI, MERGED_INTO, Presence
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.delta import Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin, Relationship
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.effective import (
    INTO,
    SourceOrder,
    class_said,
    is_retirement,
    keeps_alive,
    merged,
    name_said,
    ranked,
    said_of_itself,
)
from graph_service.reconcile.import_plan import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one record: its image before and after, and the claims that changed.

    ``records`` and ``removed_records`` are to be written in the same delta. ``changed`` names the
    fields and attributes that differ.
    """

    action: Action
    before: CI | Relationship | None
    after: CI | Relationship
    claims: tuple[Claim, ...]
    changed: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    removed_records: tuple[tuple[str, str], ...] = ()
    joined: str = ""

    @property
    def is_bystander(self) -> bool:
        """Whether the record stays as it is and is written only because a binding leaves it."""
        return bool(self.joined) and self.after == self.before and not self.claims

    @property
    def is_of_relationship(self) -> bool:
        """Whether a relationship changes, rather than a CI."""
        return isinstance(self.after, Relationship)


class Draft:
    """Store facts, and changes to claims on top of them.

    The vocabulary's policies say whose word counts where claims disagree.

    ``cis``, ``relationships`` and ``claims`` (by subject) are the records as they would be after
    what was taken; a record nobody has taught the draft is one that does not exist.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.cis: dict[str, CI] = {}
        self.relationships: dict[str, Relationship] = {}
        self.claims: dict[str, Sequence[Claim]] = {}
        self._wanted_keys: dict[str, str] = {}
        self._ends: dict[str, tuple[CIId, str, CIId]] = {}
        self._changed: dict[str, dict[tuple[str, str], Claim]] = {}
        self._joined: dict[str, str] = {}
        self._records: dict[str, list[Record]] = {}
        self._removed: dict[str, list[tuple[str, str]]] = {}

    def copy(self) -> "Draft":
        """Return a draft that goes its own way from here."""
        twin = Draft(self._vocabulary)
        twin.cis = dict(self.cis)
        twin.relationships = dict(self.relationships)
        twin.claims = dict(self.claims)
        return twin

    def learn(
        self,
        cis: Iterable[CI] = (),
        relationships: Iterable[Relationship] = (),
        claims: Mapping[str, Sequence[Claim]] | None = None,
    ) -> None:
        """Take in what the store holds; what the draft knows already stays as it is."""
        for ci in cis:
            self.cis.setdefault(ci.id, ci)
        for relationship in relationships:
            self.relationships.setdefault(relationship.id, relationship)
        for subject, each in (claims or {}).items():
            self.claims.setdefault(subject, each)

    def state(self, claim: Claim) -> None:
        """Put a claim in the place of what its data source said under its native key."""
        subject = claim.subject
        known = self.claims.get(subject, ())
        key = (claim.data_source, claim.native_key)
        others = [each for each in known if (each.data_source, each.native_key) != key]
        self.claims[subject] = [*others, claim]
        self._changed.setdefault(subject, {})[key] = claim

    def withdraw(self, claim: Claim) -> None:
        """Let a claim say nothing any more; it still binds."""
        self.state(replace(claim, live=False))

    def create_ci(self, ci_id: CIId, key: str) -> None:
        """Announce a CI that the claims to come speak of; the empty key asks for one."""
        self._wanted_keys[ci_id] = key

    def create_relationship(
        self, relationship_id: RelationshipId, source: CIId, relationship_type: str, target: CIId
    ) -> None:
        """Announce a relationship that the claims to come speak of, unless it exists."""
        if relationship_id not in self.relationships:
            self._ends[relationship_id] = (source, relationship_type, target)

    def move_binding(self, claim: Claim, subject: str) -> None:
        """State a claim whose native key was bound to another record, which loses it."""
        former = self.claims.get(subject, ())
        key = (claim.data_source, claim.native_key)
        self.claims[subject] = [
            each for each in former if (each.data_source, each.native_key) != key
        ]
        self._changed.setdefault(subject, {})
        self.state(claim)
        self._joined[subject] = claim.subject

    def write_along(self, subject: str, record: Record) -> None:
        """Write a record in the delta of what becomes of a subject."""
        self._records.setdefault(subject, []).append(record)
        self._changed.setdefault(subject, {})

    def remove_along(self, subject: str, kind: str, record_id: str) -> None:
        """Remove a record in the delta of what becomes of a subject."""
        self._removed.setdefault(subject, []).append((kind, record_id))
        self._changed.setdefault(subject, {})

    def revisit(self, subject: str) -> None:
        """Look at a record again, although nothing new is said about it."""
        self._changed.setdefault(subject, {})

    def keepers(self, subject: str) -> list[Claim]:
        """Return the claims by which a record exists."""
        return [each for each in self.claims.get(subject, ()) if keeps_alive(each)]

    def pending(self) -> list[Change]:
        """Return what becomes of every record whose claims changed."""
        changes = (self._change(subject) for subject in self._changed)
        return [change for change in changes if change is not None]

    def take(self) -> list[Change]:
        """Return what becomes of every record whose claims changed, and go on from there."""
        changes = self.pending()
        for change in changes:
            self._remember(change.after)
        self._changed = {}
        self._joined = {}
        self._records = {}
        self._removed = {}
        return changes

    def _remember(self, after: CI | Relationship) -> None:
        if isinstance(after, CI):
            self.cis[after.id] = after
        else:
            self.relationships[after.id] = after

    def _change(self, subject: str) -> Change | None:
        before: CI | Relationship | None
        after: CI | Relationship
        if subject in self.cis or subject in self._wanted_keys:
            before = self.cis.get(subject)
            after = self._ci_after(subject)
        else:
            before = self.relationships.get(subject)
            after = self._relationship_after(subject)
        claims = tuple(self._changed[subject].values())
        records = tuple(self._records.get(subject, ()))
        removed = tuple(self._removed.get(subject, ()))
        # Whoever moves a binding writes the record it is taken from, even one that stays as it is:
        # so the store can tell it from two runs that met the native key at once.
        joined = self._joined.get(subject, "")
        if after == before and not (claims or records or removed or joined):
            return None
        return Change(
            action=_action(before, after),
            before=before,
            after=after,
            claims=claims,
            changed=_changed_names(before, after) if before else (),
            records=records,
            removed_records=removed,
            joined=joined,
        )

    def _ci_after(self, ci_id: str) -> CI:
        before = self.cis.get(ci_id)
        claims = self.claims.get(ci_id, ())
        living = ranked(claims)
        if before is not None and _is_over(claims):
            return _retired(before, claims)
        own = said_of_itself(living)
        class_name = class_said(own, self._vocabulary)
        class_name = class_name or (before.class_name if before else "")
        return CI(
            id=CIId(ci_id),
            key=before.key if before else self._wanted_keys[ci_id],
            name=name_said(own, class_name, self._vocabulary) or _fallback_name(own, before),
            class_name=class_name,
            attributes=merged(living, self._order(class_name)),
            presence=self._presence(before),
            revision=before.revision if before else 0,
        )

    def _presence(self, before: CI | None) -> Presence:
        """Return ACTIVE, unless it is stale and no data source has anything new to say of it."""
        if before is None or before.presence is not Presence.STALE:
            return Presence.ACTIVE
        changed = self._changed.get(before.id, {}).values()
        is_seen = any(each.live and each.data_source != MANUAL for each in changed)
        return Presence.ACTIVE if is_seen else Presence.STALE

    def effective(self, subject: str) -> Mapping[str, Any]:
        """Return the attributes that what is claimed of a record comes to now."""
        living = ranked(self.claims.get(subject, ()))
        if not living:
            return {}
        is_ci = subject in self.cis or subject in self._wanted_keys
        return merged(living, self._order(self.class_of(subject)) if is_ci else None)

    def class_of(self, ci_id: str) -> str:
        """Return the class that what is claimed of a CI comes to now."""
        ci = self.cis.get(ci_id)
        said = class_said(said_of_itself(ranked(self.claims.get(ci_id, ()))), self._vocabulary)
        return said or (ci.class_name if ci else "")

    def _order(self, class_name: str) -> SourceOrder | None:
        if not self._vocabulary.policies.precedence:
            return None
        return partial(self._vocabulary.source_order, class_name)

    def _relationship_after(self, relationship_id: str) -> Relationship:
        before = self.relationships.get(relationship_id)
        claims = self.claims.get(relationship_id, ())
        living = ranked(claims)
        if before is not None:
            if _is_over(claims):
                return replace(before, presence=Presence.RETIRED)
            return replace(
                before,
                attributes=merged(living),
                origin=_origin(living),
                presence=Presence.ACTIVE,
            )
        source, relationship_type, target = self._ends[relationship_id]
        return Relationship(
            id=RelationshipId(relationship_id),
            source=source,
            target=target,
            type=relationship_type,
            attributes=merged(living),
            origin=_origin(living),
        )


def _retired(ci: CI, claims: Sequence[Claim]) -> CI:
    """Return a CI that is no more, as last known; one that was merged says into which."""
    attributes = {name: value for name, value in ci.attributes.items() if name != MERGED_INTO}
    into = next((each.content[INTO] for each in claims if each.live and INTO in each.content), "")
    attributes |= {MERGED_INTO: into} if into else {}
    return replace(ci, presence=Presence.RETIRED, attributes=attributes)


def _is_over(claims: Sequence[Claim]) -> bool:
    """Whether nobody keeps a record alive, or a person says that it is no more."""
    denied = any(each.live and is_retirement(each) for each in claims)
    return denied or not any(keeps_alive(each) for each in claims)


def _origin(living: Sequence[Claim]) -> Origin:
    """Return how the best of those came about who state that a relationship exists."""
    return next(each.origin for each in living if keeps_alive(each))


def _fallback_name(living: Sequence[Claim], before: CI | None) -> str:
    """Return the handle of whoever states that it exists, when nobody states a name."""
    wanted = (
        each.content.get("key") or each.native_key for each in living if "class" in each.content
    )
    return next(wanted, before.name if before else "")


def _action(before: CI | Relationship | None, after: CI | Relationship) -> Action:
    if before is None:
        return Action.CREATE
    was_retired = before.presence is Presence.RETIRED
    is_retired = after.presence is Presence.RETIRED
    if was_retired == is_retired:
        return Action.UPDATE
    return Action.RETIRE if is_retired else Action.REACTIVATE


def _changed_names(before: CI | Relationship, after: CI | Relationship) -> tuple[str, ...]:
    names = []
    if isinstance(before, CI) and isinstance(after, CI):
        names = [
            name
            for name, old, new in (
                ("name", before.name, after.name),
                ("class", before.class_name, after.class_name),
            )
            if old != new
        ]
    elif isinstance(before, Relationship) and isinstance(after, Relationship):
        names = ["origin"] if before.origin is not after.origin else []
    if before.presence is not after.presence:
        names.append("presence")
    return (*names, *_changed_attributes(before.attributes, after.attributes))


def _changed_attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    absent = object()
    return sorted(
        name for name in {*before, *after} if before.get(name, absent) != after.get(name, absent)
    )
