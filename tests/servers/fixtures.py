"""Fixtures for tests that need real Neo4j: one shared server, or one of their own to break."""

import os
from collections.abc import Iterator

import pytest

from tests.servers.neo4j_server import (
    GIVEN,
    Neo4jAddress,
    Neo4jServer,
    NoServerError,
    given_address,
    own_server,
)

SHARED_FIXTURE = "neo4j_address"
OWN_FIXTURE = "neo4j_server"

# Schema and its record stay: making indexes anew would cost every test a second.
_WIPE = """
MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock AND NOT n:TestServer
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests of one server in one process, whoever wrote them."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if OWN_FIXTURE in names:
            item.add_marker(pytest.mark.xdist_group("neo4j-faults"))
        elif SHARED_FIXTURE in names or item.get_closest_marker("neo4j"):
            item.add_marker("neo4j")
            item.add_marker(pytest.mark.xdist_group("neo4j"))


@pytest.fixture(scope="session")
def neo4j_address() -> Iterator[Neo4jAddress]:
    """Provide the server that all tests of this run share."""
    given = given_address(os.environ)
    if given:
        _claim(given)
        yield given
        return
    server = own_server()
    try:
        server.start()
        yield server.address
    finally:
        server.stop()


@pytest.fixture
def empty_neo4j(neo4j_address: Neo4jAddress) -> Neo4jAddress:
    """Provide the shared server without a record of earlier tests."""
    wipe(neo4j_address)
    return neo4j_address


@pytest.fixture(scope="module")
def neo4j_server() -> Iterator[Neo4jServer]:
    """Provide a started server of this module's own, to kill and start again."""
    server = own_server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def wipe(address: Neo4jAddress) -> None:
    """Delete every record, in batches; the store makes its counter anew when it is opened."""
    with address.driver() as driver, driver.session(database=address.database) as session:
        session.run(_WIPE).consume()


def _claim(given: Neo4jAddress) -> None:
    """Refuse to empty a database that somebody uses for something else."""
    with given.driver() as driver:
        holds = driver.execute_query(
            "RETURN EXISTS { (:TestServer) } AS ours, EXISTS { (n) } AS anything",
            database_=given.database,
        ).records[0]
        if holds["anything"] and not holds["ours"]:
            raise NoServerError(
                f"{GIVEN}={given.address} holds data that tests did not write, and tests delete "
                "everything: give them an empty database"
            )
        driver.execute_query("MERGE (:TestServer)", database_=given.database)
