"""Take an answer out of the working arrays, and bring these back to rest."""

from numba import njit

from graph_service.analysis.kernels.signatures import (
    BITS,
    BITS_OUT,
    COUNT,
    INTS,
    TABLE,
    TABLE_OUT,
)
from graph_service.projection.codes import Bits, Ints


@njit(
    COUNT(INTS, BITS, TABLE, BITS_OUT, TABLE_OUT, INTS, BITS_OUT, BITS_OUT),
    nogil=True,
    cache=True,
    boundscheck=False,
)
def collect(  # noqa: PLR0917 - arrays, as the compiler wants them
    order: Ints,
    base: Bits,
    base_counts: Ints,
    state: Bits,
    counts: Ints,
    touched: Ints,
    before: Bits,
    after: Bits,
) -> int:
    """Fill ``before`` and ``after`` for the CIs in ``order``; costs what the question cost."""
    for place in range(len(order)):
        ci = order[place]
        before[place] = base[ci]
        after[place] = state[ci]
        state[ci] = base[ci]
    for place in range(1, touched[0] + 1):
        group = touched[place]
        for column in range(counts.shape[1]):
            counts[group, column] = base_counts[group, column]
    return len(order)
