"""What people state by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from graph_service.model.ci import Presence
from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    ReactivateCi,
    RemoveRedundancyGroup,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
    UpdateCi,
)
from graph_service.model.errors import (
    AmbiguousReferenceError,
    CINotFoundError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    RevisionUnknownError,
    StaleRevisionError,
)
from graph_service.model.observation import Reference
from graph_service.model.relationship import Origin, Relationship
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.editing.idempotency import IDEMPOTENCY, forgotten_requests
from tests.builders import ADA, NOON
from tests.readings import Estate, counting_ids, opened, relates, says

pytestmark = pytest.mark.anyio


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    async with opened(tmp_path / "estate.db") as found:
        yield found


def ref(key: str) -> EditRef:
    return EditRef(key=key)


def create(key: str, class_name: str = "Application", **attributes: object) -> CreateCi:
    return CreateCi(class_name=class_name, name=key, key=key, attributes=attributes)


def _frozen(result: EditResult) -> EditResult:
    """Return a result that can stand in a set."""
    return replace(result, keys=tuple(sorted(result.keys.items())))  # type: ignore[arg-type] # to hash


def draw(source: str, target: str, type_: str = "DEPENDS_ON", **more: object) -> SetRelationship:
    return SetRelationship(source=ref(source), type=type_, target=ref(target), attributes=more)


async def edit(estate: Estate, *edits: Edit, **how: object) -> EditResult:
    return await estate.editing.edit(edits, actor=ADA, reason="because", **how)  # type: ignore[arg-type] # handed on as named


async def relationship(estate: Estate, source: str, target: str) -> Relationship:
    ends = [(await estate.ci(each)).id for each in (source, target)]
    found = await estate.store.relationships_of(ends[:1])
    return next(each for each in found if [each.source, each.target] == ends)


async def test_does_all_edits_as_one_revision(estate: Estate) -> None:
    """One list, one revision, one reason; later edits name what earlier ones create, and back."""
    result = await edit(estate, draw("web", "db"), create("web", tier=1), create("db", "Database"))

    assert (result.revision, result.changed, result.created) == (1, True, 3)
    assert await estate.relationships() == {"web DEPENDS_ON db"}
    (revision,) = await estate.store.revisions()
    assert (revision.reason, revision.actor) == ("because", ADA)
    assert (await relationship(estate, "web", "db")).origin is Origin.MANUAL
    assert result.keys[(await estate.ci("web")).id] == "web"


async def test_does_all_edits_or_none(estate: Estate) -> None:
    """One bad edit, and the good ones are not done either."""
    with pytest.raises(InvalidInputError):
        await edit(estate, create("web"), create("db", "Databse"))

    assert await estate.revision() == 0


async def test_names_everything_wrong_at_once(estate: Estate) -> None:
    """All faults of all edits, each with its path."""
    await edit(estate, create("db", "Database"))

    with pytest.raises(InvalidInputError) as refusal:
        await edit(
            estate,
            create("db"),
            create("web", "Serwer", tier=9),
            UpdateCi(ci=ref("db"), name="\x00", attributes={"langage": "Go"}),
            draw("db", "db"),
            draw("db", "nowhere", "DEPENDZ"),
            SetRedundancyGroup(dependant=ref("db"), name="g", rules={"k": 0}),
            RemoveRedundancyGroup(dependant=ref("db"), name="none"),
            RetireRelationship(source=ref("db"), type="USES", target=ref("db")),
        )

    found = sorted((each.place.path, each.code) for each in refusal.value.faults)
    assert found == [
        ("edits[0].createCi.key", "KEY_TAKEN"),
        ("edits[1].createCi.attributes.tier", "INVALID_VALUE"),
        ("edits[1].createCi.class", "UNKNOWN_CLASS"),
        ("edits[2].updateCi.attributes.langage", "UNKNOWN_ATTRIBUTE"),
        ("edits[2].updateCi.name", "INVALID_NAME"),
        ("edits[3].setRelationship", "SELF_LOOP"),
        ("edits[4].setRelationship.target", "CI_NOT_FOUND"),
        ("edits[4].setRelationship.type", "UNKNOWN_TYPE"),
        ("edits[5].setRedundancyGroup.redundancy.g.k", "INVALID_GROUP"),
        ("edits[6].removeRedundancyGroup.name", "GROUP_NOT_FOUND"),
        ("edits[7].retireRelationship", "SELF_LOOP"),
    ]


async def test_a_lone_wrong_reference_is_an_error_of_its_own(estate: Estate) -> None:
    """Not found, with what looks like it; several of that name, with their keys."""
    twins = [replace(create(each), name="Twin") for each in ("t1", "t2")]
    await edit(estate, create("mailer"), *twins)

    with pytest.raises(CINotFoundError) as not_found:
        await edit(estate, RetireCi(ci=ref("mailr")))
    with pytest.raises(AmbiguousReferenceError) as ambiguous:
        await edit(estate, RetireCi(ci=EditRef(name="Twin")))

    assert not_found.value.near == ("mailer",)
    assert len(ambiguous.value.candidates) == 2


async def test_edits_that_change_nothing_make_no_revision(estate: Estate) -> None:
    """Saying what is so already is not a change."""
    await edit(estate, create("web", tier=1), create("db"), draw("web", "db", port=1))

    again = UpdateCi(ci=ref("web"), attributes={"tier": 1})
    result = await edit(estate, again, draw("web", "db", port=1))

    assert (result.changed, result.revision) == (False, 1)


async def test_withdrawing_lets_data_sources_speak_again(estate: Estate) -> None:
    """What a person no longer states is what the data source says; null is a statement."""
    await estate.take_in(says("web", name="Web", tier=3, language="Go"))
    stated = UpdateCi(ci=ref("web"), name="Shop", attributes={"tier": 0, "language": None})
    await edit(estate, stated)
    assert (await estate.ci("web")).attributes == {"tier": 0, "language": None}

    result = await edit(estate, UpdateCi(ci=ref("web"), withdraw=frozenset({"tier", "owner"})))

    web = await estate.ci("web")
    assert (web.name, web.attributes) == ("Shop", {"tier": 3, "language": None})
    assert "owner" in result.warnings[0]


async def test_an_unnamed_key_is_assigned(estate: Estate) -> None:
    """Who does not care for a key gets one, and is told which."""
    result = await edit(estate, replace(create("x"), key="", name="Web"))

    assert result.keys[result.subjects[0]] == "CI-000001"
    assert (await estate.ci("CI-000001")).name == "Web"


async def test_retires_and_brings_back(estate: Estate) -> None:
    """A CI retired by hand takes its relationships along, and brings them back with it."""
    await edit(estate, create("web", tier=1), create("db"), draw("web", "db", port=1))
    before = (await estate.ci("web")).id

    result = await edit(estate, RetireCi(ci=ref("web")))
    assert result.retired == 2
    assert await estate.relationships() == set()
    assert await estate.unresolved() == {"web DEPENDS_ON db"}

    await edit(estate, ReactivateCi(ci=ref("web")))
    web = await estate.ci("web")
    assert (web.id, web.presence, web.attributes) == (before, Presence.ACTIVE, {"tier": 1})
    assert (await relationship(estate, "web", "db")).attributes == {"port": 1}
    assert await estate.unresolved() == set()


async def test_a_waiting_reference_may_find_another_ci(estate: Estate) -> None:
    """What pointed at a CI that is gone points at the one a person creates in its place."""
    await estate.take_in(says("m-1", key="mail"), data_source="mail team")
    target = Reference(key="mail", class_name="Api")
    await estate.take_in(says("web"), relates("web", target))
    assert await estate.relationships() == set()

    await edit(estate, UpdateCi(ci=ref("mail"), class_name="Api"), create("other"))
    assert await estate.relationships() == {"web DEPENDS_ON mail"}

    await edit(estate, RetireCi(ci=ref("mail")))
    assert await estate.unresolved() == {"web DEPENDS_ON Api mail"}


async def test_brings_back_what_no_data_source_speaks_of(estate: Estate) -> None:
    """A CI that a run retired comes back as last seen, kept by hand, and the answer says so."""
    await estate.take_in(says("web", tier=1), says("db"))
    await estate.take_in(says("db"), complete=True)

    result = await edit(estate, ReactivateCi(ci=ref("web")))

    web = await estate.ci("web")
    assert (web.presence, web.attributes) == (Presence.ACTIVE, {"tier": 1})
    assert "no data source" in result.warnings[0]


@pytest.mark.parametrize(
    "edits",
    [
        [UpdateCi(ci=ref("web"), name="x")],
        [draw("web", "db")],
        [SetRedundancyGroup(dependant=ref("web"), name="g", rules={"k": 1})],
    ],
)
async def test_does_not_touch_retired_cis(estate: Estate, edits: Sequence[Edit]) -> None:
    """What is retired is edited only after it is brought back, which may be in the same list."""
    await edit(estate, create("web"), create("db"))
    await edit(estate, RetireCi(ci=ref("web")))

    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, *edits)
    assert {each.code for each in refusal.value.faults} == {"CI_RETIRED"}

    await edit(estate, ReactivateCi(ci=ref("web")), *edits)


async def test_a_relationship_ended_by_hand_stays_ended(estate: Estate) -> None:
    """No run draws again what a person ended, until a person draws it."""
    said = (says("web"), says("db"), relates("web", "db"))
    await estate.take_in(*said)
    end = RetireRelationship(source=ref("web"), type="DEPENDS_ON", target=ref("db"))
    await edit(estate, end)

    result = await estate.take_in(*said)
    assert await estate.relationships() == set()
    assert "RETIRED_BY_HAND" in {each.code for each in result.findings}

    await edit(estate, draw("web", "db"))
    assert await estate.relationships() == {"web DEPENDS_ON db"}


async def test_ending_what_does_not_exist_is_a_fault(estate: Estate) -> None:
    """A relationship that is not there cannot end."""
    await edit(estate, create("web"), create("db"))

    with pytest.raises(InvalidInputError):
        await edit(estate, RetireRelationship(source=ref("web"), type="USES", target=ref("db")))


async def test_beginning_and_ending_at_once_is_a_contradiction(estate: Estate) -> None:
    """A list that both creates and retires a CI means neither."""
    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, create("web"), RetireCi(ci=ref("web")))

    assert [each.code for each in refusal.value.faults] == ["CONTRADICTION"]


@pytest.mark.parametrize(
    "edits",
    [
        [RetireCi(ci=ref("web")), ReactivateCi(ci=ref("web"))],
        [create("new"), ReactivateCi(ci=ref("new"))],
        [UpdateCi(ci=ref("web"), attributes={"tier": 1}, withdraw=frozenset({"tier"}))],
    ],
    ids=["gone and back", "new and back", "said and unsaid"],
)
async def test_refuses_edits_that_contradict_each_other(
    estate: Estate, edits: Sequence[Edit]
) -> None:
    """What cannot both be meant is refused rather than guessed."""
    await edit(estate, create("web"))

    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, *edits)

    assert {each.code for each in refusal.value.faults} == {"CONTRADICTION"}


async def test_says_when_an_edit_has_nothing_to_do(estate: Estate) -> None:
    """Retiring what is retired, bringing back what is there: no harm, and a word about it."""
    await edit(estate, create("web"), create("db"))
    await edit(estate, RetireCi(ci=ref("web")))

    again = await edit(estate, RetireCi(ci=ref("web")))
    back = await edit(estate, ReactivateCi(ci=ref("db")))

    assert (again.changed, "retired already" in again.warnings[0]) == (False, True)
    assert (back.changed, "not retired" in back.warnings[0]) == (False, True)


async def test_changes_the_class_of_a_ci(estate: Estate) -> None:
    """A new class is checked with the attributes that come with it."""
    await estate.take_in(says("web"))
    to_api = UpdateCi(ci=ref("web"), class_name="Database", attributes={"engine": "postgres"})

    await edit(estate, to_api)
    with pytest.raises(InvalidInputError):
        await edit(estate, UpdateCi(ci=ref("web"), class_name="Host"))

    assert (await estate.ci("web")).class_name == "Database"


async def test_unsays_everything_said_by_hand(estate: Estate) -> None:
    """A person who withdraws all they said leaves no claim that says nothing."""
    await estate.take_in(says("web", tier=3))
    await edit(estate, UpdateCi(ci=ref("web"), attributes={"tier": 0}))

    await edit(estate, UpdateCi(ci=ref("web"), withdraw=frozenset({"tier"})))

    (ours,) = [
        each
        for each in (await estate.store.claims_of([(await estate.ci("web")).id])).popitem()[1]
        if each.data_source == "manual"
    ]
    assert not ours.live


async def test_refuses_more_than_one_revision_can_take(estate: Estate) -> None:
    """Edits are one revision: too many records for one are refused with a way out."""
    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, *(replace(create("x"), key=f"x{each}") for each in range(5_001)))

    assert [each.code for each in refusal.value.faults] == ["DELTA_TOO_LARGE"]


# Groups


async def cluster(estate: Estate) -> None:
    await estate.take_in(
        says("web"),
        *(says(f"pg{each}") for each in range(3)),
        *(relates("web", f"pg{each}", port=5432) for each in range(3)),
    )


async def test_sets_a_group_and_who_is_in_it(estate: Estate) -> None:
    """Rules on the one that leans, membership on the relationships; sources keep their facts."""
    await cluster(estate)
    members = ((ref("pg0"), False), (ref("pg1"), True))

    await edit(
        estate,
        SetRedundancyGroup(dependant=ref("web"), name="db", rules={"k": 1}, members=members),
    )

    assert (await estate.ci("web")).attributes == {"redundancy.db": {"k": 1}}
    assert [(await relationship(estate, "web", f"pg{each}")).attributes for each in range(3)] == [
        {"port": 5432, "group": "db", "role": "ACTIVE"},
        {"port": 5432, "group": "db", "role": "STANDBY"},
        {"port": 5432},
    ]


async def test_changes_who_is_in_a_group(estate: Estate) -> None:
    """Members that are not named any more leave; without a list, nobody does."""
    await cluster(estate)
    group = SetRedundancyGroup(
        dependant=ref("web"), name="db", rules={"k": 1}, members=((ref("pg0"), False),)
    )
    await edit(estate, group)

    await edit(estate, replace(group, rules={"k": 2}, members=None))
    assert (await relationship(estate, "web", "pg0")).attributes["group"] == "db"

    await edit(estate, replace(group, members=((ref("pg1"), False),)))
    assert (await relationship(estate, "web", "pg0")).attributes == {"port": 5432}
    assert (await relationship(estate, "web", "pg1")).attributes["group"] == "db"


async def test_a_ci_is_a_member_of_a_group_once(estate: Estate) -> None:
    """It cannot be active and standby: neither is believed."""
    await edit(estate, create("web"), create("db"), draw("web", "db"))
    members = ((ref("db"), False), (ref("db"), True))

    with pytest.raises(InvalidInputError) as refused:
        await edit(estate, SetRedundancyGroup(dependant=ref("web"), name="g", members=members))

    assert [(each.code, each.place.path) for each in refused.value.faults] == [
        ("CONTRADICTION", f"edits[0].setRedundancyGroup.members[{index}].ci") for index in (0, 1)
    ]


async def test_removes_a_group(estate: Estate) -> None:
    """Members become plain dependencies, whoever put them into the group."""
    await estate.take_in(
        says("web", redundancy_db={"k": 1}), says("pg"), relates("web", "pg", group="db")
    )

    await edit(estate, RemoveRedundancyGroup(dependant=ref("web"), name="db"))

    assert (await estate.ci("web")).attributes == {"redundancy.db": None}
    assert (await relationship(estate, "web", "pg")).attributes == {"group": None, "role": None}


async def test_a_group_needs_relationships_to_its_members(estate: Estate) -> None:
    """What a CI does not lean on is no member; the same list may relate the two first."""
    await edit(estate, create("web"), create("pg"))
    group = SetRedundancyGroup(dependant=ref("web"), name="db", members=((ref("pg"), False),))

    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, group)
    assert [each.code for each in refusal.value.faults] == ["RELATIONSHIP_NOT_FOUND"]

    await edit(estate, draw("web", "pg"), group)
    assert (await relationship(estate, "web", "pg")).attributes["group"] == "db"


async def test_a_group_stands_on_the_ci_that_is_hit(estate: Estate) -> None:
    """Members of a cluster point at it; the group is the cluster's all the same."""
    await edit(
        estate,
        create("c", "DatabaseCluster"),
        create("n1"),
        draw("n1", "c", "MEMBER_OF"),
        SetRedundancyGroup(
            dependant=ref("c"), name="members", rules={"k": 1}, members=((ref("n1"), False),)
        ),
    )

    assert (await relationship(estate, "n1", "c")).attributes["group"] == "members"


# Others at work


async def test_refuses_an_edit_of_what_moved(estate: Estate) -> None:
    """With an expected revision, only changes to what is touched count."""
    await edit(estate, create("web"), create("db"))
    await edit(estate, UpdateCi(ci=ref("db"), name="DB"))

    await edit(estate, UpdateCi(ci=ref("web"), name="Web"), expected_revision=1)
    with pytest.raises(StaleRevisionError) as refusal:
        await edit(estate, UpdateCi(ci=ref("db"), name="D"), expected_revision=1)

    assert refusal.value.moved == ("db",)


async def test_refuses_an_expected_revision_of_the_future(estate: Estate) -> None:
    """Nobody has seen what is not written yet."""
    with pytest.raises(RevisionUnknownError):
        await edit(estate, create("web"), expected_revision=7)


async def test_two_people_at_once_both_get_their_way(estate: Estate) -> None:
    """Edits computed at one time are done one after the other, none lost."""
    await edit(estate, create("web"))
    names = [f"attribute {each}" for each in range(3)]

    await asyncio.gather(
        edit(estate, UpdateCi(ci=ref("web"), attributes={"owner": names[0]})),
        edit(estate, UpdateCi(ci=ref("web"), attributes={"model": names[1]})),
        edit(estate, UpdateCi(ci=ref("web"), attributes={"version": names[2]})),
    )

    assert (await estate.ci("web")).attributes == dict(
        zip(("owner", "model", "version"), names, strict=True)
    )


async def test_a_repeated_request_is_answered_not_repeated(estate: Estate) -> None:
    """A retry under the same key gets the first answer."""
    nameless = replace(create("x"), key="", name="Web")
    first = await edit(estate, nameless, idempotency_key="k1")

    second = await edit(estate, nameless, idempotency_key="k1")

    assert second == replace(first, replayed=True)
    assert len(await estate.cis()) == 1


@pytest.mark.parametrize("count", [2, 5])
async def test_a_request_sent_twice_at_once_is_done_once(estate: Estate, count: int) -> None:
    """Whoever comes second is answered, though it looked before the first had written."""
    await edit(estate, create("db"), create("old"))
    nameless = replace(create("x"), key="", name="Web")
    edits = (nameless, create("api"), draw("api", "db"), RetireCi(ci=ref("old")))

    results = await asyncio.gather(
        *(edit(estate, *edits, idempotency_key="k1") for _ in range(count))
    )

    assert {replace(each, replayed=True) for each in map(_frozen, results)} == {
        replace(_frozen(results[0]), replayed=True)
    }
    assert sorted(each.replayed for each in results) == [False, *[True] * (count - 1)]
    assert await estate.revision() == results[0].revision == 2
    assert len(await estate.cis()) == 4


async def test_a_ci_without_a_key_is_not_doubled_by_its_twin(estate: Estate) -> None:
    """Nothing but the request itself ties the two together."""
    nameless = replace(create("x"), key="", name="Web")

    await asyncio.gather(*(edit(estate, nameless, idempotency_key="k1") for _ in range(5)))

    assert len(await estate.cis()) == 1


async def test_an_answer_is_the_same_after_others_wrote(estate: Estate) -> None:
    """A late retry is told its own revision and keys, whatever happened since."""
    nameless = replace(create("x"), key="", name="Web")
    first = await edit(estate, nameless, idempotency_key="k1")
    for name in ("a", "b", "c"):
        await edit(estate, UpdateCi(ci=EditRef(id=first.subjects[0]), name=name))

    assert await edit(estate, nameless, idempotency_key="k1") == replace(first, replayed=True)


async def test_a_key_stands_for_one_request_of_one_actor(estate: Estate) -> None:
    """Other edits under the same key are a mistake; another actor's keys are another's."""
    await edit(estate, create("web"), idempotency_key="k1")

    with pytest.raises(IdempotencyKeyReusedError):
        await edit(estate, create("db"), idempotency_key="k1")
    await estate.editing.edit(
        [create("db")], actor=Actor("usr_bob", "Bob"), reason="because", idempotency_key="k1"
    )


async def test_a_key_is_forgotten_after_a_day(estate: Estate) -> None:
    """What was asked yesterday may be asked again."""
    now = NOON

    editing = Editing(estate.store, packaged(), clock=lambda: now, new_id=counting_ids())
    nameless = replace(create("x"), key="", name="Web")
    await editing.edit([nameless], actor=ADA, reason="", idempotency_key="k1")
    now = NOON + timedelta(hours=25)

    result = await editing.edit([nameless], actor=ADA, reason="", idempotency_key="k1")

    assert (result.changed, result.replayed, result.created) == (True, False, 1)
    assert len(await estate.cis()) == 2


async def test_what_is_forgotten_does_not_pile_up(estate: Estate) -> None:
    """Writes under keys take some of those away that are older than a day."""
    now = NOON
    editing = Editing(estate.store, packaged(), clock=lambda: now, new_id=counting_ids())
    await edit(estate, create("web"))

    async def write(number: int) -> None:
        change = UpdateCi(ci=ref("web"), attributes={"description": f"{number}"})
        await editing.edit([change], actor=ADA, reason="", idempotency_key=f"key {number}")

    for number in range(30):
        await write(number)
    assert await estate.store.record_count(IDEMPOTENCY) == 30
    now = NOON + timedelta(hours=25)
    for number in range(30, 60):
        await write(number)

    kept = await estate.store.records(IDEMPOTENCY, limit=100)
    fresh = [each for each in kept if each.data["at"] > "2026-03-02"]
    assert len(fresh) == 30
    assert len(kept) < 40
    assert await forgotten_requests(estate.store, now + timedelta(hours=25), limit=100) == [
        each.id for each in kept
    ]


async def test_warns_of_a_softness_without_evidence(estate: Estate) -> None:
    """A person's word is enough, and the answer says that nothing stands behind it."""
    await edit(estate, create("web"), create("db"))

    result = await edit(estate, draw("web", "db", "USES", strength="SOFT"))

    assert "SOFT" in result.warnings[0]
    assert (await relationship(estate, "web", "db")).attributes == {"strength": "SOFT"}


@pytest.mark.parametrize("name", ["') DETACH DELETE n //", "x'; DROP TABLE ci; --", "字" * 3_413])
async def test_takes_odd_names_as_names(estate: Estate, name: str) -> None:
    """A name is data, never a command."""
    await edit(estate, CreateCi(class_name="Application", name=name, key=name))

    assert (await estate.ci(name)).name == name


@pytest.mark.parametrize("count", [2, 5])
async def test_of_different_edits_under_one_key_at_once_one_is_done(
    estate: Estate, count: int
) -> None:
    """They touch nothing in common, and yet the key lets only one of them through."""
    outcomes = await asyncio.gather(
        *(edit(estate, create(f"web-{n}"), idempotency_key="k1") for n in range(count)),
        return_exceptions=True,
    )

    done = [each for each in outcomes if isinstance(each, EditResult)]
    refused = [each for each in outcomes if isinstance(each, IdempotencyKeyReusedError)]
    assert (len(done), len(refused)) == (1, count - 1)
    assert len(await estate.cis()) == 1


@pytest.mark.parametrize(
    ("reason", "key", "path"),
    [
        ("because\x00", None, "reason"),
        ("\x1b[31mred", None, "reason"),
        ("x" * 4_001, None, "reason"),
        ("because", "k\x07", "idempotencyKey"),
    ],
)
async def test_reasons_and_keys_hide_nothing(
    estate: Estate, reason: str, key: str | None, path: str
) -> None:
    """Control characters would act on whoever lists the log."""
    with pytest.raises(InvalidInputError) as refusal:
        await estate.editing.edit([create("web")], actor=ADA, reason=reason, idempotency_key=key)

    assert [(each.code, each.place.path) for each in refusal.value.faults] == [
        ("INVALID_TEXT", path)
    ]
    assert await estate.revision() == 0


async def test_a_refusal_says_who_changed_what_since(estate: Estate) -> None:
    """Who comes second learns what the first one did, value by value."""
    await edit(estate, create("web", tier=1, owner="ops"))
    bob = Actor("usr_bob", "Bob")
    since = UpdateCi(ci=ref("web"), name="Web", attributes={"tier": 2, "region": "EMEA"})
    await estate.editing.edit([since], actor=bob, reason="review")

    with pytest.raises(StaleRevisionError) as refusal:
        await edit(estate, UpdateCi(ci=ref("web"), attributes={"tier": 0}), expected_revision=1)

    found = [(each.record, each.name, each.before, each.after) for each in refusal.value.changes]
    assert found == [
        ("web", "name", "web", "Web"),
        ("web", "tier", 1, 2),
        ("web", "region", None, "EMEA"),
    ]
    assert {(each.actor, each.revision) for each in refusal.value.changes} == {(bob, 2)}
    assert "Bob changed tier of web from 1 to 2 in revision 2" in str(refusal.value)


async def test_edits_of_different_attributes_at_once_are_both_done(estate: Estate) -> None:
    """Without an expected revision the second is computed anew from what the first one wrote."""
    await edit(estate, create("web"))

    await asyncio.gather(
        edit(estate, UpdateCi(ci=ref("web"), attributes={"tier": 1})),
        edit(estate, UpdateCi(ci=ref("web"), attributes={"owner": "Ada"})),
        edit(estate, UpdateCi(ci=ref("web"), name="Web")),
    )

    web = await estate.ci("web")
    assert (web.name, dict(web.attributes)) == ("Web", {"tier": 1, "owner": "Ada"})
