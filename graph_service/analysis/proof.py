"""Why a CI is in the state it is in: what it rests on, down to causes and starting states."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from graph_service.analysis.states import States
from graph_service.analysis.ways import ways
from graph_service.projection import Snapshot
from graph_service.projection.codes import STANDBY_BIT, STRENGTH_MASK, TOLERANT_BIT, Bits, Ints


class Rule(Enum):
    """What puts a CI in a state."""

    CAUSE = "CAUSE"
    STARTING_STATE = "STARTING_STATE"
    RELATIONSHIP = "RELATIONSHIP"
    GROUP = "GROUP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One step of a proof: a CI is in this state because of these providers.

    ``entry`` is the place in ``Snapshot.hit`` of the dependency it rests on; ``group`` the number
    of the redundancy group, whose ``because`` are then exactly as many members as it takes.
    """

    ci: int
    state: int
    rule: Rule
    because: tuple[int, ...] = ()
    entry: int = -1
    group: int = -1


def proof(states: States, ci: int) -> list[Reason]:
    """Return the steps that prove a CI's state, each after all it rests on; none when it is UP.

    The leaves are causes and starting states. What a step rests on is of lower rank, so that there
    is no way round in a circle, whatever circles the estate has.
    """
    wanted = [ci] if states.after[ci] else []
    steps: dict[int, Reason] = {}
    while wanted:
        each = wanted.pop()
        if each not in steps:
            steps[each] = reason(states, each)
            wanted.extend(steps[each].because)
    return sorted(steps.values(), key=lambda step: int(states.rank[step.ci]))


def reason(states: States, ci: int) -> Reason:
    """Return what a CI that is not UP rests on directly.

    If it became worse, that is the way on which harm came to it, as ``States.harm`` has it.
    """
    now = int(states.after[ci])
    scenario = states.outcome.scenario
    if scenario.causes.get(ci, 0) >= now:
        return Reason(ci=ci, state=now, rule=Rule.CAUSE)
    if not scenario.start_all_up and states.snapshot.own[ci] >= now:
        return Reason(ci=ci, state=now, rule=Rule.STARTING_STATE)
    if states.harmed_via[ci] >= 0:
        return _as_harm_came(states, ci, now)
    return next(_by_relationship(states, ci, now), None) or next(
        step
        for group in states.snapshot.groups_of(ci)
        for step in _by_group(states, ci, now, group)
    )


def hit_entries(snapshot: Snapshot, provider: int, dependant: int, channels: int) -> list[int]:
    """Return all places in ``hit`` at which a provider hits a CI, plain ones first."""
    start, end = int(snapshot.hit_start[provider]), int(snapshot.hit_start[provider + 1])
    row = snapshot.hit[start:end]
    count = len(snapshot)
    owners = row
    if len(snapshot.groups):
        numbers = np.maximum(row - count, 0)
        owners = np.where(row < count, row, snapshot.groups.owner[numbers])
    first, last = np.searchsorted(owners, [dependant, dependant + 1]).tolist()
    return [
        place for place in range(start + first, start + last) if snapshot.hit_code[place] & channels
    ]


def crossing(states: States, entry: int, state: int) -> int:
    """Return what a provider's state becomes across a plain dependency."""
    snapshot = states.snapshot
    code = int(snapshot.hit_code[entry])
    crossed = max(0, state - 3 + (code & STRENGTH_MASK))
    if crossed > 1 and code & TOLERANT_BIT:
        patience = snapshot.tolerance[np.searchsorted(snapshot.tolerant, entry)]
        if states.outcome.scenario.duration_minutes <= patience:
            return 1
    return crossed


def group_crossing(states: States, group: int, state: int) -> int:
    """Return what a group's state becomes across to its owner."""
    groups = states.snapshot.groups
    crossed = max(0, state - 3 + int(groups.rule[group, 5]))
    if crossed > 1 and states.outcome.scenario.duration_minutes <= groups.tolerance[group]:
        return 1
    return crossed


def _as_harm_came(states: States, ci: int, now: int) -> Reason:
    snapshot, entry = states.snapshot, int(states.harmed_via[ci])
    provider = int(np.searchsorted(snapshot.hit_start, entry, "right")) - 1
    group = int(snapshot.hit[entry]) - len(snapshot)
    if group < 0:
        return Reason(ci=ci, state=now, rule=Rule.RELATIONSHIP, because=(provider,), entry=entry)
    steps = _by_group(states, ci, now, group, first=provider)
    return next(step for step in steps if provider in step.because)


def _by_relationship(states: States, ci: int, now: int) -> Iterator[Reason]:
    """Yield plain dependencies that suffice, earliest settled provider first."""
    snapshot, channels = states.snapshot, states.outcome.scenario.channels
    after, rank = states.after, states.rank
    settled = rank[ci]
    # Rows are short, so numbers one by one are quicker here than arrays.
    needs = {
        each for each in snapshot.needs(ci).tolist() if after[each] >= now and rank[each] < settled
    }
    for provider in sorted(needs, key=rank.__getitem__):
        for entry in hit_entries(snapshot, provider, ci, channels):
            is_plain = snapshot.hit[entry] == ci
            if is_plain and crossing(states, entry, int(states.after[provider])) >= now:
                yield Reason(
                    ci=ci, state=now, rule=Rule.RELATIONSHIP, because=(provider,), entry=entry
                )


def _by_group(states: States, ci: int, now: int, group: int, first: int = -1) -> Iterator[Reason]:
    """Yield how a group suffices, with exactly as many members as it takes.

    They are the ones that settled earliest, but for ``first``, which comes before all.
    """
    rank, rule = states.rank, states.snapshot.groups.rule[group].tolist()
    members, codes = _active_members(states, group)
    early = rank[members] < rank[ci]
    members, codes = members[early], codes[early]
    order = np.lexsort((rank[members], members != first))
    members, stands_by = members[order], (codes[order] & STANDBY_BIT) != 0
    after = states.after[members]
    for way in sorted(ways(rule), key=lambda way: -way.state):
        lost = members[(after >= way.level) & ~(way.actives_only & stands_by)]
        if len(lost) > way.spare and group_crossing(states, group, way.state) >= now:
            because = tuple(lost[: way.spare + 1].tolist())
            yield Reason(ci=ci, state=now, rule=Rule.GROUP, because=because, group=group)


def _active_members(states: States, group: int) -> tuple[Ints, Bits]:
    """Return the members whose harm travels the channels in question, and their bytes."""
    groups = states.snapshot.groups
    start, end = groups.member_start[group], groups.member_start[group + 1]
    codes = groups.member_code[start:end]
    heard = (codes & states.outcome.scenario.channels) != 0
    return groups.member[start:end][heard], codes[heard]
