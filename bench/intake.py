"""How fast an estate is taken in: against the same rows by hand, and against saying it again.

``python -m bench.intake [CIS]`` prints ratios of one run on the embedded store; the machine is
whatever it is. ``by hand`` applies the very deltas of the import to a fresh store, unplanned.
"""

import asyncio
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from graph_service.model.delta import GraphDelta
from graph_service.model.ids import new_id
from graph_service.model.observation import (
    CIObservation,
    Event,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Reference,
    RelationshipObservation,
)
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.intake.intake import Intake

CIS = 100_000
RELATIONSHIPS_PER_CI = 3
TYPES = ("DEPENDS_ON", "USES", "RUNS_ON")
BENCH = Actor("bench", "bench")


class Made:
    """A collector of an estate that is made up."""

    name = "made"

    def readings(self, request: ReadingRequest) -> list[Reading]:
        """Read as many CIs as the options say."""
        count = int(request.options["cis"])
        return [
            Reading(
                data_source="made",
                collector=self.name,
                complete=True,
                strict=True,
                events=events(count),
            )
        ]

    def locate(self, place: Place) -> Place:
        """Know no better."""
        return place


def events(count: int) -> Iterator[Event]:
    """Yield an estate in which every CI depends on three others."""
    draw = random.Random(1)  # noqa: S311 - the same estate every time
    for index in range(count):
        yield CIObservation(
            native_key=f"app-{index:07}",
            class_name="Application",
            name=f"Application {index}",
            attributes={"tier": index % 5, "environment": "PRODUCTION", "language": "Go"},
            place=Place("made", f"cis[{index}]"),
        )
        for way, relationship_type in enumerate(TYPES):
            target = (index + 1 + draw.randrange(count - 1)) % count
            yield RelationshipObservation(
                type=relationship_type,
                source=Reference(key=f"app-{index:07}"),
                target=Reference(key=f"app-{target:07}"),
                place=Place("made", f"cis[{index}].relationships[{way}]"),
            )
    yield ReadToTheEnd()


async def main(count: int) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        listening = _seconds()
        for _ in events(count):
            pass
        made = listening()
        first, again, by_hand = await _measured(Path(folder), count)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count:,} CIs, {count * RELATIONSHIPS_PER_CI:,} relationships, embedded store")
    print(f"made up, nothing else   {made:8.2f} s")
    print(f"first: planned          {first[0]:8.2f} s")
    print(f"first: applied          {first[1]:8.2f} s")
    print(
        f"the same rows by hand   {by_hand:8.2f} s   import: {sum(first) / by_hand:.2f} times that"
    )
    print(
        f"second: nothing written {sum(again):8.2f} s   {sum(again) / sum(first):.3f} of the first"
    )
    print(f"largest in memory       {memory:8,} MB")


async def _measured(
    folder: Path, count: int
) -> tuple[tuple[float, float], tuple[float, float], float]:
    def clock() -> datetime:
        return datetime.now(UTC)

    store = await open_sqlite(folder / "estate.db", clock=clock)
    intake = Intake(store, packaged(), clock=clock, new_id=new_id)
    times = []
    deltas: list[GraphDelta] = []
    for _ in range(2):
        (reading,) = Made().readings(ReadingRequest(options={"cis": str(count)}))
        planning = _seconds()
        plan = await intake.plan(reading, collector=Made(), actor=BENCH)
        planned = planning()
        applying = _seconds()
        await intake.apply(plan, actor=BENCH)
        times.append((planned, applying()))
        deltas += plan.deltas
    await store.close()
    fresh = await open_sqlite(folder / "by-hand.db", clock=clock)
    writing = _seconds()
    for index, delta in enumerate(deltas):
        # By hand there is no run whose own revisions are told apart: the base moves along.
        await fresh.apply(replace(delta, based_on=index))
    by_hand = writing()
    await fresh.close()
    return times[0], times[1], by_hand


def _seconds() -> Callable[[], float]:
    """Start a watch; called, it says how long ago that was."""
    since = time.perf_counter()
    return lambda: time.perf_counter() - since


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else CIS))
