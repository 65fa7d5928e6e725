"""What looks redundant, why, how many are needed, and what people make of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph_service.model.errors import InvalidInputError, NotFoundError
from graph_service.model.impact_state import ImpactState
from graph_service.model.observation import Event
from graph_service.model.vocabulary import packaged
from graph_service.use_cases.impact.impact_answer import ImpactAnswer, Outcome
from graph_service.use_cases.inventory.references import CIRef
from graph_service.use_cases.product import Product, joined
from graph_service.use_cases.redundancy.assistant import Terms, Wanted
from graph_service.use_cases.redundancy.candidates import Sort, among
from graph_service.use_cases.redundancy.likeness import group_name, pattern
from graph_service.use_cases.redundancy.proposal import Confidence, Proposal
from tests.builders import ADA, NOON
from tests.readings import Estate, opened, relates, says

pytestmark = pytest.mark.anyio


@dataclass
class World:
    """An estate, everything that can be asked of it, and a clock that a test sets."""

    estate: Estate
    product: Product
    days: float = 0

    async def proposals(self, *events: Event) -> list[Proposal]:
        """Take events in and return what is proposed then."""
        if events:
            await self.estate.take_in(*events)
        return list((await self.product.redundancy.queue()).proposals)

    async def down_without(self, key: str) -> set[str]:
        """Return what goes down if a CI does."""
        answer = await self.product.questions.impact([(CIRef(key=key), ImpactState.DOWN)])
        rows = answer.rows(Outcome.AFFECTED)
        return {each.ci.key for each in rows if each.after == ImpactState.DOWN}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path / "estate.db") as estate:
        found: World

        product = joined(
            estate.store,
            packaged(),
            clock=lambda: NOON + timedelta(days=found.days),
            follows=False,
        )
        found = World(estate, product)
        yield found


SHOP = (
    says("shop", "BusinessService", key="shop", tier=0),
    says("api", key="api"),
    says("db01", "Database", key="db01", environment="PRODUCTION"),
    says("db02", "Database", key="db02", environment="PRODUCTION"),
    relates("shop", "api"),
    relates("api", "db01", "STORES_DATA_IN"),
    relates("api", "db02", "STORES_DATA_IN"),
)
"""A shop that today goes down with either of two databases."""


def codes(proposal: Proposal) -> set[str]:
    return {each.code for each in proposal.evidence}


async def test_providers_named_alike_are_proposed_as_one_function(world: World) -> None:
    """With what speaks for it, a k and its reason, and the services that stop going down."""
    (found,) = await world.proposals(*SHOP)

    assert (found.sort, found.dependant.key, found.name) == (Sort.UNDECLARED, "api", "db")
    assert [each.ci.key for each in found.members] == ["db01", "db02"]
    assert all(each.is_plain for each in found.members)
    assert (found.k, found.k_reason) == (1, "1 of 2: either carries on for the other")
    assert codes(found) == {"NAMED_ALIKE", "SAME_CLASS", "SAME_ENVIRONMENT", "SAME_DEPENDANTS"}
    assert found.confidence is Confidence.HIGH
    assert found.effect is not None
    assert [each.key for each in found.effect.services] == ["shop"]
    assert found.effect.ci_count == 2
    assert [(each.down_now, each.down_then) for each in found.effect.losses] == [(1, 0), (1, 0)]


async def test_confirming_is_one_revision_of_statements_by_hand(world: World) -> None:
    """With the evidence, who confirmed it, and when it is looked at again."""
    (found,) = await world.proposals(*SHOP)
    assert await world.down_without("db01") == {"api", "shop"}
    before = await world.estate.revision()

    result = await world.product.redundancy.confirm([found.id], actor=ADA, reason="asked the team")

    assert (result.revision, result.changed) == (before + 1, True)
    assert await world.down_without("db01") == set()
    assert await world.proposals() == []
    rules = (await world.estate.ci("api")).attributes["redundancy.db"]
    assert rules["k"] == 1
    assert rules["evidence"].startswith("confirmed by Ada on 2026-03-01: named alike: db01, db02")
    claims = (await world.estate.store.claims_of([found.dependant.id]))[found.dependant.id]
    (stated,) = (each for each in claims if each.data_source == "manual")
    assert stated.content["terms"]["redundancy.db"]["until"] == "2027-03-01T12:00:00.000Z"


async def test_an_answer_says_what_confirming_could_give(world: World) -> None:
    """The worst case counts; what one member of each group would do stands beside it."""
    await world.proposals(
        says("shop", "BusinessService", key="shop"),
        says("ledger", "DatabaseCluster", key="ledger"),
        *(says(f"pg-{n}", "Database", key=f"pg-{n}") for n in (1, 2)),
        *(relates(f"pg-{n}", "ledger", "MEMBER_OF") for n in (1, 2)),
        relates("shop", "ledger"),
    )

    async def impact() -> ImpactAnswer:
        return await world.product.questions.impact([(CIRef(key="pg-1"), ImpactState.DOWN)])

    answer = await impact()
    assert answer.completeness.unconfirmed_group_count == 1
    assert (answer.summary.down, answer.if_confirmed is not None) == (2, True)
    assert answer.if_confirmed is not None
    assert (answer.if_confirmed.summary.down, answer.if_confirmed.summary.at_risk) == (0, 2)
    count, rows = answer.no_longer_down(limit=1)
    assert (count, [each.ci.key for each in rows]) == (2, ["ledger"])

    (found,) = await world.proposals()
    await world.product.redundancy.confirm([found.id], actor=ADA)

    answer = await impact()
    assert answer.if_confirmed is None
    assert (answer.summary.down, answer.summary.at_risk) == (0, 2)
    assert answer.no_longer_down() == (0, [])


async def test_what_confirming_could_give_keeps_to_a_stated_number_that_works_well(
    world: World,
) -> None:
    """One of three left: enough to work, not enough to work well, which takes two."""
    rules: dict[str, Any] = {"redundancy.members": {"kFull": 2}}
    await world.proposals(
        says("ledger", "DatabaseCluster", key="ledger", **rules),
        *(says(f"pg-{n}", "Database", key=f"pg-{n}") for n in (1, 2, 3)),
        *(relates(f"pg-{n}", "ledger", "MEMBER_OF") for n in (1, 2, 3)),
    )

    async def if_confirmed(*lost: str) -> tuple[int, int]:
        causes = [(CIRef(key=each), ImpactState.DOWN) for each in lost]
        other = (await world.product.questions.impact(causes)).if_confirmed
        assert other is not None
        return other.summary.degraded, other.summary.at_risk

    assert await if_confirmed("pg-1") == (0, 0)
    assert await if_confirmed("pg-1", "pg-2") == (1, 0)


def test_links_within_a_large_pool_are_followed_one_by_one() -> None:
    """A hundred thousand members: looking at every two of them would take hours."""
    links = {each: [each + 1] for each in range(200_000)}

    found = [*among(links, range(100_000))]

    assert (len(found), found[0], found[-1]) == (99_999, (0, 1), (99_998, 99_999))


async def test_a_group_of_unknown_size_is_asked_about(world: World) -> None:
    """Three databases that vote: a majority. The group is named as the data source named it."""
    (found,) = await world.proposals(
        says("shop", "BusinessService", key="shop"),
        says("ledger", "DatabaseCluster", key="ledger"),
        *(says(f"pg-{n}", "Database", key=f"pg-{n}") for n in (1, 2, 3)),
        *(relates(f"pg-{n}", "ledger", "MEMBER_OF") for n in (1, 2, 3)),
        relates("pg-1", "pg-2", "REPLICATES_TO"),
        relates("shop", "ledger"),
    )

    assert (found.sort, found.name, found.confidence) == (
        Sort.UNKNOWN_K, "members", Confidence.HIGH,
    )  # fmt: skip
    assert (found.k, found.k_reason) == (2, "2 of 3: databases that vote need a majority")
    assert codes(found) >= {"DECLARED_GROUP", "CLUSTER", "REPLICATES", "NAMED_ALIKE"}
    assert await world.down_without("pg-1") == {"ledger", "shop"}

    await world.product.redundancy.confirm([found.id], actor=ADA)

    assert await world.down_without("pg-1") == set()
    assert await world.proposals() == []


async def test_a_plain_dependency_that_defeats_a_group_is_named_and_moved_into_it(
    world: World,
) -> None:
    """What the group says of itself stays as it is."""
    (found,) = await world.proposals(
        says("job", "BusinessService", key="job", redundancy_vms={"k": 1, "evidence": "tried"}),
        says("vm-a", "VirtualMachine", key="vm-a"),
        says("vm-b", "VirtualMachine", key="vm-b"),
        relates("job", "vm-a", "RUNS_ON", group="vms"),
        relates("job", "vm-b", "RUNS_ON", group="vms"),
        relates("job", "vm-b", "DEPENDS_ON"),
    )

    assert (found.sort, found.k, found.k_known) == (Sort.DEFEATED, 1, True)
    assert [each.ci.key for each in found.members if each.is_plain] == ["vm-b"]
    assert any("also leans on vm-b alone" in each.text for each in found.evidence)
    assert found.effect is not None
    assert [(each.member.key, each.down_now, each.down_then) for each in found.effect.losses] == [
        ("vm-a", 0, 0),
        ("vm-b", 1, 0),
    ]

    await world.product.redundancy.confirm([found.id], actor=ADA)

    assert await world.down_without("vm-b") == set()
    rules = (await world.estate.ci("job")).attributes["redundancy.vms"]
    assert (rules["k"], rules["evidence"]) == (1, "tried")
    assert await world.proposals() == []


async def test_a_declared_standby_would_be_related_and_credited(world: World) -> None:
    """Not without a person: nobody says that it takes over by itself."""
    (found,) = await world.proposals(
        says("claims", "BusinessService", key="claims"),
        says("db", "Database", key="db"),
        says("db-standby", "Database", key="db-standby"),
        relates("claims", "db", "STORES_DATA_IN"),
        relates("db", "db-standby", "FAILS_OVER_TO"),
    )

    assert (found.sort, found.mode, found.confidence) == (Sort.STANDBY, "AUTO", Confidence.LOW)
    assert [(each.ci.key, each.is_standby, each.is_drawn) for each in found.members] == [
        ("db", False, False),
        ("db-standby", True, True),
    ]

    await world.product.redundancy.confirm([found.id], actor=ADA, terms=Terms(mode="MANUAL"))

    assert "claims STORES_DATA_IN db-standby" in await world.estate.relationships()
    assert await world.down_without("db") == {"claims"}
    rules = (await world.estate.ci("claims")).attributes["redundancy.db"]
    assert (rules["k"], rules["mode"]) == (1, "MANUAL")


@pytest.mark.parametrize(
    ("one", "other"),
    [("orders-db", "users-db"), ("1", "2"), ("db-main", "db-main-copy")],
)
async def test_two_of_a_class_are_not_redundant_for_that_alone(
    world: World, one: str, other: str
) -> None:
    """Where others lean on one of them only, and the names differ in more than a number."""
    assert (
        await world.proposals(
            says("api", key="api"),
            says("web", key="web"),
            says(one, "Database", key=f"k{one}" if one.isdigit() else one),
            says(other, "Database", key=f"x{other}" if other.isdigit() else other),
            relates("api", f"k{one}" if one.isdigit() else one),
            relates("api", f"x{other}" if other.isdigit() else other),
            relates("web", f"k{one}" if one.isdigit() else one),
        )
        == []
    )


async def test_the_same_dependants_alone_are_little(world: World) -> None:
    """Proposed, and said to be a guess."""
    (found,) = await world.proposals(
        says("api", key="api"),
        says("east", "Database", key="east"),
        says("west", "Database", key="west"),
        relates("api", "east"),
        relates("api", "west"),
    )

    assert (found.name, found.confidence) == ("database", Confidence.LOW)


async def test_different_environments_speak_against_it(world: World) -> None:
    """A test system that is named like production is no spare of it."""
    (found,) = await world.proposals(
        says("api", key="api"),
        says("db1", "Database", key="db1", environment="PRODUCTION"),
        says("db2", "Database", key="db2", environment="TEST"),
        relates("api", "db1"),
        relates("api", "db2"),
    )

    assert "DIFFERENT_ENVIRONMENTS" in codes(found)
    assert found.confidence is Confidence.LOW


async def test_soft_and_tolerant_dependencies_are_left_alone(world: World) -> None:
    """Their loss is absorbed already, and a group would change what absorbs it."""
    assert (
        await world.proposals(
            says("api", key="api"),
            *(says(f"db{n}", "Database", key=f"db{n}") for n in (1, 2, 3, 4)),
            *(relates("api", f"db{n}", strength="SOFT", evidence="tried") for n in (1, 2)),
            *(relates("api", f"db{n}", toleranceMinutes=5) for n in (3, 4)),
        )
        == []
    )


async def test_a_rejected_proposal_is_not_made_again_until_members_change(world: World) -> None:
    """The reason is kept; after sixty days, or with another member, it is asked about again."""
    (found,) = await world.proposals(*SHOP)

    await world.product.redundancy.reject([found.id], actor=ADA, reason="two tenants, two bases")

    assert await world.proposals() == []
    (kept,) = await world.product.redundancy.rejections()
    assert (kept.reason, kept.by, kept.until) == (
        "two tenants, two bases", "Ada", "2026-04-30T12:00:00.000Z",
    )  # fmt: skip
    rejected = await world.product.redundancy.queue(Wanted(rejected=True))
    assert [each.id for each in rejected.proposals] == [found.id]

    world.days = 61
    assert [each.id for each in await world.proposals()] == [found.id]

    world.days = 1
    (again,) = await world.proposals(
        says("db03", "Database", key="db03"), relates("api", "db03", "STORES_DATA_IN")
    )
    assert (again.n, again.k) == (3, 2)
    assert again.id != found.id


async def test_several_are_confirmed_as_one_revision(world: World) -> None:
    """Or none of them."""
    proposals = await world.proposals(
        *SHOP,
        says("web", key="web"),
        *(says(f"cache-{n}", "Cache", key=f"cache-{n}") for n in "abc"),
        *(relates("web", f"cache-{n}") for n in "abc"),
    )
    before = await world.estate.revision()

    with pytest.raises(NotFoundError, match="rpr_none"):
        await world.product.redundancy.confirm(
            [*(each.id for each in proposals), "rpr_none"], actor=ADA
        )
    assert await world.estate.revision() == before

    result = await world.product.redundancy.confirm([each.id for each in proposals], actor=ADA)

    assert len(proposals) == 2
    assert result.revision == before + 1
    assert await world.proposals() == []


async def test_a_k_of_ones_own_has_to_fit(world: World) -> None:
    """At least one, at most all; and a confirmation lasts a day or longer."""
    (found,) = await world.proposals(*SHOP)

    for terms in (Terms(k=0), Terms(k=3), Terms(days=0), Terms(days=10**9)):
        with pytest.raises(InvalidInputError):
            await world.product.redundancy.confirm([found.id], actor=ADA, terms=terms)
    with pytest.raises(InvalidInputError):
        await world.product.redundancy.reject([found.id], actor=ADA, reason=" ")

    await world.product.redundancy.confirm([found.id], actor=ADA, terms=Terms(k=2, days=None))
    assert await world.down_without("db01") == {"api", "shop"}


async def test_the_queue_is_sorted_by_effect_and_filtered(world: World) -> None:
    """What saves the most comes first."""
    await world.proposals(
        *SHOP,
        says("tool", key="tool"),
        *(says(f"disk-{n}", "Storage", key=f"disk-{n}") for n in "ab"),
        *(relates("tool", f"disk-{n}") for n in "ab"),
    )
    queue = world.product.redundancy.queue

    assert [each.dependant.key for each in (await queue()).proposals] == ["api", "tool"]
    high = await queue(Wanted(confidences=frozenset({Confidence.HIGH})))
    assert [each.dependant.key for each in high.proposals] == ["api"]
    none = await queue(Wanted(classes=frozenset({"Database"})))
    assert list(none.proposals) == []
    with pytest.raises(InvalidInputError, match="Databose"):
        await queue(Wanted(classes=frozenset({"Databose"})))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("db01", "db#"),
        ("feed-a", "feed-#"),
        ("node-2.eu-1.example", "node-#.eu-#.example"),
        ("PostgreSQL 1", "PostgreSQL #"),
        ("数据库1", "数据库#"),
        ("42", ""),
        ("orders", ""),
        ("a", ""),
        ("", ""),
    ],
)
def test_names_alike_share_a_pattern(name: str, found: str) -> None:
    assert pattern(name) == found


def test_a_group_is_named_after_what_its_members_share() -> None:
    assert group_name("db#", frozenset()) == "db"
    assert group_name("db#", frozenset({"db", "db-2"})) == "db-3"
    assert group_name("pg-#.eu-#", frozenset()) == "pg-eu"
    assert group_name("", frozenset()) == "members"
    assert group_name("#", frozenset({"members"})) == "members-2"
