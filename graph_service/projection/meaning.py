"""Attributes as JSON → numbers: what records and the vocabulary say, read once for each wording.

Estates repeat themselves: a million relationships have a few hundred different attribute objects,
so each different text is parsed once and becomes a row that all its records point at.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph_service.model.ci import IN_SERVICE_LIFECYCLES
from graph_service.model.vocabulary import Channel
from graph_service.projection.codes import CHANNEL_BITS, MODES, STRENGTH_CODES

UNSAID = -1

_REDUNDANCY = "redundancy."
_OWN_STATES = {"DOWN": 3, "DEGRADED": 2}
_CHANNELS = [each.value for each in Channel]
_TIER_MAX = 4
_MINUTES_MAX = 1e9  # two thousand years: beyond any outage, within a float32


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """What a CI says of one of its redundancy groups; 0 and ``UNSAID`` where it does not say.

    ``share`` is percent in hundredths. ``readable`` is false when something in it makes no sense;
    that part counts as not said.
    """

    k: int = 0
    share: int = 0
    k_full: int = 0
    mode: int = UNSAID
    switch_minutes: float = math.inf
    strength: int = UNSAID
    evidence: bool = False
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CIMeaning:
    """What a CI's impact attributes come to."""

    tier: int = UNSAID
    in_service: bool = True
    own_state: int = 0
    value_bearing: int = UNSAID
    environment: str = ""
    groups: Mapping[str, GroupRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipMeaning:
    """What a relationship says that departs from its type.

    ``group`` is ``None`` where it does not say and empty where it says none. ``uplink`` is 0 when
    the source is the provider, 1 when the target is.
    """

    strength: int = UNSAID
    channels: int = UNSAID
    tolerance_minutes: float = UNSAID
    group: str | None = None
    standby: bool = False
    uplink: int = UNSAID
    evidence: bool = False
    readable: bool = True


def ci_meaning(text: str | None) -> CIMeaning:
    """Read a CI's impact attributes, a JSON object or nothing."""
    said: dict[str, Any] = orjson.loads(text) if text else {}
    tier: Any = said.get("tier")
    value_bearing = said.get("valueBearing")
    return CIMeaning(
        tier=tier if _is_count(tier) and tier <= _TIER_MAX else UNSAID,
        in_service=said.get("lifecycle") in IN_SERVICE_LIFECYCLES,
        own_state=_OWN_STATES.get(str(said.get("operationalState")), 0),
        value_bearing=int(value_bearing) if isinstance(value_bearing, bool) else UNSAID,
        environment=str(said.get("environment") or ""),
        groups={
            name.removeprefix(_REDUNDANCY): _group_rule(rule)
            for name, rule in said.items()
            if name.startswith(_REDUNDANCY) and rule is not None
        },
    )


def relationship_meaning(text: str | None) -> RelationshipMeaning:
    """Read a relationship's attributes, a JSON object or nothing."""
    said: dict[str, Any] = orjson.loads(text) if text else {}
    strength, readable = _coded(said.get("strength"), STRENGTH_CODES)
    channels = said.get("channels")
    named = isinstance(channels, list) and all(each in _CHANNELS for each in channels)
    tolerance: Any = said.get("toleranceMinutes")
    is_tolerant = _is_amount(tolerance)
    group = said.get("group")
    return RelationshipMeaning(
        strength=strength,
        channels=_channel_bits(channels) if isinstance(channels, list) and named else UNSAID,
        tolerance_minutes=min(float(tolerance), _MINUTES_MAX) if is_tolerant else UNSAID,
        group=None if "group" not in said else str(group or ""),
        standby=said.get("role") == "STANDBY",
        uplink={"SOURCE": 0, "TARGET": 1}.get(str(said.get("uplink")), UNSAID),
        evidence=bool(said.get("evidence")),
        readable=readable and (channels is None or named) and (tolerance is None or is_tolerant),
    )


def _channel_bits(names: list[str]) -> int:
    bits = 0
    for name in names:
        bits |= CHANNEL_BITS.get(name, 0)
    return bits


def _group_rule(said: object) -> GroupRule:
    if not isinstance(said, dict):
        return GroupRule(readable=False)
    k: Any = said.get("k")
    percent: Any = said.get("percent")
    k_full: Any = said.get("kFull")
    switch: Any = said.get("switchMinutes")
    mode, mode_readable = _coded(said.get("mode"), MODES)
    strength, strength_readable = _coded(said.get("strength"), STRENGTH_CODES)
    has_share = _is_amount(percent) and 0 < percent <= 100  # noqa: PLR2004 - percent
    return GroupRule(
        k=k if _is_count(k) else 0,
        share=max(1, round(percent * 100)) if has_share else 0,
        k_full=k_full if _is_count(k_full) else 0,
        mode=mode,
        switch_minutes=min(float(switch), _MINUTES_MAX) if _is_amount(switch) else math.inf,
        strength=strength,
        evidence=bool(said.get("evidence")),
        readable=mode_readable
        and strength_readable
        and (k is None or (_is_count(k) and k > 0))
        and (percent is None or has_share)
        and (k_full is None or (_is_count(k_full) and k_full > 0))
        and (switch is None or _is_amount(switch)),
    )


def _coded(said: object, codes: Mapping[str, int]) -> tuple[int, bool]:
    """Return the number of a word, and whether it was said at all sensibly."""
    if said is None:
        return UNSAID, True
    code = codes.get(said, UNSAID) if isinstance(said, str) else UNSAID
    return code, code != UNSAID


def _is_count(said: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 2**31


def _is_amount(said: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < math.inf
