"""People come in like everything else: planned, idempotent, leavers marked, brakes on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.model.errors import Fault, StaleRevisionError
from graph_service.model.observation import Unreadable
from graph_service.model.person import PersonObservation, TeamRole
from graph_service.model.place import Place
from graph_service.reconcile import people_planning
from graph_service.reconcile.directory import PERSON
from graph_service.use_cases.intake.import_plan import Action, Counts, PlanState
from tests.builders import ADA
from tests.people import TODAY, Office, office, somebody
from tests.readings import KilledError, killed_after

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hr(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Office]:
    del anyio_backend
    async with office(tmp_path / "estate.db") as opened:
        yield opened


def staff(*logins: str) -> list[PersonObservation]:
    return [somebody(each, name=each.upper()) for each in logins]


async def test_a_plan_says_who_comes_and_writes_nothing(hr: Office) -> None:
    plan = await hr.plan(somebody("ada", name="Ada Weaver"))

    assert plan.people == Counts(created=1)
    assert [(each.action, each.label, each.class_name) for each in plan.operations] == [
        (Action.CREATE, "Ada Weaver", "Person")
    ]
    assert await hr.people() == {}


async def test_a_second_import_writes_nothing(hr: Office) -> None:
    said = somebody("ada", "payments:LEAD", name="Ada Weaver", mails=("ada@x.example",))
    await hr.take_in(said)
    before = await hr.people()

    plan = await hr.plan(said)

    assert plan.people == Counts(unchanged=1)
    assert not plan.changes_anything
    assert not [each for delta in plan.deltas for each in delta.records if each.kind == PERSON]
    await hr.estate.apply(plan)
    assert await hr.people() == before


async def test_who_is_gone_from_a_complete_reading_has_left_and_is_kept(hr: Office) -> None:
    await hr.take_in(somebody("ada", "payments", name="Ada"), somebody("bob", name="Bob"))

    result = await hr.take_in(somebody("bob", name="Bob"))

    assert result.people == Counts(unchanged=1, retired=1)
    ada = (await hr.people())["Ada"]
    assert ada.left_on == TODAY
    assert [each.team for each in ada.facts.memberships] == ["payments"]


async def test_a_partial_reading_makes_nobody_leave(hr: Office) -> None:
    await hr.take_in(somebody("ada", name="Ada"), somebody("bob", name="Bob"))

    await hr.take_in(somebody("bob", name="Bob"), complete=False)

    assert await hr.here() == {"Ada", "Bob"}


async def test_who_is_in_another_directory_has_not_left(hr: Office) -> None:
    await hr.take_in(somebody("ada", name="Ada"), somebody("bob", name="Bob"))
    await hr.take_in(somebody("uid=ada", login="ada", name="Ada"), source="ldap")

    result = await hr.take_in(somebody("bob", name="Bob"))

    assert await hr.here() == {"Ada", "Bob"}
    assert result.people == Counts(unchanged=1, updated=1)


async def test_a_stated_last_day_counts_from_that_day_on(hr: Office) -> None:
    await hr.take_in(
        somebody("ada", name="Ada", left_on=TODAY),
        somebody("bob", name="Bob", left_on="2026-03-02"),
        somebody("cid", name="Cid", has_gone=True),
    )

    assert await hr.here() == {"Bob"}
    assert (await hr.people())["Bob"].left_on == "2026-03-02"


async def test_who_comes_back_is_the_same_person(hr: Office) -> None:
    await hr.take_in(*staff("ada", "bob"))
    before = (await hr.people())["ADA"].id
    await hr.take_in(*staff("bob"))

    plan = await hr.plan(*staff("ada", "bob"))
    await hr.estate.apply(plan)

    assert [each.action for each in plan.operations] == [Action.REACTIVATE]
    assert (await hr.people())["ADA"].id == before
    assert await hr.here() == {"ADA", "BOB"}


async def test_mass_leaving_waits_for_a_reason(hr: Office) -> None:
    everybody = [f"p{number:02}" for number in range(20)]
    await hr.take_in(*staff(*everybody))

    plan = await hr.plan(*staff(*everybody[:10], "new"))
    await hr.estate.intake.keep(plan)
    held = await hr.estate.apply(plan)

    assert [(each.id, each.held_count) for each in held.held] == [("RETIRE_SHARE:Person", 10)]
    assert held.people == Counts(created=1, unchanged=10)
    assert len(await hr.here()) == 21

    waiting = await hr.estate.intake.kept(plan.id)
    assert waiting.state is PlanState.HELD
    released = await hr.estate.intake.apply(
        waiting, actor=ADA, approvals={"RETIRE_SHARE:Person": "the office in Lyon was closed"}
    )
    assert released.people.retired == 10
    assert len(await hr.here()) == 11


async def test_last_days_that_everybody_has_all_at_once_are_held_too(hr: Office) -> None:
    everybody = [f"p{number:02}" for number in range(20)]
    await hr.take_in(*staff(*everybody))

    plan = await hr.plan(*(somebody(each, name=each.upper(), left_on=TODAY) for each in everybody))

    assert [each.name for each in plan.brakes] == ["RETIRE_SHARE"]
    assert plan.people == Counts()


async def test_an_empty_reading_is_held(hr: Office) -> None:
    await hr.take_in(*staff("ada"))

    plan = await hr.plan()

    assert [each.id for each in plan.brakes] == ["EMPTY_READING:Person"]


async def test_a_few_may_always_leave(hr: Office) -> None:
    await hr.take_in(*staff("ada", "bob", "cid"))

    plan = await hr.plan(*staff("ada"))

    assert not plan.brakes
    assert plan.people == Counts(unchanged=1, retired=2)


async def test_a_bad_record_is_set_aside_with_its_place_and_without_its_data(hr: Office) -> None:
    await hr.take_in(*staff("ada", "bob"))
    bad = somebody("eve", name="Eve\x07Secret", mails=("no address",), left_on="soon")

    plan = await hr.plan(*staff("ada"), bad)
    await hr.estate.apply(plan)

    found = [(each.fault.code, each.fault.place.path, each.record) for each in plan.quarantined]
    assert found == [
        ("INVALID_TEXT", "name", {}),
        ("INVALID_VALUE", "left_on", {}),
        ("INVALID_VALUE", "mail", {}),
    ]
    assert "Secret" not in repr(plan)
    assert not plan.read_to_the_end
    assert await hr.here() == {"ADA", "BOB"}


async def test_what_was_set_aside_is_taken_in_once_it_is_right(hr: Office) -> None:
    await hr.take_in(somebody("eve", name="Eve", left_on="soon"))
    assert len(await hr.estate.intake.quarantined("hr")) == 1

    await hr.take_in(somebody("eve", name="Eve"))

    assert await hr.here() == {"Eve"}
    assert await hr.estate.intake.quarantined("hr") == []


async def test_one_login_in_two_directories_is_one_person(hr: Office) -> None:
    await hr.take_in(somebody("17", "payments", login="ada", name="Ada Weaver"))
    await hr.take_in(
        somebody("uuid-1", "search:LEAD", login="ADA", phones=("+49 69 1",)), source="ldap"
    )

    (ada,) = (await hr.people()).values()
    assert (ada.facts.name, ada.facts.phones) == ("Ada Weaver", ("+49 69 1",))
    assert {(each.team, each.role) for each in ada.facts.memberships} == {
        ("payments", TeamRole.MEMBER),
        ("search", TeamRole.LEAD),
    }


async def test_one_mail_address_in_two_directories_is_one_person(hr: Office) -> None:
    await hr.take_in(somebody("17", login="", name="Ada", mails=("ada@x.example",)))
    await hr.take_in(somebody("u1", login="aw", mails=("Ada@X.example",)), source="ldap")

    assert len(await hr.people()) == 1


async def test_an_address_that_several_have_makes_them_not_one(hr: Office) -> None:
    desk = ("desk@x.example",)
    await hr.take_in(somebody("17", login="", name="Ada", mails=desk))
    await hr.take_in(
        somebody("u1", login="bob", mails=desk), somebody("u2", login="cid", mails=desk),
        source="ldap",
    )  # fmt: skip

    assert len(await hr.people()) == 3


async def test_a_login_that_stands_twice_is_a_fault_and_makes_nobody_leave(hr: Office) -> None:
    await hr.take_in(*staff("ada", "bob"))

    plan = await hr.plan(somebody("1", login="ada", name="A"), somebody("2", login="ADA"))
    await hr.estate.apply(plan)

    assert [each.fault.code for each in plan.quarantined] == ["DUPLICATE_KEY"]
    assert "BOB" in await hr.here()


async def test_a_new_native_key_with_the_old_login_is_the_same_person(hr: Office) -> None:
    await hr.take_in(somebody("17", login="ada", name="Ada"))
    before = (await hr.people())["Ada"].id

    await hr.take_in(somebody("X-17", login="ada", name="Ada"))

    people = await hr.people()
    assert {label: each.id for label, each in people.items()} == {"Ada": before}
    assert await hr.here() == {"Ada"}


async def test_what_was_planned_for_another_directory_is_refused(hr: Office) -> None:
    plan = await hr.plan(*staff("ada"))
    await hr.take_in(*staff("bob"), source="other")

    with pytest.raises(StaleRevisionError, match="the directory of people"):
        await hr.estate.apply(plan)

    assert await hr.here() == {"BOB"}


async def test_an_import_that_was_killed_is_finished_by_running_it_again(
    hr: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_planning, "DELTA_RECORDS_MAX", 2)
    everybody = staff("ada", "bob", "cid", "dee", "eve")
    plan = await hr.plan(*everybody)
    with killed_after(hr.estate, 2), pytest.raises(KilledError):
        await hr.estate.apply(plan)
    assert await hr.here() == {"ADA", "BOB", "CID", "DEE"}

    again = await hr.plan(*everybody)
    await hr.estate.apply(again)

    assert again.people == Counts(created=1, unchanged=4)
    assert len(await hr.here()) == 5


async def test_a_kept_plan_that_was_killed_goes_on_where_it_stopped(
    hr: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_planning, "DELTA_RECORDS_MAX", 2)
    plan = await hr.plan(*staff("ada", "bob", "cid"))
    await hr.estate.intake.keep(plan)
    with killed_after(hr.estate, 1), pytest.raises(KilledError):
        await hr.estate.apply(plan)

    await hr.estate.apply(await hr.estate.intake.kept(plan.id))

    assert await hr.here() == {"ADA", "BOB", "CID"}


async def test_a_kept_plan_is_read_back_whole(hr: Office) -> None:
    plan = await hr.plan(*staff("ada"), somebody("bad", left_on="soon"))
    await hr.estate.intake.keep(plan)

    assert await hr.estate.intake.kept(plan.id) == plan


async def test_names_of_any_script_and_length_are_people(hr: Office) -> None:
    names = [
        "高岡 美咲",
        "سلمى الواحة",
        "=cmd|'/c calc'!A0",
        "'; DROP TABLE record; --",
        "x" * 10_000,
    ]

    await hr.take_in(*(somebody(f"p{n}", name=name) for n, name in enumerate(names)))

    assert await hr.here() == {*names}


async def test_what_cannot_be_read_makes_nobody_leave(hr: Office) -> None:
    await hr.take_in(*staff("ada", "bob"))
    fault = Fault(code="NOT_CSV", message="broken", place=Place("people.csv"))

    await hr.take_in(*staff("ada"), Unreadable(fault))

    assert await hr.here() == {"ADA", "BOB"}
