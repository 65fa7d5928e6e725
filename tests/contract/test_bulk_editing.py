"""One change of all CIs that meet a filter."""

from dataclasses import dataclass, replace

import anyio
import pytest

from graph_service.model.condition import condition_of_text
from graph_service.model.edit import EditRef, Terms, UpdateCi
from graph_service.model.errors import InvalidInputError, NotFoundError, StaleRevisionError
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged, read_policies
from graph_service.store import GraphStore
from graph_service.use_cases.editing import bulk_editing
from graph_service.use_cases.editing.bulk_editing import BulkEditing
from graph_service.use_cases.editing.bulk_plan import BulkChange, BulkEditPlan, RowOutcome
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.inventory.inventory import Inventory
from tests.builders import ADA, TickingClock
from tests.readings import Estate, counting_ids, on, relates, says

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class World:
    estate: Estate
    bulk: BulkEditing

    async def plan(self, where: str, **attributes: object) -> BulkEditPlan:
        return await self.change(where, BulkChange(attributes=attributes))

    async def change(self, where: str, change: BulkChange) -> BulkEditPlan:
        inventory = Inventory(self.estate.store, packaged())
        condition = await inventory.settled(condition_of_text(where), viewer=ADA.id)
        return await self.bulk.plan(condition, change, actor=ADA)


@pytest.fixture
async def world(store: GraphStore) -> World:
    """Four applications and a database, one tier stated by hand already."""
    clock = TickingClock()
    estate = on(store, clock, counting_ids())
    await estate.take_in(
        says("a", tier=1, redundancy_db={"k": 1}),
        says("b", tier=2),
        says("c"),
        says("d", tier=1),
        says("db", "Database", tier=3),
        relates("a", "db", group="db"),
        relates("b", "db", group="db"),
    )
    mine = UpdateCi(ci=EditRef(key="d"), attributes={"owner": "Ada"})
    await estate.editing.edit([mine], actor=ADA, reason="mine")
    return World(estate, BulkEditing(store, packaged(), estate.editing, clock=clock))


def rows(plan: BulkEditPlan) -> dict[str, list[tuple[str, object, object]]]:
    return {
        each.key: [(value.name, value.before, value.after) for value in each.values]
        for each in plan.rows
    }


async def test_says_row_by_row_what_would_change(world: World) -> None:
    """The unchanged are counted, and what data sources say instead stands beside it."""
    plan = await world.plan("class:Application", tier=1)

    assert rows(plan) == {"b": [("tier", 2, 1)], "c": [("tier", None, 1)]}
    assert (plan.matched_count, plan.unchanged_count) == (4, 2)
    (b, c) = plan.rows
    assert (b.values[0].says, c.values[0].says) == ((("team", 2),), ())
    assert {
        (each.before, each.after, each.count, each.impact_relevant) for each in plan.effects
    } == {
        (2, 1, 1, True),
        (None, 1, 1, True),
    }
    assert await world.estate.revision() == 2


async def test_a_kept_plan_is_the_plan(world: World) -> None:
    plan = await world.change(
        "class:Application",
        BulkChange(
            attributes={"owner": "Ada"},
            withdraw=frozenset({"tier"}),
            terms={"owner": Terms(reason="reorganised")},
        ),
    )

    assert await world.bulk.kept(plan.id) == plan
    with pytest.raises(NotFoundError):
        await world.bulk.kept("bep_none")


async def test_is_applied_as_one_revision_once(world: World) -> None:
    """And says so ever after."""
    plan = await world.plan("class:Application", tier=0)

    first = await world.bulk.apply(plan.id, actor=ADA, reason="merger")
    again = await world.bulk.apply(plan.id, actor=ADA, reason="merger")

    assert (first.revision, first.updated, first.replayed) == (3, 4, False)
    assert (again.revision, again.replayed) == (3, True)
    cis = await world.estate.cis()
    assert {key: each.tier for key, each in cis.items()} == {
        **dict.fromkeys("abcd", 0),
        "db": 3,
    }
    (revision,) = await world.estate.store.revisions(after=2)
    assert revision.reason == "merger"
    assert (await world.bulk.kept(plan.id)).applied_in == 3


async def test_which_revision_it_became_is_known_from_that_revision(world: World) -> None:
    """There is no second note that a killed process could leave out, nor a moved head misread."""
    plan = await world.plan("class:Application", tier=0)
    revision = await world.estate.revision()
    await world.bulk.apply(plan.id, actor=ADA, reason="merger")

    assert await world.estate.revision() == revision + 1
    later = UpdateCi(ci=EditRef(key="a"), attributes={"tier": 4})
    await world.estate.editing.edit([later], actor=ADA, reason="later")
    assert (await world.bulk.kept(plan.id)).applied_in == revision + 1


async def test_applied_by_two_at_once_is_done_once(world: World) -> None:
    """Both are told the same revision, and one that it was done before."""
    plan = await world.plan("class:Application", tier=0)
    results: list[EditResult] = []

    async def apply(actor: Actor) -> None:
        results.append(await world.bulk.apply(plan.id, actor=actor, reason="merger"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(apply, ADA)
        tasks.start_soon(apply, replace(ADA, id="eve", name="Eve"))

    assert [each.revision for each in results] == [3, 3]
    assert sorted(each.replayed for each in results) == [False, True]


async def test_is_refused_when_a_ci_of_it_moved(world: World) -> None:
    """The refusal names it; others may have moved as they like."""
    plan = await world.plan("tier=2", owner="Ada")
    other = UpdateCi(ci=EditRef(key="db"), attributes={"tier": 4})
    await world.estate.editing.edit([other], actor=ADA, reason="elsewhere")
    ours = UpdateCi(ci=EditRef(key="b"), attributes={"region": "EMEA"})
    await world.estate.editing.edit([ours], actor=ADA, reason="meanwhile")

    with pytest.raises(StaleRevisionError) as refusal:
        await world.bulk.apply(plan.id, actor=ADA, reason="late")

    assert refusal.value.moved == ("b",)
    assert not (await world.bulk.kept(plan.id)).applied
    assert await world.estate.revision() == 4


async def test_what_does_not_fit_a_ci_is_refused_with_its_reason(world: World) -> None:
    """The others change all the same."""
    plan = await world.plan("tier>=2", engine="PostgreSQL")

    outcomes = {each.key: each.outcome for each in plan.rows}
    assert outcomes == {"b": RowOutcome.REFUSED, "db": RowOutcome.CHANGED}
    (reason,) = plan.rows[0].reasons
    assert "Application has no attribute 'engine'" in reason
    result = await world.bulk.apply(plan.id, actor=ADA, reason="known now")
    assert result.updated == 1


async def test_withdraws_what_was_stated_by_hand(world: World) -> None:
    plan = await world.change("owner=Ada", BulkChange(withdraw=frozenset({"owner"})))

    assert rows(plan) == {"d": [("owner", "Ada", None)]}
    await world.bulk.apply(plan.id, actor=ADA, reason="over")
    assert "owner" not in (await world.estate.ci("d")).attributes


async def test_withdraws_what_a_data_source_says_as_well(world: World) -> None:
    """The value stays, for now; but from here on the data source's word is what counts."""
    mine = UpdateCi(ci=EditRef(key="a"), attributes={"tier": 1})
    await world.estate.editing.edit([mine], actor=ADA, reason="mine")

    plan = await world.change("class:Application", BulkChange(withdraw=frozenset({"tier"})))

    assert rows(plan) == {"a": []}
    assert plan.unchanged_count == 3
    await world.bulk.apply(plan.id, actor=ADA, reason="over")
    await world.estate.take_in(says("a", tier=2, redundancy_db={"k": 1}), complete=False)
    assert (await world.estate.ci("a")).tier == 2


async def test_states_of_a_ci_only_what_is_not_so_already(world: World) -> None:
    """So nobody comes to own by accident what a data source keeps true."""
    plan = await world.plan("key=a", tier=1, owner="Ada")
    await world.bulk.apply(plan.id, actor=ADA, reason="reorganised")

    await world.estate.take_in(says("a", tier=2, redundancy_db={"k": 1}), complete=False)

    a = await world.estate.ci("a")
    assert (a.tier, a.attributes["owner"]) == (2, "Ada")


async def test_what_policies_do_not_allow_is_refused_row_by_row(world: World) -> None:
    """The others change all the same."""
    rules = (
        "policy: 1\nname: acme\nversion: '1'\n"
        "allowed:\n  - {class: Application, attribute: region, values: [EMEA], enforce: true}\n"
    )
    words = replace(packaged(), policies=read_policies("p.yaml", rules, packaged()))
    clock = TickingClock()
    editing = Editing(world.estate.store, words, clock=clock)
    strict = World(world.estate, BulkEditing(world.estate.store, words, editing, clock=clock))

    plan = await strict.plan("tier>=2", region="APAC")

    assert {each.key: each.reasons for each in plan.rows} == {
        "b": ("region cannot have this value by policy (allowed: EMEA)",),
        "db": (),
    }
    assert (await strict.bulk.apply(plan.id, actor=ADA, reason="moved")).updated == 1


async def test_sets_k_of_groups_within_the_rules_they_have(world: World) -> None:
    """Declared or only joined; a CI without such a group is refused."""
    mode = BulkChange(groups={"db": {"percent": 50, "mode": "AUTO"}})

    plan = await world.change("class:Application not key=d", mode)

    found = rows(plan)
    after = {"percent": 50, "mode": "AUTO"}
    assert found["a"] == [("redundancy.db", {"k": 1}, after)]
    assert found["b"] == [("redundancy.db", None, after)]
    assert [each.key for each in plan.rows if each.outcome is RowOutcome.REFUSED] == ["c"]
    await world.bulk.apply(plan.id, actor=ADA, reason="tested")
    assert (await world.estate.ci("b")).attributes["redundancy.db"] == after


async def test_reads_text_by_the_type_of_the_attribute(world: World) -> None:
    change = BulkChange(
        attributes={"tier": "0", "owner": "42"}, as_text=frozenset({"tier", "owner"})
    )

    plan = await world.change("key=c", change)
    await world.bulk.apply(plan.id, actor=ADA, reason="x")

    assert dict((await world.estate.ci("c")).attributes) == {"tier": 0, "owner": "42"}


async def test_more_than_one_revision_takes_is_refused_with_a_way_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As is a change that changes nothing."""
    monkeypatch.setattr(bulk_editing, "DELTA_RECORDS_MAX", 3)

    with pytest.raises(InvalidInputError, match="narrow the filter"):
        await world.plan("class:Application", tier=0)
    assert len((await world.plan("tier=1", tier=0)).rows) == 2
    with pytest.raises(InvalidInputError, match="this changes nothing"):
        await world.plan("class:Application")


async def test_pages_do_not_change_the_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await world.plan("tier>=1", owner="Eve")
    monkeypatch.setattr(bulk_editing, "CIS_AT_ONCE", 1)

    by_one = await world.plan("tier>=1", owner="Eve")

    assert by_one.rows == whole.rows
    assert by_one.effects == whole.effects
    assert by_one.matched_count == whole.matched_count == 4
