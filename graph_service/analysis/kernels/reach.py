"""Structural reach: every CI that causes could hit, once, at its shortest distance."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_service.analysis.kernels.signatures import (
    BITS,
    BYTE,
    COUNT,
    INTS,
    INTS_OUT,
    WORDS_OUT,
)
from graph_service.projection.codes import Bits, Ints


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
            via[found] = -1
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
                via[found] = entry
                found += 1
        place += 1
    return found
