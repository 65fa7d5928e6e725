"""How fast Neo4j takes in an estate and gives it out, against the same rows sent by hand.

``python -m bench.neo4j_store [CIS]`` starts a Neo4j of its own, as the tests do, and prints ratios
of one run; the machine is whatever it is. ``by hand`` sends the very rows that the store wrote, log
and claims included, with UNWIND and nothing else: nothing read, compared, hashed or translated.
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.codec import ci_to_data, digest, relationship_to_data
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.ids import CIId, new_id, relationship_id
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.store import CIColumns, RelationshipColumns
from graph_service.store.neo4j import Neo4jGraphStore, applying, open_neo4j
from graph_service.store.neo4j.applying import Statement
from graph_service.store.neo4j.transactions import Transaction
from tests.servers.fixtures import wipe
from tests.servers.neo4j_server import Neo4jAddress, own_server

CIS = 100_000
RELATIONSHIPS_PER_CI = 3
CLASSES = ("Server", "Application", "Database", "VirtualMachine")
TYPES = ("DEPENDS_ON", "RUNS_ON", "USES", "CONTAINS")
BENCH = Actor("bench", "bench")


def estate(count: int) -> tuple[list[CI], list[Relationship]]:
    """Return CIs and three relationships each; some are depended on by very many."""
    draw = random.Random(1)  # noqa: S311 - the same estate every time, not a secret
    cis = [
        CI(
            id=CIId(new_id("ci")),
            key=f"HOST-{number}",
            name=f"host-{number:07}.example",
            class_name=CLASSES[number % len(CLASSES)],
            attributes={"tier": number % 5, "environment": "prod", "description": f"no {number}"},
        )
        for number in range(count)
    ]
    relationships: dict[str, Relationship] = {}
    while len(relationships) < count * RELATIONSHIPS_PER_CI:
        source, target = cis[draw.randrange(count)].id, cis[int(count * draw.random() ** 3)].id
        relationship_type = draw.choice(TYPES)
        if source != target:
            id_ = relationship_id(source, relationship_type, target)
            attributes = {"port": 443} if len(relationships) % 5 == 0 else {}
            relationships[id_] = Relationship(
                id=id_, source=source, target=target, type=relationship_type, attributes=attributes
            )
    return cis, [*relationships.values()]


def claimed(record: CI | Relationship) -> Claim:
    """Return a claim that says all of a record."""
    content = ci_to_data(record) if isinstance(record, CI) else relationship_to_data(record)
    return Claim(
        data_source="bench",
        native_key=record.id,
        subject=record.id,
        content=content,
        digest=digest(content),
        observed_at="2026-03-01T12:00:00.000Z",
    )


def deltas(records: list[CI] | list[Relationship]) -> Iterator[GraphDelta]:
    """Cut records, with a claim each, into the largest deltas there may be."""
    for start in range(0, len(records), DELTA_RECORDS_MAX):
        part = records[start : start + DELTA_RECORDS_MAX]
        yield GraphDelta(
            based_on=2**40,
            actor=BENCH,
            cis=tuple(each for each in part if isinstance(each, CI)),
            relationships=tuple(each for each in part if isinstance(each, Relationship)),
            claims=tuple(claimed(each) for each in part),
        )


async def load(store: Neo4jGraphStore, parts: Iterable[GraphDelta]) -> float:
    """Apply deltas and return the seconds that took."""
    seconds = 0.0
    for each in parts:
        current = GraphDelta(
            based_on=(await store.head()).revision,
            actor=each.actor,
            cis=each.cis,
            relationships=each.relationships,
            claims=each.claims,
        )
        start = time.perf_counter()
        await store.apply(current)
        seconds += time.perf_counter() - start
    return seconds


def load_by_hand(where: Neo4jAddress, transactions: list[list[Statement]]) -> float:
    """Send rows that are ready, in as many transactions, and return the seconds that took."""
    start = time.perf_counter()
    with where.driver() as driver, driver.session(database=where.database) as session:
        for statements in transactions:
            with session.begin_transaction() as tx:
                for statement, rows in statements:
                    for first in range(0, len(rows), DELTA_RECORDS_MAX):
                        tx.run(statement, rows=rows[first : first + DELTA_RECORDS_MAX]).consume()
                tx.commit()
    return time.perf_counter() - start


async def export(store: Neo4jGraphStore) -> tuple[int, float]:
    """Return how many records leave as columns, and the seconds that takes."""
    start = time.perf_counter()
    count = 0
    async for part in store.topology():
        if isinstance(part, CIColumns | RelationshipColumns):
            count += len(part.id)
    return count, time.perf_counter() - start


def export_by_row(where: Neo4jAddress) -> float:
    """Return the seconds it takes to read the relationships as rows."""
    start = time.perf_counter()
    with where.driver() as driver, driver.session(database=where.database) as session:
        for _ in session.run(
            "MATCH (a:CI)-[r]->(b:CI) RETURN r.uid, a.ordinal, b.ordinal, type(r)"
        ):
            pass
    return time.perf_counter() - start


async def measure(where: Neo4jAddress, count: int) -> None:
    """Run all measurements and print them."""
    sent: list[list[Statement]] = []
    write = applying.write

    async def written(tx: Transaction, statements: Iterable[Statement]) -> None:
        sent.append([*statements])
        await write(tx, sent[-1])

    applying.write = written
    store = await open_neo4j(
        where.address,
        user=where.user,
        password=where.password,
        clock=lambda: datetime.now(UTC),
        lineage=packaged().lineage,
    )
    cis, relationships = estate(count)
    of_cis = await load(store, deltas(cis))
    cut = len(sent)
    of_relationships = await load(store, deltas(relationships))
    by_row = export_by_row(where)
    exported, of_export = min([await export(store) for _ in range(3)], key=lambda each: each[1])
    again = await load(store, deltas(relationships[:DELTA_RECORDS_MAX]))
    await store.close()
    wipe(where)
    cis_by_hand = load_by_hand(where, sent[:cut])
    relationships_by_hand = load_by_hand(where, sent[cut : cut + len(sent[cut:]) - 1])
    print(f"{len(cis)} CIs: {len(cis) / of_cis:.0f}/s, {cis_by_hand / of_cis:.2f} of by hand")
    print(
        f"{len(relationships)} relationships: {len(relationships) / of_relationships:.0f}/s, "
        f"{relationships_by_hand / of_relationships:.2f} of by hand"
    )
    print(
        f"all: {(cis_by_hand + relationships_by_hand) / (of_cis + of_relationships):.2f} of by hand"
    )
    deltas_of_relationships = len(relationships) / DELTA_RECORDS_MAX
    print(f"the same delta again: {again / (of_relationships / deltas_of_relationships):.2f} of it")
    print(f"topology of {exported}: {of_export:.2f} s, {by_row / of_export:.1f} times by row")


def main(count: int) -> None:
    """Measure on a server of its own."""
    server = own_server(heap_megabytes=1024)
    try:
        server.start()
        asyncio.run(measure(server.address, count))
    finally:
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CIS)
