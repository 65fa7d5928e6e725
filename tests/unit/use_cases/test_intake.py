"""What data sources say becomes the estate, and stays it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.edit import CreateCi, EditRef, ReactivateCi, RetireCi, UpdateCi
from graph_service.model.errors import (
    Fault,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.observation import (
    CIObservation,
    Event,
    Note,
    Reference,
    Unreadable,
)
from graph_service.model.place import Place
from graph_service.model.relationship import Origin
from graph_service.reconcile import batches
from graph_service.use_cases.intake.import_plan import Counts, PlanState
from graph_service.use_cases.intake.import_run import RunState
from tests.builders import ADA, NOON, claim_about, delta
from tests.readings import (
    SCRIBE,
    Estate,
    KilledError,
    events_of,
    killed_after,
    opened,
    reading,
    relates,
    says,
)

pytestmark = pytest.mark.anyio

SHOP = (
    says("web", tier=1, language="Go"),
    says("db", "Database"),
    relates("web", "db", evidence="config"),
)


def stated(ci: CI, data_source: str, **attributes: object) -> Claim:
    """Return the claim of another data source that a CI exists."""
    content = {"class": ci.class_name, "attributes": attributes}
    return replace(claim_about(ci, data_source), content=content)


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    async with opened(tmp_path / "estate.db") as found:
        yield found


async def test_takes_in_what_was_said(estate: Estate) -> None:
    """What is read back is what was observed."""
    result = await estate.take_in(*SHOP)

    web = await estate.ci("web")
    assert (web.name, web.class_name, web.attributes) == (
        "web",
        "Application",
        {"tier": 1, "language": "Go"},
    )
    assert await estate.relationships() == {"web DEPENDS_ON db"}
    assert (result.revisions, result.cis, result.relationships) == (
        (1,),
        Counts(created=2),
        Counts(created=1),
    )


async def test_planning_writes_nothing(estate: Estate) -> None:
    """A plan says what would happen, and nothing has."""
    plan = await estate.plan(*SHOP, relates("web", "mail"))

    assert [*events_of(plan)] == ["CREATE db", "CREATE web", "CREATE web -DEPENDS_ON-> db"]
    assert [each.reference for each in plan.unresolved] == ["mail"]
    assert await estate.revision() == 0
    assert await estate.unresolved() == set()
    assert await estate.intake.runs() == []


async def test_a_second_import_writes_nothing(estate: Estate) -> None:
    """The same data again: no revision, no claim touched, one more run."""
    await estate.take_in(*SHOP, relates("web", "mail"))
    web = (await estate.ci("web")).id
    before = await estate.store.claims_of([web])

    result = await estate.take_in(*SHOP, relates("web", "mail"))

    assert result.revisions == ()
    assert result.cis == Counts(unchanged=2)
    assert result.relationships == Counts(unchanged=1)
    assert [each.reference for each in result.unresolved] == ["mail"]
    assert await estate.store.claims_of([web]) == before
    assert [each.state for each in await estate.intake.runs()] == [RunState.DONE, RunState.DONE]


async def test_updates_what_is_said_differently(estate: Estate) -> None:
    """Only what differs is written, and the plan names it."""
    await estate.take_in(*SHOP)

    plan = await estate.plan(says("web", name="Web", tier=2), *SHOP[1:])
    await estate.intake.apply(plan, actor=ADA)

    (operation,) = plan.operations
    assert operation.changed == ("name", "language", "tier")
    assert (await estate.ci("web")).attributes == {"tier": 2}


async def test_refuses_a_strict_reading_with_any_fault(estate: Estate) -> None:
    """A person's file with a fault changes nothing; every fault has line and column."""
    with pytest.raises(InvalidInputError) as refusal:
        await estate.plan(says("web", tier=9), says("db", "Databse"), strict=True)

    assert [each.code for each in refusal.value.faults] == ["INVALID_VALUE", "UNKNOWN_CLASS"]
    assert all(each.place.line == 7 for each in refusal.value.faults)
    assert await estate.revision() == 0


async def test_names_what_else_is_wrong_with_a_faulty_record(estate: Estate) -> None:
    """What a collector understood of it is checked, what it missed has its fault already."""
    place = Place("notes.txt", "cis[0]")
    fault = Fault(code="UNKNOWN_FIELD", message="there is no field 'teir'", place=place)
    understood = (
        says("", "Sever", tier=9),
        relates(Reference(), "b", "USE", group="g", role="X"),
    )

    with pytest.raises(InvalidInputError) as refused:
        await estate.take_in(Unreadable(fault, {}, understood), says("ok"), strict=True)

    assert [each.code for each in refused.value.faults] == [
        "UNKNOWN_FIELD",
        "UNKNOWN_CLASS",
        "INVALID_VALUE",
        "UNKNOWN_TYPE",
        "INVALID_VALUE",
    ]


async def test_what_is_understood_of_a_faulty_record_is_not_taken_in(estate: Estate) -> None:
    """It goes to the quarantine whole, and the rest of the reading goes on."""
    fault = Fault(code="ANY", message="odd", place=Place("notes.txt", "cis[0]"))

    result = await estate.take_in(Unreadable(fault, {}, [says("web")]), says("db"))

    assert len(result.quarantined) == 1
    assert set(await estate.cis()) == {"db"}


async def test_a_fault_of_a_key_is_told_once(estate: Estate) -> None:
    """The native key, the key and the name of a CI are often one text."""
    odd = says("a\x07b", key="a\x07b", name="a\x07b")

    with pytest.raises(InvalidInputError) as refused:
        await estate.take_in(odd, strict=True)

    assert [each.place.path for each in refused.value.faults] == ["cis[a\x07b].key"]


async def test_refuses_a_self_loop_that_only_resolution_shows(estate: Estate) -> None:
    """Two names of one CI are one end."""
    await estate.take_in(says("web"))
    web = (await estate.ci("web")).id
    loop = relates("web", Reference(id=web))

    with pytest.raises(InvalidInputError) as refusal:
        await estate.plan(says("web"), loop, strict=True)

    assert [each.code for each in refusal.value.faults] == ["SELF_LOOP"]
    lenient = await estate.plan(says("web"), loop)
    assert [each.fault.code for each in lenient.quarantined] == ["SELF_LOOP"]


async def test_quarantines_a_bad_record_and_goes_on(estate: Estate) -> None:
    """One bad record of a program does not keep the others out, and is shown until it is right."""
    result = await estate.take_in(says("web", tier=9), says("db", "Database"))

    assert [each.fault.code for each in result.quarantined] == ["INVALID_VALUE"]
    assert not result.read_to_the_end
    assert set(await estate.cis()) == {"db"}
    assert [each.fault.place.line for each in await estate.intake.quarantined()] == [7]
    assert (await estate.intake.runs())[0].state is RunState.PARTIAL

    await estate.take_in(says("db", "Database"), to_the_end=False)
    assert len(await estate.intake.quarantined()) == 1

    await estate.take_in(says("web", tier=1), says("db", "Database"))
    assert await estate.intake.quarantined() == []


@pytest.mark.parametrize("data_source", ["", " ", "manual", "Manual", "a\x00b", " team"])
async def test_refuses_data_sources_without_a_proper_name(estate: Estate, data_source: str) -> None:
    """No reading may speak for a person, or under a name nobody can type."""
    with pytest.raises(InvalidInputError):
        await estate.plan(says("web"), data_source=data_source)


async def test_passes_on_what_a_collector_notes(estate: Estate) -> None:
    """What a collector assumed is in the plan."""
    plan = await estate.plan(Note("separator is ;", Place("cis.csv")), says("web"))

    assert [each.message for each in plan.findings] == ["separator is ;"]


# Absence


async def test_retires_what_is_gone_from_a_complete_reading(estate: Estate) -> None:
    """A CI nobody speaks of any more is retired, and its relationships with it."""
    await estate.take_in(*SHOP)

    result = await estate.take_in(SHOP[0], complete=True)

    assert result.cis == Counts(unchanged=1, retired=1)
    assert result.relationships == Counts(retired=1)
    assert (await estate.ci("db")).presence is Presence.RETIRED
    assert await estate.relationships() == set()


@pytest.mark.parametrize(
    "how",
    [{"complete": False}, {"complete": True, "to_the_end": False}],
    ids=["incomplete", "cut short"],
)
async def test_a_partial_reading_retires_nothing(estate: Estate, how: dict[str, bool]) -> None:
    """Only who saw everything may say that something is gone."""
    await estate.take_in(*SHOP)

    result = await estate.take_in(SHOP[0], **how)

    assert result.revisions == ()
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_an_unreadable_part_makes_a_reading_partial(estate: Estate) -> None:
    """What could not be read may be what seems gone."""
    await estate.take_in(*SHOP)
    fault = Fault(code="NOT_YAML", message="a template", place=Place("a.yaml"))

    result = await estate.take_in(SHOP[0], Unreadable(fault), complete=True)

    assert result.revisions == ()
    assert [each.fault.code for each in result.quarantined] == ["NOT_YAML"]


async def test_another_scope_is_left_alone(estate: Estate) -> None:
    """All of one scope is nothing about another."""
    await estate.take_in(says("web"), scope="eu")
    await estate.take_in(says("api"), scope="us")

    await estate.take_in(says("job"), scope="us", complete=True)

    assert {each.key for each in (await estate.cis(retired=False)).values()} == {"web", "job"}


async def test_what_comes_back_keeps_its_id(estate: Estate) -> None:
    """A CI that returns is the one it was, with its key and its history."""
    await estate.take_in(*SHOP)
    before = await estate.ci("db")
    await estate.take_in(SHOP[0], complete=True)

    result = await estate.take_in(*SHOP, complete=True)

    after = await estate.ci("db")
    assert (after.id, after.presence) == (before.id, Presence.ACTIVE)
    assert result.cis == Counts(created=1, unchanged=1)
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_a_person_retires_for_good(estate: Estate) -> None:
    """No run brings back what a person retired; each run says that it is still reported."""
    await estate.take_in(*SHOP)
    await estate.editing.edit([RetireCi(ci=EditRef(key="db"))], actor=ADA, reason="scrapped")

    for said in (SHOP, (SHOP[0], says("db", "Database", tier=2), SHOP[2])):
        result = await estate.take_in(*said)
        assert "RETIRED_BY_HAND" in {each.code for each in result.findings}
        assert (await estate.ci("db")).presence is Presence.RETIRED

    back = [ReactivateCi(ci=EditRef(key="db"))]
    await estate.editing.edit(back, actor=ADA, reason="was a mistake")

    assert (await estate.ci("db")).attributes == {"tier": 2}
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_what_a_person_created_outlives_data_sources(estate: Estate) -> None:
    """A CI lives while one claim that it exists does."""
    await estate.take_in(*SHOP)
    db = await estate.ci("db")
    by_hand = stated(db, "manual")
    await estate.store.apply(delta(by_hand, based_on=1))

    result = await estate.take_in(SHOP[0], complete=True)

    assert (await estate.ci("db")).presence is Presence.ACTIVE
    assert "STILL_CLAIMED" in {each.code for each in result.findings}


async def test_a_value_set_by_hand_does_not_keep_a_ci(estate: Estate) -> None:
    """Whoever sets a tier does not vouch for the server; the tier waits for its return."""
    await estate.take_in(*SHOP)
    tier = UpdateCi(ci=EditRef(key="db"), attributes={"tier": 0})
    await estate.editing.edit([tier], actor=ADA, reason="critical")

    await estate.take_in(SHOP[0], complete=True)
    assert (await estate.ci("db")).presence is Presence.RETIRED

    await estate.take_in(*SHOP)
    assert (await estate.ci("db")).attributes == {"tier": 0}


# Who wins


async def test_the_next_claim_surfaces_when_the_winner_goes(estate: Estate) -> None:
    """Two data sources on one CI: the stronger wins while it speaks, then the other shows."""
    await estate.take_in(says("web", tier=1, language="Go"))
    web = await estate.ci("web")
    scan = stated(web, "scan", tier=3)
    await estate.store.apply(delta(scan, based_on=1))

    await estate.take_in(says("web", tier=2))
    assert (await estate.ci("web")).attributes == {"tier": 2}

    await estate.take_in(says("other"), complete=True)
    after = await estate.ci("web")
    assert (after.attributes, after.presence) == ({"tier": 3}, Presence.ACTIVE)


async def test_a_persons_word_outranks_an_import(estate: Estate) -> None:
    """What a person stated stays when the data source changes its mind."""
    await estate.take_in(says("web", tier=1))
    edit = UpdateCi(ci=EditRef(key="web"), name="Shop window", attributes={"tier": 0})
    await estate.editing.edit([edit], actor=ADA, reason="audit")

    plan = await estate.plan(says("web", tier=4))
    await estate.intake.apply(plan, actor=ADA)

    web = await estate.ci("web")
    assert (web.name, web.attributes) == ("Shop window", {"tier": 0})
    assert "outrank" in plan.operations[0].why


# References


async def test_keeps_a_reference_until_something_answers(estate: Estate) -> None:
    """Another data source's CI resolves it, in the same run that brings the CI."""
    await estate.take_in(says("web"), relates("web", "mail", origin=Origin.INFERRED))
    assert await estate.unresolved() == {"web DEPENDS_ON mail"}

    result = await estate.take_in(says("mail"), data_source="mail team")

    assert result.relationships == Counts(created=1)
    assert await estate.relationships() == {"web DEPENDS_ON mail"}
    assert await estate.unresolved() == set()
    again = await estate.take_in(says("web"), relates("web", "mail", origin=Origin.INFERRED))
    assert again.revisions == ()


async def test_calls_cis_by_their_key_whatever_their_native_key(estate: Estate) -> None:
    """What is shown and kept names a CI by its key, in the first run and in the next."""
    said: list[Event] = [
        says("uid-1", key="web"),
        says("uid-2", key="db"),
        relates("uid-1", "mail"),
        relates("uid-1", "uid-2"),
    ]
    await estate.take_in(*said)
    assert await estate.unresolved() == {"web DEPENDS_ON mail"}
    counter = await estate.store.record("counter", "unresolved")

    await estate.take_in(*said)
    plan = await estate.plan(*said[:3], relates("uid-1", "uid-2", port=1), relates("uid-1", "x"))

    assert await estate.store.record("counter", "unresolved") == counter
    assert [*events_of(plan)] == ["UPDATE web -DEPENDS_ON-> db"]
    assert {each.source for each in plan.unresolved} == {"web"}


async def test_what_is_no_longer_said_is_no_longer_unresolved(estate: Estate) -> None:
    """A complete reading forgets references that it does not make any more."""
    await estate.take_in(says("web"), relates("web", "mail"), complete=True)

    result = await estate.take_in(says("web"), complete=True)

    assert result.revisions == ()
    assert await estate.unresolved() == set()


async def test_the_counter_moves_with_the_set(estate: Estate) -> None:
    """Readers that cache unresolved references see when they change, and only then."""

    async def version() -> object:
        record = await estate.store.record("counter", "unresolved")
        return record and record.data["version"]

    versions = [await version()]
    for said in ([relates("web", "a")], [relates("web", "a")], [relates("web", "b")]):
        await estate.take_in(says("web"), *said, complete=True)
        versions.append(await version())

    assert versions[1] == versions[2]
    assert len({*versions}) == 3


@pytest.mark.parametrize(
    ("reference", "answers"),
    [
        (Reference(key="mail"), True),
        (Reference(key="m-1", data_source="mail team"), True),
        (Reference(key="m-1"), False),
        (Reference(key="mail", data_source="mail team"), False),
        (Reference(key="mail", class_name="Application"), True),
        (Reference(key="mail", class_name="CI"), True),
        (Reference(key="mail", class_name="Database"), False),
        (Reference(id="ci_nowhere"), False),
    ],
)
async def test_resolves_references(estate: Estate, reference: Reference, *, answers: bool) -> None:
    """A bare key is the estate's; narrowed, it is a data source's, or of a class."""
    await estate.take_in(says("m-1", "Api", key="mail"), data_source="mail team")

    await estate.take_in(says("web"), relates("web", reference))

    assert (await estate.relationships() == {"web DEPENDS_ON mail"}) is answers
    assert bool(await estate.unresolved()) is not answers


@pytest.mark.parametrize("size", [1, 5_000])
async def test_a_native_key_comes_before_a_key_of_the_estate(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A data source that begins to describe a CI itself means that one from then on."""
    monkeypatch.setattr(batches, "DELTA_RECORDS_MAX", size)
    await estate.take_in(says("db", "Database"), data_source="other")
    await estate.take_in(says("web"), relates("web", "db"))
    assert await estate.relationships() == {"web DEPENDS_ON db"}

    result = await estate.take_in(says("web"), says("db", "Cache"), relates("web", "db"))

    (own,) = [each for each in (await estate.cis()).values() if each.class_name == "Cache"]
    assert own.key.startswith("CI-")
    assert await estate.relationships() == {f"web DEPENDS_ON {own.key}"}
    assert result.relationships == Counts(created=1, retired=1)


async def test_a_reference_may_end_while_what_it_names_begins(estate: Estate) -> None:
    """A relationship that is no longer said ends, whatever its words would mean by now."""
    await estate.take_in(says("db", "Database"), data_source="other")
    await estate.take_in(says("web"), relates("web", "db"))

    await estate.take_in(says("web"), says("db", "Cache"), complete=True)

    assert await estate.relationships() == set()
    assert await estate.unresolved() == set()


async def test_others_references_wait_for_a_ci_that_went(estate: Estate) -> None:
    """Who still speaks of a retired CI has an unresolved reference, until it is back."""
    await estate.take_in(says("db", "Database"), data_source="dba")
    await estate.take_in(says("web"), relates("web", "db", port=5432))

    await estate.take_in(says("other"), data_source="dba", complete=True)
    assert await estate.relationships() == set()
    assert await estate.unresolved() == {"web DEPENDS_ON db"}
    again = await estate.take_in(says("web"), relates("web", "db", port=5432))
    assert again.revisions == ()

    await estate.take_in(says("db", "Database"), data_source="dba")
    assert await estate.relationships() == {"web DEPENDS_ON db"}
    assert await estate.unresolved() == set()
    final = await estate.take_in(says("web"), relates("web", "db", port=5432))
    assert final.revisions == ()


async def test_a_reference_may_turn_out_to_be_a_self_loop(estate: Estate) -> None:
    """Two names that come to mean one CI: the next reading that uses both puts it in quarantine."""
    alias = relates(Reference(key="m-1", data_source="team 2"), "mail")
    await estate.take_in(says("web"), alias)
    assert await estate.unresolved() == {"m-1 of team 2 DEPENDS_ON mail"}
    await estate.take_in(says("m-1", key="mail"), data_source="team 2")

    result = await estate.take_in(says("web"), alias)

    assert [each.fault.code for each in result.quarantined] == ["SELF_LOOP"]
    assert await estate.unresolved() == set()


async def test_a_deferred_reference_of_the_same_data_source_is_answered_later(
    estate: Estate,
) -> None:
    """A reading that only brings the missing CI also draws what an earlier one could not."""
    await estate.take_in(relates("web", "db"))

    result = await estate.take_in(says("web"), says("db"))

    assert result.relationships == Counts(created=1)
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_a_reference_may_mean_another_ci_when_its_first_is_retired(estate: Estate) -> None:
    """What was related to a retired CI is related to the one its data source describes by now."""
    await estate.take_in(says("db"), data_source="other")
    await estate.take_in(says("web"), relates("web", "db"))
    await estate.editing.edit([RetireCi(ci=EditRef(key="db"))], actor=ADA, reason="gone")

    plan = await estate.plan(says("web"), says("db"), relates("web", "db"))
    await estate.apply(plan)

    assert plan.relationships == Counts(created=1)
    assert len(plan.operations) == 2
    assert len(await estate.relationships()) == 1


async def test_a_relationship_lives_while_anybody_states_it(estate: Estate) -> None:
    """Two data sources draw one relationship; it ends with the second that stops."""
    await estate.take_in(says("web"), says("db"), relates("web", "db"))
    await estate.take_in(relates("web", "db", port=5432), data_source="flows", complete=True)
    (known,) = await estate.store.relationships_of([(await estate.ci("web")).id])
    assert known.attributes == {"port": 5432}

    await estate.take_in(says("web"), says("db"), complete=True)
    assert await estate.relationships() == {"web DEPENDS_ON db"}

    await estate.take_in(says("probe"), data_source="flows", complete=True)
    assert await estate.relationships() == set()


# Groups


async def codes(estate: Estate, *events: Event) -> set[str]:
    plan = await estate.plan(*events)
    return {each.code for each in plan.findings}


async def test_says_what_is_odd_about_groups(estate: Estate) -> None:
    """Nothing is refused, but a plan says which group cannot be what it claims."""
    ends = [says(each) for each in ("a", "b")]
    join = [relates("web", each, group="db") for each in ("a", "b")]

    assert await codes(estate, says("web", redundancy_db={"k": 1}), *ends, *join) == set()
    assert await codes(estate, says("web"), *ends, *join) == {"UNKNOWN_K"}
    assert await codes(estate, says("web", redundancy_db={}), *ends, *join) == {"UNKNOWN_K"}
    too_many = says("web", redundancy_db={"k": 3})
    assert await codes(estate, too_many, *ends, *join) == {"K_ABOVE_MEMBERS"}
    full = says("web", redundancy_db={"k": 1, "kFull": 3})
    assert await codes(estate, full, *ends, *join) == {"K_ABOVE_MEMBERS"}
    plain = [relates("web", "a", "USES")]
    assert await codes(estate, says("web", redundancy_db={"k": 1}), *ends, *join, *plain) == {
        "GROUP_DEFEATED"
    }
    soft = [relates("web", "a", "USES", strength="SOFT", evidence="cache")]
    assert await codes(estate, says("web", redundancy_db={"k": 1}), *ends, *join, *soft) == set()
    alone = says("web", redundancy_db={"k": 1})
    assert await codes(estate, alone, *ends) == {"GROUP_WITHOUT_MEMBERS"}
    members: list[Event] = [
        says("c", "Cluster"),
        *ends,
        *(relates(each, "c", "MEMBER_OF") for each in "ab"),
    ]
    assert await codes(estate, *members) == {"UNKNOWN_K"}


async def test_an_odd_group_comes_with_its_place_and_a_remedy(estate: Estate) -> None:
    """Whoever reads the plan can go where it is said and knows what to change there."""
    web = says("web", redundancy_db={"k": 2})
    plan = await estate.plan(web, says("a"), relates("web", "a", group="db"))

    (found,) = plan.findings

    assert found.message == (
        "web needs 2 members of group db, but 1 are known; "
        "lower k, or add the members that are missing"
    )
    assert found.place == str(web.place)


async def test_counts_members_that_were_there_before(estate: Estate) -> None:
    """A later reading that adds a member sees the earlier ones."""
    await estate.take_in(says("web", redundancy_db={"k": 2}), says("a"), says("b"))
    await estate.take_in(relates("web", "a", group="db"))

    assert await codes(estate, relates("web", "b", group="db")) == set()


async def test_an_uplink_says_who_leans_on_whom(estate: Estate) -> None:
    """A network link joins the group of the end that is not the uplink, or of neither."""
    ends = [says("host", "Server", redundancy_uplinks={"k": 2}), says("sw", "Switch")]

    up = relates("host", "sw", "CONNECTS_TO", uplink="TARGET")
    assert await codes(estate, *ends, up) == {"K_ABOVE_MEMBERS"}
    down = relates("sw", "host", "CONNECTS_TO", uplink="SOURCE")
    assert await codes(estate, *ends, down) == {"K_ABOVE_MEMBERS"}
    unknown = relates("host", "sw", "CONNECTS_TO")
    assert await codes(estate, *ends, unknown) == {"GROUP_WITHOUT_MEMBERS"}


async def test_members_out_of_service_do_not_count(estate: Estate) -> None:
    """A member that is still being built cannot carry anything."""
    said: list[Event] = [
        says("web", redundancy_db={"k": 2}),
        says("a"),
        says("b", lifecycle="IN_BUILD"),
        *(relates("web", each, group="db") for each in "ab"),
    ]

    assert await codes(estate, *said) == {"K_ABOVE_MEMBERS"}


async def test_takes_in_cycles(estate: Estate) -> None:
    """Two CIs that need each other are a fact, not a fault."""
    await estate.take_in(says("a"), says("b"), relates("a", "b"), relates("b", "a"), strict=True)

    assert await estate.relationships() == {"a DEPENDS_ON b", "b DEPENDS_ON a"}


# Brakes


def servers(count: int) -> list[CIObservation]:
    return [says(f"s{each:03}", "Server") for each in range(count)]


async def test_holds_back_too_large_a_part_of_a_class(estate: Estate) -> None:
    """More than a tenth of a class, and more than five: a person is asked; the rest is done."""
    await estate.take_in(*servers(40), relates("s039", "s000"), says("app"))

    plan = await estate.plan(*servers(34), says("new"), complete=True)
    result = await estate.intake.apply(plan, actor=ADA)

    assert [each.id for each in result.held] == ["RETIRE_SHARE:Server"]
    assert (await estate.ci("new")).presence is Presence.ACTIVE
    assert (await estate.ci("app")).presence is Presence.RETIRED
    assert (await estate.ci("s039")).presence is Presence.ACTIVE
    assert await estate.relationships() == {"s039 DEPENDS_ON s000"}

    waiting = await estate.intake.kept(plan.id)
    released = await estate.intake.apply(
        waiting, actor=ADA, approvals={"RETIRE_SHARE:Server": "racks were sold"}
    )

    assert released.held == []
    assert (await estate.ci("s039")).presence is Presence.RETIRED
    assert await estate.relationships() == set()
    (newest,) = await estate.store.revisions(limit=1, newest_first=True)
    assert "racks were sold" in newest.reason
    assert (await estate.intake.kept(plan.id)).state is PlanState.APPLIED
    again = await estate.take_in(*servers(34), says("new"), complete=True)
    assert again.revisions == ()


@pytest.mark.parametrize(("before", "after"), [(40, 36), (9, 1), (60, 55), (20, 15)])
async def test_lets_small_parts_go(estate: Estate, before: int, after: int) -> None:
    """A tenth, five, or most of a handful: everyday change."""
    await estate.take_in(*servers(before))

    plan = await estate.plan(*servers(after), complete=True)

    assert not plan.brakes
    assert plan.cis.retired == before - after


async def test_holds_back_too_many_at_once(estate: Estate) -> None:
    """Two hundred may go in a run, whatever the share; one more waits."""
    await estate.take_in(*servers(2_500))

    assert not (await estate.plan(*servers(2_300), complete=True)).brakes
    plan = await estate.plan(*servers(2_299), complete=True)

    assert [each.id for each in plan.brakes] == ["RETIRE_COUNT"]
    assert plan.cis.retired == 0


async def test_does_not_believe_an_empty_reading(estate: Estate) -> None:
    """Nothing at all where something was is more likely a mistake."""
    await estate.take_in(*SHOP)

    result = await estate.take_in(complete=True)

    assert [each.id for each in result.held] == ["EMPTY_READING"]
    assert result.revisions == ()
    assert await estate.relationships() == {"web DEPENDS_ON db"}
    plan = await estate.intake.kept(result.plan)
    done = await estate.intake.apply(plan, actor=ADA, approvals={"EMPTY_READING": "all gone"})
    assert done.held == []
    assert await estate.cis(retired=False) == {}


async def test_holds_back_too_many_relationships(estate: Estate) -> None:
    """CIs that lose most of their relationships at once look like a broken collector."""
    calls = [relates("web", f"s{each:03}") for each in range(20)]
    await estate.take_in(says("web"), *servers(20), *calls)

    plan = await estate.plan(says("web"), *servers(20), *calls[:10], complete=True)
    result = await estate.intake.apply(plan, actor=ADA)

    assert [each.id for each in plan.brakes] == ["RETIRE_SHARE:DEPENDS_ON"]
    assert result.revisions == ()


async def test_each_brake_is_released_on_its_own(estate: Estate) -> None:
    """An approval for one class leaves the other waiting."""
    apps = [says(f"a{each:03}") for each in range(20)]
    await estate.take_in(*servers(20), *apps)
    plan = await estate.plan(*servers(10), *apps[:10], complete=True)

    first = await estate.intake.apply(
        plan, actor=ADA, approvals={"RETIRE_SHARE:Application": "retired product"}
    )
    left = await estate.intake.kept(plan.id)
    second = await estate.intake.apply(left, actor=ADA, approvals={"RETIRE_SHARE:Server": "sold"})

    assert [each.id for each in first.held] == ["RETIRE_SHARE:Server"]
    assert (first.revisions, second.revisions) == ((2,), (3,))
    assert len(await estate.cis(retired=False)) == 20


@pytest.mark.parametrize("approvals", [{"NO_SUCH_BRAKE": "x"}, {"EMPTY_READING": " "}])
async def test_an_approval_needs_a_brake_and_a_reason(
    estate: Estate, approvals: dict[str, str]
) -> None:
    """Nobody releases by accident."""
    await estate.take_in(*SHOP)
    plan = await estate.plan(complete=True)

    with pytest.raises(InvalidInputError):
        await estate.intake.apply(plan, actor=ADA, approvals=approvals)


# Plans that are kept


async def test_reads_a_kept_plan_back_whole(estate: Estate) -> None:
    """What is applied tomorrow is what was shown today."""
    await estate.take_in(*servers(30), *SHOP, relates("db", "away"))
    plan = await estate.plan(
        *servers(10),
        says("web", tier=9),
        says("new", redundancy_g={}, labels={"a": [1, None]}),
        relates("new", "web", group="g"),
        relates("new", "gone"),
        complete=True,
    )
    other = await estate.plan(*servers(10), says("web"), complete=True)

    for each in (plan, other):
        await estate.intake.keep(each)
        assert await estate.intake.kept(each.id) == each


async def test_applies_a_kept_plan(estate: Estate) -> None:
    """A plan that was kept does what it says, once."""
    plan = await estate.plan(*SHOP)
    await estate.intake.keep(plan)
    assert (await estate.intake.runs())[0].state is RunState.PLANNED

    first = await estate.intake.apply(await estate.intake.kept(plan.id), actor=ADA)
    again = await estate.intake.apply(await estate.intake.kept(plan.id), actor=ADA)

    assert (first.revisions, again.revisions) == ((1,), ())
    assert await estate.revision() == 1
    assert await estate.store.records("plan_part", group=plan.id) == []


async def test_a_kept_plan_goes_on_after_what_it_wrote_itself(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a plan wrote before it was killed is not somebody else's change when it goes on."""
    monkeypatch.setattr(batches, "DELTA_RECORDS_MAX", 2)
    plan = await estate.plan(*SHOP)
    await estate.intake.keep(plan)

    with killed_after(estate, 1), pytest.raises(KilledError):
        await estate.apply(plan)
    assert await estate.relationships() == set()
    result = await estate.apply(await estate.intake.kept(plan.id))

    assert result.revisions == (2,)
    assert await estate.relationships() == {"web DEPENDS_ON db"}
    assert (await estate.intake.runs())[0].revisions == (1, 2)


async def test_refuses_a_plan_that_is_outdated(estate: Estate) -> None:
    """Somebody changed what it touches: the refusal names it, and nothing is written."""
    await estate.take_in(says("web"), says("db"))
    plan = await estate.plan(says("web", tier=1), says("db"))
    edit = UpdateCi(ci=EditRef(key="web"), attributes={"tier": 3})
    await estate.editing.edit([edit], actor=ADA, reason="first")

    with pytest.raises(StaleRevisionError) as refusal:
        await estate.intake.apply(plan, actor=ADA)

    assert refusal.value.moved == ("web",)
    assert (await estate.intake.runs())[0].state is RunState.FAILED


async def test_a_plan_bears_changes_elsewhere(estate: Estate) -> None:
    """What it does not touch may change as it likes."""
    await estate.take_in(says("web"), says("db"))
    plan = await estate.plan(says("web", tier=1), says("db"))
    edit = UpdateCi(ci=EditRef(key="db"), attributes={"tier": 3})
    await estate.editing.edit([edit], actor=ADA, reason="elsewhere")

    await estate.intake.apply(plan, actor=ADA)

    assert (await estate.ci("web")).attributes == {"tier": 1}


async def test_knows_no_plan_that_was_not_kept(estate: Estate) -> None:
    """A mistyped plan is an error of its own."""
    with pytest.raises(NotFoundError):
        await estate.intake.kept("pln_none")


# Many at once


async def test_two_imports_of_one_data_source_make_one_estate(estate: Estate) -> None:
    """Two importers at once: nobody's CI exists twice, whether its key is free or not."""
    await estate.take_in(says("web"), data_source="other")

    async def take_in() -> None:
        for _ in range(3):
            with suppress(StaleRevisionError):
                await estate.take_in(*SHOP, says("third"))
                return
        pytest.fail("one of three was overtaken three times")

    await asyncio.gather(*(take_in() for _ in range(3)))

    assert len(await estate.cis()) == 4
    assert len(await estate.relationships()) == 1


async def test_the_second_of_two_plans_is_refused(estate: Estate) -> None:
    """Two plans that bring the same native key: the second is outdated, never a duplicate."""
    await estate.take_in(says("web"), data_source="other")
    plans = [await estate.plan(says("web")) for _ in range(2)]
    await estate.intake.apply(plans[0], actor=ADA)

    with pytest.raises(StaleRevisionError):
        await estate.intake.apply(plans[1], actor=ADA)

    assert len(await estate.cis()) == 2


async def test_who_comes_second_with_a_plan_does_not_call_it_failed(estate: Estate) -> None:
    """A plan applied twice at once is applied once, and its run ends as the first left it."""
    plan = await estate.plan(*SHOP, says("third"))
    await estate.intake.keep(plan)

    outcomes = await asyncio.gather(
        *[estate.apply(await estate.intake.kept(plan.id)) for _ in range(4)],
        return_exceptions=True,
    )

    assert any(not isinstance(each, BaseException) for each in outcomes)
    assert all(
        isinstance(each, StaleRevisionError) for each in outcomes if isinstance(each, BaseException)
    )
    (run,) = await estate.intake.runs()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert await estate.revision() == 1


async def test_a_reference_and_its_answer_may_cross(estate: Estate) -> None:
    """One run defers a reference while another brings its CI: the next run joins them."""
    waiting = await estate.plan(says("web"), relates("web", "mail"))
    answering = await estate.plan(says("mail"), data_source="mail team")
    await estate.intake.apply(answering, actor=ADA)
    await estate.intake.apply(waiting, actor=ADA)

    await estate.take_in(says("unrelated"), data_source="third")

    assert await estate.relationships() == {"web DEPENDS_ON mail"}
    assert await estate.unresolved() == set()


async def test_an_interrupted_import_says_so_and_is_finished_by_the_next(estate: Estate) -> None:
    """Cancelled between two deltas: whole revisions only, and the next run does the rest."""
    plan = await estate.plan(*SHOP)

    def cancel(phase: str, done: int, total: int | None) -> None:
        del total
        task = asyncio.current_task()
        if (phase, done) == ("applying", 0) and task is not None:
            task.cancel()

    work = asyncio.create_task(estate.intake.apply(plan, actor=ADA, progress=cancel))
    with pytest.raises(asyncio.CancelledError):
        await work

    assert (await estate.intake.runs())[0].state is RunState.INTERRUPTED
    await estate.take_in(*SHOP)
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_splits_what_is_too_much_for_one_delta(estate: Estate) -> None:
    """However much is unresolved, no single transaction carries all of it."""
    many = [relates("web", f"x{each}") for each in range(5_200)]

    plan = await estate.plan(says("web"), *many)
    await estate.intake.apply(plan, actor=ADA)

    assert max(len(each.records) for each in plan.deltas) <= 5_001
    assert len(await estate.unresolved_records()) == 5_200


async def test_reports_progress(estate: Estate) -> None:
    """Whoever waits sees which phase it is and how far."""
    seen: list[tuple[str, int, int | None]] = []

    plan = await estate.intake.plan(
        reading(*SHOP),
        collector=SCRIBE,
        actor=ADA,
        progress=lambda *each: seen.append(each),
    )
    await estate.intake.apply(plan, actor=ADA, progress=lambda *each: seen.append(each))

    phases = [phase for phase, _, _ in seen]
    assert [*dict.fromkeys(phases)] == ["reading", "planning", "applying"]
    assert seen[-1] == ("applying", 1, 1)


# Runs


async def test_a_run_tells_its_story(estate: Estate) -> None:
    """When, what, from which documents, and what came of it; newest first."""
    await estate.take_in(*SHOP)
    await estate.take_in(says("web"), data_source="other")

    newest, oldest = await estate.intake.runs()

    assert (newest.data_source, oldest.data_source) == ("other", "team")
    assert oldest.state is RunState.DONE
    assert oldest.revisions == (1,)
    assert oldest.documents == ("notes.txt",)
    assert NOON.isoformat()[:10] <= oldest.started_at < oldest.ended_at
    assert await estate.intake.runs(limit=1) == [newest]


async def test_lists_unresolved_references_by_page(estate: Estate) -> None:
    """Long lists come page by page, and by data source."""
    missing = [relates("web", f"x{each}") for each in range(5)]
    await estate.take_in(says("web"), *missing)
    await estate.take_in(says("app"), relates("app", "y"), data_source="other")

    found = []
    after = ""
    while page := await estate.intake.unresolved("team", after, 2):
        found += page
        after = page[-1].id

    assert sorted(each.reference for each in found) == ["x0", "x1", "x2", "x3", "x4"]
    assert {each.subject for each in found} == {(await estate.ci("web")).id}
    assert len(await estate.intake.unresolved()) == 6


# Names


@pytest.mark.parametrize(
    "key",
    ["支払い", "🏦 bank", "') DETACH DELETE n //", "x'; DROP TABLE ci; --", "a -DEPENDS_ON-> b"],
)
async def test_names_of_any_kind_survive(estate: Estate, key: str) -> None:
    """Whatever its script or punctuation, a name comes back as it was said."""
    await estate.take_in(says(key, name=key), says("b"), relates(key, "b"), strict=True)

    assert (await estate.ci(key)).name == key
    assert await estate.relationships() == {f"{key} DEPENDS_ON b"}
    again = await estate.take_in(says(key, name=key), says("b"), relates(key, "b"), strict=True)
    assert again.revisions == ()


async def test_the_longest_names_survive(estate: Estate) -> None:
    """Ten kilobytes of name on both ends of a relationship are still only names."""
    long = ["字" * 3_413, "x" * 10_240]
    said: list[Event] = [
        *(says(each) for each in long),
        relates(*long),
        relates(long[0], "y" * 10_240),
    ]
    await estate.take_in(*said, strict=True)

    assert await estate.relationships() == {f"{long[0]} DEPENDS_ON {long[1]}"}
    assert len(await estate.unresolved()) == 1
    assert (await estate.take_in(*said, strict=True)).revisions == ()


async def test_a_key_in_use_is_not_taken_away(estate: Estate) -> None:
    """The second to like a key gets one of its own, keeps its native key, and is told so."""
    await estate.take_in(says("web"), data_source="other")

    result = await estate.take_in(says("web", name="Ours"))

    (note,) = result.findings
    assert (note.code, note.subject) == ("KEY_IN_USE", "web")

    keys = set(await estate.cis())
    assert "web" in keys
    assert any(each.startswith("CI-") for each in keys)


async def test_creating_by_hand_answers_references(estate: Estate) -> None:
    """A CI that a person creates is what a data source was waiting for."""
    await estate.take_in(says("web"), relates("web", "mail"))

    create = CreateCi(class_name="Application", name="Mail", key="mail")
    await estate.editing.edit([create], actor=ADA, reason="known gap")

    assert await estate.relationships() == {"web DEPENDS_ON mail"}
    assert await estate.unresolved() == set()


async def test_an_import_leaves_other_records_alone(estate: Estate) -> None:
    """Records of other kinds are nobody's but their owner's."""
    note = Record("note", "n1", {"text": "hello"})
    await estate.store.apply(GraphDelta(based_on=0, actor=ADA, records=(note,)))

    await estate.take_in(*SHOP)

    assert await estate.store.record("note", "n1") == note
