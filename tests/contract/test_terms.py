"""Values that people state until an instant, for a reason."""

from datetime import timedelta

import pytest

from graph_service.model.edit import CreateCi, EditRef, RetireCi, Terms, UpdateCi
from graph_service.model.errors import InvalidInputError
from graph_service.model.instants import instant_text
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.reconcile.terms import StatedTerms
from graph_service.store import GraphStore
from graph_service.store.ledger import verify
from graph_service.use_cases.inventory.inventory import AttributeValue, Inventory, terms_of
from graph_service.use_cases.inventory.references import CIRef
from graph_service.use_cases.sweeping.expiry import expire_claims
from tests.builders import ADA, NOON, TickingClock
from tests.readings import Estate, counting_ids, on, says

pytestmark = pytest.mark.anyio

BOB = Actor("usr_bob", "Bob")
TOMORROW = instant_text(NOON + timedelta(days=1))
WEB = EditRef(key="web")


@pytest.fixture
def estate(store: GraphStore) -> Estate:
    return on(store, TickingClock(), counting_ids())


def until(end: str = TOMORROW, reason: str = "", **attributes: object) -> UpdateCi:
    terms = dict.fromkeys(attributes, Terms(until=end, reason=reason))
    return UpdateCi(ci=WEB, attributes=attributes, terms=terms)


async def values(estate: Estate) -> dict[str, AttributeValue]:
    inventory = Inventory(estate.store, packaged())
    web = await inventory.ci(CIRef(key="web"))
    return {each.name: each for each in (await inventory.attributes([web]))[web.id]}


async def terms(estate: Estate, name: str) -> StatedTerms | None:
    winner = (await values(estate))[name].winner
    assert winner is not None
    return terms_of(winner, name)


async def sweep(estate: Estate, days: float) -> int:
    """Sweep as if so many days had gone by; return how many revisions that made."""
    deltas = await expire_claims(
        estate.store, packaged(), NOON + timedelta(days=days), actor=ADA, new_id=counting_ids()
    )
    applied = [await estate.store.apply(each) for each in deltas]
    return sum(each.revision is not None for each in applied)


async def test_a_value_says_by_whom_until_when_and_why(estate: Estate) -> None:
    """Each attribute on its own terms, whoever stated others before or after."""
    await estate.take_in(says("web", tier=3, owner="ops"))
    await estate.editing.edit([until(tier=1, reason="Black Friday")], actor=ADA, reason="peak")
    owner = UpdateCi(ci=WEB, attributes={"owner": "Bob"})
    await estate.editing.edit([owner], actor=BOB, reason="holidays")

    tier = await terms(estate, "tier")
    assert tier is not None
    assert (tier.by, tier.reason, tier.until) == ("Ada", "Black Friday", TOMORROW)
    said = await terms(estate, "owner")
    assert said is not None
    assert (said.by, said.by_id, said.reason, said.until) == ("Bob", "usr_bob", "holidays", "")


async def test_after_its_end_the_next_claim_surfaces(estate: Estate) -> None:
    """Not before; what has no end stays; and sweeping again writes nothing."""
    await estate.take_in(says("web", tier=3))
    await estate.editing.edit([until(tier=1)], actor=ADA, reason="peak")
    await estate.editing.edit(
        [UpdateCi(ci=WEB, attributes={"owner": "Ada"})], actor=ADA, reason="x"
    )

    assert await sweep(estate, 0.9) == 0
    assert (await estate.ci("web")).tier == 1
    assert await sweep(estate, 1) == 1
    assert dict((await estate.ci("web")).attributes) == {"tier": 3, "owner": "Ada"}
    assert await sweep(estate, 2) == 0
    store = estate.store
    log = [(each, await store.entries(each.number)) for each in await store.revisions(limit=100)]
    assert verify(log, until=await store.head()) == []


async def test_a_value_nobody_else_states_ends_with_its_claim(estate: Estate) -> None:
    await estate.take_in(says("web"))
    await estate.editing.edit([until(tier=1)], actor=ADA, reason="peak")

    await sweep(estate, 1)

    web = await estate.ci("web")
    assert dict(web.attributes) == {}
    claims = (await estate.store.claims_of([web.id]))[web.id]
    assert [each.data_source for each in claims if each.live] == ["team"]


async def test_a_ci_made_by_hand_outlives_its_values(estate: Estate) -> None:
    create = CreateCi(
        class_name="Server",
        name="Web",
        key="web",
        attributes={"tier": 1, "owner": "Ada"},
        terms={"tier": Terms(until=TOMORROW)},
    )
    await estate.editing.edit([create], actor=ADA, reason="new")

    await sweep(estate, 1)

    assert dict((await estate.ci("web")).attributes) == {"owner": "Ada"}


async def test_stating_it_anew_settles_the_end_anew(estate: Estate) -> None:
    """The same value with another end, or with none, is another statement."""
    await estate.take_in(says("web"))
    await estate.editing.edit([until(tier=1)], actor=ADA, reason="peak")
    again = await estate.editing.edit([until(tier=1)], actor=BOB, reason="again")
    for_good = UpdateCi(ci=WEB, attributes={"tier": 1})
    lifted = await estate.editing.edit([for_good], actor=ADA, reason="for good")

    assert (again.changed, lifted.changed) == (False, True)
    assert await sweep(estate, 2) == 0
    assert (await estate.ci("web")).tier == 1


async def test_whoever_repeats_a_value_changes_nothing(estate: Estate) -> None:
    await estate.take_in(says("web"))
    same = UpdateCi(ci=WEB, attributes={"tier": 1})
    await estate.editing.edit([same], actor=ADA, reason="first")

    assert not (await estate.editing.edit([same], actor=BOB, reason="second")).changed
    said = await terms(estate, "tier")
    assert said is not None
    assert (said.by, said.reason) == ("Ada", "first")


async def test_values_of_retired_cis_end_too(estate: Estate) -> None:
    """So that they do not come back with the CI."""
    await estate.take_in(says("web"))
    await estate.editing.edit([until(tier=1)], actor=ADA, reason="peak")
    await estate.editing.edit([RetireCi(ci=WEB)], actor=ADA, reason="gone")

    await sweep(estate, 1)
    web = await estate.ci("web")
    claims = (await estate.store.claims_of([web.id]))[web.id]
    assert all("tier" not in each.content.get("attributes", {}) for each in claims)


@pytest.mark.parametrize(
    ("edit", "code", "path"),
    [
        (until(instant_text(NOON - timedelta(days=1)), tier=1), "ALREADY_OVER", "validUntil"),
        (until(reason="\x00", tier=1), "INVALID_TEXT", "reason"),
    ],
)
async def test_terms_that_cannot_be_are_refused(
    estate: Estate, edit: UpdateCi, code: str, path: str
) -> None:
    await estate.take_in(says("web"))

    with pytest.raises(InvalidInputError) as refusal:
        await estate.editing.edit([edit], actor=ADA, reason="peak")

    found = [(each.code, each.place.path) for each in refusal.value.faults]
    assert found == [(code, f"edits[0].updateCi.attributes.tier.{path}")]
