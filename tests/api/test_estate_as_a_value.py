"""The estate as a value: one door for every question, of now, of the past and of what might be."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from graph_service.model.delta import Record
from graph_service.model.edit import CreateCi, Edit, EditRef, SetRelationship
from graph_service.use_cases.access import Role
from graph_service.use_cases.impact.questions import UNRESOLVED_OF_NOW
from graph_service.use_cases.inventory.inventory import Inventory
from tests.api.world import World
from tests.builders import ADA, ci, delta, related, retired_ci

pytestmark = pytest.mark.anyio

EVERYTHING = """
  revision committedAt
  ci(ref: {key: "db"}) {
    key name tier presence values
    attributes { name value }
    relationships(first: 10) { totalCount nodes { verb other { key tier description } } }
    redundancyGroups { name k n }
    history(first: 20) { nodes { revision action record { key } at actor { name } } }
  }
  byName: ci(ref: {name: "Main database"}) { key }
  cis(first: 50) { totalCount nodes { key name tier description } }
  found: cis(filter: {text: "main"}) { totalCount nodes { key } }
  impact(of: {states: [{ci: {key: "db"}}]}) {
    answerDigest summary { reachedCount affectedCount }
    affected(first: 10) { nodes { ci { key tier description } hops path { ci { name } } } }
    verdict(ci: {key: "web"}) { ... on AffectedCI { after } ... on UnreachedCI { ci { key } } }
  }
  blastRadius(of: [{key: "db"}]) { totalCount reached(first: 10) { nodes { ci { name } } } }
  keysLike(text: "databse")
"""
AS_OF = f"query Then($asOf: AsOf) {{ estate(asOf: $asOf) {{ {EVERYTHING} }} }}"
NOW = f"{{ estate {{ {EVERYTHING} }} }}"


async def _history(service: World) -> list[Any]:
    """Write four revisions, and return what was answered when each was the newest."""
    store = service.store
    said = []
    for write in (
        delta(
            ci("web", tier=1, description="front"),
            ci("api"),
            ci("db", "Database", key="db"),
            related("web", "api"),
            related("api", "db"),
        ),
        delta(ci("database", key="database"), related("web", "database"), based_on=1),
        delta(
            ci("db", "Database", tier=0, description="main, of two"),
            retired_ci("api"),
            related("web", "db"),
            based_on=2,
        ),
        delta(ci("api", description="back"), related("api", "db"), based_on=3),
    ):
        await store.apply(write)
        said.append((await service.ask(NOW))["estate"])
    return said


async def test_every_question_of_the_past_is_answered_as_it_was_then(service: World) -> None:
    said = await _history(service)

    for number, expected in enumerate(said, 1):
        by_number = await service.ask(AS_OF, {"asOf": {"revision": number}})
        by_instant = await service.ask(AS_OF, {"asOf": {"instant": expected["committedAt"]}})

        assert by_number["estate"] == expected
        assert by_instant["estate"] == expected


async def test_only_what_is_not_now_is_hypothetical(service: World) -> None:
    await _history(service)

    data = await service.ask(
        """{ now: estate { hypothetical revision }
          newest: estate(asOf: {revision: 4}) { hypothetical revision }
          then: estate(asOf: {revision: 1}) { hypothetical revision }
          nothing: estate(overlay: []) { hypothetical }
          if: estate(overlay: [{retireCi: {key: "api"}}]) { hypothetical revision } }"""
    )

    assert data == {
        "now": {"hypothetical": False, "revision": 4},
        "newest": {"hypothetical": False, "revision": 4},
        "then": {"hypothetical": True, "revision": 1},
        "nothing": {"hypothetical": False},
        "if": {"hypothetical": True, "revision": 4},
    }


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("{revision: 0}", "there is no revision 0; the first is 1, of 2026-03-01T12:00:01.000Z"),
        ("{revision: 5}", "there is no revision 5; the newest is 4"),
        (
            '{instant: "2026-03-01T12:00:00.999Z"}',
            "the first revision is of 2026-03-01T12:00:01.000Z",
        ),
        ('{instant: "2999-01-01T00:00:00Z"}', "is in the future; the newest revision is 4"),
    ],
)
async def test_a_state_there_is_not_is_refused_with_the_one_there_is(
    service: World, as_of: str, said: str
) -> None:
    await _history(service)

    body = (await service.send(f"{{ estate(asOf: {as_of}) {{ revision }} }}")).json()

    [error] = body["errors"]
    assert error["extensions"]["code"] == "REVISION_UNKNOWN"
    assert said in error["message"]


async def test_before_anything_was_written_there_is_no_past(service: World) -> None:
    body = (await service.send("{ estate(asOf: {revision: 1}) { revision } }")).json()

    assert "nothing was ever written" in body["errors"][0]["message"]


def _create(key: str, class_name: str, **attributes: object) -> CreateCi:
    return CreateCi(class_name=class_name, name=key, key=key, attributes=attributes)


def _leans(source: str, target: str) -> SetRelationship:
    ends = EditRef(key=source), EditRef(key=target)
    return SetRelationship(source=ends[0], type="DEPENDS_ON", target=ends[1])


async def _stated(service: World) -> None:
    """State an estate by hand, as one revision."""
    edits: list[Edit] = [
        _create("web", "Application", tier=1),
        _create("api", "Application"),
        _create("db", "Database", tier=0),
        _create("old", "Database"),
        _leans("web", "api"),
        _leans("api", "db"),
        _leans("web", "old"),
    ]
    await service.services.editing.edit(edits, actor=ADA, reason="")


WHAT_IF = """query WhatIf($overlay: [EstateEdit!]) {
  now: estate { impact(of: {states: [{ci: {key: "db"}}]}) { summary { affectedCount } } }
  then: estate(overlay: $overlay) {
    revision hypothetical
    overlayFaults { path code message hint }
    cis { totalCount nodes { id key tier revision } }
    impact(of: {states: [{ci: {key: "db"}}]}) {
      questionDigest answerDigest summary { affectedCount reachedCount } }
    ci(ref: {key: "spare"}) {
      id name
      attributes { name provenance { dataSource } }
      relationships { nodes { verb other { key } } }
      history { nodes { revision } }
    }
  }
}"""
OVERLAY = [
    {"createCi": {"key": "spare", "name": "Spare", "class": "Database", "tier": 1}},
    {
        "setRelationship": {
            "type": "DEPENDS_ON",
            "source": {"key": "spare"},
            "target": {"key": "db"},
        }
    },
    {"updateCi": {"ci": {"key": "web"}, "tier": 3}},
    {"retireCi": {"key": "old"}},
]


async def test_an_overlay_changes_the_answers_below_it_and_nothing_else(service: World) -> None:
    await _stated(service)

    data = await service.ask(WHAT_IF, {"overlay": OVERLAY})

    then = data["then"]
    assert data["now"]["impact"]["summary"]["affectedCount"] == 2
    assert then["impact"]["summary"] == {"affectedCount": 3, "reachedCount": 3}
    assert then["overlayFaults"] == []
    assert [(each["key"], each["tier"], each["revision"]) for each in then["cis"]["nodes"]] == [
        ("spare", 1, 0),
        ("api", None, 1),
        ("db", 0, 1),
        ("web", 3, 1),
    ]
    assert then["ci"]["relationships"]["nodes"] == [{"verb": "depends on", "other": {"key": "db"}}]
    assert then["ci"]["attributes"] == [
        {"name": "tier", "provenance": {"dataSource": "manual"}},
    ]
    assert then["ci"]["history"] == {"nodes": []}
    assert (await service.store.head()).revision == 1


async def test_a_ci_of_an_overlay_has_an_id_that_resolves_nowhere_else(service: World) -> None:
    await _stated(service)
    drawn = (await service.ask(WHAT_IF, {"overlay": OVERLAY}))["then"]["ci"]["id"]
    again = (await service.ask(WHAT_IF, {"overlay": OVERLAY}))["then"]["ci"]["id"]

    data = await service.ask(
        "query($id: ID!) { estate { ci(ref: {id: $id}) { key } } }", {"id": drawn}
    )

    assert drawn == again
    assert data["estate"]["ci"] is None


async def test_another_overlay_is_another_question(service: World) -> None:
    await _stated(service)
    digests = [
        (await service.ask(WHAT_IF, {"overlay": each}))["then"]["impact"]["questionDigest"]
        for each in (OVERLAY, OVERLAY[:1], [])
    ]

    assert len({*digests}) == 3


async def test_faults_of_an_overlay_are_data_and_the_rest_applies(service: World) -> None:
    await _stated(service)
    faulty = [
        {"createCi": {"key": "x", "name": "X", "class": "Databse"}},
        {"retireCi": {"key": "x"}},
        {"retireCi": {"text": "web"}},
        {"createCi": {"key": "db", "name": "Other", "class": "Database"}},
        {"updateCi": {"ci": {"key": "web"}, "tier": 4}},
        {"updateCi": {"ci": {"key": "nobody"}, "tier": 4}},
        {"updateCi": {"ci": {"key": "web"}, "tier": 9}},
    ]

    then = (await service.ask(WHAT_IF, {"overlay": faulty}))["then"]

    assert [(each["path"][:2], each["code"]) for each in then["overlayFaults"]] == [
        (["edits", "0"], "UNKNOWN_CLASS"),
        (["edits", "1"], "CI_NOT_FOUND"),
        (["edits", "2"], "INVALID_REFERENCE"),
        (["edits", "3"], "KEY_TAKEN"),
        (["edits", "5"], "CI_NOT_FOUND"),
        (["edits", "6"], "INVALID_VALUE"),
    ]
    assert {each["key"]: each["tier"] for each in then["cis"]["nodes"]}["web"] == 4


async def test_an_overlay_may_lie_over_the_past(service: World) -> None:
    await _stated(service)
    await service.store.apply(delta(ci("later"), based_on=1))

    data = await service.ask(
        """{ estate(asOf: {revision: 1}, overlay: [{retireCi: {key: "api"}}]) {
          revision hypothetical cis { nodes { key } }
          ci(ref: {key: "web"}) { relationships { totalCount } }
        } }"""
    )

    assert data["estate"] == {
        "revision": 1,
        "hypothetical": True,
        "cis": {"nodes": [{"key": "db"}, {"key": "old"}, {"key": "web"}]},
        "ci": {"relationships": {"totalCount": 1}},
    }


async def test_an_overlay_is_limited_like_a_list_of_edits(service: World) -> None:
    await _history(service)
    edits = [{"retireCi": {"key": "web"}}] * 1_001

    body = (await service.send(WHAT_IF, {"overlay": edits})).json()

    assert body["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert body["errors"][0]["extensions"]["limit"] == "edits"


@pytest.mark.parametrize(
    ("there", "elsewhere"),
    [
        ("asOf: {revision: 2}", "asOf: {revision: 3}"),
        ("asOf: {revision: 2}", "asOf: {revision: 4}"),
        (
            'asOf: {revision: 2}, overlay: [{retireCi: {key: "api"}}]',
            "asOf: {revision: 2}",
        ),
        (
            'overlay: [{retireCi: {key: "api"}}]',
            'overlay: [{retireCi: {key: "web"}}]',
        ),
    ],
)
async def test_a_cursor_continues_only_in_the_estate_it_came_from(
    service: World, there: str, elsewhere: str
) -> None:
    await _history(service)
    page = """query($after: String) {{ estate({of}) {{
      cis(first: 1, after: $after) {{ nodes {{ key }} pageInfo {{ endCursor }} }} }} }}"""

    first = (await service.ask(page.format(of=there)))["estate"]["cis"]
    cursor = {"after": first["pageInfo"]["endCursor"]}
    second = (await service.ask(page.format(of=there), cursor))["estate"]["cis"]
    refused = (await service.send(page.format(of=elsewhere), cursor)).json()

    assert first["nodes"] != second["nodes"]
    assert refused["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


async def test_pages_of_an_answer_about_the_past_are_of_that_past(service: World) -> None:
    await _history(service)
    page = """query($after: String) { estate(asOf: {revision: 1}) {
      impact(of: {states: [{ci: {key: "db"}}]}) { affected(first: 1, after: $after) {
        totalCount revision nodes { ci { key } } pageInfo { endCursor hasNextPage } } } } }"""
    first = (await service.ask(page))["estate"]["impact"]["affected"]
    await service.store.apply(delta(ci("web", tier=0), based_on=4))

    second = await service.ask(page, {"after": first["pageInfo"]["endCursor"]})

    found = second["estate"]["impact"]["affected"]
    assert [*first["nodes"], *found["nodes"]] == [{"ci": {"key": "web"}}, {"ci": {"key": "api"}}]
    assert (found["totalCount"], found["revision"]) == (2, 1)
    assert not found["pageInfo"]["hasNextPage"]


async def test_a_page_of_an_answer_is_of_no_other_estate(service: World) -> None:
    """Though the answer of then to the same question is still kept."""
    await _history(service)
    page = """query($after: String) {{ estate{of} {{
      impact(of: {{states: [{{ci: {{key: "db"}}}}]}}) {{ affected(first: 1, after: $after) {{
        nodes {{ ci {{ key }} }} pageInfo {{ endCursor }} }} }} }} }}"""
    first = (await service.ask(page.format(of="")))["estate"]["impact"]["affected"]
    cursor = {"after": first["pageInfo"]["endCursor"]}
    await service.store.apply(delta(ci("web", tier=0), based_on=4))

    kept = await service.ask(page.format(of=""), cursor)
    same = await service.ask(page.format(of="(asOf: {revision: 4})"), cursor)
    refused = (await service.send(page.format(of="(asOf: {revision: 1})"), cursor)).json()

    assert kept == same
    assert refused["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    assert "of revision 4, and this estate is of 1" in refused["errors"][0]["message"]


async def test_writers_do_not_disturb_who_asks_about_the_past(
    service: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of now an operation is read again when somebody writes; of the past it need not be."""
    said = await _history(service)
    reads = []
    cis = Inventory.cis
    in_turn = asyncio.Lock()

    async def read_and_written(self: Inventory, query: Any) -> Any:  # noqa: ANN401 - passed on
        async with in_turn:
            head = await service.store.head()
            page = await cis(self, query)
            reads.append(head.revision)
            tier = 1 + len(reads)
            await service.store.apply(
                delta(ci("db", "Database", tier=tier), ci(f"n{tier}"), based_on=head.revision)
            )
            return page

    monkeypatch.setattr(Inventory, "cis", read_and_written)
    data = await service.ask(AS_OF, {"asOf": {"revision": 3}})

    assert data["estate"] == said[2]
    assert reads == [4, 5]


DIFFERENCE = """query Since($since: AsOf!, $of: [CIRef!], $first: Int = 50, $after: String) {
  estate { difference(since: $since, of: $of) {
    fromRevision toRevision createdCount updatedCount retiredCount
    entries(first: $first, after: $after) {
      totalCount
      nodes { action revision at actor { name } record { key recordType }
              differences { name before after } }
      pageInfo { hasNextPage endCursor }
    }
  } }
}"""


async def test_a_difference_is_net(service: World) -> None:
    """The API that was retired and came back differs only in what it is now."""
    await _history(service)

    data = await service.ask(DIFFERENCE, {"since": {"revision": 2}})

    found = data["estate"]["difference"]
    assert [found[each] for each in ("fromRevision", "toRevision")] == [2, 4]
    assert [found[f"{each}Count"] for each in ("created", "updated", "retired")] == [1, 2, 1]
    assert [
        (each["action"], each["revision"], each["record"]["key"], each["differences"])
        for each in found["entries"]["nodes"]
    ] == [
        ("UPDATED", 4, "api", [{"name": "description", "before": None, "after": "back"}]),
        (
            "UPDATED",
            3,
            "db",
            [
                {"name": "description", "before": None, "after": "main, of two"},
                {"name": "tier", "before": None, "after": 0},
            ],
        ),
        (
            "RETIRED",
            3,
            "web -DEPENDS_ON-> api",
            [{"name": "presence", "before": "ACTIVE", "after": "RETIRED"}],
        ),
        ("CREATED", 3, "web -DEPENDS_ON-> db", found["entries"]["nodes"][3]["differences"]),
    ]


async def test_a_difference_comes_in_pages_and_around_a_ci(service: World) -> None:
    await _history(service)
    whole = await service.ask(DIFFERENCE, {"since": {"revision": 1}})
    nodes, after, more = [], None, True
    while more:
        data = await service.ask(DIFFERENCE, {"since": {"revision": 1}, "first": 2, "after": after})
        entries = data["estate"]["difference"]["entries"]
        nodes += entries["nodes"]
        after, more = entries["pageInfo"]["endCursor"], entries["pageInfo"]["hasNextPage"]
    around = await service.ask(DIFFERENCE, {"since": {"revision": 1}, "of": [{"key": "database"}]})

    assert nodes == whole["estate"]["difference"]["entries"]["nodes"]
    assert [
        each["record"]["key"] for each in around["estate"]["difference"]["entries"]["nodes"]
    ] == ["database", "web -DEPENDS_ON-> database"]


async def test_an_overlay_is_compared_with_what_it_lies_over(service: World) -> None:
    await _stated(service)

    data = await service.ask(
        """{ estate(overlay: [{updateCi: {ci: {key: "web"}, tier: 4}}]) {
          difference(since: {revision: 1}) { updatedCount createdCount entries { nodes {
            record { key } revision at actor { name } differences { name before after } } } } } }"""
    )

    assert data["estate"]["difference"] == {
        "updatedCount": 1,
        "createdCount": 0,
        "entries": {
            "nodes": [
                {
                    "record": {"key": "web"},
                    "revision": None,
                    "at": None,
                    "actor": None,
                    "differences": [{"name": "tier", "before": 1, "after": 4}],
                }
            ]
        },
    }


async def test_what_is_written_meets_the_overlay_it_was_asked_about_as(service: World) -> None:
    """What if, and then: the same list of edits, asked about and written."""
    await _stated(service)
    asked = await service.ask(WHAT_IF, {"overlay": OVERLAY})

    await service.ask(
        """mutation($edits: [EstateEdit!]!) {
          editEstate(input: {edits: $edits, reason: "as asked"}) {
            __typename ... on Problem { message } } }""",
        {"edits": OVERLAY},
        role=Role.ENGINEER,
    )

    written = await service.ask(WHAT_IF, {"overlay": None})
    then, now = asked["then"], written["then"]
    assert then["impact"]["summary"] == now["impact"]["summary"]
    assert [each["key"] for each in then["cis"]["nodes"]] == [
        each["key"] for each in now["cis"]["nodes"]
    ]


async def test_an_answer_about_the_past_says_what_is_not_of_then(service: World) -> None:
    """Also where no reference leads nowhere today: one may have done so then."""
    await _history(service)
    question = """{ estate(asOf: {revision: 1}) { impact(of: {states: [{ci: {key: "db"}}]}) {
      completeness { unresolvedReferenceCount notes } } } }"""

    never = (await service.ask(question))["estate"]["impact"]["completeness"]
    counter = Record("counter", "unresolved", {"version": 1})
    await service.store.apply(replace(delta(based_on=4), records=(counter,)))
    answered = (await service.ask(question))["estate"]["impact"]["completeness"]
    now = await service.ask(question.replace("(asOf: {revision: 1})", ""))

    assert never == {"unresolvedReferenceCount": 0, "notes": []}
    assert answered == {"unresolvedReferenceCount": 0, "notes": [UNRESOLVED_OF_NOW]}
    assert now["estate"]["impact"]["completeness"] == never
