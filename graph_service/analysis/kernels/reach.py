"""Structural reach: every CI that causes could hit, once, at its shortest distance."""

import numpy as np
from numba import njit

from graph_service.analysis.kernels.signatures import (
    BITS,
    BYTE,
    COUNT,
    INTS,
    INTS_OUT,
    WORDS_OUT,
)


@njit(
    COUNT(INTS, INTS, BITS, INTS, INTS, BYTE, WORDS_OUT, INTS_OUT, INTS_OUT, INTS_OUT, BITS),
    nogil=True,
    cache=True,
    boundscheck=False,
)
def reach(  # type: ignore[no-untyped-def] # numba's signature stands above
    hit_start, hit, hit_code, group_owner, causes, channels, seen, order, hops, previous, stop
):
    """Walk breadth first from the causes over dependencies of these channels.

    Fills ``order`` with the CIs in the order they are found, ``hops`` with their distances and
    ``previous`` with the place in ``order`` of the CI before, -1 at causes; returns how many, or -1
    when told to stop. Causes and rows ascend, so each path is the smallest of the shortest ones,
    compared CI by CI from its cause on.
    """
    count = len(hit_start) - 1
    seen[:] = 0
    found = 0
    for cause in causes:
        word, bit = cause >> 6, np.uint64(1) << np.uint64(cause & 63)
        if seen[word] & bit == 0:
            seen[word] |= bit
            order[found] = cause
            hops[found] = 0
            previous[found] = -1
            found += 1
    place = 0
    while place < found:
        if stop[0] != 0:
            return -1
        ci = order[place]
        distance = hops[place] + 1
        for entry in range(hit_start[ci], hit_start[ci + 1]):
            if hit_code[entry] & channels == 0:
                continue
            dependant = hit[entry]
            if dependant >= count:
                dependant = group_owner[dependant - count]
            word, bit = dependant >> 6, np.uint64(1) << np.uint64(dependant & 63)
            if seen[word] & bit == 0:
                seen[word] |= bit
                order[found] = dependant
                hops[found] = distance
                previous[found] = place
                found += 1
        place += 1
    return found
