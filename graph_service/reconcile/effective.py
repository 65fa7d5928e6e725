"""Whose word counts: all claims about one record → what is believed, and who says so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graph_service.model.claim import MANUAL, Claim
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import Vocabulary
from graph_service.model.vocabulary.policy_rows import OTHERS
from graph_service.model.vocabulary.vocabulary import ROOT

RETIREMENT = "retirement of "
"""Native key, before a CI's id, of a person's claim that the CI is no more."""

PARTIAL = "partial"
"""Content of a by-hand claim that states values of a record without stating that it exists."""

MERGE = "merge of "
"""Native key, before a CI's id, of a person's claim that this CI was merged into the subject.

It says what the merge settled: values, and the class if that changed.
"""

ORIGINAL = "of"
"""Content of a claim that a merge moved: the CI it was made of, or that its ends named."""

INTO = "mergedInto"
"""Content of a person's claim that a CI is no more: the CI that it turned out to be."""

LOOPED = "loop"
"""Content of a claim whose ends were merged into one: it is kept, and states nothing."""

_ORIGIN_RANK = {origin: rank for rank, origin in enumerate(Origin)}


SourceOrder = Callable[[str], Sequence[str]]
"""Given an attribute, returns whom a policy believes about it, best first; empty: no policy."""


def claims_by_attribute(
    claims: Iterable[Claim], order: SourceOrder | None = None
) -> Mapping[str, Sequence[Claim]]:
    """Return, for every attribute, the live claims that speak of it, best rank first.

    The value is the first one's, the others are alternatives. ``None`` is a value: somebody says
    that there is none.
    """
    said: dict[str, list[Claim]] = {}
    for each in ranked(claims):
        for name in _attributes(each):
            said.setdefault(name, []).append(each)
    if order is None:
        return said
    return {name: _by_policy(each, order(name)) for name, each in said.items()}


def speakers(claims: Iterable[Claim], name: str, sources: Sequence[str]) -> Sequence[Claim]:
    """Return the live claims that say a ``name`` or ``class``, best rank first."""
    return [each for each in _by_policy(ranked(claims), sources) if each.content.get(name)]


def class_said(best_first: Sequence[Claim], vocabulary: Vocabulary) -> str:
    """Return the class that ranked claims come to; empty when nobody says one."""
    return _said_by_policy(best_first, "class", vocabulary.source_order(ROOT, "class"))


def name_said(best_first: Sequence[Claim], class_name: str, vocabulary: Vocabulary) -> str:
    """Return the name that ranked claims come to; empty when nobody says one."""
    return _said_by_policy(best_first, "name", vocabulary.source_order(class_name, "name"))


def _said_by_policy(best_first: Sequence[Claim], name: str, sources: Sequence[str]) -> str:
    return first_said([each.content for each in _by_policy(best_first, sources)], name)


def _by_policy(best_first: Sequence[Claim], sources: Sequence[str]) -> Sequence[Claim]:
    """Return ranked claims in the order a policy wants; equals keep the order they have."""
    if len(best_first) < 2 or not sources:  # noqa: PLR2004 - one claim is in every order
        return best_first
    places = {each: place for place, each in enumerate(sources)}
    others = places.get(OTHERS, len(places))
    return sorted(
        best_first,
        key=lambda each: (
            each.data_source != MANUAL,
            places.get(each.data_source, others),
        ),
    )


def ranked(claims: Iterable[Claim]) -> list[Claim]:
    """Return the live claims that state values, best rank first.

    The person's word (data source ``manual``) comes first, then what is declared before what is
    observed before what is inferred, then the newest, then the first data source by name. Each
    attribute is decided on its own, so a claim may win one and lose another. A policy of the
    organisation may have another order for an attribute (see ``merged``); people stay first.
    Of a CI that others were merged into, what is said of itself comes before what is said of those,
    and what the merge settled before either.
    """
    living = [each for each in claims if each.live and not (is_retirement(each) or _loops(each))]
    if len(living) > 1:
        # Sorts are stable: the last one decides first.
        living.sort(key=lambda each: (each.data_source, each.native_key))
        living.sort(key=lambda each: each.observed_at, reverse=True)
        living.sort(
            key=lambda each: (
                each.data_source != MANUAL,
                _ORIGIN_RANK[each.origin],
                is_absorbed(each),
                not is_pin(each),
            )
        )
    return living


def merged(best_first: Sequence[Claim], order: SourceOrder | None = None) -> Mapping[str, Any]:
    """Return the attribute values that ranked claims come to, by the order of a policy if any."""
    if len(best_first) == 1:
        return _attributes(best_first[0])
    if order is not None:
        return {
            name: _attributes(each[0])[name]
            for name, each in claims_by_attribute(best_first, order).items()
        }
    attributes: dict[str, Any] = {}
    for each in reversed(best_first):
        attributes.update(_attributes(each))
    return attributes


def said_of_itself(best_first: Sequence[Claim]) -> Sequence[Claim]:
    """Return the ranked claims by which a CI is called, and is what it is.

    It stays so whoever else turns out to be the same: what was said of those counts only once
    nobody speaks of this one any more.
    """
    own = [each for each in best_first if not is_absorbed(each)]
    return own if any(keeps_alive(each) for each in own) else best_first


def is_absorbed(claim: Claim) -> bool:
    """Whether a claim about a CI was made of another one, that was merged into this."""
    return isinstance(claim.content.get(ORIGINAL), str)


def is_pin(claim: Claim) -> bool:
    """Whether this says what a merge settled."""
    return claim.data_source == MANUAL and claim.native_key.startswith(MERGE)


def is_retirement(claim: Claim) -> bool:
    """Whether this is a person's word that a CI is no more."""
    return claim.data_source == MANUAL and claim.native_key.startswith(RETIREMENT)


def _attributes(claim: Claim) -> Mapping[str, Any]:
    attributes: Mapping[str, Any] = claim.content.get("attributes") or {}
    return attributes


def keeps_alive(claim: Claim) -> bool:
    """Whether a claim states that its record exists.

    Somebody who sets a tier by hand does not vouch for the server: it may still go when the data
    source that found it no longer does, and has its tier again when it comes back.
    """
    states_nothing = is_retirement(claim) or _loops(claim) or claim.content.get(PARTIAL)
    return claim.live and not states_nothing


def _loops(claim: Claim) -> bool:
    return bool(claim.content.get(LOOPED))


def first_said(contents: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return the first text that is said under a name, empty when nobody says one."""
    return next((each[name] for each in contents if each.get(name)), "")
