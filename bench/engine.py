"""``python -m bench.engine``: reach and impact against C and the graph libraries, as ratios.

Answers are compared before times are. All engines run interleaved in one process; cells are the
median of the repeats, and the factor is against the C reference.
"""

import argparse
import ctypes
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from bench.estate import Estate, estate, snapshot_of
from graph_service.analysis import Analysis, Scenario, warm
from graph_service.analysis.compiled import kernels
from graph_service.analysis.workspace import Workspace, all_up
from graph_service.projection import Snapshot
from graph_service.projection.codes import AVAILABILITY_BIT

DOWN = 3
Answer = dict[int, int]
Found = Any
"""What an engine returns: its own affair."""
Engine = Callable[[Sequence[int]], Found]


@dataclass(frozen=True)
class Bench:
    """One way to answer: ``run`` is timed, ``answer`` reads its result as CI to number."""

    name: str
    run: Engine
    answer: Callable[[Found], Answer]
    single_cause: bool = False
    has_hops: bool = True
    rest: Callable[[], None] | None = None
    """What to do after an answer, outside of what is timed."""


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


def peers(snapshot: Snapshot, outside: NetworkX) -> list[Bench]:
    """Return the graph libraries in C and Rust, for reach from one cause."""
    import igraph  # noqa: PLC0415 - an extra of the measurements
    import rustworkx  # noqa: PLC0415 - same

    edges = list(outside.graph.edges)
    of_igraph = igraph.Graph(len(snapshot), edges, directed=True)
    of_rustworkx = rustworkx.PyDiGraph()
    of_rustworkx.add_nodes_from(range(len(snapshot)))
    of_rustworkx.add_edges_from_no_data(edges)

    def igraph_answer(found: Found) -> Answer:
        order, layers, _ = found
        return {
            ci: hops
            for hops, (start, end) in enumerate(pairwise(layers))
            for ci in order[start:end]
        }

    def rustworkx_answer(found: Found) -> Answer:
        return dict.fromkeys((each for _, row in found for each in row), -1)

    return [
        Bench("igraph", lambda causes: of_igraph.bfs(causes[0]), igraph_answer, single_cause=True),
        Bench(
            "rustworkx",
            lambda causes: rustworkx.bfs_successors(of_rustworkx, causes[0]),
            rustworkx_answer,
            single_cause=True,
            has_hops=False,
        ),
    ]


def query_sets(drawn: Estate, snapshot: Snapshot, *, few: bool) -> dict[str, list[list[int]]]:
    """Return the causes asked about, seeded: random, infrastructure, hubs, fifty at once."""
    random = np.random.default_rng(11)
    fan_in = np.diff(snapshot.hit_start)
    low = np.flatnonzero(np.isin(drawn.layer, [3, 7, 8, 9, 10]))
    share = 4 if few else 1
    return {
        "rnd": [[each] for each in random.integers(0, len(drawn), 200 // share).tolist()],
        "infra": [[each] for each in random.choice(low, 100 // share).tolist()],
        "hub": [[each] for each in np.argsort(-fan_in)[:3].tolist()],
        "fifty": [
            sorted({*random.integers(0, len(drawn), 50).tolist()}) for _ in range(20 // share)
        ],
    }


def timed(run: Engine, causes: Sequence[int]) -> float:
    """Return how long one answer takes, in milliseconds."""
    start = time.perf_counter()
    run(causes)
    return (time.perf_counter() - start) * 1e3


def measure(
    benches: Sequence[Bench], queries: Sequence[Sequence[int]], repeats: int
) -> dict[str, list[float]]:
    """Return each engine's median time for each query; engines take turns."""
    times: dict[str, list[float]] = {each.name: [] for each in benches}
    for causes in queries:
        rounds: dict[str, list[float]] = {each.name: [] for each in benches}
        for _ in range(repeats):
            for each in benches:
                rounds[each.name].append(timed(each.run, causes))
                if each.rest:
                    each.rest()
        for name, found in rounds.items():
            times[name].append(statistics.median(found))
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    warm()
    for size in arguments.sizes:
        measure_size(size, arguments.repeats)


def measure_size(size: int, repeats: int) -> None:
    """Measure one estate."""
    drawn = estate(size)
    start = time.perf_counter()
    snapshot = snapshot_of(drawn)
    built = time.perf_counter() - start
    start = time.perf_counter()
    outside = NetworkX(snapshot)
    drawn_in = time.perf_counter() - start
    entries = len(snapshot.hit)
    print(f"\n## {size:,} CIs, {entries:,} dependencies, {len(snapshot.groups):,} groups")
    print(
        f"arrays {snapshot.array_bytes / size:.0f} B a CI; from columns {built:.2f} s; "
        f"the same graph in networkx {drawn_in:.2f} s"
    )
    ours, reference, analysis = Kernels(snapshot), CReference(snapshot), Analysis(snapshot)

    def ours_reach(found: int) -> Answer:
        work = ours.work
        return dict(zip(work.order[:found].tolist(), work.hops[:found].tolist(), strict=True))

    def c_reach(found: int) -> Answer:
        work = reference.work
        return dict(zip(work.order[:found].tolist(), work.hops[:found].tolist(), strict=True))

    def states(work: Workspace) -> Answer:
        hit = np.flatnonzero(work.state & 3)
        return dict(zip(hit.tolist(), (work.state[hit] & 3).tolist(), strict=True))

    def whole(causes: Sequence[int]) -> Found:
        return analysis.hit(Scenario(causes=dict.fromkeys(causes, DOWN)))  # type: ignore[arg-type] # a number is a state here

    reach = [
        Bench("C -O3", reference.reach, c_reach),
        Bench("engine", ours.reach, ours_reach),
        Bench("networkx", outside.reach, dict, single_cause=True),
        *peers(snapshot, outside),
    ]
    hit = [
        Bench("C -O3", reference.hit, lambda _: states(reference.work), rest=reference.rest),
        Bench("engine", ours.hit, lambda _: states(ours.work), rest=ours.rest),
        Bench("networkx + worklist", outside.hit, dict),
        Bench(
            "engine, whole answer",
            whole,
            lambda found: {
                ci: state
                for ci, state in zip(found.reach.order.tolist(), found.after.tolist(), strict=True)
                if state
            },
        ),
    ]
    sets = query_sets(drawn, snapshot, few=size >= 50_000)
    for title, benches in (("Reach", reach), ("Impact", hit)):
        print(f"\n### {title}: milliseconds, p50 / p95, (x C)")
        for name, queries in sets.items():
            compare(benches, queries)
            entrants = [each for each in benches if name != "fifty" or not each.single_cause]
            report(name, measure(entrants, queries, repeats))


def compare(benches: Sequence[Bench], queries: Sequence[Sequence[int]]) -> None:
    """Refuse to time engines that disagree."""
    for causes in queries[:10]:
        expected: Answer | None = None
        for each in benches:
            if each.single_cause and len(causes) > 1:
                continue
            found = each.answer(each.run(causes))
            if each.rest:
                each.rest()
            if expected is None:
                expected = found
            same = found == expected if each.has_hops else {*found, *causes} == {*expected}
            if not same:
                raise SystemExit(f"{each.name} disagrees about {causes}")


def report(name: str, times: dict[str, list[float]]) -> None:
    """Print one query set."""
    base = sum(times["C -O3"])
    cells = [
        f"{engine} {np.percentile(found, 50):.4f} / {np.percentile(found, 95):.3f} "
        f"({sum(found) / base:.2f}x)"
        for engine, found in times.items()
    ]
    print(f"{name:6}", " · ".join(cells))


if __name__ == "__main__":
    main()
