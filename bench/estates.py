"""How long the past and what-if take, against building the estate of now.

``python -m bench.estates [CIS]`` writes an estate into the embedded store, then a little more,
and prints ratios of one run: the machine is whatever it is.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from graph_service.model.ci import CI
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.edit import CreateCi, Edit, EditRef, RetireCi
from graph_service.model.ids import CIId, new_id, relationship_id
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.projection.build import built
from graph_service.store import CIQuery, GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.estates.estates import AsOf, Estates

CIS = 100_000
RELATIONSHIPS_PER_CI = 4
LATER_REVISIONS = 20
BENCH = Actor("bench", "bench")

Records = list[CI | Relationship]


def drawn(count: int) -> Records:
    """Draw an estate: CIs that lean on earlier ones."""
    chance = random.Random(1)  # noqa: S311 - the same estate each time
    cis = [
        CI(
            id=CIId(new_id("ci")),
            key=f"ci-{number}",
            name=f"Server {number}",
            class_name="Server",
            attributes={"tier": number % 5},
        )
        for number in range(count)
    ]
    pairs = {
        (place, chance.randrange(place))
        for place in range(1, count)
        for _ in range(RELATIONSHIPS_PER_CI)
    }
    return [*cis, *(_leans(cis[place].id, cis[on].id) for place, on in sorted(pairs))]


def _leans(source: CIId, target: CIId) -> Relationship:
    found = relationship_id(source, "DEPENDS_ON", target)
    return Relationship(id=found, source=source, target=target, type="DEPENDS_ON")


async def write(store: GraphStore, records: Records) -> None:
    """Write records as few revisions."""
    for start in range(0, len(records), DELTA_RECORDS_MAX):
        some = records[start : start + DELTA_RECORDS_MAX]
        await store.apply(
            GraphDelta(
                based_on=(await store.head()).revision,
                actor=BENCH,
                cis=tuple(each for each in some if isinstance(each, CI)),
                relationships=tuple(each for each in some if isinstance(each, Relationship)),
            )
        )


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return how long something takes, in seconds."""
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


async def measure(count: int, store: GraphStore) -> None:
    """Print what the past and overlays take, in times of what now takes."""
    records = drawn(count)
    await write(store, records)
    imported = (await store.head()).revision
    for number in range(LATER_REVISIONS):
        await write(
            store, [CI(id=CIId(new_id("ci")), key="", name=f"New {number}", class_name="Server")]
        )
    newest = (await store.head()).revision
    current = CurrentEstate(store, packaged())
    estates = Estates(
        store, current, packaged(), clock=lambda: datetime.now(UTC), deadline_seconds=3_600
    )
    loading = await timed(current.snapshot)
    tables, _ = await current.branch()
    begun = time.perf_counter()
    built(tables, packaged())
    building = time.perf_counter() - begun
    print(f"{count:,} CIs, {len(records) - count:,} relationships, {newest} revisions")
    print(
        f"reading and building the estate of now {loading:.2f} s, building alone {building:.2f} s"
    )
    edits: list[tuple[int, Edit]] = [
        (0, CreateCi(class_name="Server", name="spare", key="spare")),
        *((n, RetireCi(ci=EditRef(key=f"ci-{count - n}"))) for n in range(1, 20)),
    ]
    for name, as_of, asked in (
        ("first revision", 1, ()),
        ("middle of the import", imported // 2, ()),
        ("before the last", newest - 1, ()),
        ("before the later ones", imported, ()),
        ("20 edits over now", newest, edits),
    ):
        view = await estates.view(AsOf(revision=as_of), asked)
        opening = await timed(lambda: estates.view(AsOf(revision=as_of), asked))  # noqa: B023 - awaited here
        arrays = await timed(view.questions.estate_counts)
        again = await timed(view.questions.estate_counts)
        finding = await timed(lambda: view.inventory.cis(CIQuery(text="server 9", limit=50)))  # noqa: B023 - awaited here
        print(
            f"  {name:22} open {opening * 1000:6.1f} ms   arrays {arrays / loading:5.2f} of now, "
            f"{arrays / building:5.2f} of building, again {again * 1000:5.1f} ms   "
            f"find {finding * 1000:6.1f} ms"
        )


async def main() -> None:
    """Measure in a fresh store."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CIS
    with tempfile.TemporaryDirectory() as folder:
        store = await open_sqlite(Path(folder) / "estate.db", clock=lambda: datetime.now(UTC))
        try:
            await measure(count, store)
        finally:
            await store.close()


if __name__ == "__main__":
    asyncio.run(main())
