"""Merging and splitting CIs over GraphQL, and asking first what edits would do."""

from typing import Any

import pytest

from graph_service.use_cases.access import Role
from tests.api.world import World

pytestmark = pytest.mark.anyio

_RESULT = """
  ... on EstateWritten { revision changed subjects warnings { message } }
  ... on ValidationFailed { faults { path code message hint } }
  ... on Problem { code message hint }
"""
EDIT = f"""mutation Edit($edits: [EstateEdit!]!) {{
  editEstate(input: {{edits: $edits, reason: "by hand"}}) {{ {_RESULT} }} }}"""
MERGE = f"""mutation Merge($input: MergeCisInput!) {{ mergeCis(input: $input) {{ {_RESULT} }} }}"""
SPLIT = f"""mutation Split($input: SplitCiInput!) {{ splitCi(input: $input) {{ {_RESULT} }} }}"""
PREVIEW = """query Preview($edits: [EstateEdit!]!) { estate { editPreview(edits: $edits) {
  revision changedCount
  changes { action label className isRelationship differences { name before after } }
  warnings { code message subject } faults { path code hint } } } }"""
TWO = [
    {"createCi": {"key": "web", "name": "Web", "class": "Application", "tier": 1}},
    {"createCi": {"key": "www", "name": "WWW", "class": "Application", "description": "Ada"}},
    {"createCi": {"key": "db", "name": "DB", "class": "Database"}},
    {
        "setRelationship": {
            "type": "DEPENDS_ON",
            "source": {"key": "www"},
            "target": {"key": "db"},
        }
    },
]


async def write(service: World, document: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    data = await service.ask(document, variables, role=Role.ENGINEER)
    return next(iter(data.values()))


async def preview(service: World, *edits: dict[str, Any]) -> dict[str, Any]:
    data = await service.ask(PREVIEW, {"edits": list(edits)})
    found: dict[str, Any] = data["estate"]["editPreview"]
    return found


async def test_merges_and_splits_again(service: World) -> None:
    """The other one's key leads to the survivor, which says whom it took in."""
    await write(service, EDIT, edits=TWO)
    asked = {"survivor": {"key": "web"}, "others": [{"key": "www"}], "reason": "the same"}

    merged = await write(service, MERGE, input=asked)

    assert (merged["revision"], merged["changed"]) == (2, True)
    question = """{ estate {
      ci(ref: {key: "www"}) { key description tier absorbed { key presence mergedInto { key } }
        mergedInto { key } history(first: 20) { nodes { revision record { key } } } } } }"""
    ci = (await service.ask(question))["estate"]["ci"]
    assert (ci["key"], ci["description"], ci["tier"], ci["mergedInto"]) == ("web", "Ada", 1, None)
    assert ci["absorbed"] == [
        {"key": "www", "presence": "RETIRED", "mergedInto": {"key": "web"}},
    ]
    assert "www" in {each["record"]["key"] for each in ci["history"]["nodes"]}

    parted = {"ci": {"key": "web"}, "absorbed": {"key": "www"}, "reason": "not the same"}
    split = await write(service, SPLIT, input=parted)
    assert split["revision"] == 3
    ci = (await service.ask(question))["estate"]["ci"]
    assert (ci["key"], ci["description"], ci["tier"], ci["absorbed"]) == ("www", "Ada", None, [])


async def test_faults_of_a_merge_name_what_was_given(service: World) -> None:
    await write(service, EDIT, edits=TWO)
    itself = {"survivor": {"key": "web"}, "others": [{"key": "web"}], "reason": "x"}

    refused = await write(service, MERGE, input=itself)

    (fault,) = refused["faults"]
    assert (fault["code"], fault["path"]) == ("SELF_MERGE", ["others", "0"])
    nothing = await write(service, SPLIT, input={"ci": {"key": "web"}, "reason": "x"})
    assert nothing["faults"][0]["code"] == "NOTHING_TO_SPLIT"


async def test_says_what_a_merge_would_do(service: World) -> None:
    """In the one edit language; nothing is written, and no role is needed."""
    await write(service, EDIT, edits=TWO)

    found = await preview(
        service, {"mergeCis": {"survivor": {"key": "web"}, "others": [{"key": "www"}]}}
    )

    assert found["revision"] == 1
    lines = {(each["action"], each["label"]) for each in found["changes"]}
    assert lines == {
        ("UPDATE", "web"),
        ("RETIRE", "www"),
        ("RETIRE", "www DEPENDS_ON db"),
        ("CREATE", "web DEPENDS_ON db"),
    }
    (web,) = [each for each in found["changes"] if each["label"] == "web"]
    assert web["differences"] == [{"name": "description", "before": None, "after": "Ada"}]
    assert (await service.store.head()).revision == 1


async def test_says_what_is_wrong_and_previews_the_rest(service: World) -> None:
    """A faulty edit comes to nothing, and is named by the field that was given."""
    await write(service, EDIT, edits=TWO)

    found = await preview(
        service,
        {"updateCi": {"ci": {"key": "web"}, "tier": 9}},
        {"updateCi": {"ci": {"key": "db"}, "tier": 2}},
    )

    assert found["faults"] == [
        {
            "path": ["edits", "0", "updateCi", "tier"],
            "code": "INVALID_VALUE",
            "hint": "the most is 4",
        }
    ]
    assert [(each["action"], each["label"]) for each in found["changes"]] == [("UPDATE", "db")]
