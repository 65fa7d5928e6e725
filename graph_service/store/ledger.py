"""A delta and what stands in the store → the log entries and images to write.

All stores call ``settle`` inside their transaction, after taking the order lock, so that they
refuse the same deltas and write the same history.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import canonical, ci_to_data, claim_to_data, relationship_to_data
from graph_service.model.delta import RULES, GraphDelta, Record
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.ids import CIId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, Operation, RecordType, Revision
from graph_service.store.chain import payload_hash, payload_text, sealed, verify
from graph_service.store.refusals import conflicts, contradictions, moved
from graph_service.store.touched import (
    REVISION,
    Touched,
    assigned_key,
    claims_that_differ,
    keys_in_question,
    retired_along,
)

__all__ = ["Settled", "Touched", "keys_in_question", "names_given_up", "settle", "verify"]


_Written = tuple[CI | Relationship | Record, LogEntry, str]
"""What differs, as it will be, its entry, and the payload of that as it is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a store must write. There are no ``revisions`` when the graph stays as it is.

    A delta makes one at most; a log that is appended may bring many at once. ``payloads`` are those
    of the entries, byte for byte what was sealed. ``ordinals`` are those of the CIs that are new. A
    delta's records and removals are written whether or not there is a revision.
    """

    head: Head
    revisions: Sequence[Revision] = ()
    entries: Sequence[LogEntry] = ()
    payloads: Sequence[str] = ()
    cis: Sequence[CI] = ()
    relationships: Sequence[Relationship] = ()
    claims: Sequence[Claim] = ()
    ordinals: Mapping[CIId, int] = field(default_factory=dict)
    keys: Mapping[CIId, str] = field(default_factory=dict)
    rules: Sequence[Record] = ()

    @property
    def revision(self) -> Revision | None:
        """The newest revision."""
        return self.revisions[-1] if self.revisions else None


def settle(delta: GraphDelta, touched: Touched, head: Head, at: str) -> Settled:
    """Decide what a plain delta (see ``plain_delta``) does to the store, or refuse it.

    ``at`` is the store's clock; an instant before the head's is replaced by the head's, because
    instants of revisions never go back.

    Raises:
        StaleRevisionError: See ``GraphStore.apply``.
        InvalidInputError: See ``GraphStore.apply``.

    """
    _refuse(delta, touched, head)
    claims = claims_that_differ(delta, touched)
    cis, ordinals, keys = _numbered(delta.cis, touched, head.next_ordinal)
    number = head.revision + 1
    written: list[_Written] = [*_written(cis, delta, claims, touched, number)]
    written += _rules_written(delta, touched, number, len(written))
    if not written:
        return Settled(head=head, keys=keys)
    records, entries, payloads = zip(*written, strict=True)
    revision = sealed(
        Revision(
            number=number,
            at=max(at, head.at),
            actor=delta.actor,
            reason=delta.reason,
            run=delta.run,
            change=delta.change,
            entry_count=len(entries),
            previous_hash=head.hash,
            hash="",
        ),
        entries,
    )
    return Settled(
        head=Head(number, revision.at, revision.hash, head.next_ordinal + len(ordinals)),
        revisions=[revision],
        entries=entries,
        payloads=payloads,
        cis=[each for each in records if isinstance(each, CI)],
        relationships=[each for each in records if isinstance(each, Relationship)],
        claims=claims,
        ordinals=ordinals,
        keys=keys,
        rules=[each for each in records if isinstance(each, Record)],
    )


def names_given_up(settled: Settled) -> dict[str, set[str]]:
    """Return the names that CIs had before any of the revisions that are settled, by CI id."""
    found: dict[str, set[str]] = {}
    for entry in settled.entries:
        name = entry.before.get("name")
        if entry.record_type is RecordType.CI and isinstance(name, str):
            found.setdefault(entry.record_id, set()).add(name)
    return found


def _refuse(delta: GraphDelta, touched: Touched, head: Head) -> None:
    """Raise if a delta cannot be applied.

    That the world moved comes before what is wrong with it now: a key taken or an end retired
    since is news to whoever computed the delta, not a mistake.
    """
    if faults := [*contradictions(delta)]:
        raise InvalidInputError([*faults, *conflicts(delta, touched, head)])
    if changed := moved(delta, touched):
        raise StaleRevisionError(delta.based_on, head.revision, sorted(changed))
    if faults := [*conflicts(delta, touched, head)]:
        raise InvalidInputError(faults)


def _numbered(
    cis: Sequence[CI], touched: Touched, next_ordinal: int
) -> tuple[list[CI], dict[CIId, int], dict[CIId, str]]:
    """Give new CIs their ordinal, and a key to those without one."""
    given = {each.key for each in cis}
    ordinals: dict[CIId, int] = {}
    keys: dict[CIId, str] = {}
    numbered = []
    for ci in cis:
        known = touched.cis.get(ci.id)
        if known is None:
            ordinals[ci.id] = next_ordinal + len(ordinals)
        if ci.key:
            numbered.append(ci)
            continue
        key = known.key if known else assigned_key(ordinals[ci.id])
        if known is None and (key in given or key in touched.keys):
            key = f"CI-{ci.id.removeprefix('ci_')}"  # somebody gave that key away; ids are unique
        keys[ci.id] = key
        numbered.append(replace(ci, key=key))
    return numbered, ordinals, keys


def _written(
    cis: Sequence[CI],
    delta: GraphDelta,
    claims: Sequence[Claim],
    touched: Touched,
    revision: int,
) -> Iterator[_Written]:
    """Yield what differs, as it will be, its entry, and the payload of that as it is sealed.

    CIs come first, then relationships, then subjects of claims.
    """
    changes = _claim_changes(claims, touched)
    images: list[CI | Relationship] = [*cis, *delta.relationships, *retired_along(delta, touched)]
    ids = {each.id for each in images}
    images += (touched.the_record(each) for each in changes if each not in ids)
    sequence = 0
    for image in images:
        known = touched.record(image.id)
        changed = changes.get(image.id, ())
        after = _data(image)
        before = _changed(_data(known), after) if known else {}
        if before or changed or not known:
            payload = payload_text(before, after, changed)
            entry = LogEntry(
                revision=revision,
                sequence=sequence,
                record_type=RecordType.CI if isinstance(image, CI) else RecordType.RELATIONSHIP,
                record_id=image.id,
                subject_a=image.id if isinstance(image, CI) else image.source,
                subject_b=None if isinstance(image, CI) else image.target,
                operation=_operation(known, image),
                before=before,
                after=after,
                claims=tuple(changed),
                payload_hash=payload_hash(payload),
            )
            yield _at_revision(image, revision), entry, payload
            sequence += 1


def _rules_written(
    delta: GraphDelta, touched: Touched, revision: int, sequence: int
) -> Iterator[_Written]:
    """Yield the rules that differ from those in force, as they will be kept, with their entries."""
    for rules in delta.rules:
        known = touched.rules.get(rules.kind)
        old = {name: each for name, each in known.data.items() if name != REVISION} if known else {}
        before = _old_values(old, rules.data)
        absent = sorted(rules.data.keys() - old.keys())
        if known and not before and not absent:
            continue
        if known and absent:
            before["absent"] = absent
        after = {**rules.data, "id": rules.kind}
        payload = payload_text(before, after, ())
        entry = LogEntry(
            revision=revision,
            sequence=sequence,
            record_type=RULES[rules.kind],
            record_id=rules.kind,
            subject_a=rules.kind,
            subject_b=None,
            operation=Operation.UPDATED if known else Operation.CREATED,
            before=before,
            after=after,
            payload_hash=payload_hash(payload),
        )
        yield replace(rules, data={**rules.data, REVISION: revision}), entry, payload
        sequence += 1


def _at_revision(record: CI | Relationship, revision: int) -> CI | Relationship:
    """Return a record with its version; spelled out, for ``replace`` takes three times as long."""
    if isinstance(record, CI):
        return CI(
            id=record.id,
            key=record.key,
            name=record.name,
            class_name=record.class_name,
            attributes=record.attributes,
            presence=record.presence,
            revision=revision,
        )
    return Relationship(
        id=record.id,
        source=record.source,
        target=record.target,
        type=record.type,
        attributes=record.attributes,
        origin=record.origin,
        presence=record.presence,
        revision=revision,
    )


def _claim_changes(claims: Sequence[Claim], touched: Touched) -> dict[str, list[Mapping[str, Any]]]:
    """Return what happens to claims, by subject; one that changes its subject happens to both."""
    changes: dict[str, list[Mapping[str, Any]]] = {}
    for claim in claims:
        known = touched.claims.get((claim.data_source, claim.native_key))
        before = claim_to_data(known) if known else None
        if known and known.subject != claim.subject:
            changes.setdefault(known.subject, []).append({"before": before, "after": None})
            before = None
        changes.setdefault(claim.subject, []).append(
            {"before": before, "after": claim_to_data(claim)}
        )
    return changes


def _data(record: CI | Relationship) -> dict[str, Any]:
    return ci_to_data(record) if isinstance(record, CI) else relationship_to_data(record)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the old values of the fields that differ.

    ``attributes`` has those that differ one by one, ``absent`` the names of those that are new.
    """
    if canonical(old) == canonical(new):
        return {}
    changed = _old_values(
        *(
            {name: each for name, each in image.items() if name != "attributes"}
            for image in (old, new)
        )
    )
    attributes = _old_values(old["attributes"], new["attributes"])
    added = sorted(new["attributes"].keys() - old["attributes"].keys())
    if attributes or added:
        changed |= {"attributes": attributes, "absent": added}
    return changed


def _old_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in old.items()
        if name not in new or canonical(value) != canonical(new[name])
    }


def _operation(known: CI | Relationship | None, record: CI | Relationship) -> Operation:
    if known is None:
        return Operation.CREATED
    was_retired = known.presence is Presence.RETIRED
    is_retired = record.presence is Presence.RETIRED
    if is_retired and not was_retired:
        return Operation.RETIRED
    if was_retired and not is_retired:
        return Operation.REACTIVATED
    return Operation.UPDATED
