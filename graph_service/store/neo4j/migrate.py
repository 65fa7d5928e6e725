"""The schema, in numbered steps, each applied once and recorded with its checksum."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, LiteralString

from neo4j import AsyncManagedTransaction

from graph_service.model.errors import StoreUnusableError
from graph_service.model.instants import instant_text
from graph_service.model.revision import GENESIS
from graph_service.store.neo4j.backfilling import fill_finding
from graph_service.store.neo4j.faults import translated
from graph_service.store.neo4j.log_filling import fill_log
from graph_service.store.neo4j.transactions import WRITE_SECONDS, Transactions, run, value

_FILE = re.compile(r"(\d{4})_(\w+)\.cypher")
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)

_LOCK_SCHEMA: LiteralString = (
    "CREATE CONSTRAINT migration_lock_uid IF NOT EXISTS "
    "FOR (n:MigrationLock) REQUIRE n.uid IS UNIQUE"
)
_LOCK: LiteralString = "MERGE (lock:MigrationLock {uid: 0}) SET lock.locked = true"
_APPLIED: LiteralString = "MATCH (n:Migration) RETURN collect([n.number, n.checksum])"
_RECORD: LiteralString = (
    "CREATE (:Migration {number: $number, name: $name, checksum: $checksum, at: $at})"
)
_HAS_COUNTERS: LiteralString = "RETURN EXISTS { (:LogHead) } AND EXISTS { (:CommitGate) }"
_WAIT: LiteralString = "CALL db.awaitIndexes(60)"
_FILLED_BY: dict[int, Callable[[Transactions], Awaitable[None]]] = {
    2: fill_log,
    3: fill_finding,
}
"""What computes, after a step, what Cypher cannot; it does nothing where it has been run before."""

_COUNTERS: LiteralString = """
MERGE (head:LogHead {uid: 0})
ON CREATE SET head.revision = 0, head.at = '', head.hash = $genesis, head.nextOrdinal = 1
MERGE (gate:CommitGate {uid: 0}) ON CREATE SET gate.commits = 0
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; its statements do nothing where they have been run before."""

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...]


def packaged_migrations() -> list[Migration]:
    """Return the steps this program knows, in order."""
    found = []
    for each in files(__package__).joinpath("migrations").iterdir():
        if match := _FILE.fullmatch(each.name):
            text = each.read_text("utf-8")
            found.append(
                Migration(
                    number=int(match[1]),
                    name=match[2],
                    checksum=hashlib.sha256(text.encode()).hexdigest(),
                    statements=tuple(_statements(text)),
                )
            )
    return sorted(found, key=lambda each: each.number)


def _statements(text: str) -> list[str]:
    return [each.strip() for each in _COMMENT.sub("", text).split(";") if each.strip()]


async def migrate(
    transactions: Transactions, known: list[Migration], clock: Callable[[], datetime]
) -> None:
    """Bring a database to the newest schema; whoever else tries to waits.

    Raises:
        StoreUnusableError: The database is newer than this program, or its schema is another one.

    """
    with translated(transactions.address):
        async with transactions.session() as session:
            await (await session.run(_LOCK_SCHEMA)).consume()
        async with transactions.session() as session:
            tx = await session.begin_transaction(timeout=WRITE_SECONDS)
            async with tx:
                await run(tx, _LOCK)
                pending = _pending(dict(await value(tx, _APPLIED)), known, transactions.address)
                for each in pending:
                    # Schema and data do not mix in a transaction: this one only holds the lock.
                    await _change_schema(transactions, each.statements)
                    if fill := _FILLED_BY.get(each.number):
                        await _change_schema(transactions, [_WAIT])
                        await fill(transactions)
                    parameters: dict[str, Any] = {"number": each.number, "name": each.name}
                    at = instant_text(clock())
                    await run(tx, _RECORD, checksum=each.checksum, at=at, **parameters)
                if pending:
                    await _change_schema(transactions, [_WAIT])
                await tx.commit()
        async with transactions.session() as session:
            await session.execute_write(lambda tx: run(tx, _COUNTERS, genesis=GENESIS))


async def check_schema(transactions: Transactions, known: list[Migration]) -> None:
    """Raise unless a database is at the newest schema, without writing to it.

    Raises:
        StoreUnusableError: It holds no estate, or is older or newer than this program.

    """
    address = transactions.address

    async def applied_and_counters(tx: AsyncManagedTransaction) -> tuple[list[Any], bool]:
        return await value(tx, _APPLIED), await value(tx, _HAS_COUNTERS)

    with translated(address):
        async with transactions.session() as session:
            applied, has_counters = await session.execute_read(applied_and_counters)
    if not applied or not has_counters:
        raise StoreUnusableError(f"the database at {address} holds no estate")
    if pending := _pending(dict(applied), known, address):
        names = ", ".join(each.name for each in pending)
        raise StoreUnusableError(
            f"the database at {address} was written by an older Graph Service (its schema lacks "
            f"{names}); bring it up to date by asking it anything, such as: graph-service revisions"
        )


def _pending(applied: dict[int, str], known: list[Migration], address: str) -> list[Migration]:
    newest = max((each.number for each in known), default=0)
    if applied and max(applied) > newest:
        raise StoreUnusableError(
            f"the database at {address} has schema {max(applied)}, this program knows schemas up "
            f"to {newest}; upgrade the program"
        )
    for each in known:
        if each.number in applied and applied[each.number] != each.checksum:
            raise StoreUnusableError(
                f"schema {each.number} of the database at {address} is not the one this program "
                "knows under that number; was it written by another edition of the program?"
            )
    return [each for each in known if each.number not in applied]


async def add_relationship_type(transactions: Transactions, quoted: str) -> None:
    """Index the ids of a type's relationships; does nothing where that is done already."""
    statement = f"CREATE CONSTRAINT IF NOT EXISTS FOR ()-[r:{quoted}]-() REQUIRE r.uid IS UNIQUE"
    with translated(transactions.address):
        await _change_schema(transactions, [statement])


async def _change_schema(
    transactions: Transactions, statements: tuple[str, ...] | list[str]
) -> None:
    for each in statements:
        async with transactions.session() as session:
            await (await session.run(each)).consume()
