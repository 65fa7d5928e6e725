"""A stretch of another store's log → what this one must write, so that it says the same."""

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.codec import ci_from_data, claim_from_data, relationship_from_data
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.ids import CIId
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor, ActorType, Head, RecordType
from graph_service.store.chain import payload_text, verify
from graph_service.store.copyable import Stretch
from graph_service.store.ledger import Settled
from graph_service.store.refusals import conflicts, contradictions
from graph_service.store.touched import REVISION, Touched

_REPLAY = Actor("graph-service", "Graph Service", ActorType.SYSTEM)
_AS_IT_WAS = frozenset({"DELTA_TOO_LARGE", "RESERVED_NAME"})
"""Faults that are none here: revisions are as large as they were, and rules have theirs."""


def as_delta(stretch: Stretch, head: Head) -> GraphDelta:
    """Return the images a stretch ends on as a delta: by it a store reads what they touch.

    Raises:
        InvalidInputError: The stretch does not follow the head, or is not what its hashes seal.

    """
    try:
        faults = verify(stretch, after=head)
        if not faults:
            return _delta(stretch, head)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults = [_fault(stretch, f"an entry of it lacks what entries have ({error!r})")]
    raise InvalidInputError(faults)


def _delta(stretch: Stretch, head: Head) -> GraphDelta:
    cis: dict[str, CI] = {}
    relationships: dict[str, Relationship] = {}
    claims: dict[tuple[str, str], Claim] = {}
    rules: dict[str, Record] = {}
    for revision, entries in stretch:
        for entry in entries:
            if entry.record_type is RecordType.CI:
                cis[entry.record_id] = ci_from_data(entry.after, revision.number)
            elif entry.record_type is not RecordType.RELATIONSHIP:
                kind = entry.record_id
                data = {name: each for name, each in entry.after.items() if name != "id"}
                rules[kind] = Record(kind, kind, {**data, REVISION: revision.number})
            else:
                relationships[entry.record_id] = relationship_from_data(
                    entry.after, revision.number
                )
            for change in entry.claims:
                # What a claim leaves behind under its former subject is no claim.
                if change["after"] is not None:
                    claim = claim_from_data(change["after"])
                    claims[claim.data_source, claim.native_key] = claim
    return GraphDelta(
        based_on=head.revision,
        actor=_REPLAY,
        cis=tuple(cis.values()),
        relationships=tuple(relationships.values()),
        claims=tuple(claims.values()),
        rules=tuple(rules.values()),
    )


def replayed(stretch: Stretch, delta: GraphDelta, touched: Touched, head: Head) -> Settled:
    """Return what to write so that a store ends where a stretch does.

    Raises:
        InvalidInputError: It contradicts what stands in the store, though its hashes are right.

    """
    faults = [*contradictions(delta), *conflicts(delta, touched, head)]
    if faults := [each for each in faults if each.code not in _AS_IT_WAS]:
        raise InvalidInputError(faults)
    ordinals: dict[CIId, int] = {}
    for ci in delta.cis:
        if ci.id not in touched.cis:
            ordinals[ci.id] = head.next_ordinal + len(ordinals)
    newest = stretch[-1][0]
    entries = [entry for _, those in stretch for entry in those]
    return Settled(
        head=Head(newest.number, newest.at, newest.hash, head.next_ordinal + len(ordinals)),
        revisions=[revision for revision, _ in stretch],
        entries=entries,
        payloads=[payload_text(each.before, each.after, each.claims) for each in entries],
        cis=delta.cis,
        relationships=delta.relationships,
        claims=delta.claims,
        ordinals=ordinals,
        rules=delta.rules,
    )


def _fault(stretch: Stretch, message: str) -> Fault:
    first, last = stretch[0][0].number, stretch[-1][0].number
    return Fault(code="NOT_A_LOG", message=message, place=Place("log", f"revisions {first}-{last}"))
