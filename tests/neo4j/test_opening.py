"""Opening the store: every reason for which it cannot be, told with place and remedy."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from graph_service.model.errors import GraphServiceError, StoreUnavailableError, StoreUnusableError
from graph_service.store import LogQuery
from graph_service.store.neo4j import Neo4jGraphStore, open_neo4j
from graph_service.store.neo4j.migrate import packaged_migrations
from graph_service.store.neo4j.opening import without_secrets
from tests.builders import ci, delta, estate
from tests.neo4j.conftest import Opener, asked
from tests.servers.neo4j_process import free_port
from tests.servers.neo4j_server import Neo4jAddress

pytestmark = pytest.mark.anyio

SECRET = "hunter2-is-secret"  # noqa: S105 - a made-up one


async def open_at(
    address: str, *, user: str = "neo4j", password: str = SECRET, database: str | None = None
) -> Neo4jGraphStore:
    """Open a store that will not open."""
    return await open_neo4j(
        address,
        user=user,
        password=password,
        database=database,
        clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
    )


async def refusal(address: str, **options: str) -> GraphServiceError:
    """Return why a store does not open, after checking that it tells no secret."""
    with pytest.raises((StoreUnavailableError, StoreUnusableError)) as refused:
        await open_at(address, **options)
    assert SECRET not in str(refused.value)
    return refused.value


async def test_a_server_that_is_down() -> None:
    """Nobody listens: the error names the address and asks whether the server runs."""
    address = f"neo4j://127.0.0.1:{free_port()}"

    refused = await refusal(address)

    assert isinstance(refused, StoreUnavailableError)
    assert address in str(refused)
    assert "is it running" in str(refused)


async def test_a_host_that_does_not_exist() -> None:
    """A misspelt host is told from a wrong password."""
    refused = await refusal("neo4j://no-such-host.invalid:7687")

    assert isinstance(refused, StoreUnavailableError)
    assert "no-such-host.invalid" in str(refused)


async def test_a_server_of_another_sort() -> None:
    """Something listens, but it is not Neo4j."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        refused = await refusal(f"bolt://127.0.0.1:{port}")

    assert isinstance(refused, StoreUnavailableError)


async def test_a_wrong_password(neo4j_address: Neo4jAddress) -> None:
    """The error says which settings to look at, and does not repeat what was given."""
    refused = await refusal(neo4j_address.address)

    assert isinstance(refused, StoreUnusableError)
    assert "GRAPH_SERVICE_NEO4J_PASSWORD" in str(refused)


async def test_an_unknown_database(neo4j_address: Neo4jAddress) -> None:
    """A misspelt database is told as such."""
    refused = await refusal(
        neo4j_address.address, password=neo4j_address.password, database="nowhere"
    )

    assert isinstance(refused, StoreUnusableError)
    assert "no database of this name" in str(refused)


@pytest.mark.parametrize(
    "address",
    [
        "postgres://db:5432",
        f"neo4j://ada:{SECRET}@db:7687",
        f"http://ada:{SECRET}@db",
        "neo4j://db:not-a-port",
        "",
    ],
)
async def test_an_address_that_is_not_one(address: str) -> None:
    """What cannot be an address, or has a password in it, is refused before anybody is asked."""
    refused = await refusal(address)

    assert isinstance(refused, StoreUnusableError)


def test_an_address_is_shown_without_secrets() -> None:
    """Where an address is shown, what stands before the @ is not."""
    assert without_secrets(f"neo4j+s://ada:{SECRET}@db:7687/?x=1") == "neo4j+s://db:7687/"


async def test_a_database_newer_than_the_program(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress, opened: Opener
) -> None:
    """A schema that this program does not know is refused and left as it is."""
    await store.apply(estate("shop"))
    asked(empty_neo4j, "CREATE (:Migration {number: 9999, checksum: 'x'})")
    try:
        with pytest.raises(StoreUnusableError, match=r"schema 9999.*upgrade the program"):
            await opened(empty_neo4j)
    finally:
        asked(empty_neo4j, "MATCH (n:Migration {number: 9999}) DELETE n")

    assert (await store.head()).revision == 1


async def test_a_database_with_another_schema(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress, opened: Opener
) -> None:
    """A step that was not ours, though it has the number of one of ours, is refused."""
    assert (await store.head()).revision == 0
    checksum = asked(empty_neo4j, "MATCH (n:Migration {number: 1}) RETURN n.checksum")[0][0]
    asked(empty_neo4j, "MATCH (n:Migration {number: 1}) SET n.checksum = 'other'")
    try:
        with pytest.raises(StoreUnusableError, match=r"schema 1 .* is not the one"):
            await opened(empty_neo4j)
    finally:
        asked(empty_neo4j, "MATCH (n:Migration {number: 1}) SET n.checksum = $was", was=checksum)


async def test_many_open_a_new_database_at_once(opened: Opener, empty_neo4j: Neo4jAddress) -> None:
    """Replicas that start together make one schema and one counter."""
    asked(empty_neo4j, "MATCH (n) WHERE NOT n:TestServer DETACH DELETE n")

    stores = await asyncio.gather(*(opened(empty_neo4j) for _ in range(4)))

    counted = asked(
        empty_neo4j, "RETURN count { (:Migration) }, count { (:LogHead) }, count { (:CommitGate) }"
    )
    assert [*counted[0]] == [len(packaged_migrations()), 1, 1]
    assert [(await each.head()).revision for each in stores] == [0, 0, 0, 0]


async def test_a_database_that_lost_its_counters(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """Somebody deleted our nodes by hand: that is damage, not an empty estate."""
    asked(empty_neo4j, "MATCH (n:CommitGate) DELETE n")

    with pytest.raises(StoreUnusableError, match="restore it from a backup"):
        await store.head()


async def test_the_address_is_the_one_given(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """People recognise the store by what they typed."""
    assert store.address == empty_neo4j.address


async def test_a_log_written_before_it_could_be_filtered_is_found_as_well(
    opened: Opener, empty_neo4j: Neo4jAddress
) -> None:
    store = await opened(empty_neo4j)
    await store.apply(replace(estate("web(tier=1) -> db"), reason="Straße"))
    await store.apply(delta(ci("web", "Server"), based_on=1))
    queries = [LogQuery(names=frozenset({each})) for each in ("tier", "class", "owner")]
    queries.append(LogQuery(reason="STRASSE"))
    before = [await store.log(each) for each in queries]
    asked(empty_neo4j, "MATCH (n:LogEntry) REMOVE n.names")
    asked(empty_neo4j, "MATCH (n:Revision) REMOVE n.reasonFolded")
    asked(empty_neo4j, "MATCH (n:Migration {number: 2}) DELETE n")

    store = await opened(empty_neo4j)

    assert [await store.log(each) for each in queries] == before
    assert [len(each) for each in before] == [2, 1, 0, 3]
