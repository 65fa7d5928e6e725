"""Dependencies that name a group → redundancy groups and their rules."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph_service.projection.codes import (
    ACTIVE_ACTIVE,
    CONSUMER_IS_SOURCE_BIT,
    MANUAL,
    STANDBY_BIT,
    Bits,
    Flags,
    Ints,
    Longs,
    Small,
)
from graph_service.projection.dependencies import Dependencies
from graph_service.projection.meaning import UNSAID, GroupRule
from graph_service.projection.snapshot import Finding, Groups, packed_rule
from graph_service.projection.tables import EstateTables

_NAME_BITS = 32
_WHOLE = 10_000  # percent in hundredths


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups, and what was noticed while they were read.

    ``k_above_n`` and the like are numbers of groups.
    """

    groups: Groups
    k_above_n: Ints
    k_full_below_k: Ints
    mode_unknown: Ints
    unreadable: Ints

    def findings(self, ids: list[str], keys: list[str]) -> Iterator[Finding]:
        """Yield what is wrong, in words."""
        for numbers, code, text in (
            (self.k_above_n, "K_ABOVE_N", "needs more members than it has; all of them are taken"),
            (self.k_full_below_k, "K_FULL_BELOW_K", "works well with fewer than it needs"),
            (
                self.mode_unknown,
                "MODE_UNKNOWN",
                "has members that stand by, but nobody says how they take over; not credited",
            ),
            (self.unreadable, "UNREADABLE", "has rules that make no sense; worst case taken"),
        ):
            for group in numbers.tolist():
                owner = int(self.groups.owner[group])
                message = f"group {self.groups.name[group]!r} of {keys[owner]} {text}"
                yield Finding(code, ids[owner], message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """Rules of the groups, one element each; what is not said is as in ``GroupRule``."""

    k: Ints
    share: Ints
    k_full: Ints
    mode: Small
    switch_minutes: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    strength: Small
    evidence: Flags
    readable: Flags


def redundancy_groups(tables: EstateTables, links: Dependencies, attribute_code: Ints) -> Grouping:
    """Gather the groups. ``attribute_code`` is that of each CI, in the snapshot's numbers.

    A member that is related twice counts once: active if one relationship says so, and as strongly
    as the strongest.
    """
    chosen = np.flatnonzero(links.group >= 0)
    owner_and_name = (links.consumer[chosen] << _NAME_BITS) | links.group[chosen]
    keys, group = np.unique(owner_and_name, return_inverse=True)
    turned = ~links.consumer_is_source[chosen]
    order = np.lexsort((turned, links.type_code[chosen], links.provider[chosen], group))
    chosen, group = chosen[order], group[order]
    pair = (group << _NAME_BITS) | links.provider[chosen]
    first = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]][: len(pair)])
    members = chosen[first]
    member_group = group[first]
    standby = _reduced(np.logical_and, links.standby[chosen], first)
    channels = _reduced(np.bitwise_or, links.channels[chosen], first)
    strength = _reduced(np.maximum, links.strength[chosen], first)
    code = (
        strength
        | channels
        | np.where(standby, STANDBY_BIT, 0)
        | np.where(links.consumer_is_source[members], CONSUMER_IS_SOURCE_BIT, 0)
    ).astype(np.uint8)
    count = len(keys)
    owner, name = (keys >> _NAME_BITS).astype(np.int32), keys & ((1 << _NAME_BITS) - 1)
    size = np.bincount(member_group, minlength=count).astype(np.int32)
    rules = _rules(tables, links.group_names, attribute_code[owner], name)
    default_k = _largest(group, links.default_k[chosen], count)
    k, k_known, above = _needed(rules, default_k, size)
    k_full = np.clip(np.where(rules.k_full > 0, rules.k_full, k), k, size).astype(np.int32)
    active = size - np.bincount(member_group, standby, minlength=count).astype(np.int32)
    mode_unknown = (rules.mode == UNSAID) & (active < size)
    mode = np.where(
        rules.mode == UNSAID, np.where(mode_unknown, MANUAL, ACTIVE_ACTIVE), rules.mode
    ).astype(np.int8)
    # A group outlasts an outage as long as its least patient member link says.
    patience = np.where(links.tolerance[chosen] < 0, -1, links.tolerance[chosen])
    tolerance = _smallest(group, patience, count)
    member_strength = _largest(member_group, strength, count)
    groups = Groups(
        owner=owner,
        name=[links.group_names[each] for each in name.tolist()],
        member_start=_starts(size),
        member=links.provider[members].astype(np.int32),
        member_code=code,
        member_type=links.type_code[members].astype(_type_dtype(links)),
        k=k,
        k_full=k_full,
        k_full_said=rules.k_full,
        mode=mode,
        k_known=k_known,
        evidence=rules.evidence,
        switch_minutes=rules.switch_minutes,
        tolerance=tolerance.astype(np.float32),
        rule=packed_rule(
            owner=owner,
            size=size,
            active=active,
            k=k,
            k_full=k_full,
            mode=mode,
            strength=np.where(rules.strength == UNSAID, member_strength, rules.strength).astype(
                np.int8
            ),
            switches_in_time=rules.switch_minutes <= np.maximum(tolerance, 0),
        ),
    )
    return Grouping(
        groups=groups,
        k_above_n=_places(above),
        k_full_below_k=_places((rules.k_full > 0) & (rules.k_full < k)),
        mode_unknown=_places(mode_unknown),
        unreadable=_places(~rules.readable),
    )


def _needed(rules: _Rules, default_k: Ints, size: Ints) -> tuple[Ints, Flags, Flags]:
    """Return k, whether anybody said so, and where it was more than there are."""
    by_share = ((rules.share.astype(np.int64) * size + _WHOLE - 1) // _WHOLE).astype(np.int32)
    said = np.where(rules.share > 0, by_share, default_k)
    said = np.where(rules.k > 0, rules.k, said)
    known = said > 0
    k = np.where(known, np.minimum(said, size), size).astype(np.int32)
    return k, known, said > size


def _rules(tables: EstateTables, names: tuple[str, ...], codes: Ints, group_names: Longs) -> _Rules:
    """Find the rule of each group among those its owner's attributes state."""
    number = {name: place for place, name in enumerate(names)}
    stated = sorted(
        ((code << _NAME_BITS) | number[name], rule)
        for code, meaning in enumerate(tables.ci_meanings)
        for name, rule in meaning.groups.items()
    )
    rows = [GroupRule(), *(rule for _, rule in stated)]
    wanted = (codes.astype(np.int64) << _NAME_BITS) | group_names
    keys = np.array([key for key, _ in stated], np.int64)
    place = np.searchsorted(keys, wanted)
    found = np.zeros(len(wanted), np.bool_)
    within = place < len(keys)
    found[within] = keys[place[within]] == wanted[within]
    chosen = np.where(found, place + 1, 0)
    return _Rules(
        k=np.array([each.k for each in rows], np.int32)[chosen],
        share=np.array([each.share for each in rows], np.int32)[chosen],
        k_full=np.array([each.k_full for each in rows], np.int32)[chosen],
        mode=np.array([each.mode for each in rows], np.int8)[chosen],
        switch_minutes=np.array([each.switch_minutes for each in rows], np.float32)[chosen],
        strength=np.array([each.strength for each in rows], np.int8)[chosen],
        evidence=np.array([each.evidence for each in rows], np.bool_)[chosen],
        readable=np.array([each.readable for each in rows], np.bool_)[chosen],
    )


def _reduced(operation: np.ufunc, values: Flags | Bits | Small, first: Longs) -> Ints:
    """Reduce runs of values that begin at ``first``."""
    if not len(values):
        return np.zeros(0, np.int32)
    return operation.reduceat(values, first).astype(np.int32)


def _largest(group: Longs, values: Ints, count: int) -> Ints:
    largest = np.zeros(count, np.int32)
    np.maximum.at(largest, group, values)
    return largest


def _smallest(
    group: Longs, values: np.ndarray[tuple[int, ...], np.dtype[np.floating]], count: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    smallest = np.full(count, np.inf)
    np.minimum.at(smallest, group, values)
    return smallest


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)


def _type_dtype(links: Dependencies) -> type[np.unsignedinteger]:
    return np.uint8 if len(links.types) <= np.iinfo(np.uint8).max else np.uint16


def _places(flags: Flags) -> Ints:
    return np.flatnonzero(flags).astype(np.int32)
