"""An estate's tables → groups of providers that look redundant, with what they are known by.

Four sorts: a group of which nobody says how many it needs; providers that a CI leans on one by one
though they look like one function; a group that a plain dependency on one of its members defeats;
and a provider with a declared standby that nobody credits.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import Snapshot
from graph_service.projection.build import dependencies_of
from graph_service.projection.codes import AVAILABILITY_BIT, IN_SERVICE_FLAG, Flags, Ints, Longs
from graph_service.projection.dependencies import Dependencies
from graph_service.projection.tables import EstateTables
from graph_service.use_cases.redundancy.likeness import group_name, pattern

FAILS_OVER = "FAILS_OVER_TO"
REPLICATES = "REPLICATES_TO"
_HARD = 3
_BITS = 32


class Sort(StrEnum):
    """What is proposed."""

    UNKNOWN_K = "UNKNOWN_K"
    UNDECLARED = "UNDECLARED"
    DEFEATED = "DEFEATED"
    STANDBY = "STANDBY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Providers of one CI that look like one function; CIs are numbers of the snapshot.

    ``group`` is the number of a group that exists, -1 if there is none. ``plain`` are the
    dependencies to move into it, as places among the relationships of the tables. ``drawn`` is the
    standby that nothing relates to the dependant yet. ``alike`` is what the names share.
    """

    sort: Sort
    dependant: int
    name: str
    members: tuple[int, ...]
    standbys: frozenset[int] = frozenset()
    group: int = -1
    plain: tuple[int, ...] = ()
    plain_members: frozenset[int] = frozenset()
    drawn: int = -1
    drawn_type: str = ""
    alike: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which CI replicates to which, and which fails over to which."""

    replicates: Mapping[int, Sequence[int]]
    fails_over: Mapping[int, Sequence[int]]

    def any_among(self, cis: Sequence[int]) -> bool:
        """Return whether one of some CIs replicates or fails over to another of them."""
        return any(True for links in (self.replicates, self.fails_over) for _ in among(links, cis))


def among(links: Mapping[int, Sequence[int]], cis: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the links between some CIs, without looking at every pair: pools are large."""
    chosen = frozenset(cis)
    for one in cis:
        yield from (
            (one, other) for other in links.get(one, ()) if other != one and other in chosen
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What candidates are looked for in."""

    tables: EstateTables
    snapshot: Snapshot
    vocabulary: Vocabulary
    links: Dependencies
    pairs: Pairs
    environments: Sequence[str]
    class_names: Sequence[str]


def ground(tables: EstateTables, snapshot: Snapshot, vocabulary: Vocabulary) -> Ground:
    """Read what is needed to look for candidates."""
    by_code = [each.environment for each in tables.ci_meanings]
    codes = tables.attribute_code[tables.by_key].tolist()
    return Ground(
        tables=tables,
        snapshot=snapshot,
        vocabulary=vocabulary,
        links=dependencies_of(tables, vocabulary),
        pairs=_pairs(tables),
        environments=[by_code[code] for code in codes],
        class_names=[snapshot.class_names[code] for code in snapshot.class_code.tolist()],
    )


def _pairs(tables: EstateTables) -> Pairs:
    place = np.full(len(tables.ids), -1, np.int64)
    place[tables.by_key] = np.arange(len(tables.by_key))
    words = tables.type_names.words

    def of(type_name: str) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        if type_name not in words:
            return found
        chosen = tables.relationship_type_code == words.index(type_name)
        sources = place[tables.relationship_source[chosen]].tolist()
        targets = place[tables.relationship_target[chosen]].tolist()
        for source, target in zip(sources, targets, strict=True):
            if source >= 0 and target >= 0:
                found.setdefault(source, []).append(target)
        return found

    return Pairs(of(REPLICATES), of(FAILS_OVER))


def candidates(on: Ground) -> list[Candidate]:
    """Return all candidates; no dependency is in two of them."""
    links, groups = on.links, on.snapshot.groups
    plain = _plain(on)
    pair = _pair(links.consumer[plain], links.provider[plain])
    owner = np.repeat(groups.owner, np.diff(groups.member_start))
    in_group = np.isin(pair, _pair(owner, groups.member))
    found = [*_of_groups(on, _by_pair(links, plain[in_group]))]
    free = plain[~in_group]
    found += _undeclared(on, _by_pair(links, free[_several_of_a_class(on, free)]))
    taken = {(each.dependant, member) for each in found for member in each.members}
    with_standby = np.isin(links.provider[free], [*on.pairs.fails_over])
    relieved = _by_pair(links, free[with_standby])
    found += _standbys(on, {pair: those for pair, those in relieved.items() if pair not in taken})
    return found


def _pair(one: Ints | Longs, other: Ints | Longs) -> Longs:
    return (one.astype(np.int64) << _BITS) | other


def _by_pair(links: Dependencies, chosen: Longs) -> dict[tuple[int, int], list[int]]:
    """Return dependencies by (who leans, on whom)."""
    found: dict[tuple[int, int], list[int]] = {}
    ends = zip(links.consumer[chosen].tolist(), links.provider[chosen].tolist(), strict=True)
    for ends_of_one, each in zip(ends, chosen.tolist(), strict=True):
        found.setdefault(ends_of_one, []).append(each)
    return found


def _several_of_a_class(on: Ground, chosen: Longs) -> Flags:
    """Return which dependencies are on one of several providers of the same class."""
    consumer, provider = on.links.consumer[chosen], on.links.provider[chosen]
    of_class = _pair(consumer, on.snapshot.class_code[provider].astype(np.int64))
    different = np.unique(np.stack([of_class, provider]), axis=1)[0]
    kinds, counts = np.unique(different, return_counts=True)
    several: Flags = np.isin(of_class, kinds[counts > 1])
    return several


def _plain(on: Ground) -> Longs:
    """Return the plain dependencies of pairs that are HARD and have no tolerance."""
    links = on.links
    plain = links.group < 0
    available = (links.channels & AVAILABILITY_BIT) != 0
    pair = _pair(links.consumer, links.provider)
    hard = np.unique(pair[plain & (links.strength == _HARD) & available])
    tolerant = np.unique(pair[links.tolerance >= 0])
    fits: Flags = plain & np.isin(pair, hard) & ~np.isin(pair, tolerant)
    return np.flatnonzero(fits)


def _of_groups(on: Ground, plain: Mapping[tuple[int, int], Sequence[int]]) -> Iterator[Candidate]:
    groups = on.snapshot.groups
    used: set[tuple[int, int]] = set()
    for number in range(len(groups)):
        owner = int(groups.owner[number])
        members = groups.members(number).tolist()
        defeating = [
            each for each in members if (owner, each) in plain and (owner, each) not in used
        ]
        used.update((owner, each) for each in defeating)
        is_unknown = len(members) > 1 and not bool(groups.k_known[number])
        if not (is_unknown or (defeating and len(members) > 1)):
            continue
        standby = groups.is_standby(number).tolist()
        places = [each for member in defeating for each in plain[owner, member]]
        yield Candidate(
            sort=Sort.UNKNOWN_K if is_unknown else Sort.DEFEATED,
            dependant=owner,
            name=groups.name[number],
            members=tuple(members),
            standbys=frozenset(
                each for each, stands in zip(members, standby, strict=True) if stands
            ),
            group=number,
            plain=tuple(on.links.place[places].tolist()),
            plain_members=frozenset(defeating),
            alike=_alike(on.snapshot, members),
        )


def _undeclared(on: Ground, free: Mapping[tuple[int, int], Sequence[int]]) -> Iterator[Candidate]:
    by_consumer: dict[int, dict[str, list[int]]] = {}
    for consumer, provider in free:
        by_class = by_consumer.setdefault(consumer, {})
        by_class.setdefault(on.class_names[provider], []).append(provider)
    for consumer, by_class in sorted(by_consumer.items()):
        names: set[str] = set()
        for class_name, providers in sorted(by_class.items()):
            for alike, members in _parts(on, consumer, sorted(providers)):
                name = group_name(alike or class_name, _taken(on, consumer) | names)
                names.add(name)
                places = [each for member in members for each in free[consumer, member]]
                yield Candidate(
                    sort=Sort.UNDECLARED,
                    dependant=consumer,
                    name=name,
                    members=tuple(members),
                    plain=tuple(on.links.place[places].tolist()),
                    plain_members=frozenset(members),
                    alike=alike,
                )


def _parts(on: Ground, consumer: int, providers: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    """Yield those of some providers of one class that look like one function."""
    if len(providers) < 2:  # noqa: PLR2004 - a pair
        return
    by_pattern: dict[str, list[int]] = {}
    for each in providers:
        by_pattern.setdefault(_pattern_of(on.snapshot, each), []).append(each)
    left: list[int] = []
    for alike, members in sorted(by_pattern.items()):
        if alike and len(members) > 1:
            yield alike, members
        else:
            left += members
    left.sort()
    is_pool = on.vocabulary.is_a(on.class_names[consumer], "LoadBalancer")
    if len(left) > 1 and (
        is_pool or on.pairs.any_among(left) or _same_dependants(on.snapshot, left)
    ):
        yield "", left


def _standbys(on: Ground, free: Mapping[tuple[int, int], Sequence[int]]) -> Iterator[Candidate]:
    snapshot, links = on.snapshot, on.links
    if not on.pairs.fails_over:
        return
    names: dict[int, set[str]] = {}
    ends = {standby for those in on.pairs.fails_over.values() for standby in those}
    near = np.isin(links.provider, [*ends]) | np.isin(links.consumer, [*ends])
    leans = {*zip(links.consumer[near].tolist(), links.provider[near].tolist(), strict=True)}
    for (consumer, provider), those in sorted(free.items()):
        for standby in on.pairs.fails_over.get(provider, ()):
            row = links.types[int(links.type_code[those[0]])]
            if standby == consumer or (consumer, standby) in leans or not _works(snapshot, standby):
                continue
            if (standby, consumer) in leans or row.impact.value not in {"TO_SOURCE", "TO_TARGET"}:
                continue
            members = tuple(sorted((provider, standby)))
            given = names.setdefault(consumer, set())
            name = group_name(
                _pattern_of(snapshot, provider) or snapshot.keys[provider],
                _taken(on, consumer) | given,
            )
            given.add(name)
            yield Candidate(
                sort=Sort.STANDBY,
                dependant=consumer,
                name=name,
                members=members,
                standbys=frozenset({standby}),
                plain=tuple(links.place[list(those)].tolist()),
                plain_members=frozenset({provider}),
                drawn=standby,
                drawn_type=row.name,
                alike=_alike(snapshot, members),
            )
            break


def _works(snapshot: Snapshot, ci: int) -> bool:
    return snapshot.has(ci, IN_SERVICE_FLAG)


def _taken(on: Ground, consumer: int) -> frozenset[str]:
    """Return the names of groups that a CI has or declares."""
    row = int(on.tables.by_key[consumer])
    declared = on.tables.ci_meanings[int(on.tables.attribute_code[row])].groups
    groups = on.snapshot.groups
    return frozenset(declared) | {groups.name[each] for each in on.snapshot.groups_of(consumer)}


def _pattern_of(snapshot: Snapshot, ci: int) -> str:
    return pattern(snapshot.keys[ci]) or pattern(snapshot.names[ci])


def _alike(snapshot: Snapshot, members: Iterable[int]) -> str:
    found = {_pattern_of(snapshot, each) for each in members}
    return found.pop() if len(found) == 1 else ""


def dependants_of(snapshot: Snapshot, ci: int) -> frozenset[int]:
    """Return the CIs that lean on one, plainly or by a group."""
    count = len(snapshot)
    entries = snapshot.hit[snapshot.hit_start[ci] : snapshot.hit_start[ci + 1]].tolist()
    owner = snapshot.groups.owner
    return frozenset(each if each < count else int(owner[each - count]) for each in entries)


def _same_dependants(snapshot: Snapshot, members: Sequence[int]) -> bool:
    sizes = np.diff(snapshot.hit_start)[list(members)]
    if len(set(sizes.tolist())) > 1:
        return False
    return len({dependants_of(snapshot, each) for each in members}) == 1
