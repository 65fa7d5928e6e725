"""Undoing what was written, as new revisions."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.ci import Presence
from graph_service.model.delta import Record
from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    ReactivateCi,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
    Terms,
    UpdateCi,
)
from graph_service.model.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    RevisionUnknownError,
    StaleRevisionError,
)
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.use_cases.intake.import_run import RunState
from graph_service.use_cases.undoing.undo_plan import UndoPlan, UndoResult
from graph_service.use_cases.undoing.undoing import Undoing, UndoOrder
from tests.builders import ADA, TickingClock, claim_about, delta
from tests.readings import Estate, KilledError, counting_ids, killed_after, opened, relates, says

pytestmark = pytest.mark.anyio

BOB = Actor("usr_bob", "Bob")


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    async with opened(tmp_path / "estate.db") as found:
        yield found


def undoing(estate: Estate) -> Undoing:
    return Undoing(estate.store, packaged(), clock=TickingClock(), new_id=counting_ids())


async def edit(estate: Estate, *edits: Edit, actor: Actor = ADA) -> int:
    return (await estate.editing.edit(edits, actor=actor, reason="because")).revision


async def undo(estate: Estate, revision: int, **how: object) -> UndoResult:
    order = UndoOrder(actor=BOB, reason="a mistake", **how)  # type: ignore[arg-type] # as named
    found = await undoing(estate).undo(revision, order)
    assert isinstance(found, UndoResult), found
    return found


async def refusal(estate: Estate, revision: int) -> UndoPlan:
    before = await estate.revision()
    found = await undoing(estate).undo(revision, UndoOrder(actor=BOB, reason="a mistake"))
    assert isinstance(found, UndoPlan)
    assert await estate.revision() == before
    return found


async def revert(estate: Estate, run: str, **how: object) -> UndoResult:
    order = UndoOrder(actor=BOB, reason="wrong file", **how)  # type: ignore[arg-type] # as named
    found = await undoing(estate).revert(run, order)
    assert isinstance(found, UndoResult), found
    return found


def ref(key: str) -> EditRef:
    return EditRef(key=key)


def create(key: str, class_name: str = "Application", **attributes: object) -> CreateCi:
    return CreateCi(class_name=class_name, name=key, key=key, attributes=attributes)


def update(key: str, **attributes: object) -> UpdateCi:
    return UpdateCi(ci=ref(key), attributes=attributes)


def draw(source: str, target: str, **more: object) -> SetRelationship:
    return SetRelationship(
        source=ref(source), type="DEPENDS_ON", target=ref(target), attributes=more
    )


async def claims(estate: Estate) -> object:
    """Return every live claim, as it stands."""
    cis = await estate.cis()
    relationships = await estate.store.relationships_of([each.id for each in cis.values()])
    subjects = [*(each.id for each in cis.values()), *(each.id for each in relationships)]
    found = await estate.store.claims_of(subjects)
    return {
        (each.data_source, each.native_key): each
        for some in found.values()
        for each in some
        if each.live
    }


WORLD = (
    says("web", tier=1, redundancy_db={"k": 1}),
    says("db-1", "Database"),
    says("db-2", "Database", environment="PRODUCTION"),
    relates("web", "db-1", group="db"),
    relates("web", "db-2", group="db", role="STANDBY"),
    relates("web", "mail"),
)

STEPS: dict[str, tuple[Edit, ...]] = {
    "a value": (update("web", tier=3, owner="Ada"),),
    "a value emptied": (update("web", tier=None),),
    "a name and class": (UpdateCi(ci=ref("web"), name="Shop", class_name="BusinessService"),),
    "a CI and a relationship": (
        create("api", tier=2),
        draw("web", "api", strength="SOFT", evidence="x"),
    ),
    "a CI that was missed": (create("mail"),),
    "a retirement": (RetireCi(ci=ref("db-1")),),
    "the retirement of the middle": (RetireCi(ci=ref("web")),),
    "a relationship's end": (
        RetireRelationship(source=ref("web"), type="DEPENDS_ON", target=ref("db-1")),
    ),
    "a group": (
        SetRedundancyGroup(
            dependant=ref("web"), name="db", rules={"k": 2}, members=((ref("db-1"), True),)
        ),
    ),
}


@pytest.mark.parametrize("step", STEPS)
async def test_undoing_the_newest_revision_leaves_the_estate_as_it_was(
    estate: Estate, step: str
) -> None:
    """What people see, every live claim to the letter, what is unresolved; and back again."""
    await estate.take_in(*WORLD)
    before = await estate.picture(), await claims(estate), await estate.unresolved_records()
    revision = await edit(estate, *STEPS[step])
    changed = await estate.picture(), await claims(estate), await estate.unresolved_records()
    assert changed[0] != before[0]

    done = await undo(estate, revision)
    back = await estate.picture(), await claims(estate), await estate.unresolved_records()
    again = await undo(estate, done.revision)

    assert back == before
    assert (
        await estate.picture(),
        await claims(estate),
        await estate.unresolved_records(),
    ) == changed
    assert again.revision == done.revision + 1


async def test_an_undo_is_a_revision_that_says_what_it_is(estate: Estate) -> None:
    revision = await edit(estate, create("web", tier=1))
    ci = await estate.ci("web")

    done = await undo(estate, revision)

    [header] = await estate.store.revisions(after=revision)
    assert header.reason == "undo of revision 1: a mistake"
    assert (header.actor, header.run) == (BOB, None)
    assert (done.revisions, done.undone, done.retired) == ((2,), (1,), 1)
    gone = await estate.ci("web")
    assert (gone.id, gone.key, gone.presence) == (ci.id, "web", Presence.RETIRED)


async def test_what_is_undone_already_is_not_undone_again(estate: Estate) -> None:
    await edit(estate, create("web", tier=1))
    revision = await edit(estate, update("web", tier=2))
    await undo(estate, revision)

    again = await undo(estate, revision)

    assert (again.changed, again.revision, again.revisions) == (False, 3, ())


async def test_a_value_that_was_set_again_is_in_the_way(estate: Estate) -> None:
    """It is shown with who set it and when; nothing is undone."""
    await edit(estate, create("web", tier=1))
    revision = await edit(estate, update("web", tier=2, owner="Ada"))
    await edit(estate, update("web", tier=3), actor=BOB)

    plan = await refusal(estate, revision)

    [conflict] = plan.conflicts
    assert (conflict.label, conflict.name) == ("web", "tier")
    assert (conflict.before, conflict.kept) == (1, 3)
    assert (conflict.revision, conflict.actor, conflict.reason) == (3, BOB, "because")
    assert conflict.at == (await estate.store.revisions(after=2))[0].at


async def test_later_values_are_kept_where_that_is_wanted(estate: Estate) -> None:
    await edit(estate, create("web", tier=1))
    revision = await edit(estate, update("web", tier=2, owner="Ada"))
    await edit(estate, update("web", tier=3))

    done = await undo(estate, revision, keeps_later=True)

    assert (done.updated, done.kept) == (1, 1)
    assert (await estate.ci("web")).attributes == {"tier": 3}


async def test_a_later_value_that_is_the_former_one_is_not_in_the_way(estate: Estate) -> None:
    await edit(estate, create("web", tier=1))
    revision = await edit(estate, update("web", tier=2, owner="Ada"))
    await edit(estate, update("web", tier=1))

    await undo(estate, revision)

    assert (await estate.ci("web")).attributes == {"tier": 1}


async def test_a_value_that_was_stated_again_for_another_reason_is_in_the_way(
    estate: Estate,
) -> None:
    await edit(estate, create("web", tier=1))
    revision = await edit(estate, update("web", tier=2))
    terms = {"tier": Terms(reason="measured")}
    again = UpdateCi(ci=ref("web"), attributes={"tier": 2}, terms=terms)
    await edit(estate, again, actor=BOB)

    [conflict] = (await refusal(estate, revision)).conflicts

    assert (conflict.name, conflict.before, conflict.kept) == ("tier", 1, 2)
    assert conflict.because == "manual says it anew"


async def test_a_ci_that_others_lean_on_since_is_kept(estate: Estate) -> None:
    await edit(estate, create("web"))
    revision = await edit(estate, create("db", "Database"), update("web", tier=1))
    await edit(estate, draw("web", "db"), actor=BOB)

    [conflict] = (await refusal(estate, revision)).conflicts
    done = await undo(estate, revision, keeps_later=True)

    assert (conflict.label, conflict.name, conflict.kept) == ("db", "presence", "ACTIVE")
    assert conflict.because == "web -DEPENDS_ON-> db was drawn since"
    assert (conflict.revision, conflict.actor) == (3, BOB)
    assert done.kept == 1
    assert (await estate.ci("db")).presence is Presence.ACTIVE
    assert (await estate.ci("web")).attributes == {}
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_a_relationship_does_not_come_back_to_a_ci_that_is_retired_since(
    estate: Estate,
) -> None:
    await edit(estate, create("web"), create("db", "Database"), draw("web", "db"))
    revision = await edit(
        estate, RetireRelationship(source=ref("web"), type="DEPENDS_ON", target=ref("db"))
    )
    await edit(estate, RetireCi(ci=ref("db")))

    [conflict] = (await refusal(estate, revision)).conflicts

    assert conflict.label == "web -DEPENDS_ON-> db"
    assert (conflict.because, conflict.revision) == ("db is retired", 3)


async def test_a_ci_that_another_data_source_confirmed_is_kept(estate: Estate) -> None:
    revision = await edit(estate, create("web"))
    web = await estate.ci("web")
    seen = replace(claim_about(web, "scan"), content={"class": "Application", "name": "web"})
    await estate.store.apply(delta(seen, based_on=revision))

    [conflict] = (await refusal(estate, revision)).conflicts

    assert (conflict.name, conflict.before, conflict.kept) == ("presence", "RETIRED", "ACTIVE")


async def test_what_an_import_wrote_comes_back_with_the_next_import(estate: Estate) -> None:
    """An undone claim says nothing, so its data source is news again."""
    await estate.take_in(says("web", tier=1))
    before = await estate.picture()
    await estate.take_in(says("web", tier=2), says("db", "Database"), relates("web", "db"))
    changed = await estate.picture()
    for revision in (await estate.revision(),):
        await undo(estate, revision)
    assert await estate.picture() == before

    await estate.take_in(says("web", tier=2), says("db", "Database"), relates("web", "db"))

    assert await estate.picture() == changed


async def test_a_run_is_reverted_as_a_whole(estate: Estate) -> None:
    await estate.take_in(says("web", tier=1), relates("web", "mail"))
    before = await estate.picture(), await claims(estate)
    result = await estate.take_in(
        says("web", tier=2), says("db", "Database"), relates("web", "db"), relates("db", "disk")
    )

    done = await revert(estate, result.run)

    assert (await estate.picture(), await claims(estate)) == before
    assert (await estate.intake.run(result.run)).state is RunState.REVERTED
    assert done.run == result.run
    [header] = await estate.store.revisions(newest_first=True, limit=1)
    assert header.reason == f"revert of run {result.run}: wrong file"


async def test_only_the_newest_run_of_a_data_source_is_reverted(estate: Estate) -> None:
    """One reverted no longer counts, nor does one that wrote nothing."""
    first = await estate.take_in(says("web", tier=1))
    second = await estate.take_in(says("web", tier=2))
    await estate.take_in(says("web", tier=2))
    await estate.take_in(says("other"), data_source="scan")

    with pytest.raises(InvalidInputError, match=f"revert {second.run} first"):
        await revert(estate, first.run)
    await revert(estate, second.run)
    await revert(estate, first.run)

    assert set(await estate.cis(retired=False)) == {"other"}


async def test_a_run_that_is_none_or_wrote_nothing_is_not_reverted(estate: Estate) -> None:
    await estate.take_in(says("web"))
    nothing = await estate.take_in(says("web"))

    with pytest.raises(InvalidInputError, match="wrote nothing"):
        await revert(estate, nothing.run)
    with pytest.raises(NotFoundError):
        await revert(estate, "run_nobody")


async def test_reverting_a_reverted_run_does_nothing(estate: Estate) -> None:
    result = await estate.take_in(says("web"))
    await revert(estate, result.run)
    revision = await estate.revision()

    again = await revert(estate, result.run)

    assert (again.changed, again.revision) == (False, revision)


@pytest.mark.parametrize("writes", [1, 2])
async def test_a_killed_revert_is_finished_by_the_next(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr("graph_service.reconcile.batches.DELTA_RECORDS_MAX", 2)
    await estate.take_in(says("a"), says("b"), relates("a", "b"))
    before = await estate.picture()
    result = await estate.take_in(
        says("a", tier=1), says("c"), says("d"), relates("c", "d"), relates("d", "a")
    )
    with killed_after(estate, writes), pytest.raises(KilledError):
        await revert(estate, result.run)
    half = await estate.intake.run(result.run)

    await revert(estate, result.run)

    assert half.state is RunState.REVERTING
    assert await estate.picture() == before
    assert (await estate.intake.run(result.run)).state is RunState.REVERTED


async def test_a_plan_says_what_would_be_and_writes_nothing(estate: Estate) -> None:
    await edit(estate, create("web", tier=1))
    revision = await edit(
        estate, update("web", tier=2), create("db", "Database"), draw("web", "db")
    )

    plan = await undoing(estate).plan(revision)

    assert await estate.revision() == revision
    assert {(each.label, each.action.value, each.differences) for each in plan.changes} == {
        ("web", "UPDATE", (("tier", 2, 1),)),
        ("db", "RETIRE", (("presence", "ACTIVE", "RETIRED"),)),
        ("web -DEPENDS_ON-> db", "RETIRE", (("presence", "ACTIVE", "RETIRED"),)),
    }
    assert (plan.revisions, plan.conflicts) == ((revision,), [])


async def test_a_retry_gets_the_first_answer(estate: Estate) -> None:
    revision = await edit(estate, create("web"))

    first = await undo(estate, revision, idempotency_key="k")
    again = await undo(estate, revision, idempotency_key="k")

    assert (again.revision, again.retired, again.replayed) == (first.revision, 1, True)
    with pytest.raises(IdempotencyKeyReusedError):
        await undo(estate, first.revision, idempotency_key="k")


async def test_a_revision_expected_is_held_against_what_moved(estate: Estate) -> None:
    await edit(estate, create("web", tier=1))
    revision = await edit(estate, update("web", tier=2))
    await edit(estate, update("web", owner="Ada"))

    with pytest.raises(StaleRevisionError):
        await undo(estate, revision, expected_revision=2)
    with pytest.raises(RevisionUnknownError):
        await undo(estate, revision, expected_revision=99)


@pytest.mark.parametrize("revision", [0, 2, 10**9])
async def test_a_revision_that_is_not_there_is_not_undone(estate: Estate, revision: int) -> None:
    await edit(estate, create("web"))

    with pytest.raises(RevisionUnknownError, match="the newest is 1"):
        await undo(estate, revision)


@pytest.mark.parametrize("reason", ["", "  ", "a\0b", "x" * 100_000])
async def test_undoing_needs_a_reason_that_can_be_shown(estate: Estate, reason: str) -> None:
    revision = await edit(estate, create("web"))

    with pytest.raises(InvalidInputError, match="reason"):
        await undoing(estate).undo(revision, UndoOrder(actor=BOB, reason=reason))


async def test_what_came_back_by_hand_goes_again(estate: Estate) -> None:
    await estate.take_in(says("web", tier=1))
    await edit(estate, RetireCi(ci=ref("web")))
    before = await estate.picture()
    revision = await edit(estate, ReactivateCi(ci=ref("web")))

    await undo(estate, revision)

    assert await estate.picture() == before


@pytest.mark.parametrize("what", ["vocabulary", "policy"])
async def test_rules_in_force_are_not_undone_but_applied_anew(estate: Estate, what: str) -> None:
    """The plan and the undo refuse alike, and say what to do instead."""
    rules = (Record(what, what, {"name": "ours", "version": "1"}),)
    await edit(estate, create("web"))
    await estate.store.apply(replace(delta(), based_on=1, rules=rules))

    for refused in (
        undoing(estate).plan(2),
        undoing(estate).undo(2, UndoOrder(actor=BOB, reason="no")),
    ):
        with pytest.raises(InvalidInputError) as error:
            await refused
        [fault] = error.value.faults
        assert fault.code == "CANNOT_UNDO"
        assert fault.remedy == f"apply the {what} that was in force before it"
    assert await estate.revision() == 2
