"""Opening the store: find the server, check that it will do, bring its schema up to date."""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

from neo4j import (
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    NotificationMinimumSeverity,
)

from graph_service.model.errors import StoreUnusableError
from graph_service.store.neo4j.faults import translated
from graph_service.store.neo4j.mapping import Lineage
from graph_service.store.neo4j.migrate import check_schema, migrate, packaged_migrations
from graph_service.store.neo4j.store import Neo4jGraphStore
from graph_service.store.neo4j.transactions import Transactions, value

OLDEST_SERVER = (5, 26)
CONNECT_SECONDS = 5.0
ACQUIRE_SECONDS = 30.0
RETRY_SECONDS = 5.0
LIVENESS_SECONDS = 60.0

# What the driver notes about retries reaches whoever sets up logging, and nobody's terminal.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_SCHEME = re.compile(r"(?:neo4j|bolt)(?:\+s|\+ssc)?", re.IGNORECASE)
_VERSION: LiteralString = (
    "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]"
)
_DATABASE: LiteralString = "CALL db.info() YIELD name RETURN name"


def class_alone(class_name: str) -> tuple[str, ...]:
    """Return the lineage of a class of which nothing else is known."""
    return (class_name,)


async def open_neo4j(  # noqa: PLR0913 - what a connection needs, all but one by name
    address: str,
    *,
    user: str,
    password: str,
    database: str | None = None,
    clock: Callable[[], datetime],
    lineage: Lineage = class_alone,
    read_only: bool = False,
) -> Neo4jGraphStore:
    """Open the store in a Neo4j database, making its schema where there is none.

    ``database`` is the user's home database unless given. ``lineage`` answers for every class in a
    delta with the labels its CIs get; it is asked when a delta is applied, not now. With
    ``read_only`` no schema is made, and the caller undertakes to apply nothing.

    Raises:
        StoreUnavailableError: Nobody answers at the address.
        StoreUnusableError: It is not an address of Neo4j, does not let the user in, or what stands
            there is older or newer than this program can use.

    """
    shown = without_secrets(address)
    if not _is_address(address):
        raise StoreUnusableError(f"{shown} is not an address of Neo4j, such as neo4j://HOST:7687")
    if urlsplit(address).username is not None:
        raise StoreUnusableError(
            f"the address {shown} was given with a user or password in it; give them as "
            "GRAPH_SERVICE_NEO4J_USER and GRAPH_SERVICE_NEO4J_PASSWORD"
        )
    with translated(shown):
        driver = AsyncGraphDatabase.driver(
            address,
            auth=(user, password),
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=ACQUIRE_SECONDS,
            max_transaction_retry_time=RETRY_SECONDS,
            liveness_check_timeout=LIVENESS_SECONDS,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
        )
    try:
        with translated(shown):
            await driver.verify_connectivity()
            await _check_version(driver, shown)
            name = database or await _home_database(driver)
        transactions = Transactions(driver, name, shown)
        if read_only:
            await check_schema(transactions, packaged_migrations())
        else:
            await migrate(transactions, packaged_migrations(), clock)
    except BaseException:
        await driver.close()
        raise
    return Neo4jGraphStore(transactions, clock=clock, lineage=lineage)


def _is_address(address: str) -> bool:
    try:
        has_port = urlsplit(address).port != 0
    except ValueError:
        return False
    return has_port and _SCHEME.fullmatch(address.partition("://")[0]) is not None


def without_secrets(address: str) -> str:
    """Return an address as a person would type it, without a user or password."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


async def _check_version(driver: AsyncDriver, shown: str) -> None:
    async def version(tx: AsyncManagedTransaction) -> str:
        return str(await value(tx, _VERSION))

    async with driver.session() as session:
        found = await session.execute_read(version)
    numbers = tuple(int(each) for each in re.findall(r"\d+", found)[:2])
    if numbers < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        raise StoreUnusableError(f"{shown} is Neo4j {found}; this program needs {oldest} or newer")


async def _home_database(driver: AsyncDriver) -> str:
    async def name(tx: AsyncManagedTransaction) -> str:
        return str(await value(tx, _DATABASE))

    async with driver.session() as session:
        return await session.execute_read(name)
