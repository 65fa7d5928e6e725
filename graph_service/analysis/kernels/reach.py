"""Structural reach: every CI that causes could hit, once, at its shortest distance."""

# The compiler has integers of its own; to the type checker they are of many types.
# mypy: disable-error-code="arg-type, assignment, operator, return-value"

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_service.analysis.kernels.prefetch import prefetch
from graph_service.analysis.kernels.signatures import (
    BITS,
    BYTE,
    COUNT,
    INTS,
    INTS_OUT,
    WORDS_OUT,
)
from graph_service.projection.codes import Bits, Ints

AHEAD_FAR, AHEAD_NEAR = 16, 8
"""How many CIs ahead in the queue its row's bounds, and then the row itself, are called for."""


@njit(
    COUNT(INTS, INTS, BITS, INTS, INTS, BYTE, WORDS_OUT, INTS_OUT, INTS_OUT, INTS_OUT, BITS),
    nogil=True,
    cache=True,
    boundscheck=False,
)
def reach(  # noqa: PLR0917 - arrays, as the compiler wants them
    hit_start: Ints,
    hit: Ints,
    hit_code: Bits,
    group_owner: Ints,
    causes: Ints,
    channels: int,
    seen: NDArray[np.uint64],
    order: Ints,
    hops: Ints,
    via: Ints,
    stop: Bits,
) -> int:
    """Walk breadth first from the causes over dependencies of these channels.

    Fills ``order`` with the CIs in the order they are found, ``hops`` with their distances and
    ``via`` with the place in ``hit`` they were found through, -1 at causes; returns how many, or -1
    when told to stop. Causes and rows ascend, so each path is the smallest of the shortest ones,
    compared CI by CI from its cause on.

    The three have one element more than there are CIs: what comes next is written there before it
    is known whether it is new, which spares the processor a guess.
    """
    count = np.uint32(len(hit_start) - 1)
    seen[:] = 0
    found = np.uint64(0)
    for cause in causes:
        word, bit = np.uint64(cause) >> np.uint64(6), np.uint64(cause) & np.uint64(63)
        seen[word] |= np.uint64(1) << bit
        order[found] = cause
        hops[found] = 0
        via[found] = -1
        found += np.uint64(1)
    place = np.uint64(0)
    while place < found:
        if stop[0] != 0:
            return -1
        if place + np.uint64(AHEAD_FAR) < found:
            prefetch(hit_start, np.uint64(order[place + np.uint64(AHEAD_FAR)]))
            near = np.uint64(hit_start[np.uint64(order[place + np.uint64(AHEAD_NEAR)])])
            prefetch(hit, near)
            prefetch(hit_code, near)
        ci = np.uint64(order[place])
        distance = np.int32(hops[place] + 1)
        for entry in range(np.uint64(hit_start[ci]), np.uint64(hit_start[ci + np.uint64(1)])):
            dependant = np.uint32(hit[entry])
            if dependant >= count:
                dependant = np.uint32(group_owner[np.uint64(dependant - count)])
            word = np.uint64(dependant) >> np.uint64(6)
            bit = np.uint64(dependant) & np.uint64(63)
            heard = np.uint64(hit_code[entry] & channels != 0)
            mask = seen[word]
            new = heard & ~(mask >> bit) & np.uint64(1)
            seen[word] = mask | (heard << bit)
            order[found] = dependant
            hops[found] = distance
            via[found] = entry
            found += new
        place += np.uint64(1)
    return np.int64(found)
