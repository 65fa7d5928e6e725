"""What is measured against each other: C, the engine's kernels, networkx."""

import ctypes
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from graph_service.analysis.compiled import kernels
from graph_service.analysis.workspace import Workspace, all_up
from graph_service.projection import Snapshot
from graph_service.projection.codes import AVAILABILITY_BIT

DOWN = 3
Found = Any
"""What an engine returns: its own affair."""


class CReference:
    """``reference.c``, compiled here and now with gcc -O3."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.work = Workspace(snapshot, all_up(snapshot))
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "reference.so"
            source = Path(__file__).with_name("reference.c")
            command = [
                "gcc",
                "-O3",
                "-march=native",
                "-shared",
                "-fPIC",
                "-o",
                str(library),
                str(source),
            ]
            subprocess.run(command, check=True)
            self._library = ctypes.CDLL(str(library))
        for function in (self._library.reach, self._library.hit):
            function.restype = ctypes.c_int64
        groups, work = snapshot.groups, self.work
        count = ctypes.c_int64(len(snapshot))
        channels = ctypes.c_uint8(AVAILABILITY_BIT)
        graph = pointers(snapshot.hit_start, snapshot.hit, snapshot.hit_code)
        # Bound once: what is compared is the loops, not how Python passes an array.
        self._reach_from = (count, *graph, pointer(groups.owner))
        self._reach_into = (channels, *pointers(work.seen, work.order, work.hops, work.via))
        self._hit_from = (count, *graph, pointer(groups.rule))
        written = (work.state, work.counts, work.touched, work.waiting, work.settled)
        self._hit_into = (ctypes.c_uint8(DOWN), channels, *pointers(*written))

    def reach(self, causes: Sequence[int]) -> int:
        """Run reach; its result is in the working arrays."""
        chosen = (ctypes.c_int32 * len(causes))(*causes)
        found: int = self._library.reach(
            *self._reach_from, ctypes.c_int64(len(causes)), chosen, *self._reach_into
        )
        return found

    def hit(self, causes: Sequence[int]) -> int:
        """Run hit; its result is in the working arrays."""
        chosen = (ctypes.c_int32 * len(causes))(*causes)
        found: int = self._library.hit(
            *self._hit_from, ctypes.c_int64(len(causes)), chosen, *self._hit_into
        )
        return found

    def rest(self) -> None:
        """Clear what the last question left."""
        self.work.state[:] = 0
        self.work.counts[:] = 0


def pointer(array: np.ndarray[Any, Any]) -> ctypes.c_void_p:
    """Return where an array begins."""
    return ctypes.c_void_p(array.ctypes.data)


def pointers(*arrays: np.ndarray[Any, Any]) -> tuple[ctypes.c_void_p, ...]:
    """Return where several arrays begin."""
    return tuple(pointer(each) for each in arrays)


class Kernels:
    """The engine's own kernels, called as bare as the C ones."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rest = all_up(snapshot)
        self.work = Workspace(snapshot, self._rest)
        self._go_on = np.zeros(1, np.uint8)

    def reach(self, causes: Sequence[int]) -> int:
        """Run the reach kernel."""
        snapshot, work = self._snapshot, self.work
        found: int = kernels().reach(
            snapshot.hit_start,
            snapshot.hit,
            snapshot.hit_code,
            snapshot.groups.owner,
            np.asarray(causes, np.int32),
            np.uint8(AVAILABILITY_BIT),
            work.seen,
            work.order,
            work.hops,
            work.via,
            self._go_on,
        )
        return found

    def hit(self, causes: Sequence[int]) -> int:
        """Run the hit kernel."""
        snapshot, work = self._snapshot, self.work
        found: int = kernels().hit(
            snapshot.hit_start,
            snapshot.hit,
            snapshot.hit_code,
            snapshot.tolerant,
            snapshot.tolerance,
            snapshot.groups.rule,
            snapshot.groups.tolerance,
            np.asarray(causes, np.int32),
            np.full(len(causes), DOWN, np.uint8),
            np.uint8(AVAILABILITY_BIT),
            np.inf,
            self._rest.state,
            work.state,
            work.counts,
            work.touched,
            work.waiting,
            work.settled,
            self._go_on,
        )
        return found

    def rest(self) -> None:
        """Clear what the last question left."""
        self.work.state[:] = 0
        self.work.counts[:] = 0


class NetworkX:
    """What a Python programmer would write: networkx for reach, a worklist over it for impact."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.graph: nx.DiGraph[int] = nx.DiGraph()
        self.graph.add_nodes_from(range(len(snapshot)))
        groups, count = snapshot.groups, len(snapshot)
        entries = list(hits(snapshot))
        self.graph.add_edges_from(
            (provider, hit if hit < count else int(groups.owner[hit - count]))
            for provider, hit in entries
        )
        self.plain: dict[int, list[int]] = {}
        self.member: dict[int, list[int]] = {}
        for provider, hit in entries:
            if hit < count:
                self.plain.setdefault(provider, []).append(hit)
            else:
                self.member.setdefault(provider, []).append(hit - count)
        self.owner = groups.owner.tolist()
        self.rule = groups.rule.tolist()

    def reach(self, causes: Sequence[int]) -> dict[int, int]:
        """Return distances by breadth-first search with evidence parents."""
        hops = dict.fromkeys(causes, 0)
        for provider, dependant in nx.generic_bfs_edges(self.graph, causes[0], self._next):
            hops[dependant] = hops[provider] + 1
        return hops

    def _next(self, ci: int) -> Found:
        return iter(self.graph.adj[ci])

    def hit(self, causes: Sequence[int]) -> dict[int, int]:
        """Return states by a worklist that re-evaluates what a change touches."""
        state = dict.fromkeys(causes, DOWN)
        counts: dict[int, list[int]] = {}
        waiting = list(causes)
        seen: dict[int, int] = {}
        while waiting:
            ci = waiting.pop()
            now, before = state[ci], seen.get(ci, 0)
            seen[ci] = now
            if now == before:
                continue
            for dependant in self.plain.get(ci, ()):
                if now > state.get(dependant, 0):
                    state[dependant] = now
                    waiting.append(dependant)
            for group in self.member.get(ci, ()):
                count = counts.setdefault(group, [0, 0, 0])
                for at, level in enumerate((3, 2, 1)):
                    count[at] += before < level <= now
                _, slack, full_slack, *_ = self.rule[group]
                worst = group_state(count, slack, full_slack)
                owner = self.owner[group]
                if worst > state.get(owner, 0):
                    state[owner] = worst
                    waiting.append(owner)
        return state


def group_state(count: Sequence[int], slack: int, full_slack: int) -> int:
    """Return the state of a group without standbys."""
    if count[0] > slack:
        return 3
    if count[1] > full_slack:
        return 2
    return int(count[2] > slack or (count[1] >= 1 and count[1] == slack))


def hits(snapshot: Snapshot) -> Found:
    """Yield every dependency as provider and entry."""
    providers = np.repeat(np.arange(len(snapshot)), np.diff(snapshot.hit_start))
    return zip(providers.tolist(), snapshot.hit.tolist(), strict=True)
