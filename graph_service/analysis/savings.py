"""What stopped or softened an impact at a CI."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from graph_service.analysis.proof import crossing, group_crossing, hit_entries
from graph_service.analysis.states import States
from graph_service.projection.codes import STRENGTH_MASK, TOLERANT_BIT, UNPROVEN_BIT, Ints

_AT_RISK, _DEGRADED, _DOWN = 1, 2, 3


class Absorber(Enum):
    """What did it."""

    GROUP = "GROUP"
    STRENGTH = "STRENGTH"
    TOLERANCE = "TOLERANCE"
    JUDGEMENT = "JUDGEMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """One thing that kept harm from a CI.

    ``lost`` are the providers that became worse. For a group ``by`` are its members that carry on
    and ``slack_left`` how many of these may go. Where too few carry on, it is the strength or the
    tolerance of the ``group`` that absorbed. Of a dependency alone, ``entry`` is the place in
    ``Snapshot.hit``.
    """

    absorber: Absorber
    lost: tuple[int, ...]
    by: tuple[int, ...] = ()
    group: int = -1
    entry: int = -1
    slack_left: int | None = None
    verified: bool = False


def savings(states: States, ci: int) -> list[Absorbed]:
    """Return what kept a CI better than a provider of it that became worse."""
    if ci in states.outcome.scenario.unaffected:
        lost = sorted({*_lost_alone(states, ci), *_lost_in_groups(states, ci)})
        return [Absorbed(absorber=Absorber.JUDGEMENT, lost=tuple(lost))] if lost else []
    return [*_by_dependency(states, ci), *_by_group(states, ci)]


def _worse(states: States, cis: Ints) -> list[int]:
    chosen = cis[states.after[cis] > states.before[cis]]
    found: list[int] = np.unique(chosen).tolist()
    return found


def _lost_alone(states: States, ci: int) -> list[int]:
    channels = states.outcome.scenario.channels
    return [
        each
        for each in _worse(states, states.snapshot.needs(ci))
        if hit_entries(states.snapshot, each, ci, channels)
    ]


def _lost_in_groups(states: States, ci: int) -> Iterator[int]:
    for group in states.snapshot.groups_of(ci):
        yield from _worse(states, states.snapshot.groups.members(group))


def _by_dependency(states: States, ci: int) -> Iterator[Absorbed]:
    snapshot = states.snapshot
    for provider in _lost_alone(states, ci):
        state = int(states.after[provider])
        for entry in hit_entries(snapshot, provider, ci, states.outcome.scenario.channels):
            code = int(snapshot.hit_code[entry])
            if snapshot.hit[entry] != ci or crossing(states, entry, state) >= state:
                continue
            by_map = state - 3 + (code & STRENGTH_MASK)
            tolerated = bool(code & TOLERANT_BIT) and by_map > _AT_RISK
            yield Absorbed(
                absorber=Absorber.TOLERANCE if tolerated else Absorber.STRENGTH,
                lost=(provider,),
                entry=entry,
                verified=not code & UNPROVEN_BIT,
            )


def _by_group(states: States, ci: int) -> Iterator[Absorbed]:
    groups = states.snapshot.groups
    for group in states.snapshot.groups_of(ci):
        members = groups.members(group)
        lost = _worse(states, members)
        if not lost or int(states.after[members].max()) <= int(states.after[ci]):
            continue
        carrying = members[states.after[members] <= _AT_RISK]
        absorber = Absorber.GROUP if len(carrying) >= groups.k[group] else _terms(states, group)
        held = absorber is Absorber.GROUP
        yield Absorbed(
            absorber=absorber,
            lost=tuple(lost),
            by=tuple(carrying.tolist()) if held else (),
            group=group,
            slack_left=max(0, len(carrying) - int(groups.k[group])) if held else None,
            verified=bool(groups.evidence[group]),
        )


def _terms(states: States, group: int) -> Absorber:
    """Return on what terms a CI bears that its group works badly or not at all."""
    groups = states.snapshot.groups
    down = int((states.after[groups.members(group)] == _DOWN).sum())
    _, slack, _, _, _, strength = groups.rule[group].tolist()
    state = _DOWN if down > slack else _DEGRADED
    by_strength = max(0, state - 3 + strength)
    if group_crossing(states, group, state) < by_strength:
        return Absorber.TOLERANCE
    return Absorber.STRENGTH if by_strength < state else Absorber.GROUP
