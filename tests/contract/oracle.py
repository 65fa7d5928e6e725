"""A store that only scans lists: slow, obvious, and so the measure of the others."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import canonical, ci_to_data, claim_to_data, relationship_to_data
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.ids import CIId
from graph_service.model.relationship import Relationship

RETIRED = Presence.RETIRED


class Stale(Exception):  # noqa: N818 - an outcome, not an error
    """The delta comes too late."""


class Refused(Exception):  # noqa: N818 - an outcome, not an error
    """The delta cannot be accepted."""


@dataclass
class Estate:
    """All that a store should hold. ``log`` has, for each revision, what it touched."""

    created: int = 0
    cis: list[CI] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    former_names: dict[str, set[str]] = field(default_factory=dict)
    log: list[set[str]] = field(default_factory=list)

    def apply(self, delta: GraphDelta) -> None:
        """Do what ``GraphStore.apply`` promises."""
        along = [*self._retired_along(delta)]
        if any(True for _ in _contradictions(delta)):
            raise Refused
        if self._has_moved(delta, along):
            raise Stale
        if any(True for _ in self._conflicts(delta)):
            raise Refused
        named = [self._with_key(each, delta) for each in delta.cis]
        self.created += sum(self.ci(each.id) is None for each in named)
        self._write(named, [*delta.relationships, *along], delta.claims)
        gone = {*delta.removed_records, *((each.kind, each.id) for each in delta.records)}
        kept = [each for each in self.records if (each.kind, each.id) not in gone]
        self.records = [*kept, *delta.records]

    def ci(self, id_: str) -> CI | None:
        """Return the CI of an id."""
        return next((each for each in self.cis if each.id == id_), None)

    def relationship(self, id_: str) -> Relationship | None:
        """Return the relationship of an id."""
        return next((each for each in self.relationships if each.id == id_), None)

    def claim(self, like: Claim) -> Claim | None:
        """Return the claim under the same native key."""
        names = (like.data_source, like.native_key)
        return next((each for each in self.claims if names == _names(each)), None)

    def _retired_along(self, delta: GraphDelta) -> Iterator[Relationship]:
        leaving = {each.id for each in delta.cis if each.presence is RETIRED}
        written = {each.id for each in delta.relationships}
        for each in self.relationships:
            if (
                {each.source, each.target} & leaving
                and each.presence is not RETIRED
                and each.id not in written
            ):
                yield replace(each, presence=RETIRED)

    def _has_moved(self, delta: GraphDelta, along: list[Relationship]) -> bool:
        written = {each.id for each in delta.cis} | {each.subject for each in delta.claims}
        written |= {each.id for each in delta.relationships}
        bound = {each.subject for each in map(self.claim, delta.claims) if each}
        concerned = written | {each.id for each in along}
        for each in delta.relationships:
            concerned |= {each.source, each.target}
        concerned |= {each.id for each in self.cis if each.key in {one.key for one in delta.cis}}
        later = [
            number
            for number, touched in enumerate(self.log, 1)
            if touched & concerned and number > delta.based_on
        ]
        # Only the last touch counts: whoever wrote over it has seen it.
        last = {
            id_: max((number for number in later if id_ in self.log[number - 1]), default=0)
            for id_ in concerned
        }
        others = [number for number in last.values() if number not in {0, *delta.own_revisions}]
        return bool(others or bound - written)

    def _conflicts(self, delta: GraphDelta) -> Iterator[str]:
        if delta.based_on > len(self.log):
            yield "a revision to come"
        for ci in delta.cis:
            known = self.ci(ci.id)
            if ci.key and any(each.key == ci.key and each.id != ci.id for each in self.cis):
                yield "a taken key"
            if known and ci.key and known.key != ci.key:
                yield "a changed key"
        written = {each.id: each for each in delta.cis}
        yield from self._dangling(delta, written)
        for claim in delta.claims:
            subject = claim.subject
            if subject not in {*written, *(each.id for each in delta.relationships)} and not (
                self.ci(subject) or self.relationship(subject)
            ):
                yield "a claim about nothing"

    def _dangling(self, delta: GraphDelta, written: dict[CIId, CI]) -> Iterator[str]:
        for each in delta.relationships:
            for end in (each.source, each.target):
                ci_there = written.get(end) or self.ci(end)
                if ci_there is None:
                    yield "an end that is nowhere"
                elif RETIRED is ci_there.presence and each.presence is not RETIRED:
                    yield "an end that is retired"

    def _with_key(self, ci: CI, delta: GraphDelta) -> CI:
        known = self.ci(ci.id)
        if ci.key or known:
            return replace(ci, key=known.key if known else ci.key)
        new = [each.id for each in delta.cis if self.ci(each.id) is None]
        key = f"CI-{self.created + 1 + new.index(ci.id):06d}"
        taken = {each.key for each in (*self.cis, *delta.cis)}
        return replace(ci, key=f"CI-{ci.id.removeprefix('ci_')}" if key in taken else key)

    def _write(
        self, cis: list[CI], relationships: list[Relationship], claims: tuple[Claim, ...]
    ) -> None:
        touched: set[str] = set()
        for ci in cis:
            known_ci = self.ci(ci.id)
            if known_ci is None or _differ(ci_to_data(known_ci), ci_to_data(ci)):
                touched.add(ci.id)
                if known_ci and known_ci.name != ci.name:
                    self.former_names.setdefault(ci.id, set()).add(known_ci.name)
                self.cis = [*(each for each in self.cis if each.id != ci.id), ci]
        for edge in relationships:
            known = self.relationship(edge.id)
            if known is None or _differ(relationship_to_data(known), relationship_to_data(edge)):
                touched.add(edge.id)
                others = (each for each in self.relationships if each.id != edge.id)
                self.relationships = [*others, edge]
        for claim in claims:
            stands = self.claim(claim)
            if stands is None or _differ(claim_to_data(stands), claim_to_data(claim)):
                touched |= {claim.subject, stands.subject if stands else claim.subject}
                others_claims = [each for each in self.claims if _names(each) != _names(claim)]
                self.claims = [*others_claims, claim]
        if touched:
            self.log.append(touched)

    def revision_of(self, id_: str) -> int:
        """Return the revision that last touched a CI or relationship."""
        return max(number for number, touched in enumerate(self.log, 1) if id_ in touched)


def _contradictions(delta: GraphDelta) -> Iterator[str]:
    ids = [*(each.id for each in delta.cis), *(each.id for each in delta.relationships)]
    records = [*((each.kind, each.id) for each in delta.records), *delta.removed_records]
    claims = [_names(each) for each in delta.claims]
    keys = [each.key for each in delta.cis if each.key]
    for things in (ids, records, claims, keys):
        if len(things) != len({*things}):
            yield "the same twice"
    if any(each.source == each.target for each in delta.relationships):
        yield "a self-loop"


def _names(claim: Claim) -> tuple[str, str]:
    return claim.data_source, claim.native_key


def _differ(one: object, other: object) -> bool:
    return canonical(one) != canonical(other)
