"""What lost its owner, handing it over, stating things by hand, signing in, being forgotten."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.model.edit import EditRef, UpdateCi
from graph_service.model.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.observation import Event
from graph_service.model.person import TeamRole
from graph_service.reconcile.directory import PERSON
from graph_service.reconcile.plan_codec import PLAN, PLAN_PART
from graph_service.use_cases.people.duties import Duty
from graph_service.use_cases.people.ownerless import Gap, GapFilter, Problem
from tests.builders import ADA
from tests.people import Office, office, somebody
from tests.readings import relates, says

pytestmark = pytest.mark.anyio

SHOP: tuple[Event, ...] = (
    *(says(each, "Team") for each in ("payments", "search", "empty", "around")),
    says("pay", "BusinessService", tier=0, owner="gone", supportGroup="payments"),
    says("cart", tier=1, owner="gone"),
    says("find", tier=2, owner="Cidd_Marsh", supportGroup="search"),
    says("index", tier=3, technicalContact="twin"),
    says("old", owner="empty"),
    says("older"),
    says("bare", "Server"),
    says("board", approvers=["gone", "bob"]),
    says("fine", owner="bob"),
    relates("around", "empty", "CONTAINS"),
    relates("older", "empty", "OWNED_BY"),
)


@pytest.fixture
async def shop(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Office]:
    del anyio_backend
    async with office(tmp_path / "estate.db") as opened:
        await opened.estate.take_in(*SHOP, data_source="cmdb")
        await opened.take_in(
            somebody("bob", "payments:LEAD", name="Bob Stone"),
            somebody("cid", "search", name="Cidd Marsh"),
            somebody("boss", "around", name="Bea Boss"),
            somebody("gone", name="Gus Gone", manager="away", deputy="cid", left_on="2026-01-01"),
            somebody("away", name="Abe Away", manager="boss", left_on="2026-02-01"),
            somebody("t1", name="twin"),
            somebody("t2", name="twin"),
            somebody("last", "empty", name="Lou Last", left_on="2026-01-01"),
        )
        yield opened


async def gaps(shop: Office, **wanted: object) -> dict[tuple[Problem, Duty, str], Gap]:
    found = await shop.who_is_who.gaps(GapFilter(**wanted))  # type: ignore[arg-type] # as named
    return {(each.problem, each.duty, ",".join(ci.key for ci in each.cis)): each for each in found}


def heirs(found: dict[tuple[Problem, Duty, str], Gap]) -> dict[object, str | None]:
    return {key: each.heir.label if each.heir else None for key, each in found.items()}


async def test_everything_that_lost_somebody_is_found_with_an_heir(shop: Office) -> None:
    assert heirs(await gaps(shop)) == {
        (Problem.LEFT, Duty.OWNER, "pay"): "Bob Stone",
        (Problem.LEFT, Duty.OWNER, "cart"): "Bea Boss",
        (Problem.LEFT, Duty.APPROVER, "board"): "Bea Boss",
        (Problem.UNKNOWN, Duty.OWNER, "find"): "Cidd Marsh",
        (Problem.AMBIGUOUS, Duty.CONTACT, "index"): None,
        (Problem.EMPTY_TEAM, Duty.OWNER, "old"): "around",
        (Problem.EMPTY_TEAM, Duty.OWNER, "older"): "around",
        (Problem.NOBODY, Duty.OWNER, "bare"): None,
        (Problem.NOBODY, Duty.OWNER, "index,board"): None,
    }


async def test_the_most_critical_comes_first(shop: Office) -> None:
    found = await shop.who_is_who.gaps(GapFilter())

    assert [each.worst_tier for each in found] == [0, 1, 2, 3, 3, None, None, None, None]


async def test_every_heir_comes_with_the_reason(shop: Office) -> None:
    found = {each.heir.reason for each in (await gaps(shop)).values() if each.heir}

    assert found == {
        "leads payments, which looks after it",
        "was the manager of Abe Away, who has left as well",
        "is called almost Cidd_Marsh",
        "is the team around it",
    }


async def test_no_team_is_empty_while_nobody_is_known_to_be_in_any(tmp_path: Path) -> None:
    async with office(tmp_path / "estate.db") as bare:
        await bare.draw("lonely:Team\nshop(owner=lonely)")

        assert await bare.who_is_who.gaps(GapFilter()) == []


async def test_handing_over_is_one_revision_and_names_people_by_id(shop: Office) -> None:
    before = (await shop.store.head()).revision
    bob = await shop.who_is_who.person("bob")

    result = await shop.handing_over.hand_over(
        GapFilter(problems=[Problem.LEFT]), actor=ADA, reason="Gus left"
    )

    assert (result.revision, result.updated) == (before + 1, 3)
    cis = await shop.estate.cis()
    boss = await shop.who_is_who.person("boss")
    assert cis["pay"].attributes["owner"] == bob.id
    assert cis["cart"].attributes["owner"] == boss.id
    assert cis["board"].attributes["approvers"] == [boss.id, "bob"]
    assert await gaps(shop, problems=[Problem.LEFT]) == {}


async def test_an_empty_team_is_handed_over_with_its_relationships(shop: Office) -> None:
    await shop.handing_over.hand_over(
        GapFilter(problems=[Problem.EMPTY_TEAM]), actor=ADA, reason="the team was dissolved"
    )

    assert await gaps(shop, problems=[Problem.EMPTY_TEAM]) == {}
    relationships = await shop.estate.relationships()
    assert "older OWNED_BY around" in relationships
    assert "older OWNED_BY empty" not in relationships


async def test_one_heir_of_choice_takes_what_nobody_could_be_proposed_for(shop: Office) -> None:
    await shop.handing_over.hand_over(
        GapFilter(problems=[Problem.NOBODY]), heir="search", actor=ADA, reason="agreed on Monday"
    )

    cis = await shop.estate.cis()
    assert {cis[each].attributes["owner"] for each in ("bare", "index", "board")} == {"search"}


async def test_one_heir_for_everything_is_refused(shop: Office) -> None:
    with pytest.raises(InvalidInputError, match="one heir for all"):
        await shop.handing_over.hand_over(GapFilter(), heir="bob", actor=ADA, reason="so what")


async def test_an_heir_nobody_knows_is_refused(shop: Office) -> None:
    with pytest.raises(NotFoundError, match="did you mean Bob Stone"):
        await shop.handing_over.hand_over(
            GapFilter(text="gone"), heir="Bob Stome", actor=ADA, reason="Gus left"
        )


async def test_what_a_preview_showed_is_done_and_nothing_else(shop: Office) -> None:
    """Who takes over is shown first; the seal holds only for just that."""
    left = GapFilter(problems=[Problem.LEFT])
    before = (await shop.store.head()).revision
    shown = await shop.handing_over.preview(left, actor=ADA)
    assert (await shop.store.head()).revision == before
    assert {each.label for each in shown.edits.changes} == {"pay", "cart", "board"}
    assert all(each.heir for each in shown.gaps)

    done = await shop.handing_over.hand_over(left, actor=ADA, reason="as shown", seal=shown.seal)

    assert (done.revision, done.updated) == (before + 1, 3)


async def test_a_preview_says_which_data_sources_say_otherwise(shop: Office) -> None:
    shown = await shop.handing_over.preview(GapFilter(problems=[Problem.LEFT]), actor=ADA)

    assert ("SOURCE_DISAGREES", "pay") in {
        (each.code, each.subject) for each in shown.edits.warnings
    }


async def test_a_seal_breaks_when_somebody_else_would_take_over_by_now(shop: Office) -> None:
    """The directory is no part of the log, so revisions alone would not tell."""
    left = GapFilter(problems=[Problem.LEFT])
    shown = await shop.handing_over.preview(left, actor=ADA)
    await shop.who_is_who.state("bob", {"left_on": "2026-01-01"}, actor=ADA)

    with pytest.raises(StaleRevisionError, match="what was to be handed over"):
        await shop.handing_over.hand_over(left, actor=ADA, reason="late", seal=shown.seal)
    assert (await shop.estate.ci("pay")).attributes["owner"] == "gone"


async def test_a_seal_breaks_when_one_of_the_cis_changed(shop: Office) -> None:
    wanted = GapFilter(problems=[Problem.LEFT])
    shown = await shop.handing_over.preview(wanted, actor=ADA)
    other = [UpdateCi(ci=EditRef(key="pay"), attributes={"tier": 3})]
    await shop.estate.editing.edit(other, actor=ADA, reason="meanwhile")

    with pytest.raises(StaleRevisionError):
        await shop.handing_over.hand_over(wanted, actor=ADA, reason="late", seal=shown.seal)


@pytest.mark.parametrize("seal", ["x", "7", "7.", ".aa", "9" * 5000 + ".aa", "²3.aa", "-1.aa"])
async def test_a_seal_that_no_preview_gave_is_refused(shop: Office, seal: str) -> None:
    with pytest.raises(InvalidInputError, match="no preview gave this"):
        await shop.handing_over.hand_over(
            GapFilter(problems=[Problem.LEFT]), actor=ADA, reason="", seal=seal
        )


async def test_a_retry_of_handing_over_gets_the_first_answer(shop: Office) -> None:
    """By then there is nothing left to hand over, which is no error of the retry."""
    wanted = GapFilter(problems=[Problem.LEFT])
    first, again = [
        await shop.handing_over.hand_over(wanted, actor=ADA, reason="once", idempotency_key="k")
        for _ in range(2)
    ]
    assert (first.replayed, again.replayed) == (False, True)
    assert again.revision == first.revision == (await shop.store.head()).revision

    with pytest.raises(IdempotencyKeyReusedError):
        await shop.handing_over.hand_over(
            GapFilter(problems=[Problem.NOBODY]),
            heir="bob",
            actor=ADA,
            reason="once",
            idempotency_key="k",
        )


async def test_what_nobody_can_be_proposed_for_is_said(shop: Office) -> None:
    result = await shop.handing_over.hand_over(GapFilter(), actor=ADA, reason="spring cleaning")

    assert [each.rpartition("(")[0].strip() for each in result.warnings] == [
        "nobody to propose for Application",
        "nobody to propose for twin, twin",
        "nobody to propose for Server",
    ]


async def test_a_ci_that_somebody_else_changed_meanwhile_is_not_overwritten(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    editing = shop.estate.editing
    edit = type(editing).edit

    async def after_somebody_else(self: object, *edits: object, **how: object) -> object:
        monkeypatch.undo()
        other = [UpdateCi(ci=EditRef(key="pay"), attributes={"owner": "search"})]
        await editing.edit(other, actor=ADA, reason="moved to search")
        return await edit(self, *edits, **how)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(type(editing), "edit", after_somebody_else)

    with pytest.raises(StaleRevisionError):
        await shop.handing_over.hand_over(GapFilter(text="gone"), actor=ADA, reason="Gus left")
    assert (await shop.estate.ci("pay")).attributes["owner"] == "search"


async def test_what_is_stated_by_hand_outranks_the_directory_and_can_be_taken_back(
    shop: Office,
) -> None:
    facts = {"absent_from": "2026-02-20", "absent_until": "2026-03-10", "deputy": "Cidd Marsh"}
    stated = await shop.who_is_who.state("bob", facts, actor=ADA)
    cid = await shop.who_is_who.person("cid")
    directory = await shop.who_is_who.directory()
    assert directory.is_away(stated)
    assert stated.facts.deputy == cid.id
    assert stated.facts.name == "Bob Stone"

    again = await shop.plan(somebody("bob", "payments:LEAD", name="Bob Stone"), complete=False)
    assert not again.changes_anything

    empty = dict.fromkeys(facts, "")
    after = await shop.who_is_who.state("bob", empty, actor=ADA)
    assert [*after.said] == ["hr"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"absent_from": "2026-03-02", "absent_until": "2026-03-01"}, "OUT_OF_RANGE"),
        ({"on_call": "javascript:alert(1)"}, "INVALID_VALUE"),
        ({"left_on": "tomorrow"}, "INVALID_VALUE"),
    ],
)
async def test_what_makes_no_sense_of_a_person_is_refused(
    shop: Office, facts: dict[str, str], code: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await shop.who_is_who.state("bob", facts, actor=ADA)

    assert [each.code for each in caught.value.faults] == [code]


CLAIMS = {
    "sub": "0f9d",
    "preferred_username": "BOB",
    "name": "Bob S.",
    "email": "bob@x.example",
    "groups": ["/engineering/search", "payments"],
}


async def test_who_signs_in_is_known_again_and_their_groups_are_those_of_this_time(
    shop: Office,
) -> None:
    bob = await shop.who_is_who.person("bob")

    first = await shop.who_is_who.signed_in(CLAIMS, issuer="https://id.example", actor=ADA)
    assert first.id == bob.id
    assert {(each.team, each.role) for each in first.facts.memberships} == {
        ("payments", TeamRole.LEAD),
        ("payments", TeamRole.MEMBER),
        ("search", TeamRole.MEMBER),
    }
    assert first.facts.name == "Bob Stone"

    claims = {**CLAIMS, "groups": []}
    second = await shop.who_is_who.signed_in(claims, issuer="https://id.example", actor=ADA)
    assert {each.team for each in second.facts.memberships} == {"payments"}


async def test_signing_in_keeps_nobody_in_the_organisation(shop: Office) -> None:
    await shop.who_is_who.signed_in(CLAIMS, issuer="https://id.example", actor=ADA)

    await shop.take_in(somebody("cid", "search", name="Cidd Marsh"))

    assert (await shop.who_is_who.person("bob")).left_on == "2026-03-01"


async def test_an_address_that_nobody_verified_makes_nobody_known(shop: Office) -> None:
    claims = {"sub": "x", "name": "Eve", "email": "bob@x.example", "email_verified": False}

    eve = await shop.who_is_who.signed_in(claims, issuer="https://id.example", actor=ADA)

    assert eve.facts.mails == ()
    assert eve.id != (await shop.who_is_who.person("bob")).id


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": 7, "name": "x"}, {"name": "x\x00"}])
async def test_claims_that_do_not_say_who_it_is_are_refused(
    shop: Office, claims: dict[str, object]
) -> None:
    with pytest.raises(InvalidInputError):
        await shop.who_is_who.signed_in(claims, issuer="https://id.example", actor=ADA)


async def everything_kept(shop: Office) -> str:
    """Return all records of people and plans, as text."""
    kept = [
        each
        for kind in (PERSON, PLAN, PLAN_PART)
        for each in await shop.store.records(kind, limit=999)
    ]
    return repr(kept)


async def test_nothing_is_left_of_who_is_erased_but_that_they_were(shop: Office) -> None:
    bob = await shop.who_is_who.person("bob")
    plan = await shop.plan(somebody("bob", name="Bob Stone", phones=("+49 69 1",)), complete=False)
    await shop.estate.intake.keep(plan)

    erased = await shop.who_is_who.erase("bob", actor=ADA, reason="request 17")

    assert (erased.person, erased.replaced, erased.plans_dropped) == (bob.id, 2, (plan.id,))
    kept = await everything_kept(shop)
    assert "Bob" not in kept
    assert "bob" not in kept
    assert (await shop.estate.ci("fine")).attributes["owner"] == bob.id
    (last,) = await shop.store.revisions(after=erased.revision - 1 if erased.revision else 0)
    assert last.reason == f"erasure of {bob.id}: request 17"
    with pytest.raises(NotFoundError):
        await shop.who_is_who.person("bob")


async def test_references_to_who_was_erased_still_mean_somebody_who_is_gone(shop: Office) -> None:
    bob = await shop.who_is_who.person("bob")
    await shop.who_is_who.erase("bob", actor=ADA, reason="request 17")

    found = await gaps(shop, text=bob.id)

    assert {each.label for each in found.values()} == {"erased person"}
    assert {key[2] for key in found} == {"fine", "board"}


async def test_who_was_erased_does_not_come_back_with_the_next_import(shop: Office) -> None:
    await shop.who_is_who.erase("bob", actor=ADA, reason="request 17")

    plan = await shop.plan(somebody("bob", "payments:LEAD", name="Bob Stone"), complete=False)

    assert not plan.changes_anything
    assert [each.message for each in plan.findings] == [
        "left out because they were erased on request: 1"
    ]
    await shop.estate.apply(plan)
    assert "Bob" not in await everything_kept(shop)


async def test_data_sources_that_go_on_naming_who_was_erased_are_named(shop: Office) -> None:
    erased = await shop.who_is_who.erase("bob", actor=ADA, reason="request 17")

    assert erased.still_said_by == ("cmdb",)


async def test_an_erasure_needs_a_reason_and_happens_once(shop: Office) -> None:
    bob = await shop.who_is_who.person("bob")
    with pytest.raises(InvalidInputError, match="needs a reason"):
        await shop.who_is_who.erase("bob", actor=ADA, reason=" ")
    await shop.who_is_who.erase("bob", actor=ADA, reason="request 17")

    with pytest.raises(InvalidInputError, match="erased already"):
        await shop.who_is_who.erase(bob.id, actor=ADA, reason="request 17")


async def test_teams_are_known_by_what_their_data_source_calls_them(shop: Office) -> None:
    dn = "cn=ops,ou=groups,dc=x"
    await shop.estate.take_in(says(dn, "Team", name="Operations", key="ops"), data_source="ldap")
    await shop.take_in(somebody("opal", dn, name="Opal"), source="other", complete=False)

    directory = await shop.who_is_who.directory()

    team = directory.team_called(dn)
    assert team is not None
    assert [each.person.label for each in directory.members(team.id)] == ["Opal"]
