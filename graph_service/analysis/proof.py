"""Why a CI is in the state it is in: what it rests on, down to causes and starting states."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from graph_service.analysis.analysis import Hit
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


class States:
    """Every CI's state before and after, and the order in which they settled."""

    def __init__(self, snapshot: Snapshot, outcome: Hit) -> None:
        self.snapshot = snapshot
        self.outcome = outcome
        self.before = outcome.rest.state
        self.after: Bits = self.before.copy()
        self.after[outcome.reach.order] = outcome.after

    @cached_property
    def rank(self) -> Ints:
        """Order of settling: a state rests only on states of lower rank. -1 where UP."""
        rank = np.full(len(self.snapshot), -1, np.int32)
        earlier, later = self.outcome.rest.settled, self.outcome.settled
        rank[earlier] = np.arange(len(earlier))
        rank[later] = np.arange(len(earlier), len(earlier) + len(later))
        return rank

    @cached_property
    def place(self) -> Ints:
        """Each CI's place in the order of reach, -1 where it was not reached."""
        place = np.full(len(self.snapshot), -1, np.int32)
        place[self.outcome.reach.order] = np.arange(len(self.outcome.reach))
        return place


def proof(states: States, ci: int) -> list[Reason]:
    """Return the steps that prove a CI's state, each after all it rests on; none when it is UP.

    The leaves are causes and starting states. What a step rests on settled before it, so that there
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
    """Return what a CI that is not UP rests on directly."""
    now = int(states.after[ci])
    scenario = states.outcome.scenario
    if scenario.causes.get(ci, 0) >= now:
        return Reason(ci=ci, state=now, rule=Rule.CAUSE)
    if not scenario.start_all_up and states.snapshot.own[ci] >= now:
        return Reason(ci=ci, state=now, rule=Rule.STARTING_STATE)
    return next(_by_relationship(states, ci, now), None) or next(_by_group(states, ci, now))


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


def _by_group(states: States, ci: int, now: int) -> Iterator[Reason]:
    """Yield groups that suffice, with exactly as many members as it takes, earliest first."""
    snapshot = states.snapshot
    rank = states.rank
    for group in snapshot.groups_of(ci):
        members, codes = _active_members(states, group)
        early = rank[members] < rank[ci]
        members, codes = members[early], codes[early]
        order = np.argsort(rank[members], kind="stable")
        members, codes = members[order], codes[order]
        after = states.after[members]
        for state, chosen in _ways(snapshot, group, members, codes, after):
            if group_crossing(states, group, state) >= now:
                because = tuple(chosen.tolist())
                yield Reason(ci=ci, state=now, rule=Rule.GROUP, because=because, group=group)


def _active_members(states: States, group: int) -> tuple[Ints, Bits]:
    """Return the members whose harm travels the channels in question, and their bytes."""
    groups = states.snapshot.groups
    start, end = groups.member_start[group], groups.member_start[group + 1]
    codes = groups.member_code[start:end]
    heard = (codes & states.outcome.scenario.channels) != 0
    return groups.member[start:end][heard], codes[heard]


def _ways(
    snapshot: Snapshot, group: int, members: Ints, codes: Bits, after: Bits
) -> Iterator[tuple[int, Ints]]:
    """Yield the states a group is put in by its rules, and by which members, worst first."""
    _, slack, full_slack, active_slack, switched, _ = snapshot.groups.rule[group].tolist()
    down, degraded = members[after >= 3], members[after >= 2]  # noqa: PLR2004 - states
    active_down = members[(after >= 3) & ((codes & STANDBY_BIT) == 0)]  # noqa: PLR2004 - state
    called_on = len(active_down) > active_slack
    if len(down) > slack:
        yield 3, down[: slack + 1]
    if called_on and switched == 3:  # noqa: PLR2004 - state
        yield 3, active_down[: active_slack + 1]
    if len(degraded) > full_slack:
        yield 2, degraded[: full_slack + 1]
    if called_on:
        yield switched, active_down[: active_slack + 1]
    harmed = members[after >= 1]
    if len(harmed) > slack:
        yield 1, harmed[: slack + 1]
    if len(degraded) >= 1 and len(degraded) >= slack:
        yield 1, degraded[: max(slack, 1)]
