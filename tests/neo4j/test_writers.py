"""Several writers and readers at once."""

import asyncio
from dataclasses import replace
from typing import LiteralString

import pytest

from graph_service.model.errors import StaleRevisionError, StoreUnavailableError
from graph_service.model.revision import Head
from graph_service.store.chain import verify
from graph_service.store.neo4j import Neo4jGraphStore, applying, opening, transactions
from graph_service.store.topology import CIColumns, RelationshipColumns
from tests.builders import ci, ci_id, delta, estate, related
from tests.neo4j.conftest import Opener
from tests.servers.neo4j_server import Neo4jAddress

pytestmark = pytest.mark.anyio

WRITES = 12
CIS = 200


async def chain_faults(store: Neo4jGraphStore) -> list[str]:
    """Return what is wrong with the log, from the empty estate to the head."""
    log = [(each, await store.entries(each.number)) for each in await store.revisions(limit=9999)]
    return [each.code for each in verify(log, until=await store.head())]


async def test_two_writers_of_different_things_both_write(
    opened: Opener, empty_neo4j: Neo4jAddress
) -> None:
    """Revisions are numbered without gaps in the order of their commits, and the chain holds."""
    first, second = await opened(empty_neo4j), await opened(empty_neo4j)

    async def write(store: Neo4jGraphStore, name: str) -> list[int]:
        numbers = []
        for each in range(WRITES):
            applied = await store.apply(delta(ci(f"{name}{each}")))
            assert applied.revision is not None
            numbers.append(applied.revision.number)
        return numbers

    ours, theirs = await asyncio.gather(write(first, "left"), write(second, "right"))

    assert sorted(ours + theirs) == [*range(1, 2 * WRITES + 1)]
    assert await chain_faults(first) == []
    keys = [(await first.cis([ci_id(f"right{each}")])).popitem()[1].key for each in range(WRITES)]
    assert len({*keys}) == WRITES


async def test_two_writers_of_one_thing_do_not_overwrite(
    opened: Opener, empty_neo4j: Neo4jAddress
) -> None:
    """Of two that computed from the same revision, one writes and one is told what moved."""
    first, second = await opened(empty_neo4j), await opened(empty_neo4j)
    await first.apply(estate("shop"))

    outcomes = await asyncio.gather(
        first.apply(delta(ci("shop", owner="left"), based_on=1)),
        second.apply(delta(ci("shop", owner="right"), based_on=1)),
        return_exceptions=True,
    )

    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(refused) == 1
    assert isinstance(refused[0], StaleRevisionError)
    assert refused[0].moved == ("shop",)


async def test_readers_see_whole_revisions_only(opened: Opener, empty_neo4j: Neo4jAddress) -> None:
    """A reader never sees some CIs as they were before a revision and some as after it."""
    writer, reader = await opened(empty_neo4j), await opened(empty_neo4j)
    names = [f"node{each}" for each in range(CIS)]
    await writer.apply(delta(*(ci(each, generation=0) for each in names)))
    done = asyncio.Event()

    async def write() -> None:
        for generation in range(1, WRITES + 1):
            records = [ci(each, generation=generation) for each in names]
            await writer.apply(delta(*records, based_on=generation))
        done.set()

    async def read() -> set[int]:
        seen = set()
        while not done.is_set():
            found = await reader.cis([ci_id(each) for each in names])
            generations = {each.attributes["generation"] for each in found.values()}
            assert len(generations) == 1, f"saw {generations} at once"
            seen |= generations
        return seen

    _, seen = await asyncio.gather(write(), read())

    assert len(seen) > 1, "the reader must have been at work while the writer was"


async def test_a_topology_is_of_one_revision(opened: Opener, empty_neo4j: Neo4jAddress) -> None:
    """While others write, an export has exactly the CIs and relationships of its own head."""
    writer, reader = await opened(empty_neo4j), await opened(empty_neo4j)
    await writer.apply(estate("hub"))
    done = asyncio.Event()

    async def write() -> None:
        for each in range(WRITES):
            leaf = f"leaf{each}"
            await writer.apply(delta(ci(leaf), related(leaf, "hub"), based_on=1))
        done.set()

    async def export() -> list[tuple[int, int, int]]:
        seen = []
        while not done.is_set():
            parts = [each async for each in reader.topology()]
            head = parts[0]
            assert isinstance(head, Head)
            cis = sum(len(each.id) for each in parts if isinstance(each, CIColumns))
            edges = sum(len(each.id) for each in parts if isinstance(each, RelationshipColumns))
            seen.append((head.revision, cis, edges))
        return seen

    _, seen = await asyncio.gather(write(), export())

    assert seen
    assert all(cis == revision and edges == revision - 1 for revision, cis, edges in seen)


async def test_a_follower_never_meets_a_gap(opened: Opener, empty_neo4j: Neo4jAddress) -> None:
    """Whatever the head says is written can be read to the last entry."""
    writer, reader = await opened(empty_neo4j), await opened(empty_neo4j)
    done = asyncio.Event()

    async def write() -> None:
        for each in range(WRITES):
            await writer.apply(delta(*(ci(f"node{each}-{one}") for one in range(50))))
        done.set()

    async def follow() -> list[int]:
        numbers: list[int] = []
        while not (done.is_set() and len(numbers) == WRITES):
            head = await reader.head()
            while len(numbers) < head.revision:
                entries = await reader.entries_after(len(numbers), 1)
                assert len(entries) == 50
                numbers.append(entries[0].revision)
        return numbers

    _, numbers = await asyncio.gather(write(), follow())

    assert numbers == [*range(1, WRITES + 1)]


async def test_waiting_for_another_writer_has_an_end(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that hangs does not hang the others for good, and afterwards all is well."""
    monkeypatch.setattr(transactions, "WRITE_SECONDS", 1.0)
    with empty_neo4j.driver() as driver, driver.session(database=empty_neo4j.database) as session:
        hanging = session.begin_transaction()
        hanging.run("MATCH (head:LogHead) SET head.locked = true").consume()

        with pytest.raises(StoreUnavailableError, match=r"cannot do this now"):
            await store.apply(estate("shop"))
        hanging.rollback()

    assert (await store.apply(estate("shop"))).head.revision == 1


async def test_a_delta_that_fails_halfway_leaves_nothing(
    store: Neo4jGraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong between two statements, no part of a revision stays."""

    async def stumble(*_: object) -> None:
        raise StoreUnavailableError("the last statement fails")

    with monkeypatch.context() as patched:
        patched.setattr(applying, "write_head", stumble)
        with pytest.raises(StoreUnavailableError):
            await store.apply(estate("shop -> db"))

    assert await store.head() == Head()
    assert await store.cis([ci_id("shop"), ci_id("db")]) == {}
    assert await store.entries(1) == []
    applied = await store.apply(replace(estate("shop -> db"), reason="again"))
    assert applied.head.revision == 1


async def test_what_needs_too_much_memory_is_told_as_that(
    opened: Opener, empty_neo4j: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To try again would not help: the message says which settings would, and the store goes on."""
    monkeypatch.setattr(opening, "RETRY_SECONDS", 0.0)
    store = await opened(empty_neo4j)
    hungry: LiteralString = "UNWIND range(1, 100000000) AS i RETURN size(collect(toString(i)))"

    with pytest.raises(StoreUnavailableError, match=r"dbms\.memory\.transaction\.total\.max"):
        await store._transactions.read(lambda tx: transactions.value(tx, hungry))

    assert (await store.apply(estate("shop"))).head.revision == 1
