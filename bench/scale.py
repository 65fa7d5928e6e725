"""``python -m bench.scale``: 100,000 CIs into a store, and a blast radius over them.

Writes deltas straight to the store (``bench.intake`` measures the way through the front door), then
asks as a person would. The store is an embedded one in a folder of its own, or ``--store ADDRESS``;
that one has to be empty.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson

from bench.estate import Estate, columns, estate
from graph_service.bootstrap import opened
from graph_service.config import Settings
from graph_service.model.ci import CI
from graph_service.model.codec import canonical
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.impact_state import ImpactState
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor, ActorType
from graph_service.store import GraphStore
from graph_service.use_cases.impact.impact_answer import Outcome
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.references import CIRef

ACTOR = Actor("bench", "Bench", ActorType.SYSTEM)


def records(drawn: Estate, relationships_max: int) -> Iterator[CI | Relationship]:
    """Yield CIs, then relationships, as they would be written."""
    cis, relationships = columns(drawn)
    for place, attributes in enumerate(cis.attributes):
        yield CI(
            id=CIId(cis.id[place]),
            key=cis.key[place],
            name=cis.name[place],
            class_name=cis.class_name[place],
            attributes=parsed(attributes),
        )
    for place, attributes in enumerate(relationships.attributes[:relationships_max]):
        source = CIId(cis.id[relationships.source[place] - 1])
        target = CIId(cis.id[relationships.target[place] - 1])
        named = relationships.type[place]
        yield Relationship(
            id=relationship_id(source, named, target),
            source=source,
            target=target,
            type=named,
            attributes=parsed(attributes),
        )


def parsed(attributes: str | None) -> dict[str, object]:
    """Read attributes as columns carry them."""
    found: dict[str, object] = orjson.loads(attributes) if attributes else {}
    return found


def deltas(chunk: list[CI | Relationship], based_on: int) -> GraphDelta:
    """Return the delta that writes these records."""
    return GraphDelta(
        based_on=based_on,
        actor=ACTOR,
        cis=tuple(each for each in chunk if isinstance(each, CI)),
        relationships=tuple(each for each in chunk if isinstance(each, Relationship)),
    )


async def measure(address: str, size: int, relationships_max: int) -> None:
    """Load and ask."""
    drawn = estate(size)
    settings = Settings.from_environment({**os.environ, "GRAPH_SERVICE_STORE": address})
    async with opened(settings, writing=True) as product:
        if (await product.store.head()).revision:
            raise SystemExit(f"{address} is not empty")
        start, written = time.perf_counter(), 0
        waiting: list[CI | Relationship] = []
        for each in records(drawn, relationships_max):
            waiting.append(each)
            if len(waiting) == DELTA_RECORDS_MAX:
                written += await write(product.store, waiting)
                show(written, start)
        written += await write(product.store, waiting)
        show(written, start)
        print(file=sys.stderr)
        print(f"written      {written:,} records in {time.perf_counter() - start:.1f} s")
        await ask(product.questions, drawn)


async def write(store: GraphStore, waiting: list[CI | Relationship]) -> int:
    """Write what waits, and return how much that was."""
    count = len(waiting)
    if count:
        head = await store.head()
        await store.apply(deltas(waiting, head.revision))
    waiting.clear()
    return count


def show(written: int, start: float) -> None:
    """Say how far it has come."""
    rate = written / (time.perf_counter() - start)
    print(f"\r{written:,} records, {rate:,.0f} a second", end="", file=sys.stderr, flush=True)


async def ask(questions: Questions, drawn: Estate) -> None:
    """Ask about the CI most others lean on, and about one that few do."""
    start = time.perf_counter()
    counts = await questions.estate_counts()
    print(
        f"read         {counts.ci_count:,} CIs, {counts.relationship_count:,} relationships "
        f"in {time.perf_counter() - start:.1f} s"
    )
    fan_in = np.bincount(drawn.target, minlength=len(drawn))
    width = len(str(len(drawn)))
    for label, place in (("hub", int(fan_in.argmax())), ("other", int(np.argsort(fan_in)[-2000]))):
        of = [(CIRef(key=f"ci-{place:0{width}}"), ImpactState.DOWN)]
        await questions.impact(of)
        start = time.perf_counter()
        answer = await questions.impact(of)
        found = time.perf_counter() - start
        start = time.perf_counter()
        rows = [row for outcome in Outcome for row in answer.rows(outcome)]
        shown = time.perf_counter() - start
        start = time.perf_counter()
        size = len(canonical([[row.ci.key, row.after, row.hops, row.reason] for row in rows]))
        print(
            f"impact, {label:5} {answer.summary.reached:,} reached, "
            f"{answer.summary.affected:,} affected: {found * 1e3:.1f} ms; "
            f"all {len(rows):,} rows with paths and reasons {shown:.2f} s ({size / 1e6:.1f} MB)"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cis", type=int, default=100_000)
    parser.add_argument("--relationships", type=int, default=300_000)
    parser.add_argument("--store", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        address = arguments.store or f"sqlite:{Path(folder) / 'estate.db'}"
        asyncio.run(measure(address, arguments.cis, arguments.relationships))


if __name__ == "__main__":
    main()
