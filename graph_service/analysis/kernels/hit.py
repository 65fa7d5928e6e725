"""Redundancy-aware impact: the least states that satisfy every dependency and group."""

import numpy as np
from numba import njit

from graph_service.analysis.kernels.signatures import (
    AMOUNT,
    BITS,
    BITS_OUT,
    BYTE,
    COUNT,
    INTS,
    INTS_OUT,
    MINUTES,
    TABLE,
    TABLE_OUT,
)
from graph_service.projection.codes import Bits, Ints, Minutes

STATE = np.uint8(0b0011)
CUT = np.uint8(0b0100)
"""This CI's inputs are cut: it is as it is of itself, whatever it leans on."""
LEANED = np.uint8(0b1000)
"""Something this CI leans on became worse."""

DOWN, DEGRADED, AT_RISK = 3, 2, 1


@njit(inline="always")
def group_state(rule: Ints, counts: Ints, group: int) -> int:
    """Return a group's state from its counters: the rule of the k-th best member, and failover."""
    slack = rule[group, 1]
    if counts[group, 0] > slack:
        return 3
    state = 0
    if counts[group, 1] > rule[group, 2]:
        state = 2
    elif counts[group, 2] > slack or (counts[group, 1] >= 1 and counts[group, 1] == slack):
        state = 1
    if counts[group, 3] > rule[group, 3]:
        state = max(state, rule[group, 4])
    return state


@njit(
    COUNT(
        *(INTS, INTS, BITS, INTS, MINUTES, TABLE, MINUTES),
        *(INTS, BITS, BYTE, AMOUNT, BITS),
        *(BITS_OUT, TABLE_OUT, INTS_OUT, TABLE_OUT, INTS_OUT, BITS),
    ),
    nogil=True,
    cache=True,
    boundscheck=False,
)
def hit(  # noqa: PLR0917 - arrays, as the compiler wants them
    hit_start: Ints,
    hit_entry: Ints,
    hit_code: Bits,
    tolerant: Ints,
    tolerance: Minutes,
    rule: Ints,
    group_tolerance: Minutes,
    causes: Ints,
    cause_states: Bits,
    channels: int,
    duration: float,
    base: Bits,
    state: Bits,
    counts: Ints,
    touched: Ints,
    waiting: Ints,
    settled: Ints,
    stop: Bits,
) -> int:
    """Raise ``state`` from ``base``, the fixpoint it holds, to the one with these causes added.

    No dependency makes things worse than its provider is, so states settle from the worst down:
    what is DOWN is known before anything DEGRADED is looked at, and each CI is settled once, with
    its final state. ``counts`` are the groups' members that are DOWN, at least DEGRADED, at least
    AT_RISK, and DOWN among the active ones, and whether the group is in ``touched``, which begins
    with its own length. ``waiting`` has a row for each state. Fills ``settled`` with the CIs that
    became worse, in the order they settled, and returns how many, or -1 when told to stop.
    """
    count = len(hit_start) - 1
    last = np.zeros(4, np.int64)
    touched[0] = 0
    for place in range(len(causes)):
        ci = causes[place]
        worse = cause_states[place]
        if worse > state[ci] & STATE:
            state[ci] = (state[ci] & ~STATE) | worse
            waiting[worse, last[worse]] = ci
            last[worse] += 1
    done = 0
    for level in range(DOWN, 0, -1):
        place = 0
        while place < last[level]:
            if stop[0] != 0:
                return -1
            ci = waiting[level, place]
            place += 1
            if state[ci] & STATE != level:
                continue
            settled[done] = ci
            done += 1
            before = base[ci] & STATE
            for entry in range(hit_start[ci], hit_start[ci + 1]):
                code = hit_code[entry]
                if code & channels == 0:
                    continue
                dependant = hit_entry[entry]
                if dependant >= count:
                    group = dependant - count
                    dependant = rule[group, 0]
                    if counts[group, 4] == 0:
                        counts[group, 4] = 1
                        touched[0] += 1
                        touched[touched[0]] = group
                    if level == 3:
                        counts[group, 0] += 1
                        if code & 32 == 0:
                            counts[group, 3] += 1
                    if level >= 2 and before < 2:
                        counts[group, 1] += 1
                    if before < 1:
                        counts[group, 2] += 1
                    crossing = group_state(rule, counts, group) - 3 + rule[group, 5]
                    if crossing > 1 and duration <= group_tolerance[group]:
                        crossing = 1
                else:
                    crossing = level - 3 + (code & 3)
                    if (
                        crossing > 1
                        and code & 32 != 0
                        and duration <= tolerance[np.searchsorted(tolerant, entry)]
                    ):
                        crossing = 1
                known = state[dependant]
                state[dependant] = known | LEANED
                if crossing > known & STATE and known & CUT == 0:
                    state[dependant] = (known & ~STATE) | LEANED | np.uint8(crossing)
                    waiting[crossing, last[crossing]] = dependant
                    last[crossing] += 1
    return done
