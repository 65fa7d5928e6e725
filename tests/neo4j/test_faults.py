"""A server that is ended while it works: whole revisions only, and work can go on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import pytest

from graph_service.model.ci import CI
from graph_service.model.delta import GraphDelta
from graph_service.model.errors import StoreUnavailableError
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head
from graph_service.store.chain import verify
from graph_service.store.neo4j import Neo4jGraphStore, applying, opening, transactions
from graph_service.store.neo4j.transactions import Transaction
from graph_service.store.topology import CIColumns, RelationshipColumns
from tests.builders import ci, claim_about, delta, related
from tests.neo4j.conftest import Opener
from tests.servers.fixtures import wipe
from tests.servers.neo4j_server import Neo4jServer

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

PAIRS = 800
Kill = Callable[[], None]


def big_delta(generation: int) -> GraphDelta:
    """Return a delta of CIs, relationships and claims that takes the server a while to commit."""
    cis: list[CI | Relationship] = [ci(f"node{generation}-{each}") for each in range(PAIRS)]
    edges = [
        related(f"node{generation}-{each}", f"node{generation}-{each + 1}")
        for each in range(PAIRS - 1)
    ]
    records = [*cis, *edges]
    return delta(*records, *(claim_about(each, name=each.id) for each in records))


def dies_between_statements(monkeypatch: pytest.MonkeyPatch, kill: Kill) -> None:
    """Write everything but the head."""

    async def killing(*_: object) -> None:
        kill()

    monkeypatch.setattr(applying, "write_head", killing)


def dies_before_the_commit(monkeypatch: pytest.MonkeyPatch, kill: Kill) -> None:
    """Write everything, and ask a server for the commit that is gone."""
    original = transactions.value

    async def killing(tx: Transaction, query: LiteralString, **parameters: object) -> Any:  # noqa: ANN401
        result = await original(tx, query, **parameters)
        if query == transactions._COUNT_COMMIT:
            kill()
        return result

    monkeypatch.setattr(transactions, "value", killing)


def dies_during_the_commit(monkeypatch: pytest.MonkeyPatch, kill: Kill) -> None:
    """Cut the commit short, some time after it has been asked for."""
    original = transactions.value

    async def killing(tx: Transaction, query: LiteralString, **parameters: object) -> Any:  # noqa: ANN401
        result = await original(tx, query, **parameters)
        if query == transactions._COUNT_COMMIT:
            asyncio.get_running_loop().call_later(0.015, kill)
        return result

    monkeypatch.setattr(transactions, "value", killing)


@pytest.mark.parametrize(
    "dies", [dies_between_statements, dies_before_the_commit, dies_during_the_commit]
)
async def test_a_server_killed_while_it_writes(
    neo4j_server: Neo4jServer,
    opened: Opener,
    monkeypatch: pytest.MonkeyPatch,
    dies: Callable[[pytest.MonkeyPatch, Kill], None],
) -> None:
    """After kill -9 there are whole revisions only, the chain is intact, and the import resumes."""
    # To give up soon is not what this is about, and a server that is gone does not come back alone.
    monkeypatch.setattr(opening, "RETRY_SECONDS", 0.5)
    wipe(neo4j_server.address)
    store = await opened(neo4j_server.address)
    await store.apply(big_delta(1))

    with monkeypatch.context() as patched:
        dies(patched, neo4j_server.kill)
        await fails_or_is_written(store.apply(big_delta(2)))
    with pytest.raises(StoreUnavailableError, match=neo4j_server.address.address):
        await store.head()
    neo4j_server.start()

    reopened = await opened(neo4j_server.address)
    head = await reopened.head()
    assert head.revision in {1, 2}
    await is_whole(reopened, head)
    await reopened.apply(big_delta(2))
    resumed = await store.head()  # the store that saw the server die works again too
    assert resumed.revision == 2
    await is_whole(reopened, resumed)


async def fails_or_is_written(writing: Awaitable[object]) -> None:
    """Let a write end as it may: a server may be killed just after it has committed."""
    try:
        await writing
    except StoreUnavailableError as error:
        assert "Neo4j at" in str(error)  # noqa: PT017 - not to fail is allowed too


async def is_whole(store: Neo4jGraphStore, head: Head) -> None:
    """Check that log, estate and claims agree, revision by revision."""
    revisions = await store.revisions(limit=100)
    log = [(each, await store.entries(each.number)) for each in revisions]
    assert verify(log, until=head) == []
    cis = edges = 0
    async for part in store.topology():
        if isinstance(part, CIColumns):
            cis += len(part.id)
        elif isinstance(part, RelationshipColumns):
            edges += len(part.id)
    assert (cis, edges) == (head.revision * PAIRS, head.revision * (PAIRS - 1))
    index = await store.claim_index("cmdb")
    assert len(index.digest) == head.revision * (2 * PAIRS - 1)
