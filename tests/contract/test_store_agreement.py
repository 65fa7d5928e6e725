"""The same random deltas, right, wrong and late, have the same outcome in every store."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from graph_service.store import GraphStore
from graph_service.store.neo4j import open_neo4j
from graph_service.store.sqlite import open_sqlite
from tests.builders import NOON
from tests.contract.random_deltas import FIRST, deltas
from tests.contract.views import comparable, outcome, view
from tests.servers.fixtures import wipe
from tests.servers.neo4j_server import Neo4jAddress

Clock = Callable[[], datetime]
Opening = Callable[[Clock], Awaitable[GraphStore]]

WITH_SERVER = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class StoresAgree(RuleBasedStateMachine):
    """Two stores that are told the same, at the same instants."""

    def __init__(self, *openings: Opening) -> None:
        super().__init__()
        self.now = NOON
        self.head = 1
        self.loop = asyncio.Runner()
        self.stores = [self.loop.run(_opened(each, lambda: self.now)) for each in openings]
        for each in self.stores:
            self.loop.run(each.apply(FIRST))

    @rule(data=st.data(), seconds=st.sampled_from([0.001, 1, 60, -5]))
    def apply(self, data: st.DataObject, seconds: float) -> None:
        """Apply a delta to both; the clock may go back."""
        self.now += timedelta(seconds=seconds)
        delta = data.draw(deltas(self.head))

        one, other = (self.loop.run(outcome(each, delta)) for each in self.stores)

        assert comparable(one) == comparable(other)
        self.head = self.loop.run(self.stores[0].head()).revision

    @invariant()
    def stores_answer_alike(self) -> None:
        """Whatever is asked, both say the same."""
        one, other = (self.loop.run(view(each)) for each in self.stores)
        for question, answer in one.items():
            assert comparable(answer) == comparable(other[question]), question

    def teardown(self) -> None:
        """Close both."""
        for each in self.stores:
            self.loop.run(each.close())
        self.loop.close()


async def _opened(opening: Opening, clock: Clock) -> GraphStore:
    return await opening(clock)


@pytest.mark.neo4j
def test_sqlite_and_neo4j_agree(neo4j_address: Neo4jAddress, tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))

    async def sqlite(clock: Clock) -> GraphStore:
        return await open_sqlite(tmp_path / f"{next(numbers)}.db", clock=clock)

    async def neo4j(clock: Clock) -> GraphStore:
        await asyncio.to_thread(wipe, neo4j_address)
        return await open_neo4j(
            neo4j_address.address,
            user=neo4j_address.user,
            password=neo4j_address.password,
            database=neo4j_address.database,
            clock=clock,
        )

    run_state_machine_as_test(
        lambda: StoresAgree(sqlite, neo4j),  # type: ignore[arg-type]  # a factory will do
        settings=WITH_SERVER,
    )
