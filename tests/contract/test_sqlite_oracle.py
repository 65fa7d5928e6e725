"""Random deltas do to the embedded store what they do to lists that anybody can follow."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from graph_service.model.ci import CI, Presence
from graph_service.model.condition import evidence_of
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.relationship import Relationship
from graph_service.store import CIOrder, CIQuery, page_of
from graph_service.store.ledger import verify
from graph_service.store.sqlite import open_sqlite
from tests.builders import NOON
from tests.conditions import settled_leaves, trees
from tests.contract.oracle import Estate, Refused, Stale
from tests.contract.random_deltas import CI_IDS, CLASSES, DATA_SOURCES, FIRST, TYPES, deltas
from tests.contract.views import QUERIES, comparable, view

QUERIES_AT_RANDOM = st.builds(
    CIQuery,
    where=trees(settled_leaves(CI_IDS, CLASSES, TYPES, DATA_SOURCES)),
    include_retired=st.booleans(),
    order=st.sampled_from(CIOrder),
    descending=st.booleans(),
    limit=st.sampled_from([2, 100]),
)

Record = TypeVar("Record", CI, Relationship)


class StoreFollowsLists(RuleBasedStateMachine):
    """A store and the oracle, told the same."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.oracle = Estate()
        self.loop = asyncio.Runner()
        self.store = self.loop.run(open_sqlite(path, clock=_noon))
        self.oracle.apply(FIRST)
        self.loop.run(self.store.apply(FIRST))

    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        """Apply a delta to both."""
        delta = data.draw(deltas(len(self.oracle.log)))
        expected: str = "applied"
        try:
            self.oracle.apply(delta)
        except Stale:
            expected = "stale"
        except Refused:
            expected = "refused"

        found = "applied"
        try:
            self.loop.run(self.store.apply(delta))
        except StaleRevisionError:
            found = "stale"
        except InvalidInputError:
            found = "refused"

        assert found == expected

    @invariant()
    def store_holds_what_the_lists_hold(self) -> None:
        """Compare records, claims, what lives and what is found."""
        seen, oracle = self.loop.run(view(self.store)), self.oracle
        cis = {each.id: _at_revision(each, oracle) for each in oracle.cis}
        edges = {each.id: _at_revision(each, oracle) for each in oracle.relationships}
        living = {id_: each for id_, each in edges.items() if each.presence is not Presence.RETIRED}

        assert seen["head"][0].revision == len(oracle.log)
        assert seen["head"][0].next_ordinal == oracle.created + 1
        assert comparable(seen["cis"][0]) == comparable(cis)
        assert comparable(seen["relationships"][0]) == comparable(edges)
        assert [each.id for each in seen["of"][0]] == sorted(living)
        assert comparable(_flat(seen["claims"][0])) == comparable(_sorted(oracle.claims))
        assert comparable(_flat(seen["records"])) == comparable(_sorted(oracle.records))
        for query, page in zip(QUERIES, seen["found"], strict=True):
            expected = _found(oracle, query)
            assert self.loop.run(self.store.count_cis(query)) == len(expected)
            if query.after is None:
                assert [each.id for each in page.cis] == expected[: query.limit]

    @rule(query=QUERIES_AT_RANDOM)
    def ask(self, query: CIQuery) -> None:
        """Ask whatever can be asked, of a world with any history."""
        expected = _found(self.oracle, query)
        page = self.loop.run(self.store.find_cis(query))

        assert [each.id for each in page.cis] == expected[: query.limit]
        assert self.loop.run(self.store.count_cis(query)) == len(expected)

    @invariant()
    def log_tells_it_all_and_holds(self) -> None:
        """Every revision has the entries of what it touched, sealed."""
        revisions = self.loop.run(self.store.revisions(limit=1_000))
        log = [(each, self.loop.run(self.store.entries(each.number))) for each in revisions]

        assert verify(log, until=self.loop.run(self.store.head())) == []
        assert [{entry.record_id for entry in entries} for _, entries in log] == self.oracle.log

    def teardown(self) -> None:
        """Close it."""
        self.loop.run(self.store.close())
        self.loop.close()


def _noon() -> datetime:
    return NOON


def _at_revision(record: Record, oracle: Estate) -> Record:
    return replace(record, revision=oracle.revision_of(record.id))


def _flat(found: Any) -> list[Any]:  # noqa: ANN401 - lists, or lists by subject
    lists = found.values() if isinstance(found, dict) else found
    return _sorted(each for those in lists for each in those)


def _sorted(things: Iterable[object]) -> list[object]:
    return sorted(things, key=comparable)


def _found(oracle: Estate, query: CIQuery) -> list[str]:
    """Return the ids of all CIs that meet a query, in order, whatever the page."""
    cis = [_at_revision(each, oracle) for each in oracle.cis]
    evidence = evidence_of(oracle.relationships, oracle.claims, oracle.former_names)
    everything = replace(query, after=None, limit=1_000)
    return [each.id for each in page_of(cis, everything, evidence).cis]


def test_the_embedded_store_does_what_lists_do(tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))
    run_state_machine_as_test(
        lambda: StoreFollowsLists(tmp_path / f"{next(numbers)}.db"),  # type: ignore[arg-type]  # a factory will do
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
