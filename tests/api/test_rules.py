"""Vocabulary and policies over the API: planned, applied, taken up at once, listed."""

from typing import Any

import pytest

from graph_service.use_cases.access import Role
from tests.api.world import World

pytestmark = pytest.mark.anyio

VOCABULARY = """
vocabulary: 1
name: acme
version: "1"
classes: [{name: Robot, extends: Server, attributes: [{name: arms, type: INTEGER}]}]
"""
POLICY = """
policy: 1
name: acme
version: "1"
required: [{class: Server, attributes: [owner], tiers: [0, 1]}]
"""
PROBLEM = "... on Problem { code message } ... on ValidationFailed { faults { code place hint } }"
PLAN = (
    """mutation($text: String!) { planVocabulary(input: {document: {name: "a.yaml",
  content: {text: $text}}}) { ... on VocabularyPlanned { changed plan { baseRevision inForce
    changes(first: 1) { totalCount nodes { action section name } pageInfo { hasNextPage } }
    refusals { code place hint } } } """
    + PROBLEM
    + " } }"
)
PLAN_POLICY = (
    """mutation($text: String!) { planPolicy(input: {document: {name: "p.yaml",
  content: {text: $text}}}) { ... on PolicyPlanned { plan { sections { section addedCount }
    incomplete { className before after } valueCount } } """
    + PROBLEM
    + " } }"
)


def applying(field: str) -> str:
    """Return the document that puts a file in force."""
    return (
        f"""mutation($text: String!, $base: RevisionNumber) {{ {field}(input: {{document:
          {{name: "a.yaml", content: {{text: $text}}}}, reason: "why", expectedRevision: $base}}) {{
            ... on RulesApplied {{ revision changed version }}
            ... on StaleRevision {{ moved: changed }} """
        + PROBLEM
        + " } }"
    )


async def applied(service: World, text: str, field: str = "applyVocabulary") -> Any:  # noqa: ANN401 - JSON
    """Put a file in force and return what is said of it."""
    return (await service.ask(applying(field), {"text": text}, role=Role.ADMIN))[field]


async def test_a_plan_shows_rows_and_writes_nothing(service: World) -> None:
    planned = (await service.ask(PLAN, {"text": VOCABULARY}, role=Role.ENGINEER))["planVocabulary"]

    assert planned == {
        "changed": False,
        "plan": {
            "baseRevision": 0,
            "inForce": False,
            "changes": {
                "totalCount": 1,
                "nodes": [{"action": "ADD", "section": "CLASS", "name": "Robot"}],
                "pageInfo": {"hasNextPage": False},
            },
            "refusals": [],
        },
    }


async def test_words_hold_from_the_next_request_on(service: World) -> None:
    made = await applied(service, VOCABULARY)

    answer = await service.ask(
        '{ estate { vocabulary { version ciClass(name: "Robot") { packaged lineage } } } }'
    )

    assert made == {"revision": 1, "changed": True, "version": "packaged-1+acme-1"}
    assert answer["estate"]["vocabulary"]["version"] == "packaged-1+acme-1"
    assert answer["estate"]["vocabulary"]["ciClass"]["lineage"][:2] == ["Robot", "Server"]


async def test_words_can_be_used_at_once_and_then_not_be_dropped(service: World) -> None:
    await applied(service, VOCABULARY)
    edited = await service.ask(
        """mutation { editEstate(input: {reason: "r", edits: [{createCi: {key: "r1", name: "R1",
          class: "Robot", attributes: [{name: "arms", value: 2}]}}]}) {
          ... on EstateWritten { createdCount } ... on Problem { message } } }""",
        role=Role.ENGINEER,
    )

    refused = await applied(service, VOCABULARY.replace("{name: arms, type: INTEGER}", ""))

    assert edited["editEstate"] == {"createdCount": 1}
    assert refused["code"] == "VALIDATION_FAILED"
    [fault] = refused["faults"]
    assert fault["code"] == "IN_USE"
    assert "find --where 'class:Robot has:arms'" in fault["hint"]


async def test_faults_come_all_at_once_with_their_places(service: World) -> None:
    text = VOCABULARY.replace("Robot", "robot").replace("INTEGER", "NUMBER")

    planned = (await service.ask(PLAN, {"text": text}, role=Role.ADMIN))["planVocabulary"]

    assert planned["code"] == "VALIDATION_FAILED"
    assert [each["place"].split(" ")[0] for each in planned["faults"]] == [
        "a.yaml:5:18",
        "a.yaml:5:74",
    ]


async def test_other_rules_since_the_plan_are_refused(service: World) -> None:
    await applied(service, VOCABULARY)

    late = await service.ask(
        applying("applyVocabulary"),
        {"text": VOCABULARY.replace("Robot", "Drone"), "base": 0},
        role=Role.ADMIN,
    )

    assert late["applyVocabulary"]["code"] == "STALE_REVISION"


async def test_policies_are_planned_and_hold_at_once(service: World) -> None:
    await service.draw("a:Server(tier=1); b:Server(tier=1 owner=Ada); c:Server(tier=3)")
    planned = (await service.ask(PLAN_POLICY, {"text": POLICY}, role=Role.ENGINEER))["planPolicy"]

    made = await applied(service, POLICY, "applyPolicy")

    answer = await service.ask(
        """{ estate { vocabulary { ciClass(name: "Server") { attributes {
          name requirement requiredForTiers } } } } }"""
    )
    attributes = answer["estate"]["vocabulary"]["ciClass"]["attributes"]
    assert planned["plan"]["sections"] == [{"section": "required", "addedCount": 1}]
    assert planned["plan"]["incomplete"] == [{"className": "Server", "before": 0, "after": 1}]
    assert made["version"] == "acme-1"
    owner = next(each for each in attributes if each["name"] == "owner")
    assert owner == {"name": "owner", "requirement": "REQUIRED", "requiredForTiers": [0, 1]}


async def test_versions_come_in_pages_newest_first(service: World) -> None:
    for version in "123":
        await applied(service, VOCABULARY.replace('"1"', f'"{version}"'))
    asked = """query($after: String) { vocabularyVersions(first: 2, after: $after) { totalCount
      nodes { revision version reason text } pageInfo { hasNextPage endCursor } } }"""

    first = (await service.ask(asked))["vocabularyVersions"]
    second = (await service.ask(asked, {"after": first["pageInfo"]["endCursor"]}))[
        "vocabularyVersions"
    ]

    assert [each["revision"] for each in first["nodes"] + second["nodes"]] == [3, 2, 1]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert not second["pageInfo"]["hasNextPage"]
    assert second["nodes"][0]["text"] == VOCABULARY


async def test_what_is_under_way_keeps_the_words_it_began_with(service: World) -> None:
    before = service.services
    await applied(service, VOCABULARY)

    after = await before.follow(at_once=True)

    assert "Robot" not in before.vocabulary.classes
    assert "Robot" in after.vocabulary.classes


async def test_what_is_of_a_class_or_type_that_has_gone_can_still_be_read(service: World) -> None:
    types = """relationship_types: [{name: SETTLES, verb: settles, inverse_verb: settled by,
      impact: TO_SOURCE}]"""
    await applied(service, VOCABULARY + types)
    await service.draw("r1:Robot(arms=2) -[SETTLES]-> b")
    retired = await service.ask(
        """mutation { editEstate(input: {reason: "r", edits: [{retireCi: {key: "r1"}}]}) {
          ... on EstateWritten { retiredCount } ... on Problem { message } } }""",
        role=Role.ENGINEER,
    )
    gone = await applied(service, VOCABULARY.split("classes", maxsplit=1)[0] + "classes: []")

    answer = await service.ask(
        """{ estate { ci(ref: {key: "r1"}) { className class { lineage description attributes {
          name } } attributes { name type value }
          relationships(includeRetired: true) { nodes { verb relationship { strength type {
            name impact } } } } } } }"""
    )

    ci = answer["estate"]["ci"]
    assert retired["editEstate"] == {"retiredCount": 1}
    assert gone["changed"]
    assert ci["class"]["lineage"] == ["Robot"]
    assert ci["attributes"] == [{"name": "arms", "type": "JSON", "value": 2}]
    [related] = ci["relationships"]["nodes"]
    assert related["relationship"] == {
        "strength": "NONE",
        "type": {"name": "SETTLES", "impact": "NEITHER"},
    }
    back = await service.ask(
        """mutation { editEstate(input: {reason: "r", edits: [{reactivateCi: {key: "r1"}}]}) {
          __typename ... on ValidationFailed { faults { code } } } }""",
        role=Role.ENGINEER,
    )
    assert back["editEstate"]["faults"] == [{"code": "UNKNOWN_CLASS"}]
