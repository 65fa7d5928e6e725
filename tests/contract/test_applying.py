"""What applying a delta does."""

from dataclasses import replace
from itertools import pairwise

import pytest

from graph_service.model.ci import Presence
from graph_service.model.delta import Record
from graph_service.model.errors import InvalidInputError
from graph_service.model.revision import GENESIS, Actor, ActorType, Head
from graph_service.store import GraphStore
from tests.builders import (
    ci,
    ci_id,
    claim_about,
    delta,
    estate,
    related,
    related_id,
    retired_ci,
)

pytestmark = pytest.mark.anyio


async def test_an_empty_store_stands_at_revision_zero(store: GraphStore) -> None:
    assert await store.head() == Head(0, "", GENESIS, 1)


async def test_a_delta_becomes_one_revision(store: GraphStore) -> None:
    applied = await store.apply(estate("web -> api -> db"))

    assert applied.revision is not None
    assert applied.revision.number == 1
    assert applied.revision.entry_count == 5
    assert applied.head == await store.head()
    assert applied.head.hash == applied.revision.hash


async def test_what_is_written_is_read_back_with_its_revision(store: GraphStore) -> None:
    attributes = {"tier": 1, "tags": ["a", {"b": None}], "redundancy.db": {"k": 2}}
    web = replace(ci("web", "Server"), attributes=attributes)
    uses = related("web", "db", "USES", strength="SOFT", channels=["data"])
    await store.apply(delta(web, ci("db"), uses))

    assert await store.cis([web.id]) == {web.id: replace(web, revision=1)}
    assert await store.relationships([uses.id]) == {uses.id: replace(uses, revision=1)}


async def test_the_revision_says_who_when_and_why(store: GraphStore) -> None:
    collector = Actor("ds_kubernetes", "Kubernetes", ActorType.SOURCE)
    written = replace(estate("web"), actor=collector, reason="nightly", run="run_1", change="chg_7")

    applied = await store.apply(written)

    [revision] = await store.revisions()
    assert revision == applied.revision
    assert revision.actor == collector
    assert (revision.reason, revision.run, revision.change) == ("nightly", "run_1", "chg_7")
    assert revision.at.startswith("2026-03-01T12:00:0")
    assert revision.at.endswith(".000Z")
    assert revision.previous_hash == GENESIS


async def test_what_stands_already_makes_no_revision(store: GraphStore) -> None:
    drawn = delta(ci("web", tier=1), ci("api"), related("web", "api"), claim_about(ci("web")))
    await store.apply(drawn)

    again = await store.apply(replace(drawn, based_on=1))

    assert again.revision is None
    assert again.head == await store.head()
    assert again.head.revision == 1


async def test_only_what_differs_is_written(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))

    applied = await store.apply(delta(ci("web"), ci("api", tier=2), based_on=1))

    [entry] = await store.entries(2)
    found = await store.cis([ci_id("web"), ci_id("api")])
    assert applied.revision is not None
    assert entry.record_id == ci_id("api")
    assert {each.key: each.revision for each in found.values()} == {"web": 1, "api": 2}


@pytest.mark.parametrize(
    ("was", "becomes"), [(1, True), (1, 1.0), (0, False), (None, 0), ("1", 1), ([], {})]
)
async def test_values_that_only_python_takes_for_equal_are_different(
    store: GraphStore, was: object, becomes: object
) -> None:
    await store.apply(delta(ci("web", value=was)))

    await store.apply(delta(ci("web", value=becomes), based_on=1))

    value = (await store.cis([ci_id("web")]))[ci_id("web")].attributes["value"]
    assert (await store.head()).revision == 2
    assert (type(value), value) == (type(becomes), becomes)


async def test_an_attribute_stated_empty_is_not_an_absent_one(store: GraphStore) -> None:
    await store.apply(delta(ci("web", owner=None)))

    assert (await store.cis([ci_id("web")]))[ci_id("web")].attributes == {"owner": None}


async def test_a_refused_delta_leaves_nothing_behind(store: GraphStore) -> None:
    await store.apply(estate("web"))
    before = await store.head()
    record = Record("run", "run_1", {"state": "RUNNING"})
    faulty = delta(ci("api"), claim_about(ci("api")), related("api", "nowhere"), based_on=1)

    with pytest.raises(InvalidInputError):
        await store.apply(replace(faulty, records=(record,)))

    assert await store.head() == before
    assert await store.cis([ci_id("api")]) == {}
    assert await store.cis_by_key(["api"]) == {}
    assert await store.claims("cmdb", [ci_id("api")]) == {}
    assert await store.record("run", "run_1") is None
    assert await store.history(ci_id("api")) == []


async def test_a_ci_without_a_key_gets_one_for_good(store: GraphStore) -> None:
    applied = await store.apply(delta(ci("web", key=""), ci("api", key="api"), ci("db", key="")))

    assert applied.keys == {ci_id("web"): "CI-000001", ci_id("db"): "CI-000003"}
    assert set(await store.cis_by_key(["CI-000001", "api", "CI-000003"])) == {
        "CI-000001",
        "api",
        "CI-000003",
    }


async def test_an_assigned_key_stays_when_the_ci_comes_without_one_again(store: GraphStore) -> None:
    await store.apply(delta(ci("web", key="")))

    unchanged = await store.apply(delta(ci("web", key=""), based_on=1))
    changed = await store.apply(delta(ci("web", key="", tier=1), based_on=1))

    assert unchanged.revision is None
    assert unchanged.keys == changed.keys == {ci_id("web"): "CI-000001"}


async def test_an_assigned_key_evades_one_that_was_given_before(store: GraphStore) -> None:
    await store.apply(delta(ci("clever", key="CI-000002")))

    applied = await store.apply(delta(ci("web", key=""), based_on=1))

    assert set(await store.cis_by_key(["CI-000002"])) == {"CI-000002"}
    assert applied.keys[ci_id("web")] not in {"", "CI-000002"}
    assert await store.cis_by_key(applied.keys.values()) != {}


async def test_an_assigned_key_evades_one_given_in_the_same_delta(store: GraphStore) -> None:
    applied = await store.apply(delta(ci("web", key=""), ci("clever", key="CI-000001")))

    found = await store.cis([ci_id("web"), ci_id("clever")])
    assert found[ci_id("clever")].key == "CI-000001"
    assert found[ci_id("web")].key == applied.keys[ci_id("web")] != "CI-000001"


async def test_a_delta_may_touch_five_thousand_records(store: GraphStore) -> None:
    names = [f"server-{number:04d}" for number in range(4_990)]
    cis = [ci(name) for name in names]
    ring = [related(*pair) for pair in pairwise(names[:11])]

    applied = await store.apply(delta(*cis, *ring))

    assert applied.revision is not None
    assert applied.revision.entry_count == 5_000


async def test_records_ride_in_the_same_transaction(store: GraphStore) -> None:
    run = Record("run", "run_1", {"state": "DONE", "counts": [1, 2]}, group="cmdb")

    await store.apply(replace(estate("web"), records=(run,)))

    assert await store.record("run", "run_1") == run


async def test_records_alone_make_no_revision(store: GraphStore) -> None:
    applied = await store.apply(replace(delta(), records=(Record("plan", "pln_1", {}),)))

    assert applied.revision is None
    assert await store.record("plan", "pln_1") == Record("plan", "pln_1", {})


async def test_records_are_replaced_and_removed(store: GraphStore) -> None:
    old, other = Record("plan", "pln_1", {"state": "NEW"}), Record("plan", "pln_2", {}, "cmdb")
    await store.apply(replace(delta(), records=(old, other)))
    new = Record("plan", "pln_1", {"state": "APPLIED"}, "kubernetes")

    await store.apply(replace(delta(), records=(new,), removed_records=(("plan", "pln_2"),)))

    assert await store.records("plan") == [new]
    assert await store.records("plan", group="cmdb") == []


async def test_removing_a_record_that_is_not_there_is_no_fault(store: GraphStore) -> None:
    applied = await store.apply(replace(delta(), removed_records=(("plan", "pln_1"),)))

    assert applied.revision is None


async def test_records_are_listed_by_kind_group_and_page(store: GraphStore) -> None:
    records = [
        Record("run", f"run_{number}", {"n": number}, "even" if number % 2 == 0 else "odd")
        for number in range(6)
    ]
    plan = Record("plan", "run_2", {})
    await store.apply(replace(delta(), records=(*reversed(records), plan)))

    assert await store.records("run") == records
    assert await store.records("run", limit=2, after="run_1") == records[2:4]
    assert await store.records("run", group="odd", after="run_1") == [records[3], records[5]]
    assert await store.records("nothing") == []


async def test_a_stale_record_is_still_there(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))

    await store.apply(delta(ci("web", presence=Presence.STALE), based_on=1))

    [entry] = await store.entries(2)
    assert entry.operation == "UPDATED"
    assert entry.before == {"presence": "ACTIVE"}
    assert [each.id for each in await store.relationships_of([ci_id("web")])] == [
        related_id("web", "api")
    ]


async def test_a_ci_may_be_retired_from_the_start(store: GraphStore) -> None:
    await store.apply(delta(retired_ci("web")))

    [entry] = await store.entries(1)
    assert entry.operation == "CREATED"
    assert (await store.cis([ci_id("web")]))[ci_id("web")].presence is Presence.RETIRED


async def test_an_empty_delta_does_nothing(store: GraphStore) -> None:
    applied = await store.apply(delta())

    assert (applied.revision, applied.head.revision) == (None, 0)


async def test_the_address_says_where_it_is(store: GraphStore) -> None:
    assert store.address
