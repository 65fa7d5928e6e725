"""A delta and what stands in the store → the log entries and images to write.

Both stores call ``settle`` inside their transaction, after taking the order lock, so that they
refuse the same deltas and write the same history.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import (
    ci_to_data,
    claim_to_data,
    digest,
    relationship_to_data,
)
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.errors import Fault, InvalidInputError, StaleRevisionError
from graph_service.model.ids import CIId
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, Operation, RecordType, Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a store must read before it settles a delta.

    ``cis``: those in the delta, those its claims speak of and the ends of its relationships.
    ``relationships``: those in the delta, those its claims speak of, and all living ones of CIs
    the delta retires. ``keys``: for every key in the delta that some CI has, that CI's id.
    ``claims`` by (data source, native key).
    """

    cis: Mapping[str, CI] = field(default_factory=dict)
    relationships: Mapping[str, Relationship] = field(default_factory=dict)
    claims: Mapping[tuple[str, str], Claim] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a store must write. ``revision`` is ``None`` when the graph stays as it is.

    ``ordinals`` are those of the CIs that are new. Records ride along in the delta itself.
    """

    head: Head
    revision: Revision | None
    entries: Sequence[LogEntry] = ()
    cis: Sequence[CI] = ()
    relationships: Sequence[Relationship] = ()
    claims: Sequence[Claim] = ()
    ordinals: Mapping[CIId, int] = field(default_factory=dict)
    keys: Mapping[CIId, str] = field(default_factory=dict)


def settle(delta: GraphDelta, touched: Touched, head: Head, at: str) -> Settled:
    """Decide what a delta does to the store, or refuse it.

    ``at`` is the store's clock; an instant before the head's is replaced by the head's, because
    instants of revisions never go back.

    Raises:
        StaleRevisionError: See ``GraphStore.apply``.
        InvalidInputError: See ``GraphStore.apply``.

    """
    if faults := [*_faults(delta, touched)]:
        raise InvalidInputError(faults)
    if moved := sorted({*_moved(delta, touched)}):
        raise StaleRevisionError(delta.based_on, head.revision, moved)
    number = head.revision + 1
    cis, ordinals, keys = _numbered(delta.cis, touched, head.next_ordinal)
    drafts = [
        draft
        for draft in _drafts(cis, _with_retired_along(delta, touched), delta.claims, touched)
        if draft.before or draft.claims or draft.operation is not Operation.UPDATED
    ]
    if not drafts:
        return Settled(head=head, revision=None)
    entries = [draft.entry(number, sequence) for sequence, draft in enumerate(drafts)]
    revision = _sealed(delta, head, number, max(at, head.at), entries)
    return Settled(
        head=Head(number, revision.at, revision.hash, head.next_ordinal + len(ordinals)),
        revision=revision,
        entries=entries,
        cis=[
            replace(each.record, revision=number) for each in drafts if isinstance(each.record, CI)
        ],
        relationships=[
            replace(each.record, revision=number)
            for each in drafts
            if isinstance(each.record, Relationship)
        ],
        claims=[each for each in delta.claims if _differs(each, touched)],
        ordinals=ordinals,
        keys=keys,
    )


def payload_hash(
    before: Mapping[str, Any], after: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]
) -> str:
    """Return the hash under which an entry's payload is sealed; it outlives the payload."""
    return digest([before, after, list(claims)])


def revision_hash(revision: Revision, entries: Sequence[LogEntry]) -> str:
    """Return the hash that seals a revision: its header, its entries' payload hashes, the chain."""
    return digest(
        {
            "number": revision.number,
            "at": revision.at,
            "actor": [revision.actor.id, revision.actor.name, revision.actor.type.value],
            "reason": revision.reason,
            "run": revision.run,
            "change": revision.change,
            "previous": revision.previous_hash,
            "entries": [
                [each.record_type.value, each.record_id, each.operation.value, each.payload_hash]
                for each in entries
            ],
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An entry before it has a place in a revision."""

    record: CI | Relationship
    operation: Operation
    before: Mapping[str, Any]
    claims: tuple[Mapping[str, Any], ...]

    def entry(self, revision: int, sequence: int) -> LogEntry:
        record = self.record
        is_ci = isinstance(record, CI)
        after = ci_to_data(record) if is_ci else relationship_to_data(record)
        return LogEntry(
            revision=revision,
            sequence=sequence,
            record_type=RecordType.CI if is_ci else RecordType.RELATIONSHIP,
            record_id=record.id,
            subject_a=record.id if is_ci else record.source,
            subject_b=None if is_ci else record.target,
            operation=self.operation,
            before=self.before,
            after=after,
            claims=self.claims,
            payload_hash=payload_hash(self.before, after, self.claims),
        )


def _faults(delta: GraphDelta, touched: Touched) -> Iterator[Fault]:
    """Yield what makes a delta unacceptable whatever the revision. Planners never cause these."""

    def fault(code: str, subject: str, message: str, remedy: str = "") -> Fault:
        return Fault(code=code, message=message, place=Place("delta", subject), remedy=remedy)

    if delta.size > DELTA_RECORDS_MAX:
        yield fault(
            "DELTA_TOO_LARGE",
            "",
            f"{delta.size} records in one delta",
            f"split it: at most {DELTA_RECORDS_MAX}",
        )
    ids = Counter(each.id for each in (*delta.cis, *delta.relationships))
    for subject, count in ids.items():
        if count > 1:
            yield fault("DUPLICATE_RECORD", subject, f"stands {count} times in one delta")
    written = {each.id: each for each in delta.cis}
    keys = Counter(each.key for each in delta.cis if each.key)
    for ci in delta.cis:
        holder = touched.keys.get(ci.key, ci.id)
        if (holder != ci.id and ci.key) or keys[ci.key] > 1:
            yield fault(
                "KEY_TAKEN", ci.id, f"the key {ci.key!r} belongs to another CI", "leave it empty"
            )
        known = touched.cis.get(ci.id)
        if known and ci.key and known.key != ci.key:
            yield fault("KEY_CHANGED", ci.id, f"has the key {known.key!r} for good")
    for each in delta.relationships:
        known_relationship = touched.relationships.get(each.id)
        if known_relationship and (
            (known_relationship.source, known_relationship.target, known_relationship.type)
            != (each.source, each.target, each.type)
        ):
            yield fault("ENDS_CHANGED", each.id, "a relationship's ends and type never change")
        if each.source == each.target:
            yield fault("SELF_LOOP", each.id, "a CI cannot stand in a relationship to itself")
        if each.presence is Presence.RETIRED:
            continue
        for end in (each.source, each.target):
            ci_at_end = written.get(end) or touched.cis.get(end)
            if ci_at_end is None:
                yield fault("DANGLING", each.id, f"its end {end} does not exist")
            elif ci_at_end.presence is Presence.RETIRED:
                yield fault("DANGLING", each.id, f"its end {ci_at_end.key} is retired")
    subjects = {*ids, *touched.cis, *touched.relationships}
    for claim in delta.claims:
        if claim.subject not in subjects:
            yield fault(
                "DANGLING", claim.native_key, f"speaks of {claim.subject}, which is nowhere"
            )


def _moved(delta: GraphDelta, touched: Touched) -> Iterator[str]:
    def has_moved(record: CI | Relationship | None) -> bool:
        return (
            record is not None
            and record.revision > delta.based_on
            and record.revision not in delta.own_revisions
        )

    subjects = {each.id for each in delta.cis}
    subjects |= {end for each in delta.relationships for end in (each.source, each.target)}
    subjects |= {each.subject for each in delta.claims}
    written = subjects | {each.id for each in delta.relationships}
    for claim in delta.claims:
        bound = touched.claims.get((claim.data_source, claim.native_key))
        # Two runs that meet the same native key for the first time each draw an id for it. Whoever
        # moves a binding on purpose also writes the record it is taken from.
        if bound is not None and bound.subject not in written:
            yield bound.subject
    for subject in subjects:
        ci = touched.cis.get(subject)
        if ci is not None and has_moved(ci):
            yield ci.key
    for relationship_id in {each.id for each in delta.relationships} | subjects:
        if has_moved(touched.relationships.get(relationship_id)):
            yield relationship_id


def _numbered(
    cis: Sequence[CI], touched: Touched, next_ordinal: int
) -> tuple[list[CI], dict[CIId, int], dict[CIId, str]]:
    """Give new CIs their ordinal, and a key to those without one."""
    ordinals: dict[CIId, int] = {}
    keys: dict[CIId, str] = {}
    numbered = []
    for ci in cis:
        known = touched.cis.get(ci.id)
        if known is None:
            ordinals[ci.id] = next_ordinal + len(ordinals)
        if not ci.key:
            key = known.key if known else f"CI-{ordinals[ci.id]:06d}"
            keys[ci.id] = key
            numbered.append(replace(ci, key=key))
        else:
            numbered.append(ci)
    return numbered, ordinals, keys


def _with_retired_along(delta: GraphDelta, touched: Touched) -> list[Relationship]:
    """Return the delta's relationships and those that go with the CIs it retires."""
    retired = {each.id for each in delta.cis if each.presence is Presence.RETIRED}
    written = {each.id for each in delta.relationships}
    along = [
        replace(each, presence=Presence.RETIRED)
        for _, each in sorted(touched.relationships.items())
        if each.id not in written
        and each.presence is not Presence.RETIRED
        and (each.source in retired or each.target in retired)
    ]
    return [*delta.relationships, *along]


def _differs(claim: Claim, touched: Touched) -> bool:
    return touched.claims.get((claim.data_source, claim.native_key)) != claim


def _drafts(
    cis: Sequence[CI],
    relationships: Sequence[Relationship],
    claims: Sequence[Claim],
    touched: Touched,
) -> Iterator[_Draft]:
    by_subject: dict[str, list[Mapping[str, Any]]] = {}
    for claim in claims:
        if _differs(claim, touched):
            known = touched.claims.get((claim.data_source, claim.native_key))
            change = {"before": known and claim_to_data(known), "after": claim_to_data(claim)}
            by_subject.setdefault(claim.subject, []).append(change)
    for ci in cis:
        yield _draft(ci, touched.cis.get(ci.id), by_subject.pop(ci.id, []))
    for relationship in relationships:
        known_relationship = touched.relationships.get(relationship.id)
        yield _draft(relationship, known_relationship, by_subject.pop(relationship.id, []))
    for subject, changes in by_subject.items():
        record = touched.cis.get(subject) or touched.relationships[subject]
        yield _draft(record, record, changes)


def _draft(
    record: CI | Relationship,
    known: CI | Relationship | None,
    claims: Sequence[Mapping[str, Any]],
) -> _Draft:
    before = _changed(known, record) if known else {}
    return _Draft(
        record=record, operation=_operation(known, record), before=before, claims=tuple(claims)
    )


def _changed(known: CI | Relationship, record: CI | Relationship) -> dict[str, Any]:
    """Return the old values of the fields that differ; attributes one by one, absent ones as such."""
    old, new = (
        ci_to_data(each) if isinstance(each, CI) else relationship_to_data(each)
        for each in (known, record)
    )
    changed = {
        name: value for name, value in old.items() if name != "attributes" and value != new[name]
    }
    was, now = old["attributes"], new["attributes"]
    attributes = {
        name: value for name, value in was.items() if name not in now or now[name] != value
    }
    added = sorted(name for name in now if name not in was)
    if attributes or added:
        changed["attributes"] = attributes
        changed["absent"] = added
    return changed


def _operation(known: CI | Relationship | None, record: CI | Relationship) -> Operation:
    if known is None:
        return Operation.CREATED
    if record.presence is Presence.RETIRED and known.presence is not Presence.RETIRED:
        return Operation.RETIRED
    if record.presence is not Presence.RETIRED and known.presence is Presence.RETIRED:
        return Operation.REACTIVATED
    return Operation.UPDATED


def _sealed(
    delta: GraphDelta, head: Head, number: int, at: str, entries: Sequence[LogEntry]
) -> Revision:
    revision = Revision(
        number=number,
        at=at,
        actor=delta.actor,
        reason=delta.reason,
        run=delta.run,
        change=delta.change,
        entry_count=len(entries),
        previous_hash=head.hash,
        hash="",
    )
    return replace(revision, hash=revision_hash(revision, entries))
