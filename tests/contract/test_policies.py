"""Policies decide whose word counts, at once and for good, whatever store keeps the claims."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.errors import StaleRevisionError
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import Vocabulary, packaged, read_policies
from graph_service.reconcile.draft import Draft
from graph_service.store import CIQuery, GraphStore
from graph_service.use_cases.rules import recomputing
from graph_service.use_cases.rules.policy_changing import PolicyChanging
from graph_service.use_cases.rules.vocabulary_in_force import rules_in_force
from tests.builders import ADA, TickingClock, ci, claim_about, delta

pytestmark = pytest.mark.anyio

SOURCES = ("cmdb", "cloud", "scanner", MANUAL)
NAMES = ("owner", "tier", "country", "hostname")
HEAD = "policy: 1\nname: acme\nversion: '{}'\n"
POLICY = (
    HEAD.format(1)
    + """
precedence:
  - {sources: [scanner, "*"]}
  - {attributes: [owner], sources: ["*", scanner]}
  - {class: Server, attributes: [country, name], sources: [cloud, cmdb]}
  - {class: Host, attributes: [hostname], sources: [cmdb, scanner, cloud]}
"""
)


def by_hand(claims: Sequence[Claim], orders: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what claims come to, the slow way: attribute by attribute, person first."""
    values: dict[str, Any] = {}
    for name in {name for each in claims for name in each.content["attributes"]}:
        saying = [each for each in claims if name in each.content["attributes"]]

        def place(claim: Claim, order: Sequence[str] = orders[name]) -> int:
            if claim.data_source == MANUAL:
                return -1
            if claim.data_source in order:
                return order.index(claim.data_source)
            return order.index("*") if "*" in order else len(order)

        # Within one place: what is declared first, then the newest, then by name.
        ranks = [*Origin]
        best = min(place(each) for each in saying)
        tied = [each for each in saying if place(each) == best]
        strongest = min(ranks.index(each.origin) for each in tied)
        tied = [each for each in tied if ranks.index(each.origin) == strongest]
        newest = max(each.observed_at for each in tied)
        tied = [each for each in tied if each.observed_at == newest]
        winner = min(tied, key=lambda each: each.data_source)
        values[name] = winner.content["attributes"][name]
    return values


ORDERS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Server": {
        "owner": ["*", "scanner"],
        "tier": ["scanner", "*"],
        "country": ["cloud", "cmdb"],
        "hostname": ["cmdb", "scanner", "cloud"],
    },
    "Application": {
        "owner": ["*", "scanner"],
        "tier": ["scanner", "*"],
        "country": ["scanner", "*"],
        "hostname": ["scanner", "*"],
    },
}


async def a_world(store: GraphStore, vocabulary: Vocabulary) -> dict[str, list[Claim]]:
    """Fill a store with CIs of which several data sources speak; return the claims by CI."""
    dice = random.Random(7)  # noqa: S311 - the same world each time
    cis: list[CI] = []
    claims: dict[str, list[Claim]] = {}
    for number in range(40):
        class_name = dice.choice(["Server", "Application"])
        one = ci(f"c{number}", class_name)
        said = [
            replace(
                claim_about(one, source, attributes=_values(dice), name=f"{source} {number}")
                if source != MANUAL
                else claim_about(one, source, attributes=_values(dice)),
                origin=Origin.MANUAL
                if source == MANUAL
                else dice.choice([Origin.DECLARED, Origin.OBSERVED]),
                observed_at=f"2026-03-01T12:00:0{dice.randrange(3)}.000Z",
            )
            for source in dice.sample(SOURCES, dice.randint(1, 4))
        ]
        claims[one.id] = said
        draft = Draft(vocabulary)
        draft.learn(cis=[one], claims={one.id: said})
        draft.revisit(one.id)
        after = next((each.after for each in draft.pending()), one)
        assert isinstance(after, CI)
        cis.append(after)
    await store.apply(delta(*cis, *(each for said in claims.values() for each in said)))
    return claims


def _values(dice: random.Random) -> dict[str, Any]:
    return {
        name: dice.randrange(5) if name == "tier" else dice.choice("xyz")
        for name in dice.sample(NAMES, dice.randint(0, 4))
    }


async def everything(store: GraphStore) -> dict[str, CI]:
    """Return all CIs by id, without their revisions."""
    page = await store.find_cis(CIQuery(include_retired=True, limit=1_000))
    return {each.id: replace(each, revision=0) for each in page.cis}


async def test_values_follow_from_claims_and_policies(store: GraphStore) -> None:
    claims = await a_world(store, packaged())

    await PolicyChanging(store, packaged(), clock=TickingClock()).apply(
        "p.yaml", POLICY, actor=ADA, reason="because"
    )

    for each in (await everything(store)).values():
        assert each.attributes == by_hand(claims[each.id], ORDERS[each.class_name])


async def test_a_plan_says_which_values_change_and_from_whom_to_whom(store: GraphStore) -> None:
    claims = await a_world(store, packaged())
    before = await everything(store)
    changing = PolicyChanging(store, packaged(), clock=TickingClock())

    plan = await changing.plan("p.yaml", POLICY)
    head = await store.head()
    await changing.apply("p.yaml", POLICY, actor=ADA, reason="because")

    assert head.revision == plan.base_revision
    after = await everything(store)
    differing = {
        (old.key, name, old.attributes.get(name), after[id_].attributes.get(name))
        for id_, old in before.items()
        for name in NAMES
        if old.attributes.get(name) != after[id_].attributes.get(name)
    }
    planned = {
        (each.ci, each.name, each.before, each.after) for each in plan.values if each.name != "name"
    }
    assert planned == differing != set()
    assert plan.value_count == len(plan.values)
    sources = {each.data_source for said in claims.values() for each in said}
    assert {each.after_source for each in plan.values} <= sources


async def test_policies_taken_back_leave_no_trace_in_values(store: GraphStore) -> None:
    await a_world(store, packaged())
    before = await everything(store)

    await PolicyChanging(store, packaged(), clock=TickingClock()).apply(
        "p.yaml", POLICY, actor=ADA, reason="because"
    )
    now = await rules_in_force(store)
    await PolicyChanging(store, now, clock=TickingClock()).apply(
        "p.yaml", HEAD.format(2), actor=ADA, reason="no more"
    )

    assert await everything(store) == before


async def test_policies_from_the_start_and_later_come_to_the_same(store: GraphStore) -> None:
    with_policies = replace(packaged(), policies=read_policies("p.yaml", POLICY, packaged()))
    await a_world(store, with_policies)
    expected = await everything(store)
    changing = PolicyChanging(store, packaged(), clock=TickingClock())

    written = await changing.apply("p.yaml", POLICY, actor=ADA, reason="because")

    assert await everything(store) == expected
    kinds = [each.record_type.value for each in await store.entries(written.revision)]
    assert kinds == ["POLICY"]


async def test_one_revision_puts_policies_in_force_and_says_so(store: GraphStore) -> None:
    await a_world(store, packaged())

    written = await PolicyChanging(store, packaged(), clock=TickingClock()).apply(
        "p.yaml", POLICY, actor=ADA, reason="because"
    )

    assert written.revision == (await store.head()).revision == 2
    kinds = {each.record_type.value for each in await store.entries(2)}
    assert kinds == {"CI", "POLICY"}
    assert await store.record(recomputing.RECOMPUTING, recomputing.RECOMPUTING) is None


async def test_what_broke_off_is_finished_by_whoever_comes_next(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = await a_world(store, packaged())
    changing = PolicyChanging(store, packaged(), clock=TickingClock())
    with monkeypatch.context() as patched:
        # As if the process had been killed after the first revision, which had three CIs.
        patched.setattr("graph_service.use_cases.rules.policy_changing.DELTA_RECORDS_MAX", 3)

        async def killed(*_: object, **__: object) -> int:
            raise KeyboardInterrupt

        patched.setattr("graph_service.use_cases.rules.policy_changing.finish_recomputing", killed)
        with pytest.raises(KeyboardInterrupt):
            await changing.apply("p.yaml", POLICY, actor=ADA, reason="because")

    now = await rules_in_force(store)
    count = await recomputing.finish_recomputing(store, now, actor=ADA, reason="because")

    assert count > 0
    for each in (await everything(store)).values():
        assert each.attributes == by_hand(claims[each.id], ORDERS[each.class_name])
    assert await recomputing.finish_recomputing(store, now, actor=ADA, reason="because") == 0


async def test_other_policies_than_those_that_were_planned_against_are_refused(
    store: GraphStore,
) -> None:
    changing = PolicyChanging(store, packaged(), clock=TickingClock())
    plan = await changing.plan("p.yaml", POLICY)
    await changing.apply("q.yaml", HEAD.format(9), actor=ADA, reason="faster")

    with pytest.raises(StaleRevisionError, match="the policy in force"):
        await changing.apply(
            "p.yaml", POLICY, actor=ADA, reason="x", expected_revision=plan.base_revision
        )
