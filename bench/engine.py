"""``python -m bench.engine``: reach and impact against C and the graph libraries, as ratios.

Answers are compared before times are. All engines run interleaved in one process. Of the repeats of
a question the quickest counts: what else the machine does makes it slower, never quicker. Cells are
p50 and p95 of the questions; the factor compares the sums with those of the C reference, which does
only what the kernel does: the whole answer is reach, impact and a copy of both.
"""

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bench.engines import DOWN, CReference, Found, Kernels, NetworkX
from bench.estate import Estate, estate, snapshot_of
from graph_service.analysis import Analysis, Scenario, warm
from graph_service.analysis.workspace import Workspace
from graph_service.projection import Snapshot

Answer = dict[int, int]
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
    """Return each engine's best time for each query; engines take turns."""
    times: dict[str, list[float]] = {each.name: [] for each in benches}
    for causes in queries:
        best = dict.fromkeys(times, math.inf)
        for _ in range(repeats):
            for each in benches:
                best[each.name] = min(best[each.name], timed(each.run, causes))
                if each.rest:
                    each.rest()
        for name, found in best.items():
            times[name].append(found)
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
