"""Reading the estate: provenance, neighbours, specialisations."""

from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta
from graph_service.model.errors import RevisionUnknownError
from graph_service.model.impact_state import Strength
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import packaged
from graph_service.store import CIQuery
from graph_service.use_cases.inventory.inventory import Inventory
from tests.builders import ADA, ci, estate, related
from tests.unit.use_cases.stores import opened_in

pytestmark = pytest.mark.anyio


def said(data_source: str, origin: Origin, tier: int) -> Claim:
    """Return what a data source says of web's tier."""
    return Claim(
        data_source=data_source,
        native_key="web",
        subject=ci("web").id,
        content={"class": "Application", "key": "", "name": "web", "attributes": {"tier": tier}},
        digest=data_source,
        origin=origin,
        observed_at="2026-03-01T12:00:00.000Z",
    )


async def test_shows_who_says_so_and_who_disagrees(tmp_path: Path) -> None:
    """The claim that won, the others behind it, and that they differ."""
    claims = (said("scan", Origin.OBSERVED, 3), said("team", Origin.DECLARED, 1))
    async with opened_in(tmp_path) as store:
        await store.apply(
            GraphDelta(based_on=0, actor=ADA, cis=(ci("web", tier=1),), claims=claims)
        )

        inventory = Inventory(store, packaged())
        (tier,) = (await inventory.attributes([ci("web", tier=1)]))[ci("web").id]

    assert tier.winner is not None
    assert (tier.value, tier.winner.data_source) == (1, "team")
    assert [each.data_source for each in tier.alternatives] == ["scan"]
    assert tier.conflicting


async def test_reads_relationships_from_either_end(tmp_path: Path) -> None:
    """Each with the verb that leads there and its strength."""
    async with opened_in(tmp_path) as store:
        await store.apply(
            GraphDelta(
                based_on=0,
                actor=ADA,
                cis=(ci("web"), ci("api"), ci("mail")),
                relationships=(
                    related("web", "api"),
                    related("api", "mail", "USES", strength="SOFT"),
                ),
            )
        )

        outwards, inwards = await Inventory(store, packaged()).neighbours(ci("api"))

    assert [(each.verb, each.other.key, each.strength) for each in outwards] == [
        ("uses", "mail", Strength.SOFT)
    ]
    assert [(each.verb, each.other.key, each.strength) for each in inwards] == [
        ("used by", "web", Strength.HARD)
    ]


async def test_a_class_stands_for_what_specialises_it(tmp_path: Path) -> None:
    """Asking for data stores finds databases."""
    async with opened_in(tmp_path) as store:
        await store.apply(estate("db:Database; web:Application"))

        page = await Inventory(store, packaged()).cis(CIQuery(classes=frozenset({"DataStore"})))

    assert [each.key for each in page.cis] == ["db"]


@pytest.mark.parametrize("number", [-1, 0, 2])
async def test_a_revision_that_is_not_there_is_said_to_be_unknown(
    tmp_path: Path, number: int
) -> None:
    """With the newest one there is."""
    async with opened_in(tmp_path) as store:
        await store.apply(estate("web"))
        inventory = Inventory(store, packaged())

        assert (await inventory.revision(1)).number == 1
        with pytest.raises(RevisionUnknownError, match="newest is 1"):
            await inventory.revision(number)


async def test_finds_living_cis_only_unless_asked(tmp_path: Path) -> None:
    """Retired CIs keep their history, not their place in lists."""
    async with opened_in(tmp_path) as store:
        await store.apply(estate("web"))
        gone = replace(ci("web"), presence=type(ci("web").presence).RETIRED)
        await store.apply(GraphDelta(based_on=1, actor=ADA, cis=(gone,)))
        inventory = Inventory(store, packaged())

        assert await inventory.count(CIQuery()) == 0
        assert await inventory.count(CIQuery(include_retired=True)) == 1
