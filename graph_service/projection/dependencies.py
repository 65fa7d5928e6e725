"""Relationships → who leans on whom: the only place that gives their ends a direction."""

from dataclasses import dataclass

import numpy as np

from graph_service.model.vocabulary import Channel, ImpactFlow, RelationshipType, Vocabulary
from graph_service.projection.codes import (
    CHANNEL_BITS,
    HARM_BITS,
    STRENGTH_CODES,
    Bits,
    Flags,
    Ints,
    Longs,
    Minutes,
    Small,
)
from graph_service.projection.meaning import UNSAID
from graph_service.projection.tables import EstateTables

_PLAIN, _BY_TYPE = -1, -2
_FLOWS = {
    ImpactFlow.TO_SOURCE: 0,
    ImpactFlow.TO_TARGET: 1,
    ImpactFlow.BY_UPLINK: 2,
    ImpactFlow.NEITHER: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """One element for each relationship that can carry harm between CIs in service.

    ``group`` is a number of ``group_names``, -1 for a plain dependency. ``tolerance`` is negative
    where there is none. ``unproven``: it protects on nothing but its own word. ``default_k`` is the
    type's, where the group is the type's own; 0 otherwise. ``types`` are what ``type_code`` counts.
    ``place`` is where it stands among the relationships of the tables.
    """

    place: Longs
    provider: Longs
    consumer: Longs
    type_code: Longs
    strength: Small
    channels: Bits
    tolerance: Minutes
    consumer_is_source: Flags
    group: Ints
    standby: Flags
    unproven: Flags
    stale: Flags
    default_k: Ints
    types: tuple[RelationshipType, ...]
    group_names: tuple[str, ...]
    unoriented_source: Longs
    unoriented_target: Longs
    related: Flags
    unreadable: Longs
    """CIs that are the source of a relationship whose attributes make no sense in part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Types:
    rows: tuple[RelationshipType, ...]
    flow: Small
    strength: Small
    channels: Bits
    group: Ints
    default_k: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the different attribute objects of relationships say, by their number."""

    strength: Small
    channels: Ints
    tolerance: Minutes
    group: Ints
    standby: Flags
    uplink: Small
    evidence: Flags
    readable: Flags


def dependencies(
    tables: EstateTables, vocabulary: Vocabulary, place: Ints, in_service: Flags
) -> Dependencies:
    """Read the relationships of the tables; ``place`` is the number of each row's CI."""
    names = _group_names(tables, vocabulary)
    types, type_number = _types(tables, vocabulary, names)
    said = _said(tables, names)
    source = place[tables.relationship_source].astype(np.int64)
    target = place[tables.relationship_target].astype(np.int64)
    type_code = type_number[tables.relationship_type_code]
    code = tables.relationship_attribute_code

    flow = types.flow[type_code]
    uplink = said.uplink[code]
    strength = _unless_unsaid(said.strength[code], types.strength[type_code]).astype(np.int8)
    channels = _unless_unsaid(said.channels[code], types.channels[type_code]).astype(np.uint8)
    by_uplink = flow == _FLOWS[ImpactFlow.BY_UPLINK]
    consumer_is_source = (flow == _FLOWS[ImpactFlow.TO_SOURCE]) | (by_uplink & (uplink == 1))
    works = in_service[source] & in_service[target]
    carries = (
        works
        & (flow != _FLOWS[ImpactFlow.NEITHER])
        & (strength > 0)
        & ((channels & HARM_BITS) != 0)
    )
    # Only what would carry if its uplink were known leaves a gap in an answer.
    unoriented = carries & by_uplink & (uplink == UNSAID)
    carries &= ~unoriented
    group = np.where(said.group[code] == _BY_TYPE, types.group[type_code], said.group[code])
    # Redundancy is about being there: what carries no availability stands outside of groups.
    available = (channels & CHANNEL_BITS[Channel.AVAILABILITY.value]) != 0
    group = np.where(available, group, _PLAIN).astype(np.int32)
    related = np.zeros(len(in_service), np.bool_)
    related[source] = related[target] = True
    kept = np.flatnonzero(carries)
    tolerance = said.tolerance[code]
    weaker = (said.strength[code] != UNSAID) & (strength < types.strength[type_code])
    return Dependencies(
        place=kept,
        provider=np.where(consumer_is_source, target, source)[kept],
        consumer=np.where(consumer_is_source, source, target)[kept],
        type_code=type_code[kept],
        strength=strength[kept],
        channels=(channels & np.uint8(HARM_BITS))[kept],
        tolerance=tolerance[kept],
        consumer_is_source=consumer_is_source[kept],
        group=group[kept],
        standby=said.standby[code][kept],
        unproven=((weaker | (tolerance >= 0)) & ~said.evidence[code])[kept],
        stale=tables.relationship_stale[kept],
        default_k=np.where(group == types.group[type_code], types.default_k[type_code], 0)[
            kept
        ].astype(np.int32),
        types=types.rows,
        group_names=tuple(names),
        unoriented_source=source[unoriented],
        unoriented_target=target[unoriented],
        related=related,
        unreadable=np.unique(source[~said.readable[code]]),
    )


def _unless_unsaid(said: Small | Ints, default: Small | Bits) -> Ints:
    return np.where(said == UNSAID, default, said).astype(np.int32)


def _group_names(tables: EstateTables, vocabulary: Vocabulary) -> dict[str, int]:
    """Return every group name and its number, which does not depend on what came first."""
    names = {each.group for each in tables.relationship_meanings if each.group}
    names |= {each.group.name for each in vocabulary.relationship_types.values() if each.group}
    names |= {name for each in tables.ci_meanings for name in each.groups}
    return {name: number for number, name in enumerate(sorted(names))}


def _types(
    tables: EstateTables, vocabulary: Vocabulary, names: dict[str, int]
) -> tuple[_Types, Longs]:
    """Return the types of the vocabulary and the number of each type of the tables.

    A type the vocabulary does not know says nothing about impact, so it carries none.
    """
    known = vocabulary.relationship_types
    foreign = sorted(set(tables.type_names.words) - set(known))
    rows = (
        *known.values(),
        *(
            RelationshipType(name=each, verb=each, inverse_verb=each, impact=ImpactFlow.NEITHER)
            for each in foreign
        ),
    )
    number = {row.name: place for place, row in enumerate(rows)}
    groups = [row.group for row in rows]
    types = _Types(
        rows=rows,
        flow=np.array([_FLOWS[row.impact] for row in rows], np.int8),
        strength=np.array([STRENGTH_CODES[row.strength.value] for row in rows], np.int8),
        channels=np.array([_bits(row) for row in rows], np.uint8),
        group=np.array([names[each.name] if each else _PLAIN for each in groups], np.int32),
        default_k=np.array([(each.k or 0) if each else 0 for each in groups], np.int32),
    )
    numbers = [number[name] for name in tables.type_names.words]
    return types, np.array(numbers, np.int64)


def _bits(row: RelationshipType) -> int:
    bits = 0
    for each in row.channels:
        bits |= CHANNEL_BITS.get(each.value, 0)
    return bits


def _said(tables: EstateTables, names: dict[str, int]) -> _Said:
    rows = tables.relationship_meanings
    group = [_BY_TYPE if each.group is None else names.get(each.group, _PLAIN) for each in rows]
    return _Said(
        strength=np.array([each.strength for each in rows], np.int8),
        channels=np.array([each.channels for each in rows], np.int32),
        tolerance=np.array([each.tolerance_minutes for each in rows], np.float32),
        group=np.array(group, np.int32),
        standby=np.array([each.standby for each in rows], np.bool_),
        uplink=np.array([each.uplink for each in rows], np.int8),
        evidence=np.array([each.evidence for each in rows], np.bool_),
        readable=np.array([each.readable for each in rows], np.bool_),
    )
