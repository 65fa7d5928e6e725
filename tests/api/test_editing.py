"""Editing the estate by hand over GraphQL."""

from typing import Any

import pytest

from graph_service.use_cases.access import Role
from tests.api.world import World
from tests.builders import TickingClock

pytestmark = pytest.mark.anyio

EDIT = """
mutation Edit($edits: [EstateEdit!]!, $reason: String! = "by hand", $expected: RevisionNumber,
              $key: String) {
  editEstate(input: {edits: $edits, reason: $reason, expectedRevision: $expected,
                     idempotencyKey: $key}) {
    ... on EstateWritten {
      revision changed replayed createdCount updatedCount retiredCount subjects
      createdCis { id key } warnings { message }
    }
    ... on ValidationFailed { faults { path code message hint } }
    ... on NotFound { nearest }
    ... on AmbiguousReference { candidates }
    ... on StaleRevision { expectedRevision currentRevision changed_: changed }
    ... on Problem { code message hint }
  }
}
"""


async def edit(service: World, *edits: dict[str, Any], **variables: object) -> dict[str, Any]:
    """Send edits and return what came of them."""
    data = await service.ask(EDIT, {"edits": list(edits), **variables}, role=Role.ENGINEER)
    result: dict[str, Any] = data["editEstate"]
    return result


async def test_draws_a_small_estate_as_one_revision(service: World) -> None:
    """CIs, relationships and a group, by keys that the same list creates."""
    result = await edit(
        service,
        {"createCi": {"key": "pay", "name": "Payments", "class": "Application", "tier": 1}},
        {"createCi": {"key": "pg-1", "name": "pg-1", "class": "Database"}},
        {"createCi": {"name": "pg-2", "class": "Database", "key": "pg-2"}},
        {"createCi": {"key": "pg-3", "name": "pg-3", "class": "Database"}},
        *(
            {
                "setRelationship": {
                    "type": "DEPENDS_ON",
                    "source": {"key": "pay"},
                    "target": {"key": each},
                    "group": "db",
                }
            }
            for each in ("pg-1", "pg-2", "pg-3")
        ),
        {
            "setRedundancyGroup": {
                "dependant": {"key": "pay"},
                "name": "db",
                "required": {"count": 1},
                "mode": "ACTIVE_ACTIVE",
            }
        },
    )

    assert (result["revision"], result["changed"], result["replayed"]) == (1, True, False)
    assert result["createdCount"] == 7
    assert {each["key"] for each in result["createdCis"]} == {"pay", "pg-1", "pg-2", "pg-3"}
    data = await service.ask(
        """{ estate { impact(of: {states: [{ci: {key: "pg-1"}}]}) { saved { nodes { ci { key }
             savedBy { rule group slackLeft remaining { key } } } } } }
             revisions(first: 1) { nodes { reason actor { name type } } } }"""
    )
    (saved,) = data["estate"]["impact"]["saved"]["nodes"]
    assert saved["ci"]["key"] == "pay"
    assert saved["savedBy"][0]["rule"] == "GROUP"
    assert [each["key"] for each in saved["savedBy"][0]["remaining"]] == ["pg-2", "pg-3"]
    (revision,) = data["revisions"]["nodes"]
    assert revision["reason"] == "by hand"
    assert revision["actor"] == {"name": "a ENGINEER", "type": "TOKEN"}


async def test_changes_only_what_is_given(service: World) -> None:
    """Left out stays, null is stated empty, and released lets other claims surface."""
    await edit(
        service,
        {
            "createCi": {
                "key": "web",
                "name": "web",
                "class": "Server",
                "tier": 2,
                "owner": "kim",
                "attributes": [{"name": "model", "value": "x1"}],
            }
        },
    )

    result = await edit(
        service, {"updateCi": {"ci": {"key": "web"}, "owner": None, "environment": "TEST"}}
    )

    assert result["updatedCount"] == 1
    data = await service.ask(
        '{ estate { ci(ref: {key: "web"}) { values tier owner { text } name } } }'
    )
    found = data["estate"]["ci"]
    assert (found["tier"], found["owner"], found["name"]) == (2, None, "web")
    assert found["values"] == {"tier": 2, "owner": None, "environment": "TEST", "model": "x1"}
    same = await edit(service, {"updateCi": {"ci": {"key": "web"}, "environment": "TEST"}})
    assert (same["changed"], same["revision"]) == (False, 2)
    await edit(service, {"updateCi": {"ci": {"key": "web"}, "releaseAttributes": ["environment"]}})
    data = await service.ask('{ estate { ci(ref: {key: "web"}) { values } } }')
    assert "environment" not in data["estate"]["ci"]["values"]


async def test_retires_and_brings_back(service: World) -> None:
    """A retired CI leaves the lists with its relationships, and comes back under its id."""
    await service.draw("web -> db")

    retired = await edit(service, {"retireCi": {"key": "db"}})
    assert retired["retiredCount"] >= 1
    data = await service.ask('{ estate { cis { totalCount } ci(ref: {key: "db"}) { presence } } }')
    assert data["estate"] == {"cis": {"totalCount": 1}, "ci": {"presence": "RETIRED"}}
    back = await edit(service, {"reactivateCi": {"key": "db"}})
    assert back["changed"] is True
    data = await service.ask('{ estate { ci(ref: {key: "db"}) { id presence } } }')
    assert data["estate"]["ci"] == {"id": "ci_db", "presence": "ACTIVE"}
    related = {"type": "DEPENDS_ON", "source": {"key": "web"}, "target": {"key": "db"}}
    await edit(service, {"setRelationship": related})
    gone = await edit(service, {"retireRelationship": related})
    assert gone["retiredCount"] == 1


async def test_lists_every_fault_of_every_edit(service: World) -> None:
    """Nothing is written, and each fault says where in the input it is."""
    result = await edit(
        service,
        {"createCi": {"name": "a", "class": "Sever"}},
        {"createCi": {"name": "b", "class": "Server", "tier": 9}},
        {
            "setRelationship": {
                "type": "RUN_ON",
                "source": {"key": "nobody"},
                "target": {"key": "nobody"},
            }
        },
    )

    assert result["code"] == "VALIDATION_FAILED"
    assert {each["path"][0] for each in result["faults"]} == {"edits"}
    assert {each["path"][1] for each in result["faults"]} == {"0", "1", "2"}
    assert (await service.ask("{ estate { revision } }"))["estate"]["revision"] == 0


async def test_a_self_loop_is_refused(service: World) -> None:
    """Nothing depends on itself."""
    await service.draw("web")

    result = await edit(
        service,
        {
            "setRelationship": {
                "type": "DEPENDS_ON",
                "source": {"key": "web"},
                "target": {"key": "web"},
            }
        },
    )

    assert result["code"] == "VALIDATION_FAILED"
    assert result["faults"][0]["code"] == "SELF_LOOP"


async def test_an_unknown_ci_is_not_found_with_near_keys(service: World) -> None:
    """The one thing wrong is a reference: the problem says what it may have meant."""
    await service.draw("payments")

    result = await edit(service, {"retireCi": {"key": "paymets"}})

    assert result["code"] == "NOT_FOUND"
    assert "payments" in result["nearest"]


async def test_refuses_a_stale_edit(service: World) -> None:
    """With an expected revision, whoever comes second is told what changed."""
    await edit(
        service,
        {"createCi": {"key": "web", "name": "web", "class": "Server"}},
        {"createCi": {"key": "db", "name": "db", "class": "Server"}},
    )
    await edit(service, {"updateCi": {"ci": {"key": "web"}, "tier": 1}})

    stale = await edit(service, {"updateCi": {"ci": {"key": "web"}, "tier": 2}}, expected=1)
    other = await edit(service, {"updateCi": {"ci": {"key": "db"}, "tier": 2}}, expected=1)

    assert stale["code"] == "STALE_REVISION"
    assert (stale["expectedRevision"], stale["currentRevision"]) == (1, 2)
    assert stale["changed_"]
    assert other["updatedCount"] == 1


async def test_a_retry_with_the_same_key_does_nothing_twice(service: World) -> None:
    """The first answer comes again; another input under the key is refused."""
    create = {"createCi": {"name": "web", "class": "Server"}}

    first = await edit(service, create, key="retry-1")
    again = await edit(service, create, key="retry-1")
    other = await edit(service, {"createCi": {"name": "db", "class": "Server"}}, key="retry-1")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["createdCis"] == first["createdCis"]
    assert again["revision"] == first["revision"] == 1
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize(
    "reference", [{"text": "web"}, {"key": ""}, {"id": ""}, {"name": ""}, {"id": "ci_nobody"}]
)
async def test_an_edit_names_its_ci_exactly(service: World, reference: dict[str, str]) -> None:
    """A text that may be anything is for questions; a write says what it means."""
    await service.draw("web")

    result = await edit(service, {"retireCi": reference})

    assert result["code"] in {"VALIDATION_FAILED", "NOT_FOUND"}
    if "faults" in result:
        assert result["faults"][0]["path"] == ["edits", "0", "retireCi"]


@pytest.mark.parametrize(
    "edits",
    [
        [{}],
        [{"retireCi": {"key": "a"}, "reactivateCi": {"key": "a"}}],
        [{"retireCi": None}],
        [{"retireCi": {"key": None}}],
        [{"retireCi": {"key": "a", "id": "b"}}],
        [{"retireCi": {}}],
        [{"createCi": {"name": "x"}}],
        [{"delete": {"key": "a"}}],
        "everything",
    ],
)
async def test_an_input_of_the_wrong_shape_is_an_error(service: World, edits: object) -> None:
    """What GraphQL itself can see is refused before execution."""
    error = await service.refused(EDIT, {"edits": edits}, role=Role.ENGINEER)

    assert error["extensions"]["code"] == "INVALID_REQUEST"


async def test_a_list_of_edits_is_limited(service: World) -> None:
    """A thousand edits are the most for one revision."""
    many = [{"retireCi": {"key": "a"}}] * 1_001

    error = await service.refused(EDIT, {"edits": many}, role=Role.ENGINEER)

    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["limit"] == "edits"


@pytest.mark.parametrize("minutes", ["PT4H30M", 270, "P0DT270M"])
async def test_lengths_of_time_are_minutes(service: World, minutes: object) -> None:
    """A number of minutes or ISO 8601 text go in; a number comes out."""
    await service.draw("web; mail")
    related = {
        "type": "USES",
        "source": {"key": "web"},
        "target": {"key": "mail"},
        "toleranceMinutes": minutes,
    }

    await edit(service, {"setRelationship": related})

    data = await service.ask(
        """{ estate { ci(ref: {key: "web"}) { relationships { nodes { relationship {
             toleranceMinutes } } } } } }"""
    )
    (node,) = data["estate"]["ci"]["relationships"]["nodes"]
    assert node["relationship"]["toleranceMinutes"] == 270


@pytest.mark.parametrize("minutes", ["P1Y", "P", "PT", "4h", -1, True, "PT-5M", "P99999999999D"])
async def test_other_lengths_are_refused(service: World, minutes: object) -> None:
    """Years and months have no length; negative times do not pass."""
    related = {
        "type": "USES",
        "source": {"key": "web"},
        "target": {"key": "mail"},
        "toleranceMinutes": minutes,
    }

    error = await service.refused(
        EDIT, {"edits": [{"setRelationship": related}]}, role=Role.ENGINEER
    )

    assert error["extensions"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "value", ["1e400", "-1e400", "1" + "0" * 40, "[" * 40 + "1e400" + "]" * 40, "{a: [1e999]}"]
)
async def test_a_value_that_cannot_be_kept_is_refused(service: World, value: str) -> None:
    """A number that is not finite or has more than 64 bits is an error at the input."""
    error = await service.refused(
        'mutation { editEstate(input: {reason: "x", edits: [{createCi: {name: "x", class: '
        f'"Server", attributes: [{{name: "labels", value: {value}}}]}}}}]}}) {{ __typename }} }}',
        role=Role.ENGINEER,
    )

    assert error["extensions"]["code"] == "INVALID_REQUEST"


async def test_a_value_nested_without_end_is_refused(service: World) -> None:
    """What no encoder would take is refused before it is planned."""
    deep: Any = "x"
    for _ in range(600):
        deep = [deep]
    draft = {"name": "x", "class": "Server", "attributes": [{"name": "labels", "value": deep}]}

    error = await service.refused(EDIT, {"edits": [{"createCi": draft}]}, role=Role.ENGINEER)

    assert error["extensions"]["code"] in {"INVALID_REQUEST", "BAD_REQUEST"}


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"tier": 9}, "tier"),
        ({"attributes": [{"name": "tier", "value": 9}]}, "attributes.tier"),
    ],
)
@pytest.mark.parametrize("verb", ["createCi", "updateCi"])
async def test_a_fault_names_the_field_that_was_given(
    service: World, field: dict[str, Any], path: str, verb: str
) -> None:
    """A tier may stand in its own field or among the attributes."""
    await edit(service, {"createCi": {"key": "pay", "name": "Pay", "class": "Application"}})
    named = {"name": "x", "class": "Server"} if verb == "createCi" else {"ci": {"key": "pay"}}

    result = await edit(service, {verb: {**named, **field}})

    (fault,) = result["faults"]
    assert ".".join(fault["path"]) == f"edits.0.{verb}.{path}"


async def test_a_stale_edit_learns_who_changed_what(service: World) -> None:
    await edit(service, {"createCi": {"key": "pay", "name": "Pay", "class": "Application"}})
    await edit(service, {"updateCi": {"ci": {"key": "pay"}, "tier": 2}})

    data = await service.ask(
        """mutation { editEstate(input: {reason: "late", expectedRevision: 1, edits: [
             {updateCi: {ci: {key: "pay"}, tier: 0}}]}) {
             ... on StaleRevision { changed changes {
               record name before after revision at actor { name } } } } }""",
        role=Role.ENGINEER,
    )

    (moved,) = data["editEstate"]["changes"]
    assert moved["at"].endswith("Z")
    assert (moved["record"], moved["name"], moved["before"], moved["after"]) == (
        "pay",
        "tier",
        None,
        2,
    )
    assert moved["revision"] == 2
    assert moved["actor"]["name"]


async def test_shows_the_redundancy_groups_of_a_ci(service: World) -> None:
    """K of n, who is in them and what is odd."""
    await edit(
        service,
        {"createCi": {"key": "pay", "name": "Pay", "class": "Application"}},
        {"createCi": {"key": "pg-1", "name": "pg-1", "class": "Database"}},
        {
            "setRelationship": {
                "type": "DEPENDS_ON",
                "source": {"key": "pay"},
                "target": {"key": "pg-1"},
                "group": "db",
            }
        },
        {
            "setRedundancyGroup": {
                "dependant": {"key": "pay"},
                "name": "db",
                "required": {"count": 2},
                "mode": "AUTO",
            }
        },
    )

    data = await service.ask(
        """{ estate { ci(ref: {key: "pay"}) { redundancyGroups {
             name k kKnown percent kFull n slack mode switchMinutes strength evidence
             members { ci { key } role inService } findings { code message } } } } }"""
    )

    (group,) = data["estate"]["ci"]["redundancyGroups"]
    (finding,) = group.pop("findings")
    assert finding["code"] == "K_ABOVE_MEMBERS"
    assert group == {
        "name": "db",
        "k": 2,
        "kKnown": True,
        "percent": None,
        "kFull": 2,
        "n": 1,
        "slack": -1,
        "mode": "AUTO",
        "switchMinutes": None,
        "strength": None,
        "evidence": None,
        "members": [{"ci": {"key": "pg-1"}, "role": "ACTIVE", "inService": True}],
    }


async def test_a_value_is_stated_until_an_instant_for_a_reason(service: World) -> None:
    """Whoever reads it sees by whom, until when and why, and whether that is over."""
    await edit(service, {"createCi": {"key": "pay", "name": "Pay", "class": "Application"}})
    pay = {"ci": {"key": "pay"}}
    end = "2124-01-01T00:00:00+02:00"
    tier = {"name": "tier", "value": 1, "validUntil": end, "reason": "Black Friday"}
    await edit(service, {"updateCi": {**pay, "attributes": [tier], "owner": "Ada"}})

    question = """{ estate { ci(ref: {key: "pay"}) { attributes(names: ["tier", "owner"]) {
        name provenance { statedBy statedAt reason validUntil expired } } } } }"""
    owner, tier = (await service.ask(question))["estate"]["ci"]["attributes"]

    assert tier["provenance"]["statedAt"].endswith("Z")
    assert tier["provenance"]["reason"] == "Black Friday"
    assert tier["provenance"]["validUntil"] == "2123-12-31T22:00:00.000Z"
    assert tier["provenance"]["expired"] is False
    assert owner["provenance"]["reason"] == "by hand"
    assert owner["provenance"]["validUntil"] is None
    assert owner["provenance"]["statedBy"] == tier["provenance"]["statedBy"] != ""


async def test_a_value_whose_end_has_come_says_so(service: World) -> None:
    """Before any sweep: it still counts, and whoever reads it knows that it should not."""
    await edit(service, {"createCi": {"key": "pay", "name": "Pay", "class": "Application"}})
    pay = {"ci": {"key": "pay"}}
    soon = {"name": "tier", "value": 1, "validUntil": "2026-03-01T13:00:00Z"}
    await edit(service, {"updateCi": {**pay, "attributes": [soon]}})

    question = """{ estate { ci(ref: {key: "pay"}) { tier attribute(name: "tier") {
        provenance { expired } } } } }"""
    before = (await service.ask(question))["estate"]["ci"]
    clock = service.services.clock
    assert isinstance(clock, TickingClock)
    clock.go_on(hours=2)
    after = (await service.ask(question))["estate"]["ci"]

    assert before == {"tier": 1, "attribute": {"provenance": {"expired": False}}}
    assert after == {"tier": 1, "attribute": {"provenance": {"expired": True}}}

    await edit(service, {"updateCi": {**pay, "attributes": [{"name": "owner", "value": "Ada"}]}})
    then = await service.ask(question.replace("estate {", "estate(asOf: {revision: 2}) {"))
    assert then["estate"]["ci"] == before
