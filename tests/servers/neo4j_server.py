"""Which real Neo4j a test run uses, and how one is had where none is given.

The address in ``GRAPH_SERVICE_TEST_NEO4J`` (with ``…_USER``, ``…_PASSWORD``, ``…_DATABASE``), else
a container where a Docker engine answers, else a Community server made of its Maven artifacts.
Where none of these can be had the run fails and says what to install; it never skips.

``python -m tests.servers.neo4j_server prepare`` fetches ahead of time what a server needs.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from neo4j import Driver, GraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import DriverError, Neo4jError

GIVEN = "GRAPH_SERVICE_TEST_NEO4J"
START_SECONDS = 120.0
POLL_SECONDS = 0.25


class NoServerError(Exception):
    """There is no Neo4j to test with; the message says what would help, in one line."""


@dataclass(frozen=True, slots=True)
class Neo4jAddress:
    """Where a server answers, and as whom."""

    address: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"

    def driver(self) -> Driver:
        """Open a driver that gives up early: whoever waits asks again."""
        return GraphDatabase.driver(
            self.address,
            auth=(self.user, self.password),
            connection_timeout=5,
            max_transaction_retry_time=20,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
        )


class Neo4jServer(Protocol):
    """A server of the tests' own, which they may kill."""

    @property
    def address(self) -> Neo4jAddress:
        """Where it answers; the same after every start."""
        ...

    def start(self) -> None:
        """Start it and return when it answers.

        Raises:
            NoServerError: It does not come up; the end of its log is in the message.

        """
        ...

    def kill(self) -> None:
        """End it at once, as a power cut would; its data stays."""
        ...

    def stop(self) -> None:
        """Shut it down and remove all it wrote."""
        ...


def given_address(environment: Mapping[str, str]) -> Neo4jAddress | None:
    """Return the server that whoever started the run wants used."""
    if not environment.get(GIVEN):
        return None
    return Neo4jAddress(
        environment[GIVEN],
        environment.get(f"{GIVEN}_USER", "neo4j"),
        environment.get(f"{GIVEN}_PASSWORD", ""),
        environment.get(f"{GIVEN}_DATABASE", "neo4j"),
    )


def own_server(*, heap_megabytes: int = 512) -> Neo4jServer:
    """Return a server that is not started yet, by the first means this machine has.

    Raises:
        NoServerError: It has none.

    """
    # The two ways know this module's words, so they are imported only here.
    from tests.servers.neo4j_container import ContainerNeo4j, engine_answers  # noqa: PLC0415 - see above
    from tests.servers.neo4j_process import ProcessNeo4j  # noqa: PLC0415 - see above

    if engine_answers():
        return ContainerNeo4j(new_password(), heap_megabytes)
    return ProcessNeo4j(new_password(), heap_megabytes)


def new_password() -> str:
    """Return a secret for one server."""
    return secrets.token_urlsafe(18)


def answers(address: Neo4jAddress) -> bool:
    """Whether a server accepts our sign-in at this address now."""
    with address.driver() as driver:
        try:
            driver.verify_connectivity()
        except (DriverError, Neo4jError):
            return False
    return True


def edition(address: Neo4jAddress) -> tuple[str, str]:
    """Return the version and edition of a server."""
    with address.driver() as driver:
        record = driver.execute_query(
            "CALL dbms.components() YIELD versions, edition RETURN versions[0], edition",
            database_="system",
        ).records[0]
    return record[0], record[1]


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    if arguments != ["prepare"]:
        print(__doc__, file=sys.stderr)  # noqa: T201 - the usage of a program
        return 1
    try:
        prepare()
    except (NoServerError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the result of a program
        return 1
    return 0


def prepare() -> None:
    """Fetch what the server of a run needs, so that no test waits for it."""
    from tests.servers.neo4j_container import engine_answers, pull_image  # noqa: PLC0415 - as above
    from tests.servers.neo4j_process import assembled_server, java  # noqa: PLC0415 - as above

    if given_address(os.environ):
        return
    if engine_answers():
        pull_image()
    else:
        java()
        assembled_server()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
