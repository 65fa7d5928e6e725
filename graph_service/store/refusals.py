"""What makes a delta unacceptable: in itself, by what moved since, by what stands in the store."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from graph_service.model.ci import CI, Presence
from graph_service.model.codec import canonical
from graph_service.model.delta import DELTA_RECORDS_MAX, RULES, GraphDelta
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head
from graph_service.store.plain import printable
from graph_service.store.touched import REVISION, Touched, retired_along

ID_LENGTH_MAX = 250
"""Characters of an id, a class, a type of relationship and a kind of record."""

_ID = re.compile(r"[^\x00-\x1f\x7f]+")
TYPE_NAME = re.compile(rf"\w{{1,{ID_LENGTH_MAX}}}")


def contradictions(delta: GraphDelta) -> Iterator[Fault]:
    """Yield what is wrong with a delta whatever the store holds."""
    if delta.size > DELTA_RECORDS_MAX:
        yield _fault(
            "DELTA_TOO_LARGE",
            "",
            f"{delta.size} records in one delta",
            f"split it: at most {DELTA_RECORDS_MAX}",
        )
    ids = [*((each.id,) for each in delta.cis), *((each.id,) for each in delta.relationships)]
    yield from _twice(ids)
    yield from _unfit_names(delta)
    yield from _twice((each.data_source, each.native_key) for each in delta.claims)
    kept = [*((each.kind, each.id) for each in (*delta.records, *delta.rules))]
    yield from _twice([*kept, *delta.removed_records])
    for rules in delta.rules:
        if rules.kind not in RULES or rules.id != rules.kind:
            yield _fault("INVALID_KIND", f"{rules.kind} {rules.id}", "is not a kind of rules")
        elif any(name in rules.data for name in ("id", REVISION)):
            yield _fault("RESERVED_NAME", rules.kind, f"id and {REVISION} are the store's own")
    keys = Counter(each.key for each in delta.cis if each.key)
    for ci in delta.cis:
        if keys[ci.key] > 1:
            yield _key_taken(ci)
    for each in delta.relationships:
        if each.source == each.target:
            yield _fault("SELF_LOOP", each.id, "a CI cannot stand in a relationship to itself")


def _unfit_names(delta: GraphDelta) -> Iterator[Fault]:
    """Yield names that some store could not look up; these are ours, never a user's."""
    ids: set[str] = {each.id for each in delta.cis}
    ids |= {each.id for each in delta.relationships}
    for each in sorted(ids):
        if len(each) > ID_LENGTH_MAX:
            yield _fault("ID_TOO_LONG", each[:ID_LENGTH_MAX], f"an id of {len(each)} characters")
        elif not _ID.fullmatch(each):
            yield _fault("INVALID_ID", each, "an id is visible characters, at least one")
    for ci in delta.cis:
        if len(ci.class_name) > ID_LENGTH_MAX:
            yield _fault("INVALID_CLASS", ci.id, f"a class of {len(ci.class_name)} characters")
    for kind in sorted({each.kind for each in delta.records}):
        if len(kind) > ID_LENGTH_MAX:
            yield _fault("INVALID_KIND", kind[:ID_LENGTH_MAX], f"a kind of {len(kind)} characters")
    for relationship in delta.relationships:
        if not TYPE_NAME.fullmatch(relationship.type):
            yield _fault(
                "INVALID_TYPE",
                relationship.id,
                f"{relationship.type[:ID_LENGTH_MAX]!r} cannot be a type of relationship",
                f"letters, digits and underscores, at most {ID_LENGTH_MAX}",
            )


def moved(delta: GraphDelta, touched: Touched) -> set[str]:
    """Return what a delta touches that somebody else changed since it was computed.

    Told as people know it: CIs by key, relationships as ``key TYPE key``.
    """
    written: set[str] = {each.id for each in delta.cis}
    written |= {each.id for each in delta.relationships}
    written |= {each.subject for each in delta.claims}
    known_claims = (
        touched.claims.get((each.data_source, each.native_key)) for each in delta.claims
    )
    # Two runs that meet a native key for the first time each draw an id for it. Whoever moves a
    # binding on purpose also writes the record it is taken from.
    unbound = {each.subject for each in known_claims if each} - written
    subjects: set[str] = {end for each in delta.relationships for end in (each.source, each.target)}
    subjects |= {each.id for each in retired_along(delta, touched)}
    subjects |= {touched.keys[each.key] for each in delta.cis if each.key in touched.keys}
    records = (touched.record(each) for each in written | subjects)
    changed = {
        _called(each, touched)
        for each in records
        if each and each.revision > delta.based_on and each.revision not in delta.own_revisions
    }
    changed |= {
        f"the {each.kind} in force"
        for each in (touched.rules.get(rules.kind) for rules in delta.rules)
        if each
        and each.data.get(REVISION, 0) > delta.based_on
        and each.data.get(REVISION, 0) not in delta.own_revisions
    }
    bound = (touched.record(each) for each in unbound)
    return changed | {_called(each, touched) for each in bound if each} | {*_unmet(delta, touched)}


def _unmet(delta: GraphDelta, touched: Touched) -> Iterator[str]:
    """Yield the records that no longer stand as the delta's writer found them."""
    for each in delta.expected:
        found = touched.records.get((each.kind, each.id))
        if found != each.data and canonical(found) != canonical(each.data):
            yield f"{each.kind} {each.id}"


def conflicts(delta: GraphDelta, touched: Touched, head: Head) -> Iterator[Fault]:
    """Yield what contradicts the store as it stands. Planners never cause these."""
    if delta.based_on > head.revision:
        yield _fault(
            "REVISION_UNKNOWN",
            "",
            f"computed from revision {delta.based_on}, but the log ends at {head.revision}",
            "read again and compute it anew",
        )
    for ci in delta.cis:
        known = touched.cis.get(ci.id)
        if ci.key and touched.keys.get(ci.key, ci.id) != ci.id:
            yield _key_taken(ci)
        if known and ci.key not in {"", known.key}:
            yield _fault("KEY_CHANGED", ci.id, f"has the key {known.key!r} for good")
    yield from _relationship_conflicts(delta, touched)
    subjects: set[str] = {each.id for each in delta.cis}
    subjects |= {each.id for each in delta.relationships}
    for claim in delta.claims:
        if claim.subject not in subjects and touched.record(claim.subject) is None:
            yield _fault(
                "DANGLING", claim.native_key, f"speaks of {claim.subject}, which is nowhere"
            )


def _relationship_conflicts(delta: GraphDelta, touched: Touched) -> Iterator[Fault]:
    written = {each.id: each for each in delta.cis}
    for each in delta.relationships:
        known = touched.relationships.get(each.id)
        ends = (each.source, each.target, each.type)
        if known and (known.source, known.target, known.type) != ends:
            yield _fault("ENDS_CHANGED", each.id, "a relationship's ends and type never change")
        for end in (each.source, each.target):
            ci = written.get(end) or touched.cis.get(end)
            if ci is None:
                yield _fault("DANGLING", each.id, f"its end {end} does not exist")
            elif ci.presence is Presence.RETIRED and each.presence is not Presence.RETIRED:
                yield _fault("DANGLING", each.id, f"its end {ci.key or ci.id} is retired")


def _called(record: CI | Relationship, touched: Touched) -> str:
    if isinstance(record, CI):
        return record.key
    ends = (touched.cis.get(each) for each in (record.source, record.target))
    source, target = (
        end.key if end else id_
        for end, id_ in zip(ends, (record.source, record.target), strict=True)
    )
    return f"{source} {record.type} {target}"


def _twice(subjects: Iterable[tuple[str, ...]]) -> Iterator[Fault]:
    for subject, count in Counter(subjects).items():
        if count > 1:
            yield _fault(
                "DUPLICATE_RECORD", " ".join(subject), f"stands {count} times in one delta"
            )


def _key_taken(ci: CI) -> Fault:
    return _fault("KEY_TAKEN", ci.id, f"the key {ci.key!r} belongs to another CI", "leave it empty")


def _fault(code: str, subject: str, message: str, remedy: str = "") -> Fault:
    return Fault(
        code=code,
        message=printable(message),
        place=Place("delta", printable(subject)),
        remedy=remedy,
    )
