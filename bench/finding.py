"""``python -m bench.finding``: every way to find CIs, among 100,000 of them.

Figures are shares of reading the whole estate once, in the same run: what a look at every CI costs
on the same store, before anything is compared. The store is an embedded one in a folder of its own,
or ``--store ADDRESS``, which has to be empty.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from bench.scale import ACTOR, write
from graph_service.bootstrap import opened
from graph_service.config import Settings
from graph_service.model.ci import CI
from graph_service.model.condition import condition_of_text
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.relationship import Relationship
from graph_service.store import CIOrder, CIQuery, GraphStore, position_of
from graph_service.use_cases.inventory.inventory import Inventory

WORDS = (
    "payments", "ledger", "invoice", "customer", "catalogue", "search", "login", "gateway",
    "report",
    "archive", "mail", "stream", "cache", "queue", "proxy", "index", "billing", "shipping", "stock",
    "price", "label", "route", "claim", "policy", "quote",
)  # fmt: skip
CLASSES = ("Server", "VirtualMachine", "Application", "Database", "Api", "Container")
QUERIES = (
    "",
    "class:Server",
    "class:Host tier<=1 env:PRODUCTION",
    "owner:team-7",
    "endpoints~:8443",
    "not has:owner",
    "class:Application not (tier:3,4 or env:TEST)",
    "text:payments",
    "called:payments text:ledger",
    "within:ci-000000",
    "related:RUNS_ON->ci-000100",
    "is:orphan",
    "since:20",
    "called:payments or owner:team-7 or within:ci-000000",
)
REPEATS = 3


def records(size: int) -> Iterator[CI | Relationship]:
    """Yield CIs with names of words, then what runs on what, and what stands where."""
    dice = random.Random(7)  # noqa: S311 - figures, not secrets
    ids = [CIId(f"ci_{number:06}") for number in range(size)]
    for number, ci_id in enumerate(ids):
        first, second = dice.choice(WORDS), dice.choice(WORDS)
        yield CI(
            id=ci_id,
            key=f"ci-{number:06}",
            name=f"{first} {second} {number:06}",
            class_name="Site" if number < 100 else dice.choice(CLASSES),
            attributes={
                "tier": dice.choice((0, 1, 2, 2, 3, 3, 4)),
                "environment": dice.choice(("PRODUCTION", "PRODUCTION", "TEST")),
                "description": f"Handles {second} for {dice.choice(WORDS)}",
                "endpoints": [f"{first}-{number}.example:{dice.choice((443, 8443, 80))}"],
                **({"owner": f"team-{dice.randrange(100)}"} if number % 10 else {}),
            },
        )
    for number in range(100, size):
        named, place = ("LOCATED_IN", number % 100) if number % 5 == 0 else ("RUNS_ON", number // 2)
        if number % 50 and (place >= 100 or named == "LOCATED_IN"):
            yield Relationship(
                id=relationship_id(ids[number], named, ids[place]),
                source=ids[number],
                target=ids[place],
                type=named,
            )


async def fill(store: GraphStore, size: int) -> None:
    """Write the estate."""
    waiting: list[CI | Relationship] = []
    for each in records(size):
        waiting.append(each)
        if len(waiting) == DELTA_RECORDS_MAX:
            await write(store, waiting)
    await write(store, waiting)
    head = await store.head()
    renamed = (await store.cis([f"ci_{number:06}" for number in range(200, 300)])).values()
    changed = tuple(
        CI(
            id=each.id, key=each.key, name=f"{each.name} anew", class_name=each.class_name,
            attributes=each.attributes,
        )
        for each in renamed
    )  # fmt: skip
    await store.apply(GraphDelta(based_on=head.revision, actor=ACTOR, cis=changed))


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return the shortest of some runs, in seconds."""
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - start)
    return min(taken)


async def measure(address: str, size: int) -> None:
    """Fill a store and ask it everything."""
    settings = Settings.from_environment({**os.environ, "GRAPH_SERVICE_STORE": address})
    async with opened(settings, writing=True) as product:
        store, inventory = product.store, product.inventory
        if (await store.head()).revision:
            raise SystemExit(f"{address} is not empty")
        start = time.perf_counter()
        await fill(store, size)
        print(f"written in {time.perf_counter() - start:.1f} s")
        whole = await timed(lambda: store.find_cis(CIQuery(limit=size)))
        print(f"{size:,} CIs read once: {whole:.2f} s\n\n{'':58}page   count")
        for text in QUERIES:
            where = await inventory.settled(condition_of_text(text))
            await _line(store, text or "(everything)", CIQuery(where=where), whole)
        for order in CIOrder:
            for descending in (False, True):
                query = CIQuery(order=order, descending=descending)
                name = f"{order.value} {'DESC' if descending else 'ASC'}"
                await _line(store, name, query, whole)
        middle = (await store.find_cis(CIQuery(limit=size // 2))).cis[-1]
        deep = CIQuery(after=position_of(middle, CIOrder.NAME))
        await _line(store, "the page in the middle", deep, whole)
        await _words(inventory, whole)


async def _line(store: GraphStore, name: str, query: CIQuery, whole: float) -> None:
    page = await timed(lambda: store.find_cis(query))
    count = await timed(lambda: store.count_cis(query))
    print(f"{name:56} {page / whole:6.1%}  {count / whole:6.1%}")


async def _words(inventory: Inventory, whole: float) -> None:
    for text in ("payments ledger", "payments ledger 012345", "paymnets", "handles", "ci-012345"):
        taken = await timed(lambda text=text: inventory.search(text))  # type: ignore[misc] # bound now
        found = await inventory.search(text)
        said = f"search {text!r}: {found.total_count:,}, meant {[*found.suggestions]}"
        print(f"{said:56} {taken / whole:6.1%}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cis", type=int, default=100_000)
    parser.add_argument("--store", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        address = arguments.store or f"sqlite:{Path(folder) / 'estate.db'}"
        asyncio.run(measure(address, arguments.cis))


if __name__ == "__main__":
    main()
