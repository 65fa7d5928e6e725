"""What data sources said, beside the records it made."""

from dataclasses import replace

import pytest

from graph_service.model.claim import Claim
from graph_service.model.codec import claim_to_data
from graph_service.model.errors import StaleRevisionError
from graph_service.model.relationship import Origin
from graph_service.store import ClaimIndex, GraphStore
from tests.builders import ci, ci_id, claim_about, delta, estate, related, related_id

pytestmark = pytest.mark.anyio


async def test_a_claim_is_read_back_as_it_was_made(store: GraphStore) -> None:
    claim = Claim(
        data_source="kubernetes:prod",
        native_key="Deployment/shop/web",
        subject=ci_id("web"),
        content={"class": "Application", "attributes": {"replicas": 3, "labels": {"a/b": "c"}}},
        digest="ab" * 32,
        scope="shop",
        origin=Origin.INFERRED,
        observed_at="2026-02-28T23:59:59.999Z",
        run="run_1",
        place="shop.yaml:12",
        live=False,
    )

    await store.apply(delta(ci("web"), claim))

    found = await store.claims("kubernetes:prod", ["Deployment/shop/web", "Deployment/shop/api"])
    assert found == {"Deployment/shop/web": claim}


async def test_a_claim_alone_makes_an_entry_of_its_subject(store: GraphStore) -> None:
    await store.apply(estate("web"))
    claim = claim_about(ci("web"), name="Web")

    await store.apply(delta(claim, based_on=1))

    [entry] = await store.entries(2)
    assert entry.record_id == ci_id("web")
    assert entry.operation == "UPDATED"
    assert entry.before == {}
    assert entry.claims == ({"before": None, "after": claim_to_data(claim)},)
    assert (await store.cis([ci_id("web")]))[ci_id("web")].revision == 2


async def test_a_claim_about_a_relationship_is_in_its_entry(store: GraphStore) -> None:
    claim = claim_about(related("web", "api"), port=443)

    await store.apply(delta(ci("web"), ci("api"), related("web", "api"), claim))

    *_, entry = await store.entries(1)
    assert entry.record_id == related_id("web", "api")
    assert [each["after"] for each in entry.claims] == [claim_to_data(claim)]
    assert await store.claims_of([related_id("web", "api")]) == {claim.subject: [claim]}


async def test_a_claim_about_a_relationship_alone_names_both_ends(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))

    await store.apply(delta(claim_about(related("web", "api"), port=443), based_on=1))

    [entry] = await store.entries(2)
    assert (entry.subject_a, entry.subject_b) == (ci_id("web"), ci_id("api"))


async def test_a_claim_that_changed_keeps_what_it_was(store: GraphStore) -> None:
    old = claim_about(ci("web"), tier=1)
    new = replace(claim_about(ci("web"), tier=2), live=False)
    await store.apply(delta(ci("web"), old))

    await store.apply(delta(new, based_on=1))

    [entry] = await store.entries(2)
    assert entry.claims == ({"before": claim_to_data(old), "after": claim_to_data(new)},)
    assert await store.claims("cmdb", [ci_id("web")]) == {ci_id("web"): new}


async def test_a_claim_that_stands_already_says_nothing(store: GraphStore) -> None:
    await store.apply(delta(ci("web"), claim_about(ci("web"), tier=1)))

    again = await store.apply(delta(claim_about(ci("web"), tier=1), based_on=1))

    assert again.revision is None


async def test_a_claim_moves_to_another_ci_in_the_sight_of_both(store: GraphStore) -> None:
    claim = claim_about(ci("web"), tier=1)
    moved = replace(claim, subject=ci_id("api"))
    await store.apply(delta(ci("web"), ci("api"), claim))

    await store.apply(delta(ci("web"), moved, based_on=1))

    entries = {each.record_id: each.claims for each in await store.entries(2)}
    assert entries == {
        ci_id("web"): ({"before": claim_to_data(claim), "after": None},),
        ci_id("api"): ({"before": None, "after": claim_to_data(moved)},),
    }
    assert await store.claims_of([ci_id("web"), ci_id("api")]) == {ci_id("api"): [moved]}


async def test_a_claim_does_not_move_without_a_word_about_whose_it_was(store: GraphStore) -> None:
    """Two runs that meet a native key for the first time each draw an id for it."""
    claim = claim_about(ci("web"), tier=1)
    await store.apply(delta(ci("web"), claim))

    with pytest.raises(StaleRevisionError) as refusal:
        await store.apply(delta(ci("api"), replace(claim, subject=ci_id("api")), based_on=1))

    assert refusal.value.moved == ("web",)


async def test_claims_of_come_by_datan_original_and_native_key(store: GraphStore) -> None:
    claims = [
        replace(claim_about(ci("web"), source), native_key=key)
        for source in ("b", "a")
        for key in ("2", "1")
    ]
    await store.apply(delta(ci("web"), ci("api"), *claims))

    found = await store.claims_of([ci_id("web"), ci_id("api"), "ci_nobody"])

    assert set(found) == {ci_id("web")}
    assert [(each.data_source, each.native_key) for each in found[ci_id("web")]] == [
        ("a", "1"),
        ("a", "2"),
        ("b", "1"),
        ("b", "2"),
    ]


async def test_the_claim_index_has_one_datan_original_by_native_key(store: GraphStore) -> None:
    web = replace(claim_about(ci("web"), name="web"), native_key="b", scope="north")
    api = replace(claim_about(ci("api"), live=False), native_key="a")
    other = claim_about(ci("web"), "other")
    await store.apply(delta(ci("web"), ci("api"), web, api, other))

    index = await store.claim_index("cmdb")

    assert _columns(index) == [
        ["a", "b"],
        [ci_id("api"), ci_id("web")],
        ["all", "north"],
        [api.digest, web.digest],
        [False, True],
    ]
    assert [len(each) for each in _columns(await store.claim_index("nobody"))] == [0] * 5


async def test_one_native_key_of_two_data_sources_is_two_claims(store: GraphStore) -> None:
    one = replace(claim_about(ci("web"), "a"), native_key="42")
    two = replace(claim_about(ci("api"), "b"), native_key="42")

    await store.apply(delta(ci("web"), ci("api"), one, two))

    assert await store.claims("a", ["42"]) == {"42": one}
    assert await store.claims("b", ["42"]) == {"42": two}


def _columns(index: ClaimIndex) -> list[list[object]]:
    columns = (index.native_key, index.subject, index.scope, index.digest, index.live)
    return [list(each) for each in columns]
