"""By policy, tokens edit only what their person owns; without it, everything."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    RetireCi,
    SetRelationship,
    UpdateCi,
)
from graph_service.model.errors import InvalidInputError
from graph_service.model.revision import Actor, ActorType
from graph_service.model.vocabulary import packaged
from graph_service.model.vocabulary.policy_rows import EditingRules
from graph_service.use_cases.access import Access, Role
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.undoing.undoing import Undoing, UndoOrder
from tests.builders import ADA, TickingClock
from tests.people import Office, office, somebody
from tests.readings import says

pytestmark = pytest.mark.anyio

PAY, CART = EditRef(key="pay"), EditRef(key="cart")


@pytest.fixture
async def shop(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Office]:
    del anyio_backend
    async with office(tmp_path / "estate.db") as opened:
        await opened.estate.take_in(
            says("red", "Team"), says("pay", owner="red"), says("cart"), data_source="cmdb"
        )
        await opened.take_in(somebody("ada", "red", name="Ada"))
        yield opened


async def edit_as(
    shop: Office,
    *edits: Edit,
    roles: Sequence[Role] = (Role.ENGINEER,),
    person: str = "ada",
    own_only: bool = True,
) -> int:
    """Edit with a token and return how many records were written."""
    policies = replace(packaged().policies, editing=EditingRules(own_cis_only=own_only))
    vocabulary = replace(packaged(), policies=policies)
    whose = (await shop.who_is_who.person(person)).id if person else ""
    access = Access(shop.store, {1: b"pepper"})
    token, _ = await access.create("t", roles, by=ADA, person=whose)
    editing = Editing(
        shop.store, vocabulary, clock=TickingClock(),
        owning=shop.who_is_who.ownership,
    )  # fmt: skip
    actor = Actor(token.id, token.name, ActorType.TOKEN)
    foreseen = (await editing.preview(edits, actor=actor)).faults
    if foreseen:
        # What a write is refused for is said before it, word for word.
        with pytest.raises(InvalidInputError) as caught:
            await editing.edit(edits, actor=actor, reason="try")
        assert tuple(caught.value.faults) == foreseen
        raise InvalidInputError(foreseen)
    done = await editing.edit(edits, actor=actor, reason="try")
    return done.created + done.updated + done.retired


async def refused(shop: Office, *edits: Edit, person: str = "ada") -> list[str]:
    """Return the codes and messages of an edit that has to be refused; nothing is written."""
    before = (await shop.store.head()).revision
    with pytest.raises(InvalidInputError) as caught:
        await edit_as(shop, *edits, person=person)
    assert (await shop.store.head()).revision == before
    assert {each.code for each in caught.value.faults} == {"NOT_OWNED"}
    return [each.message for each in caught.value.faults]


async def test_what_one_owns_may_be_edited(shop: Office) -> None:
    assert await edit_as(shop, UpdateCi(ci=PAY, attributes={"tier": 1})) == 1


async def test_what_others_own_may_not_and_all_of_it_is_named(shop: Office) -> None:
    edits = (
        UpdateCi(ci=PAY, attributes={"tier": 1}),
        UpdateCi(ci=CART, attributes={"tier": 1}),
        RetireCi(ci=EditRef(key="red")),
    )

    assert await refused(shop, *edits) == ["cart is not yours", "red is not yours"]


async def test_nobody_makes_something_their_own_by_the_same_edit(shop: Office) -> None:
    assert await refused(shop, UpdateCi(ci=CART, attributes={"owner": "ada"}))


async def test_what_one_creates_has_to_be_ones_own(shop: Office) -> None:
    mine = CreateCi(class_name="Server", name="mine", attributes={"supportGroup": "red"})
    theirs = CreateCi(class_name="Server", name="theirs")

    assert await edit_as(shop, mine) == 1
    assert await refused(shop, theirs) == ["theirs is not yours"]


async def test_a_relationship_belongs_to_the_end_that_needs_the_other(shop: Office) -> None:
    needs = SetRelationship(source=PAY, type="DEPENDS_ON", target=CART)
    needed = SetRelationship(source=CART, type="DEPENDS_ON", target=PAY)

    assert await edit_as(shop, needs) == 1
    assert await refused(shop, needed)


async def test_a_token_of_nobody_owns_nothing(shop: Office) -> None:
    assert await refused(shop, UpdateCi(ci=PAY, attributes={"tier": 1}), person="")


async def test_administrators_and_whoever_has_no_such_policy_edit_everything(
    shop: Office,
) -> None:
    edit = UpdateCi(ci=CART, attributes={"tier": 1})
    assert await edit_as(shop, edit, roles=(Role.ADMIN,), person="") == 1

    other = UpdateCi(ci=CART, attributes={"tier": 2})
    assert await edit_as(shop, other, own_only=False, person="") == 1


async def test_undoing_a_revision_is_an_edit_like_any_other(shop: Office) -> None:
    """What others own is not changed by the back door; what one owns is given back."""
    policies = replace(packaged().policies, editing=EditingRules(own_cis_only=True))
    vocabulary = replace(packaged(), policies=policies)
    person = (await shop.who_is_who.person("ada")).id
    token, _ = await Access(shop.store, {1: b"pepper"}).create(
        "t", (Role.ENGINEER,), by=ADA, person=person
    )
    undoing = Undoing(
        shop.store, vocabulary, clock=TickingClock(), owning=shop.who_is_who.ownership
    )
    order = UndoOrder(actor=Actor(token.id, token.name, ActorType.TOKEN), reason="taken back")
    revisions = [
        (await shop.estate.editing.edit([edit], actor=ADA, reason="by hand")).revision
        for edit in (
            UpdateCi(ci=CART, attributes={"tier": 1}),
            UpdateCi(ci=PAY, attributes={"tier": 1}),
        )
    ]

    with pytest.raises(InvalidInputError, match="cart is not yours"):
        await undoing.undo(revisions[0], order)
    assert (await shop.estate.ci("cart")).tier == 1

    await undoing.undo(revisions[1], order)
    assert (await shop.estate.ci("pay")).tier is None
