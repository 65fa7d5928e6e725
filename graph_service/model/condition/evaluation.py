"""Does a CI meet a condition? In memory, for estates that are not in a store as they are asked of.

This is also the measure of the stores: what they compile to must find the same CIs.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.condition.tree import (
    CONTAINED_BY_SOURCE,
    CONTAINED_BY_TARGET,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    Contains,
    End,
    Exists,
    IsCI,
    KnownTo,
    Match,
    Not,
    OfClass,
    OneOf,
    Orphan,
    Related,
    Scalar,
    Stale,
    StartsWith,
    Text,
    Within,
    settled_id,
    settled_revision,
)
from graph_service.model.relationship import Relationship
from graph_service.model.search_words import name_words, query_words, words_of

Test = Callable[[CI], bool]


class Evidence(Protocol):
    """What beside its record decides whether a CI meets a condition."""

    def relationships_of(self, ci_id: str) -> Iterable[Relationship]:
        """Return the living relationships of a CI."""
        ...

    def claims_of(self, ci_id: str) -> Iterable[Claim]:
        """Return the live claims about a CI."""
        ...

    def former_names_of(self, ci_id: str) -> Collection[str]:
        """Return the names a CI had before."""
        ...


@dataclass(frozen=True, slots=True)
class KnownEvidence(Evidence):
    """Evidence that is all in memory; ``evidence_of`` makes it."""

    relationships: Mapping[str, Sequence[Relationship]] = field(default_factory=dict)
    claims: Mapping[str, Sequence[Claim]] = field(default_factory=dict)
    former_names: Mapping[str, Collection[str]] = field(default_factory=dict)

    def relationships_of(self, ci_id: str) -> Iterable[Relationship]:
        """Return the living relationships of a CI."""
        return self.relationships.get(ci_id, ())

    def claims_of(self, ci_id: str) -> Iterable[Claim]:
        """Return the live claims about a CI."""
        return self.claims.get(ci_id, ())

    def former_names_of(self, ci_id: str) -> Collection[str]:
        """Return the names a CI had before."""
        return self.former_names.get(ci_id, ())


def evidence_of(
    relationships: Iterable[Relationship],
    claims: Iterable[Claim] = (),
    former_names: Mapping[str, Collection[str]] | None = None,
) -> KnownEvidence:
    """Sort what is known by the CI it is about; what is retired or withdrawn is left out."""
    by_end: defaultdict[str, list[Relationship]] = defaultdict(list)
    for each in relationships:
        if each.presence is not Presence.RETIRED:
            by_end[each.source].append(each)
            by_end[each.target].append(each)
    by_subject: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.live:
            by_subject[claim.subject].append(claim)
    return KnownEvidence(dict(by_end), dict(by_subject), former_names or {})


def matcher(condition: Condition, evidence: Evidence) -> Test:
    """Return the test that a settled condition is, to be asked of many CIs.

    Raises:
        TypeError: The condition is not settled.

    """
    match condition:
        case AllOf(of):
            tests = [matcher(each, evidence) for each in of]
            return lambda ci: all(test(ci) for test in tests)
        case AnyOf(of):
            tests = [matcher(each, evidence) for each in of]
            return lambda ci: any(test(ci) for test in tests)
        case Not(what):
            test = matcher(what, evidence)
            return lambda ci: not test(ci)
        case Related() | Within() | KnownTo() | Orphan() | Conflicting() | Text():
            return _by_evidence(condition, evidence)
    return _by_record(condition)


def _by_record(leaf: Condition) -> Test:
    """Return the test of a leaf that the CI's own record decides."""
    match leaf:
        case IsCI(refs):
            ids = {settled_id(each) for each in refs}
            return lambda ci: ci.id in ids
        case OfClass(names):
            return lambda ci: ci.class_name in names
        case Attribute(name, what):
            return lambda ci: meets_match(value_of(ci, name), what)
        case Stale():
            return lambda ci: ci.presence is Presence.STALE
        case ChangedSince(moment):
            revision = settled_revision(moment)
            return lambda ci: ci.revision > revision
    raise TypeError(f"{leaf!r} is not settled")


def _by_evidence(leaf: Condition, evidence: Evidence) -> Test:
    match leaf:
        case Related(to=to):
            other = None if to is None else settled_id(to)
            return lambda ci: any(
                _is_meant(leaf, other, each, ci.id) for each in evidence.relationships_of(ci.id)
            )
        case Within(place):
            inside = ids_within(settled_id(place), evidence)
            return lambda ci: ci.id in inside
        case KnownTo(names):
            return lambda ci: any(each.data_source in names for each in evidence.claims_of(ci.id))
        case Orphan():
            return lambda ci: not any(True for _ in evidence.relationships_of(ci.id))
        case Conflicting():
            return lambda ci: disagree([each.content for each in evidence.claims_of(ci.id)])
        case Text(text, of_names):
            words = query_words(text)
            words_in = name_words if of_names else words_of
            return lambda ci: has_words(words_in(ci, evidence.former_names_of(ci.id)), words)
    raise TypeError(f"{leaf!r} is not settled")


def value_of(ci: CI, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a CI says under a name; nothing and null are the same here.

    A tier is a whole number and an environment a text, whatever else may stand there.
    """
    said = ci.attributes.get(name)
    match name:
        case "key":
            return ci.key
        case "name":
            return ci.name
        case "tier":
            return said if type(said) is int else None
        case "environment":
            return said if isinstance(said, str) else None
    return said


def meets_match(value: object, match_: Match) -> bool:
    """Whether a value, or an element of a list, is what is looked for."""
    if isinstance(match_, Exists):
        return value is not None
    return any(_meets_one(each, match_) for each in (value if isinstance(value, list) else [value]))


def _meets_one(value: object, match_: Match) -> bool:
    match match_:
        case OneOf(values):
            return any(_is_same(value, each) for each in values)
        case Contains(text):
            return isinstance(value, str) and text in value
        case StartsWith(text):
            return isinstance(value, str) and value.startswith(text)
        case AtLeast(bound):
            return _is_at_least(value, bound)
        case AtMost(bound):
            return _is_at_least(bound, value)
    return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_same(value: object, wanted: Scalar) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if _is_number(wanted):
        return _is_number(value) and value == wanted
    return isinstance(value, str) and value == wanted


def _is_at_least(value: object, bound: object) -> bool:
    if isinstance(value, str) and isinstance(bound, str):
        # Instants with and without fractions of a second are in order once their Z is gone.
        return value.rstrip("Z") >= bound.rstrip("Z")
    if _is_number(value) and _is_number(bound):
        return bool(value >= bound)  # type: ignore[operator] # both are numbers
    return False


def _is_meant(wanted: Related, to: str | None, found: Relationship, ci_id: str) -> bool:
    if wanted.types and found.type not in wanted.types:
        return False
    ends = [(End.SOURCE, found.source, found.target), (End.TARGET, found.target, found.source)]
    return any(
        own == ci_id and wanted.end in {None, end} and to in {None, other}
        for end, own, other in ends
    )


def ids_within(place: str, evidence: Evidence) -> frozenset[str]:
    """Return the ids of everything in a place, at any depth, without the place itself."""
    inside = {place}
    frontier = [place]
    while frontier:
        found = chain.from_iterable(_contents(each, evidence) for each in frontier)
        frontier = [each for each in {*found} if each not in inside]
        inside.update(frontier)
    return frozenset(inside - {place})


def _contents(place: str, evidence: Evidence) -> Iterable[str]:
    for each in evidence.relationships_of(place):
        if each.type in CONTAINED_BY_SOURCE and each.target == place:
            yield each.source
        elif each.type in CONTAINED_BY_TARGET and each.source == place:
            yield each.target


def disagree(contents: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what live claims say of one CI cannot all be true."""
    said: dict[str, Any] = {}
    for each in contents:
        for name, value in (each.get("attributes") or {}).items():
            if said.setdefault(name, value) != value:
                return True
    return False


def has_words(words: Collection[str], wanted: Sequence[str]) -> bool:
    """Whether words have all that are wanted among them, the last one as a beginning."""
    if not wanted:
        return False
    known = {*words}
    return all(each in known for each in wanted[:-1]) and any(
        each.startswith(wanted[-1]) for each in known
    )
