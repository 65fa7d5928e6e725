"""How much of what was saved rests on claims alone."""

from numba import njit

from graph_service.analysis.kernels.hit import CUT, LEANED, STATE
from graph_service.analysis.kernels.signatures import BITS, BYTE, COUNT, FLAGS, INTS
from graph_service.projection.codes import Bits, Flags, Ints


@njit(
    COUNT(INTS, INTS, INTS, BITS, INTS, INTS, INTS, BITS, FLAGS, BYTE, BITS, BITS),
    nogil=True,
    cache=True,
    boundscheck=False,
)
def unproven(  # noqa: PLR0917 - arrays, as the compiler wants them
    reached: Ints,
    need_start: Ints,
    need: Ints,
    need_code: Bits,
    group_start: Ints,
    member_start: Ints,
    member: Ints,
    member_code: Bits,
    group_evidence: Flags,
    channels: int,
    base: Bits,
    state: Bits,
) -> int:
    """Count the saved CIs, of those reached, one of whose protections nothing stands behind."""
    found = 0
    for ci in reached:
        now = state[ci]
        if now & STATE != 0 or base[ci] & STATE != 0 or now & LEANED == 0:
            continue
        doubtful = now & CUT != 0
        for place in range(need_start[ci], need_start[ci + 1]):
            code = need_code[place]
            if code & 128 != 0 and code & channels != 0:
                provider = need[place]
                doubtful |= state[provider] & STATE > base[provider] & STATE
        for group in range(group_start[ci], group_start[ci + 1]):
            if group_evidence[group]:
                continue
            for place in range(member_start[group], member_start[group + 1]):
                if member_code[place] & channels != 0:
                    provider = member[place]
                    doubtful |= state[provider] & STATE > base[provider] & STATE
        if doubtful:
            found += 1
    return found
