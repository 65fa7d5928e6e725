"""Redundancy-aware impact: the least states that satisfy every dependency and group."""

# The compiler has integers of its own; to the type checker they are of many types.
# mypy: disable-error-code="arg-type, assignment, operator, return-value"

import numpy as np
from numba import njit

from graph_service.analysis.kernels.prefetch import prefetch
from graph_service.analysis.kernels.reach import AHEAD_FAR, AHEAD_NEAR
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
    count = np.uint32(len(hit_start) - 1)
    one = np.uint64(1)
    last = np.zeros(4, np.uint64)
    touched[0] = 0
    for place in range(len(causes)):
        ci = np.uint64(causes[place])
        worse = cause_states[place]
        if worse > state[ci] & STATE:
            state[ci] = (state[ci] & ~STATE) | worse
            waiting[worse, last[worse]] = ci
            last[worse] += one
    done = np.uint64(0)
    for level in range(DOWN, 0, -1):
        next_one = np.uint64(0)
        while next_one < last[level]:
            if stop[0] != 0:
                return -1
            if next_one + np.uint64(AHEAD_FAR) < last[level]:
                prefetch(hit_start, np.uint64(waiting[level, next_one + np.uint64(AHEAD_FAR)]))
                near = np.uint64(waiting[level, next_one + np.uint64(AHEAD_NEAR)])
                prefetch(hit_entry, np.uint64(hit_start[near]))
                prefetch(hit_code, np.uint64(hit_start[near]))
            ci = np.uint64(waiting[level, next_one])
            next_one += one
            if state[ci] & STATE != level:
                continue
            settled[done] = ci
            done += one
            before = base[ci]
            for entry in range(np.uint64(hit_start[ci]), np.uint64(hit_start[ci + one])):
                code = hit_code[entry]
                if code & channels == 0:
                    continue
                dependant = np.uint32(hit_entry[entry])
                if dependant < count:
                    crossing = level - 3 + np.int64(code & 3)
                    if (
                        code & 32 != 0
                        and crossing > 1
                        and duration <= tolerance[np.searchsorted(tolerant, entry)]
                    ):
                        crossing = 1
                else:
                    group = np.uint64(dependant - count)
                    dependant = np.uint32(rule[group, 0])
                    if counts[group, 4] == 0:
                        counts[group, 4] = 1
                        touched[0] += 1
                        touched[touched[0]] = group
                    if level == 3:
                        counts[group, 0] += 1
                        counts[group, 3] += code & 32 == 0
                    counts[group, 1] += level >= 2 and before < 2
                    counts[group, 2] += before < 1
                    crossing = group_state(rule, counts, group) - 3 + rule[group, 5]
                    if crossing > 1 and duration <= group_tolerance[group]:
                        crossing = 1
                known = state[np.uint64(dependant)]
                # Written down before it is known whether it counts: see ``reach``.
                crossed = np.uint64(max(0, crossing) * (1 - np.int64((known & CUT) >> 2)))
                state[np.uint64(dependant)] = (
                    (known & CUT) | LEANED | np.uint8(max(np.uint64(known & STATE), crossed))
                )
                waiting[crossed, last[crossed]] = dependant
                last[crossed] += np.uint64(crossed > np.uint64(known & STATE))
    return np.int64(done)
