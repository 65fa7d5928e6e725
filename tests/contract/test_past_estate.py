"""An estate of the past says what the store said when that revision was the newest."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from graph_service.model.revision import Head
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate, Snapshot
from graph_service.projection.projected import Projections
from graph_service.store import CIOrder, CIQuery, GraphStore
from graph_service.store.neo4j import open_neo4j
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.estates.finding_in_memory import count_in, page_in
from graph_service.use_cases.estates.past_estate import PastEstate
from tests.builders import NOON
from tests.conditions import settled_leaves, trees
from tests.contract.estate_views import estate_view
from tests.contract.random_deltas import CI_IDS, CLASSES, DATA_SOURCES, FIRST, TYPES, deltas
from tests.contract.views import comparable, outcome
from tests.property.worlds import same
from tests.servers.fixtures import wipe
from tests.servers.neo4j_server import Neo4jAddress

Clock = Callable[[], datetime]
Opening = Callable[[Clock], Awaitable[GraphStore]]


QUERIES = st.builds(
    CIQuery,
    where=trees(settled_leaves(CI_IDS, CLASSES, TYPES, DATA_SOURCES)),
    include_retired=st.booleans(),
    order=st.sampled_from(CIOrder),
    descending=st.booleans(),
    limit=st.sampled_from([1, 2, 50]),
)


class PastIsAsItWas(RuleBasedStateMachine):
    """A store that is written to, and what it said of each revision when that was the newest."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.now = NOON
        self.loop = asyncio.Runner()
        self.store = self.loop.run(_opened(opening, lambda: self.now))
        self.said: dict[int, tuple[Head, dict[str, Any], Snapshot]] = {}
        self.current = CurrentEstate(self.store, packaged())
        self.projections = Projections(self.store, self.current, packaged())
        self.loop.run(self._write(FIRST))

    async def _write(self, delta: Any) -> None:  # noqa: ANN401 - a delta
        await outcome(self.store, delta)
        head = await self.store.head()
        if head.revision not in self.said:
            snapshot = await CurrentEstate(self.store, packaged()).snapshot()
            self.said[head.revision] = (head, await estate_view(self.store), snapshot)

    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        """Write something; it may be refused."""
        self.now += timedelta(seconds=1)
        self.loop.run(self._write(data.draw(deltas(max(self.said)))))

    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        """Ask about a revision, and get what was answered then."""
        head, said, _ = self.said[data.draw(st.sampled_from(sorted(self.said)))]

        found = self.loop.run(estate_view(PastEstate(self.store, head)))

        for question, answer in said.items():
            for number, (then, now) in enumerate(zip(found[question], answer, strict=True)):
                assert comparable(then) == comparable(now), (head.revision, question, number)

    @rule(data=st.data(), query=QUERIES)
    def find(self, data: st.DataObject, query: CIQuery) -> None:
        """Find what scanning all CIs of that revision finds."""
        head, _, _ = self.said[data.draw(st.sampled_from(sorted(self.said)))]
        past = PastEstate(self.store, head)

        async def both_ways() -> list[object]:
            everything = [*(await past.cis(CI_IDS)).values()]
            return [
                [await past.find_cis(query), await past.count_cis(query)],
                [
                    await page_in(past, everything, query),
                    await count_in(past, everything, query),
                ],
            ]

        found, scanned = self.loop.run(both_ways())
        assert comparable(found) == comparable(scanned), head.revision

    @rule(data=st.data())
    def project(self, data: st.DataObject) -> None:
        """Ask for the arrays of a revision, and get those that were built then."""
        head, _, said = self.said[data.draw(st.sampled_from(sorted(self.said)))]

        found = self.loop.run(self.projections.snapshot(head))

        assert same(found, said), head.revision

    def teardown(self) -> None:
        """Close the store."""
        self.loop.run(self.store.close())
        self.loop.close()


async def _opened(opening: Opening, clock: Clock) -> GraphStore:
    return await opening(clock)


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.explicit, Phase.generate),  # every example takes a store: none is shrunk
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_the_past_is_as_it_was_in_the_embedded_store(tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))

    async def opening(clock: Clock) -> GraphStore:
        return await open_sqlite(tmp_path / f"{next(numbers)}.db", clock=clock)

    run_state_machine_as_test(
        lambda: PastIsAsItWas(opening),  # type: ignore[arg-type]  # a factory will do
        settings=_settings(20, 20),
    )


@pytest.mark.neo4j
def test_the_past_is_as_it_was_in_neo4j(neo4j_address: Neo4jAddress) -> None:
    async def opening(clock: Clock) -> GraphStore:
        await asyncio.to_thread(wipe, neo4j_address)
        return await open_neo4j(
            neo4j_address.address,
            user=neo4j_address.user,
            password=neo4j_address.password,
            database=neo4j_address.database,
            clock=clock,
        )

    run_state_machine_as_test(
        lambda: PastIsAsItWas(opening),  # type: ignore[arg-type]  # a factory will do
        settings=_settings(3, 10),
    )
