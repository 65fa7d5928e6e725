"""Whose word counts: all claims about one record → what is believed, and who says so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph_service.model.claim import MANUAL, Claim
from graph_service.model.relationship import Origin

RETIREMENT = "retirement of "
"""Native key, before a CI's id, of a person's claim that the CI is no more."""

PARTIAL = "partial"
"""Content of a by-hand claim that states values of a record without stating that it exists."""

_ORIGIN_RANK = {origin: rank for rank, origin in enumerate(Origin)}


def claims_by_attribute(claims: Iterable[Claim]) -> Mapping[str, Sequence[Claim]]:
    """Return, for every attribute, the live claims that speak of it, best rank first.

    The value is the first one's, the others are alternatives. ``None`` is a value: somebody says
    that there is none.
    """
    said: dict[str, list[Claim]] = {}
    for each in ranked(claims):
        for name in _attributes(each):
            said.setdefault(name, []).append(each)
    return said


def ranked(claims: Iterable[Claim]) -> list[Claim]:
    """Return the live claims that state values, best rank first.

    The person's word (data source ``manual``) comes first, then what is declared before what is
    observed before what is inferred, then the newest, then the first data source by name. Each
    attribute is decided on its own, so a claim may win one and lose another.
    """
    living = [each for each in claims if each.live and not is_retirement(each)]
    if len(living) > 1:
        # Sorts are stable: the last one decides first.
        living.sort(key=lambda each: (each.data_source, each.native_key))
        living.sort(key=lambda each: each.observed_at, reverse=True)
        living.sort(key=lambda each: (each.data_source != MANUAL, _ORIGIN_RANK[each.origin]))
    return living


def merged(best_first: Sequence[Claim]) -> Mapping[str, Any]:
    """Return the attribute values that ranked claims come to."""
    if len(best_first) == 1:
        return _attributes(best_first[0])
    attributes: dict[str, Any] = {}
    for each in reversed(best_first):
        attributes.update(_attributes(each))
    return attributes


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
    return claim.live and not is_retirement(claim) and not claim.content.get(PARTIAL)


def first_said(contents: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return the first text that is said under a name, empty when nobody says one."""
    return next((each[name] for each in contents if each.get(name)), "")
