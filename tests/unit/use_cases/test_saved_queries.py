"""Saved queries outlive what they name, and the people who save them at once."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.condition import Incomplete, Saved
from graph_service.model.errors import InvalidInputError
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary, extended, packaged
from graph_service.model.vocabulary.policies import Policies
from graph_service.model.vocabulary.policy_rows import RequiredRule
from graph_service.store import CIQuery, GraphStore
from graph_service.use_cases.access import Role, Viewer
from graph_service.use_cases.finding.saved_queries import CHANGES_KEPT, QueryDraft, SavedQueries
from graph_service.use_cases.inventory.inventory import Inventory
from tests.builders import TickingClock, estate
from tests.unit.use_cases.stores import opened_in

pytestmark = pytest.mark.anyio

ANN = Viewer(actor=Actor("ann", "Ann"), roles=frozenset({Role.ENGINEER}))
BOB = Viewer(actor=Actor("bob", "Bob"), roles=frozenset({Role.ADMIN}))
OWN = """
vocabulary: 1
name: own
version: "1"
classes:
  - {name: Rail, extends: Application, attributes: [{name: gaugeMillimetres, type: INTEGER}]}
"""


def _queries(store: GraphStore, vocabulary: Vocabulary) -> SavedQueries:
    return SavedQueries(store, vocabulary, clock=TickingClock())


async def test_what_names_a_retired_attribute_has_a_fault_and_no_members(tmp_path: Path) -> None:
    """Said as data: whoever runs it is refused, instead of being told that there is nothing."""
    own = extended(packaged(), "own.yaml", OWN)
    async with opened_in(tmp_path) as store:
        await store.apply(estate("rail:Rail(gaugeMillimetres=1435)"))
        where = {
            "classes": ["Rail"],
            "attribute": {"name": "gaugeMillimetres", "is": {"atLeast": 1000}},
        }
        draft = QueryDraft(key="wide", reason="r", where=where, shared=True)
        await _queries(store, own).save(draft, ANN)
        page = await Inventory(store, own).cis(CIQuery(where=Saved("wide")))
        assert [each.key for each in page.cis] == ["rail"]

        later = _queries(store, packaged())
        (query,) = await later.all(BOB)
        faults = await later.faults(query)

        assert {each.code for each in faults} == {"UNKNOWN_CLASS", "UNKNOWN_ATTRIBUTE"}
        assert {str(each.place) for each in faults} == {"saved query wide"}
        with pytest.raises(InvalidInputError, match="gaugeMillimetres"):
            await Inventory(store, packaged()).cis(CIQuery(where=Saved("wide")))


async def test_two_who_save_at_once_both_leave_a_trace(tmp_path: Path) -> None:
    """The second sees what the first saved; neither is lost."""
    async with opened_in(tmp_path) as store:
        queries = _queries(store, packaged())
        await queries.save(QueryDraft(key="q", reason="made", where={}, shared=True), BOB)

        await asyncio.gather(
            *(
                queries.save(QueryDraft(key="q", reason=f"by {n}", where={"tiers": [n]}), BOB)
                for n in range(4)
            )
        )

        query = await queries.one("q", BOB)
        assert query is not None
        reasons = [query.reason, *(each["reason"] for each in query.changes)]
        assert sorted(reasons) == ["by 0", "by 1", "by 2", "by 3", "made"]


async def test_saving_again_as_it_is_changes_nothing(tmp_path: Path) -> None:
    async with opened_in(tmp_path) as store:
        queries = _queries(store, packaged())
        draft = QueryDraft(key="q", reason="first", where={"tiers": [1]})
        _, changed = await queries.save(draft, ANN)
        again, changed_again = await queries.save(draft, ANN)

        assert (changed, changed_again) == (True, False)
        assert again.changes == []
        assert (await store.head()).revision == 0


async def test_only_so_many_changes_are_kept(tmp_path: Path) -> None:
    async with opened_in(tmp_path) as store:
        queries = _queries(store, packaged())
        for number in range(CHANGES_KEPT + 5):
            where = {"owners": [str(number)]}
            await queries.save(QueryDraft(key="q", reason="r", where=where), ANN)

        query = await queries.one("q", ANN)

        assert query is not None
        assert len(query.changes) == CHANGES_KEPT


async def test_a_removed_key_may_be_taken_anew(tmp_path: Path) -> None:
    """By anybody; what was saved under it before is still told."""
    async with opened_in(tmp_path) as store:
        queries = _queries(store, packaged())
        await queries.save(QueryDraft(key="q", reason="mine", where={"tiers": [0]}), ANN)
        await queries.remove("q", "done", ANN)
        assert await queries.one("q", ANN) is None

        taken, _ = await queries.save(QueryDraft(key="q", reason="ours", where={}), BOB)

        assert taken.owner == BOB.actor
        assert [each["reason"] for each in taken.changes] == ["done", "mine"]


async def test_incomplete_is_what_policy_says(tmp_path: Path) -> None:
    """Without a rule nothing is incomplete."""
    async with opened_in(tmp_path) as store:
        await store.apply(estate("a"))
        rule = RequiredRule(class_name="Application", attributes=("owner",))
        policies = Policies(required=(rule,))

        for vocabulary, expected in (
            (packaged(), 0),
            (replace(packaged(), policies=policies), 1),
        ):
            found = await Inventory(store, vocabulary).count(CIQuery(where=Incomplete()))
            assert found == expected
