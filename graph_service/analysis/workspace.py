"""Arrays that kernels write to: kept between questions, one set for each question under way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph_service.projection import Snapshot
from graph_service.projection.codes import Bits, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A fixpoint that questions start from: states, groups' counters, CIs in order of settling."""

    state: Bits
    counts: Ints
    settled: Ints


def all_up(snapshot: Snapshot) -> Rest:
    """Return the fixpoint of an estate in which nothing is wrong."""
    return Rest(
        state=np.zeros(len(snapshot), np.uint8),
        counts=np.zeros((len(snapshot.groups), 5), np.int32),
        settled=np.zeros(0, np.int32),
    )


class Workspace:
    """Working arrays of one question. Between questions ``state`` and ``counts`` are at rest."""

    def __init__(self, snapshot: Snapshot, rest: Rest) -> None:
        count = len(snapshot)
        self.seen: NDArray[np.uint64] = np.zeros((count + 63) // 64, np.uint64)
        self.order: Ints = np.empty(count + 1, np.int32)
        self.hops: Ints = np.empty(count + 1, np.int32)
        self.via: Ints = np.empty(count + 1, np.int32)
        self.settled: Ints = np.empty(count + 1, np.int32)
        self.waiting: Ints = np.empty((4, count + 1), np.int32)
        self.state: Bits = rest.state.copy()
        self.counts: Ints = rest.counts.copy()
        self.touched: Ints = np.empty(len(snapshot.groups) + 1, np.int32)
        self.rest = rest

    def come_to(self, rest: Rest) -> None:
        """Bring the working states to another fixpoint."""
        if self.rest is not rest:
            np.copyto(self.state, rest.state)
            np.copyto(self.counts, rest.counts)
            self.rest = rest
