"""Whom a text means, who is in which team, and what they own: the examples of docs/semantics.md."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.model.errors import AmbiguousReferenceError, NotFoundError
from graph_service.use_cases.people.directory import Directory, Resolution
from graph_service.use_cases.people.duties import Duty
from graph_service.use_cases.people.ownership import Reason
from tests.builders import ci_id
from tests.people import Office, office, somebody

pytestmark = pytest.mark.anyio

SHOP = """
payments:Team & search:Team & engineering:Team
engineering -CONTAINS-> payments & search
pay:BusinessService(owner=payments serviceOwner=ada) -CONTAINS-> ledger -CONTAINS-> vm:Server
find(supportGroup=search)
db:Database -OWNED_BY-> payments
lb:LoadBalancer -MANAGED_BY-> search
note(technicalContact=bob approvers=["bob"])
whole(owner=engineering)
"""


@pytest.fixture
async def shop(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Office]:
    del anyio_backend
    async with office(tmp_path / "estate.db") as opened:
        await opened.draw(SHOP)
        await opened.take_in(
            somebody("ada", name="Ada Weaver", mails=("ada@x.example",), dn="uid=ada,dc=x"),
            somebody("bob", "payments:LEAD", name="Bob Stone"),
            somebody("cid", "search", name="Cid Marsh"),
            somebody("dee", "engineering", name="Dee North"),
            somebody("gone", "payments", name="Gus Gone", left_on="2026-01-01"),
        )
        yield opened


async def owned(shop: Office, login: str) -> set[str]:
    """Return the names of what somebody owns."""
    ownership = await shop.who_is_who.ownership()
    person = ownership.directory.person(login)
    assert person is not None
    return {each.removeprefix("ci_") for each in ownership.owned_by_person(person.id)}


@pytest.mark.parametrize(
    ("login", "cis"),
    [
        ("ada", {"pay", "ledger", "vm"}),
        ("bob", {"pay", "ledger", "vm", "db", "whole"}),
        ("cid", {"find", "lb", "whole"}),
        ("dee", {"whole"}),
        ("gone", set()),
    ],
)
async def test_owning_is_being_named_or_in_a_team_that_is_and_is_inherited_by_parts(
    shop: Office, login: str, cis: set[str]
) -> None:
    assert await owned(shop, login) == cis


async def test_every_owned_ci_says_why(shop: Office) -> None:
    ownership = await shop.who_is_who.ownership()
    bob = ownership.directory.person("bob")
    assert bob is not None

    found = ownership.owned_by_person(bob.id)

    payments, engineering = ci_id("payments"), ci_id("engineering")
    assert found[ci_id("pay")] == Reason(Duty.OWNER, payments)
    assert found[ci_id("vm")] == Reason(Duty.OWNER, payments, ci_id("pay"))
    assert found[ci_id("db")] == Reason(Duty.OWNER, payments)
    assert found[ci_id("whole")] == Reason(Duty.OWNER, engineering)


async def test_a_team_owns_what_teams_within_it_own(shop: Office) -> None:
    ownership = await shop.who_is_who.ownership()

    found = {each.removeprefix("ci_") for each in ownership.owned_by_team(ci_id("engineering"))}

    assert found == {"whole", "pay", "ledger", "vm", "db", "find", "lb"}


async def test_contacts_and_approvers_own_nothing(shop: Office) -> None:
    assert "note" not in await owned(shop, "bob")


async def test_teams_within_each_other_end(shop: Office) -> None:
    await shop.draw(
        "payments:Team -CONTAINS-> engineering:Team\nsearch:Team -MEMBER_OF-> search2:Team"
    )

    assert await owned(shop, "dee") >= {"whole", "pay", "db"}
    members = (await shop.who_is_who.directory()).members(ci_id("search2"))
    assert "Cid Marsh" in {each.person.label for each in members}


async def test_what_is_written_later_is_followed(shop: Office) -> None:
    assert "later" not in await owned(shop, "cid")

    await shop.draw("later(owner=search)\nledger -CONTAINS-> later")

    assert "later" in await owned(shop, "cid")
    assert "later" in await owned(shop, "ada")


@pytest.mark.parametrize(
    "text",
    [
        "ada",
        "ADA",
        "ada@x.example",
        "Ada@X.Example",
        "Ada Weaver",
        " ada  weaver ",
        "uid=ada, dc=x",
    ],
)
async def test_people_are_known_by_login_address_ldap_name_and_name(
    shop: Office, text: str
) -> None:
    assert (await shop.who_is_who.person(text)).facts.login == "ada"


async def test_a_team_is_known_by_key_name_and_the_first_part_of_an_ldap_name(
    shop: Office,
) -> None:
    directory = await shop.who_is_who.directory()

    for text in ("payments", "Payments", "cn=Payments,ou=groups,dc=x", ci_id("payments")):
        team = directory.meaning(text).team
        assert team is not None
        assert team.id == ci_id("payments")


async def test_a_misspelt_name_is_refused_with_who_is_called_almost_so(shop: Office) -> None:
    with pytest.raises(NotFoundError, match="did you mean Ada Weaver"):
        await shop.who_is_who.person("Weawer, Ada")


async def test_a_name_that_several_have_is_ambiguous(shop: Office) -> None:
    await shop.take_in(somebody("cid2", name="Cid Marsh"), source="other", complete=False)

    with pytest.raises(AmbiguousReferenceError):
        await shop.who_is_who.person("Cid Marsh")
    meaning = (await shop.who_is_who.directory()).meaning("Cid Marsh")
    assert (meaning.resolution, len(meaning.candidates)) == (Resolution.AMBIGUOUS, 2)


async def test_a_namesake_who_has_left_does_not_make_a_name_ambiguous(shop: Office) -> None:
    namesake = somebody("cid2", name="Cid Marsh", left_on="2020-01-01")
    await shop.take_in(namesake, source="other", complete=False)

    assert (await shop.who_is_who.person("Cid Marsh")).facts.login == "cid"


async def test_teams_that_no_ci_is_are_counted_with_their_people(shop: Office) -> None:
    await shop.take_in(
        somebody("eve", "paymnets", "cn=atlantis,dc=x", name="Eve"), source="other", complete=False
    )

    found = (await shop.who_is_who.directory()).unresolved_teams

    assert [(each.text, len(each.people), each.near) for each in found] == [
        ("cn=atlantis,dc=x", 1, ()),
        ("paymnets", 1, ("payments",)),
    ]


async def test_who_is_away_today_is_seen(shop: Office) -> None:
    await shop.take_in(
        somebody("a", name="A", absent_from="2026-02-20", absent_until="2026-03-01"),
        somebody("b", name="B", absent_from="2026-03-02"),
        somebody("c", name="C", absent_until="2026-03-01"),
        somebody("d", name="D", absent_from="2026-02-01"),
        somebody("e", name="E"),
        source="other", complete=False,
    )  # fmt: skip
    directory: Directory = await shop.who_is_who.directory()

    away = {each.label for each in directory.people.values() if directory.is_away(each)}

    assert away == {"A", "C", "D"}
