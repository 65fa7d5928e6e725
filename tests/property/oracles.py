"""What the words of docs/semantics.md come to, slowly and without arrays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from graph_service.model.impact_state import IMPACT_MAPS, ImpactState, Strength
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import Channel, ImpactFlow, packaged
from tests.property.worlds import World

UP, AT_RISK, DEGRADED, DOWN = ImpactState


@dataclass(frozen=True)
class Link:
    """One CI leans on another, both by name."""

    consumer: str
    provider: str
    strength: Strength
    tolerance: float | None
    standby: bool
    default_k: int | None


@dataclass
class Group:
    """A redundancy group, with all the links that join it."""

    owner: str
    name: str
    links: list[Link] = field(default_factory=list)

    def members(self) -> list[str]:
        return sorted({each.provider for each in self.links})

    def standbys(self) -> list[str]:
        """Return members that stand by, whichever way they are related."""
        return [
            member
            for member in self.members()
            if all(each.standby for each in self.links if each.provider == member)
        ]


@dataclass
class Leaning:
    """Who leans on whom, for availability."""

    plain: list[Link] = field(default_factory=list)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)


def leaning(world: World) -> Leaning:
    """Read a world's relationships."""
    by_id = {each.id: each for each in world.cis}
    found = Leaning()
    for each in world.relationships:
        ends = by_id[each.source], by_id[each.target]
        if not all(end.is_in_service for end in ends):
            continue
        link, group = _link(each, ends[0].name, ends[1].name)
        if link is None:
            continue
        if group:
            key = (link.consumer, group)
            found.groups.setdefault(key, Group(*key)).links.append(link)
        else:
            found.plain.append(link)
    return found


def _link(each: Relationship, source: str, target: str) -> tuple[Link | None, str]:
    row = packaged().relationship_types[each.type]
    said = each.attributes
    strength = Strength(said.get("strength", row.strength))
    channels = said.get("channels", [channel.value for channel in row.channels])
    flow = row.impact
    if flow is ImpactFlow.BY_UPLINK:
        provider_end = said.get("uplink")
        flow = {"SOURCE": ImpactFlow.TO_TARGET, "TARGET": ImpactFlow.TO_SOURCE}.get(
            str(provider_end), ImpactFlow.NEITHER
        )
    if (
        flow is ImpactFlow.NEITHER
        or strength is Strength.NONE
        or Channel.AVAILABILITY.value not in channels
    ):
        return None, ""
    consumer, provider = (source, target) if flow is ImpactFlow.TO_SOURCE else (target, source)
    own_group = row.group.name if row.group else ""
    group = said.get("group", own_group)
    link = Link(
        consumer=consumer,
        provider=provider,
        strength=strength,
        tolerance=said.get("toleranceMinutes"),
        standby=said.get("role") == "STANDBY",
        default_k=row.group.k if row.group and group == own_group else None,
    )
    return link, group


def lfp(
    world: World,
    own: Mapping[str, ImpactState],
    duration: float = math.inf,
    cut: frozenset[str] = frozenset(),
) -> dict[str, ImpactState]:
    """Apply the operator to an estate that is all UP until nothing changes any more."""
    states = {each.name: UP for each in world.cis}
    while True:
        after = {
            name: max(
                own.get(name, UP),
                UP if name in cut else inherited(world, name, states, duration),
            )
            for name in states
        }
        if after == states:
            return states
        states = after


def inherited(
    world: World, name: str, states: Mapping[str, ImpactState], duration: float = math.inf
) -> ImpactState:
    """Return what the states of all others do to one CI; those not named are UP."""
    lean = leaning(world)
    everything = {each.name: UP for each in world.cis} | dict(states)
    attributes = next(each.attributes for each in world.cis if each.name == name)
    worst = UP
    for link in lean.plain:
        if link.consumer == name:
            worst = max(worst, _across(link, everything[link.provider], duration))
    for group in lean.groups.values():
        if group.owner == name:
            rule = attributes.get(f"redundancy.{group.name}") or {}
            worst = max(worst, _of_group(group, rule, everything, duration))
    return worst


def own_states(world: World) -> dict[str, ImpactState]:
    """Return what CIs in service report of themselves."""
    words = {"DOWN": DOWN, "DEGRADED": DEGRADED}
    return {
        each.name: words.get(str(each.attributes.get("operationalState")), UP)
        for each in world.cis
        if each.is_in_service
    }


def joined(
    one: Mapping[str, ImpactState], other: Mapping[str, ImpactState]
) -> dict[str, ImpactState]:
    """Return the worse of two states for every CI."""
    return {name: max(one.get(name, UP), other.get(name, UP)) for name in {*one, *other}}


def _across(link: Link, state: ImpactState, duration: float) -> ImpactState:
    crossed = IMPACT_MAPS[link.strength][state]
    if link.tolerance is not None and duration <= link.tolerance:
        return min(crossed, AT_RISK)
    return crossed


def _of_group(
    group: Group,
    rule: Mapping[str, object],
    states: Mapping[str, ImpactState],
    duration: float,
) -> ImpactState:
    strength = rule.get("strength") or max(
        (each.strength for each in group.links), key=lambda each: IMPACT_MAPS[each][DOWN]
    )
    tolerances = [each.tolerance for each in group.links]
    known = [each for each in tolerances if each is not None]
    patience = min(known) if len(known) == len(tolerances) else None
    state = _group_state(group, rule, states, patience or 0)
    crossed = IMPACT_MAPS[Strength(str(strength))][state]
    if patience is not None and duration <= patience:
        return min(crossed, AT_RISK)
    return crossed


def _group_state(
    group: Group, rule: Mapping[str, object], states: Mapping[str, ImpactState], patience: float
) -> ImpactState:
    members, standbys = group.members(), group.standbys()
    n = len(members)
    k = needed(group, rule)
    k_full = min(max(int(str(rule.get("kFull", k))), k), n)

    def count(level: ImpactState) -> int:
        return sum(states[each] >= level for each in members)

    slack = n - k
    if count(DOWN) > slack:
        state = DOWN
    elif count(DEGRADED) > n - k_full:
        state = DEGRADED
    elif count(AT_RISK) > slack or (count(DEGRADED) >= 1 and count(DEGRADED) == slack):
        state = AT_RISK
    else:
        state = UP
    mode = rule.get("mode") or ("MANUAL" if standbys else "ACTIVE_ACTIVE")
    actives = [each for each in members if each not in standbys]
    up_enough = sum(states[each] < DOWN for each in actives) >= min(k, len(actives))
    if mode == "ACTIVE_ACTIVE" or up_enough:
        return state
    if mode == "MANUAL":
        return DOWN
    in_time = float(str(rule.get("switchMinutes", math.inf))) <= patience
    return max(state, AT_RISK if in_time else DEGRADED)


def needed(group: Group, rule: Mapping[str, object]) -> int:
    """Return k: stated, else a share of n, else the type's own, else all."""
    n = len(group.members())
    if "k" in rule:
        return min(int(str(rule["k"])), n)
    if "percent" in rule:
        return math.ceil(Fraction(int(str(rule["percent"])) * n, 100))
    defaults = [each.default_k for each in group.links if each.default_k]
    return min(max(defaults), n) if defaults else n


def reach(world: World, causes: frozenset[str]) -> dict[str, int]:
    """Return distances of everything the causes could hit, by relaxing every link over and over."""
    lean = leaning(world)
    links = [(each.provider, each.consumer) for each in lean.plain]
    rules = {each.name: each.attributes for each in world.cis}
    for group in lean.groups.values():
        rule = rules[group.owner].get(f"redundancy.{group.name}") or {}
        if rule.get("strength") != Strength.NONE.value:
            links += [(each.provider, each.consumer) for each in group.links]
    distance = dict.fromkeys(causes, 0)
    while True:
        shorter = {
            consumer: distance[provider] + 1
            for provider, consumer in sorted(links, key=lambda link: -distance.get(link[0], 0))
            if provider in distance
            and distance[provider] + 1 < distance.get(consumer, len(world.cis) + 1)
        }
        if not shorter:
            return distance
        for consumer, hops in shorter.items():
            distance[consumer] = min(hops, distance.get(consumer, hops))
