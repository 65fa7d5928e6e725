"""A vocabulary changes by a file: what is in use stays, what is not may go, and it is told."""

from dataclasses import replace

import pytest

from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.vocabulary import packaged
from graph_service.store import Applied, GraphStore
from graph_service.use_cases.intake.intake import Intake
from graph_service.use_cases.rules.rules_change import RowAction, Section, VocabularyPlan
from graph_service.use_cases.rules.vocabulary_changing import VocabularyChanging
from graph_service.use_cases.rules.vocabulary_in_force import rules_in_force
from tests.builders import ADA, TickingClock, ci, claim_about, delta, estate, retired_ci
from tests.readings import SCRIBE, reading, relates, says

pytestmark = pytest.mark.anyio

ROBOT = "{name: Robot, extends: Server, attributes: [{name: arms, type: INTEGER}]}"
SETTLES = "{name: SETTLES_THROUGH, verb: settles through, inverse_verb: settles, impact: TO_SOURCE}"


def file(*classes: str, types: str = "", version: int = 1) -> str:
    """Return a vocabulary file."""
    return (
        f"vocabulary: 1\nname: acme\nversion: '{version}'\n"
        f"classes: [{', '.join(classes)}]\nrelationship_types: [{types}]\n"
    )


async def changing(store: GraphStore) -> VocabularyChanging:
    """Return what changes the vocabulary in force."""
    return VocabularyChanging(store, await rules_in_force(store), clock=TickingClock())


async def apply(store: GraphStore, text: str) -> int:
    """Put a file in force and return the revision."""
    one = await changing(store)
    return (await one.apply("acme.yaml", text, actor=ADA, reason="because")).revision


async def plan(store: GraphStore, text: str) -> VocabularyPlan:
    """Plan a file."""
    return await (await changing(store)).plan("acme.yaml", text)


async def test_a_plan_lists_rows_that_come_go_and_change(store: GraphStore) -> None:
    await apply(store, file(ROBOT, "{name: Drone, extends: Robot}", types=SETTLES))

    found = await plan(
        store,
        file("{name: Robot, extends: Server, label: A robot}", "{name: Crane, extends: Robot}"),
    )

    assert [(each.action, each.section, each.name) for each in found.changes] == [
        (RowAction.ADD, Section.CLASS, "Crane"),
        (RowAction.REMOVE, Section.CLASS, "Drone"),
        (RowAction.CHANGE, Section.CLASS, "Robot"),
        (RowAction.REMOVE, Section.ATTRIBUTE, "Robot.arms"),
        (RowAction.REMOVE, Section.RELATIONSHIP_TYPE, "SETTLES_THROUGH"),
    ]
    assert found.refusals == []
    assert found.warnings == [
        "the version is packaged-1+acme-1 as before, though rows differ; give it a new one"
    ]


async def test_planning_writes_nothing(store: GraphStore) -> None:
    await plan(store, file(ROBOT))

    assert (await store.head()).revision == 0


async def test_one_revision_puts_a_vocabulary_in_force(store: GraphStore) -> None:
    revision = await apply(store, file(ROBOT))

    assert revision == (await store.head()).revision == 1
    [entry] = await store.entries(1)
    assert (entry.record_id, entry.after["version"]) == ("vocabulary", "packaged-1+acme-1")
    assert "Robot" in (await rules_in_force(store)).classes


async def test_the_same_file_again_does_nothing(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    one = await changing(store)

    written = await one.apply("acme.yaml", file(ROBOT), actor=ADA, reason="again")

    assert not written.changed
    assert (await store.head()).revision == 1


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (file(), "Robot would be gone, and 1 CI of it: r1"),
        (file(ROBOT.replace("Server,", "Server, abstract: true,")), "would be a general term"),
        (file("{name: Robot, extends: Server}"), "no attribute arms, and 1 CI say"),
        (file(ROBOT.replace("INTEGER", "TEXT")), "would become TEXT, not INTEGER"),
        (file(ROBOT.replace("INTEGER", "INTEGER, maximum: 1")), "would take other values"),
        (file(ROBOT.replace("Server", "Application")), "no attribute cpuCount, and 1 CI say"),
    ],
    ids=["class", "abstract", "attribute", "type", "maximum", "inherited"],
)
async def test_what_is_in_use_stays(store: GraphStore, left: str, message: str) -> None:
    await apply(store, file(ROBOT))
    await store.apply(delta(ci("r1", "Robot", arms=2, cpuCount=4), based_on=1))

    with pytest.raises(InvalidInputError, match="in") as caught:
        await apply(store, left)

    assert message in str(caught.value)
    assert "find --where 'class:Robot" in str(caught.value)
    assert (await store.head()).revision == 2


async def test_what_a_data_source_says_and_another_outranks_is_in_use(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    one = ci("box", "Server")
    claim = replace(claim_about(one, "scanner"), content={"class": "Robot", "attributes": {}})
    await store.apply(delta(one, claim, based_on=1))

    with pytest.raises(InvalidInputError, match="1 CI of it: box"):
        await apply(store, file())


async def test_a_type_is_in_use_by_relationships_and_by_references_that_wait(
    store: GraphStore,
) -> None:
    await apply(store, file(types=SETTLES))
    intake = Intake(store, await rules_in_force(store), clock=TickingClock())
    saying = reading(
        says("a"),
        says("b"),
        relates("a", "b", "SETTLES_THROUGH"),
        relates("a", "c", "SETTLES_THROUGH"),
    )
    await intake.apply(await intake.plan(saying, collector=SCRIBE, actor=ADA), actor=ADA)

    with pytest.raises(InvalidInputError, match="2 relationships or references are of it"):
        await apply(store, file())


async def test_what_only_retired_records_have_may_go(store: GraphStore) -> None:
    await apply(store, file(ROBOT, types=SETTLES))
    drawn = estate("r1:Robot(arms=2) -[SETTLES_THROUGH]-> b", based_on=1)
    await store.apply(drawn)
    await store.apply(delta(retired_ci("r1", "Robot", arms=2), based_on=2))

    await apply(store, file(version=2))

    assert "Robot" not in (await rules_in_force(store)).classes
    assert (await store.cis(["ci_r1"])).popitem()[1].class_name == "Robot"


async def test_values_that_still_fit_may_be_called_otherwise(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    await store.apply(delta(ci("r1", "Robot", arms=2), based_on=1))

    await apply(store, file(ROBOT.replace("INTEGER", "DECIMAL, minimum: 0"), version=2))

    assert (await rules_in_force(store)).attributes("Robot")["arms"].type == "DECIMAL"


async def test_policies_in_force_keep_the_words_they_name(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    text = "policy: 1\nname: p\nversion: '1'\nrequired: [{class: Robot, attributes: [arms]}]\n"
    data = {"document": "p.yaml", "text": text, "name": "p", "version": "1", "digest": ""}
    await store.apply(GraphDelta(based_on=1, actor=ADA, rules=(Record("policy", "policy", data),)))

    with pytest.raises(InvalidInputError, match="the policies in force name it"):
        await apply(store, file(version=2))


async def test_a_row_that_comes_into_use_between_look_and_write_is_put_back(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(store, file(ROBOT))
    original = store.apply

    async def overtaken(given: GraphDelta) -> Applied:
        if given.rules:
            monkeypatch.setattr(store, "apply", original)
            await original(delta(ci("r1", "Robot", arms=1), based_on=1))
            given = replace(given, based_on=1)
        return await original(given)

    monkeypatch.setattr(store, "apply", overtaken)
    with pytest.raises(StaleRevisionError, match="r1"):
        await apply(store, file(version=2))

    assert "Robot" in (await rules_in_force(store)).classes


async def test_another_vocabulary_than_was_planned_against_is_refused(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    base = (await plan(store, file(ROBOT, types=SETTLES))).base_revision
    late = await changing(store)
    await apply(store, file(ROBOT, "{name: Drone, extends: Robot}"))

    with pytest.raises(StaleRevisionError, match="the vocabulary in force"):
        await late.apply(
            "acme.yaml",
            file(ROBOT, types=SETTLES),
            actor=ADA,
            reason="late",
            expected_revision=base,
        )


async def test_versions_say_when_by_whom_and_why(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    await store.apply(delta(ci("a"), based_on=1))
    await apply(store, file(ROBOT, types=SETTLES, version=2))
    one = await changing(store)

    newest, oldest = await one.versions()

    assert (newest.revision, oldest.revision) == (3, 1)
    assert (newest.version, newest.actor, newest.reason) == ("packaged-1+acme-2", "Ada", "because")
    assert oldest.text == file(ROBOT)
    assert await one.versions(before=3) == [oldest]


async def test_all_faults_of_a_file_come_at_once_with_their_lines(store: GraphStore) -> None:
    text = "vocabulary: 1\nname: acme\nclasses:\n  - {name: robot}\n  - {name: A, extends: Nix}\n"

    with pytest.raises(InvalidInputError) as caught:
        await plan(store, text)

    lines = [str(each.place).split(" ")[0] for each in caught.value.faults]
    assert lines == ["acme.yaml:1:1", "acme.yaml:4:12", "acme.yaml:5:24"]


async def test_packaged_words_are_always_there(store: GraphStore) -> None:
    await apply(store, file(ROBOT))
    await apply(store, file(version=2))

    assert (await rules_in_force(store)).digest == packaged().digest
