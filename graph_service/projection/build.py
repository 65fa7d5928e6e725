"""Columns and a vocabulary → snapshot."""

from collections.abc import Iterator, Sequence

import numpy as np

from graph_service.model.vocabulary import Vocabulary
from graph_service.projection.codes import (
    AVAILABILITY_BIT,
    CONSUMER_IS_SOURCE_BIT,
    IN_SERVICE_FLAG,
    RELATED_FLAG,
    STALE_FLAG,
    TOLERANT_BIT,
    UNPROVEN_BIT,
    VALUE_BEARING_FLAG,
    Bits,
    Flags,
    Ints,
    Longs,
)
from graph_service.projection.dependencies import Dependencies, dependencies
from graph_service.projection.groups import redundancy_groups
from graph_service.projection.meaning import UNSAID
from graph_service.projection.snapshot import Finding, Groups, Incidence, Snapshot
from graph_service.projection.tables import EstateTables

_PLACE_BITS = 25
_HARD = 3
_ENTRIES_MAX = 2**31 - 1


def built(tables: EstateTables, vocabulary: Vocabulary, at: str = "") -> Snapshot:
    """Build the snapshot of what the tables hold; equal tables give equal arrays."""
    tables.settle_keys()
    rows = tables.by_key
    count = len(rows)
    attribute_code = tables.attribute_code[rows]
    meanings = tables.ci_meanings
    place, in_service = _numbered_cis(tables)
    own = np.array([each.own_state for each in meanings], np.uint8)[attribute_code]
    class_names, class_code, class_bears = _classes(tables, vocabulary)
    says = np.array([each.value_bearing for each in meanings], np.int8)[attribute_code]
    bears = np.where(says == UNSAID, class_bears[class_code], says == 1)

    links = dependencies(tables, vocabulary, place, in_service)
    grouping = redundancy_groups(tables, links, attribute_code)
    groups = grouping.groups
    picked = list(map(tables.ids.__getitem__, rows.tolist()))
    keys = list(map(tables.keys.__getitem__, rows.tolist()))
    stale = tables.stale[rows]
    hit = _Hits(links, groups, count)
    snapshot = Snapshot(
        revision=tables.revision,
        at=at,
        ids=picked,
        keys=keys,
        names=list(map(tables.names.__getitem__, rows.tolist())),
        class_names=class_names,
        class_code=class_code,
        tier=np.array([each.tier for each in meanings], np.int8)[attribute_code],
        flags=(
            in_service * IN_SERVICE_FLAG
            | bears * VALUE_BEARING_FLAG
            | stale * STALE_FLAG
            | links.related * RELATED_FLAG
        ).astype(np.uint8),
        own=np.where(in_service, own, 0).astype(np.uint8),
        hit_start=hit.start,
        hit=hit.entry,
        hit_code=hit.code,
        hit_type=hit.type_code,
        need_start=hit.need_start,
        need=hit.need,
        need_code=hit.need_code,
        group_start=np.searchsorted(groups.owner, np.arange(count + 1)).astype(np.int32),
        groups=groups,
        tolerant=hit.tolerant,
        tolerance=hit.tolerance,
        types=links.types,
        unoriented=_unoriented(links),
        stale=_stale(links, stale),
        unconfirmed=_unconfirmed(groups),
        relationship_count=len(tables.relationship),
        findings=(
            *grouping.findings(picked, keys),
            *_defeated(hit.plain, groups, picked, keys),
            *_unreadable(links, picked, keys),
        ),
    )
    _freeze(snapshot)
    return snapshot


def dependencies_of(tables: EstateTables, vocabulary: Vocabulary) -> Dependencies:
    """Return who leans on whom in the tables, CIs by the numbers a snapshot of them has."""
    tables.settle_keys()
    return dependencies(tables, vocabulary, *_numbered_cis(tables))


def _numbered_cis(tables: EstateTables) -> tuple[Ints, Flags]:
    """Return the number of each row's CI, -1 where it is no more, and which CIs are in service."""
    rows = tables.by_key
    place = np.full(len(tables.ids), -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    says = np.array([each.in_service for each in tables.ci_meanings], np.bool_)
    return place, says[tables.attribute_code[rows]]


class _Hits:
    """The dependencies in both directions."""

    def __init__(self, links: Dependencies, groups: Groups, count: int) -> None:
        plain = np.flatnonzero(links.group < 0)
        member_group = np.repeat(np.arange(len(groups)), np.diff(groups.member_start))
        counted = groups.rule[member_group, 5] > 0
        kept = member_group[counted]
        provider = np.concatenate([links.provider[plain], groups.member[counted]]).astype(np.int64)
        hit_ci = np.concatenate([links.consumer[plain], groups.owner[kept]]).astype(np.int64)
        entry = np.concatenate([links.consumer[plain], kept + count])
        type_code = np.concatenate([links.type_code[plain], groups.member_type[counted]])
        code = np.concatenate([_plain_codes(links, plain), groups.member_code[counted]])
        tolerance = np.concatenate([links.tolerance[plain], np.full(len(kept), -1, np.float32)])
        if max(len(entry), count + len(groups)) > _ENTRIES_MAX:
            message = "more dependencies than a projection can number"
            raise OverflowError(message)
        # One number orders all: provider, who is hit, plain before groups, then type or group.
        # Two CIs may be related both ways by the same type, to the same effect: source first.
        turned = ~links.consumer_is_source[plain]
        tail = np.concatenate([links.type_code[plain] * 2 + turned, kept + len(links.types) * 2])
        order = np.lexsort((tail, (provider << _PLACE_BITS) | hit_ci))
        self.start = _starts(provider, count)
        self.entry = entry[order].astype(np.int32)
        self.code = code[order].astype(np.uint8)
        self.type_code = type_code[order].astype(groups.member_type.dtype)
        tolerance = tolerance[order]
        self.tolerant = np.flatnonzero(tolerance >= 0).astype(np.int32)
        self.tolerance = tolerance[self.tolerant].astype(np.float32)
        is_plain = self.entry < count
        provider, consumer = provider[order][is_plain], self.entry[is_plain].astype(np.int64)
        code = self.code[is_plain]
        back = np.argsort(consumer, kind="stable")
        self.need_start = _starts(consumer, count)
        self.need = provider[back].astype(np.int32)
        self.need_code = code[back]
        self.plain = (provider, consumer, code)


def _plain_codes(links: Dependencies, plain: Longs) -> Bits:
    codes: Bits = (
        links.strength[plain].astype(np.uint8)
        | links.channels[plain]
        | np.where(links.tolerance[plain] >= 0, TOLERANT_BIT, 0)
        | np.where(links.consumer_is_source[plain], CONSUMER_IS_SOURCE_BIT, 0)
        | np.where(links.unproven[plain], UNPROVEN_BIT, 0)
    ).astype(np.uint8)
    return codes


def _classes(
    tables: EstateTables, vocabulary: Vocabulary
) -> tuple[tuple[str, ...], "np.ndarray[tuple[int, ...], np.dtype[np.unsignedinteger]]", Flags]:
    """Return class names in order, each CI's number among them, and which of them bear value."""
    codes = tables.class_code[tables.by_key]
    words = tables.class_names.words
    used = np.unique(codes)
    names = tuple(sorted(words[code] for code in used.tolist()))
    number = {name: place for place, name in enumerate(names)}
    renumbered = np.zeros(len(words), np.uint16)
    renumbered[used] = [number[words[code]] for code in used.tolist()]
    bears = np.array([vocabulary.is_value_bearing(name) for name in names], np.bool_)
    return names, renumbered[codes], bears


def _stale(links: Dependencies, stale: Flags) -> Incidence:
    doubtful = np.flatnonzero(links.stale | stale[links.provider] | stale[links.consumer])
    return _numbered(links.provider[doubtful], links.consumer[doubtful])


def _unoriented(links: Dependencies) -> Incidence:
    sources, targets = links.unoriented_source, links.unoriented_target
    order = np.lexsort((targets, sources))
    ends = np.concatenate([sources[order], targets[order]])
    return _incidence(ends, np.tile(np.arange(len(sources)), 2))


def _numbered(ci: Longs, other: Longs) -> Incidence:
    """Return pairs whose things are numbered by CI, whatever order they were stored in."""
    order = np.lexsort((other, ci))
    return _incidence(ci[order], np.arange(len(ci)))


def _unconfirmed(groups: Groups) -> Incidence:
    """Return groups of which nobody says how many they need; with one member it is that one."""
    sizes = np.diff(groups.member_start)
    member_group = np.repeat(np.arange(len(groups)), sizes)
    doubtful = (~groups.k_known & (sizes > 1))[member_group]
    return _incidence(groups.member[doubtful], member_group[doubtful])


def _incidence(ci: Ints | Longs, item: Longs) -> Incidence:
    order = np.lexsort((item, ci))
    return Incidence(ci[order].astype(np.int32), item[order].astype(np.int32))


def _defeated(
    plain: tuple[Longs, Longs, Bits], groups: Groups, ids: Sequence[str], keys: Sequence[str]
) -> Iterator[Finding]:
    """Yield groups one of whose members their owner also leans on alone."""
    provider, consumer, code = plain
    hard = ((code & _HARD) == _HARD) & ((code & AVAILABILITY_BIT) != 0)
    alone = (consumer[hard] << _PLACE_BITS) | provider[hard]
    member_group = np.repeat(np.arange(len(groups)), np.diff(groups.member_start))
    joined = (groups.owner[member_group].astype(np.int64) << _PLACE_BITS) | groups.member
    for place in np.flatnonzero(np.isin(joined, alone)).tolist():
        group, member = int(member_group[place]), int(groups.member[place])
        owner = int(groups.owner[group])
        message = (
            f"group {groups.name[group]!r} of {keys[owner]} is defeated: "
            f"{keys[owner]} also leans on {keys[member]} alone"
        )
        yield Finding("GROUP_DEFEATED", ids[owner], message)


def _unreadable(links: Dependencies, ids: Sequence[str], keys: Sequence[str]) -> Iterator[Finding]:
    for place in links.unreadable.tolist():
        message = (
            f"a relationship of {keys[place]} has attributes that make no sense; its type rules"
        )
        yield Finding("UNREADABLE", ids[place], message)


def _starts(owner: Longs, count: int) -> Ints:
    sizes = np.bincount(owner, minlength=count)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)


def _freeze(snapshot: Snapshot) -> None:
    parts = (snapshot, snapshot.groups, snapshot.unoriented, snapshot.stale, snapshot.unconfirmed)
    for part in parts:
        for name in type(part).__dataclass_fields__:
            value = getattr(part, name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
