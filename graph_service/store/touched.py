"""What a store must read before it settles a delta."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import canonical, claim_to_data
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head

REVISION = "revision"
"""Where rules in force say which revision put them there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """The part of a store that a delta concerns, read under the order lock.

    ``claims``, by (data source, native key): those in the delta, as they stand. ``keys``: for each
    of ``keys_in_question`` that some CI has, that CI's id. ``relationships``: those in the delta,
    those that its claims speak of or spoke of, and all living ones of CIs the delta retires.
    ``cis``: those in the delta, those its claims speak of or spoke of, the ends of its
    relationships and of those read here (of which only key, presence and revision matter), and
    those that have ``keys``. ``rules``, by kind: those in the delta, as they are in force.
    those that have ``keys``. ``records``, by (kind, id): those the delta expects something of that
    there are.
    """

    cis: Mapping[str, CI] = field(default_factory=dict)
    relationships: Mapping[str, Relationship] = field(default_factory=dict)
    claims: Mapping[tuple[str, str], Claim] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Record] = field(default_factory=dict)
    records: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def record(self, subject: str) -> CI | Relationship | None:
        """Return the CI or relationship of this id."""
        return self.cis.get(subject) or self.relationships.get(subject)

    def the_record(self, subject: str) -> CI | Relationship:
        """Return the CI or relationship of an id that is known to be here."""
        record = self.record(subject)
        assert record, f"no {subject} among what a store read"  # noqa: S101 - stores must
        return record


def assigned_key(ordinal: int) -> str:
    """Return the key a CI gets that comes without one, unless somebody gave it away already."""
    return f"CI-{ordinal:06d}"


def keys_in_question(delta: GraphDelta, head: Head) -> set[str]:
    """Return the keys a store must look up: those in a delta, and those it may come to assign."""
    keys = {each.key for each in delta.cis if each.key}
    if any(not each.key for each in delta.cis):
        first = head.next_ordinal
        keys |= {assigned_key(each) for each in range(first, first + len(delta.cis))}
    return keys


def retired_along(delta: GraphDelta, touched: Touched) -> Sequence[Relationship]:
    """Return the relationships that go with the CIs a delta retires, by id, as retired ones."""
    retired = {each.id for each in delta.cis if each.presence is Presence.RETIRED}
    if not retired:
        return ()
    written = {each.id for each in delta.relationships}
    return [
        replace(each, presence=Presence.RETIRED)
        for _, each in sorted(touched.relationships.items())
        if each.id not in written
        and each.presence is not Presence.RETIRED
        and (each.source in retired or each.target in retired)
    ]


def claims_that_differ(delta: GraphDelta, touched: Touched) -> Sequence[Claim]:
    """Return the claims of a delta that do not stand in the store already, word for word."""
    return [each for each in delta.claims if _differs(each, touched)]


def _differs(claim: Claim, touched: Touched) -> bool:
    known = touched.claims.get((claim.data_source, claim.native_key))
    # Compared as sealed: to Python 1, 1.0 and True are equal, to readers of JSON they are not.
    return known is None or canonical(claim_to_data(known)) != canonical(claim_to_data(claim))
