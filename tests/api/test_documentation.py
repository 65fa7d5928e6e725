"""docs/how-to/graphql.md says what is so, and every operation of the other pages works."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import OperationDefinitionNode, parse

from graph_service.api.errors import _STATUS
from graph_service.api.limits import Limits
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.use_cases.access import Role
from tests.api.world import World

ROOT = Path(__file__).parents[2]
GRAPHQL = ROOT / "docs/how-to/graphql.md"
PAGE = GRAPHQL.read_text("utf-8")
OPERATION = re.compile(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
ALONE = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(each, id=f"{page.relative_to(ROOT)}-{number}")
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")))
    if page != GRAPHQL
    for number, each in enumerate(ALONE.findall(page.read_text("utf-8")), start=1)
]
"""Every operation that stands on a page without variables beside it."""

ESTATE = """graph_service: 1
data_source: pages
cis:
  - {key: payments, class: BusinessService, depends_on: [ledger]}
  - {key: ledger, class: DatabaseCluster, depends_on: [db-1, db-2]}
  - {key: host-1, class: Server}
  - {key: db-1, class: Database}
  - {key: db-2, class: Database}
"""
"""Has what the pages name."""

NOTHING_TO_DO = "nothing lost its owner in this way"


@pytest.mark.anyio
async def test_every_operation_of_the_page_works(service: World) -> None:
    """Run from top to bottom, each operation succeeds: no error, and no problem."""
    operations = OPERATION.findall(PAGE)
    assert len(operations) == PAGE.count("```graphql") == 7
    plan_id = ""
    for query, variables in operations:
        given = orjson.loads(variables.replace("PLAN_ID", plan_id))

        data = await service.ask(query, given, role=Role.ADMIN)

        text = orjson.dumps(data).decode()
        assert '"code":"VALIDATION_FAILED"' not in text, text
        assert '"hint"' not in text, text
        if "planImport" in data:
            (plan,) = data["planImport"]["plans"]
            plan_id = plan["id"]
            assert plan["cis"]["created"] == 6
            assert [each["wanted"] for each in plan["unresolved"]["nodes"]] == ["mail"]
        elif "editEstate" in data:
            assert data["editEstate"]["changed"] is True
        elif "estate" in data and "impact" in data["estate"]:
            assert data["estate"]["impact"]


@pytest.mark.anyio
@pytest.mark.parametrize("document", EXAMPLES)
async def test_every_operation_of_every_other_page_works(service: World, document: str) -> None:
    """Each succeeds within the limits, and as nothing but one operation."""
    await _take_in(service, ESTATE)
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    names = [each.variable.name.value for each in operation.variable_definitions or ()]
    known = await _variables(service)

    variables = {each: known[each] for each in names if each in known}
    answer = await service.send(document, variables, role=Role.ADMIN)

    text = answer.text
    if NOTHING_TO_DO in text:  # nobody has left here: the operation was understood, and ran
        return
    assert "errors" not in answer.json(), text
    assert '"hint"' not in text, text
    assert '"overlayFaults":[{' not in text, text


async def _take_in(service: World, text: str) -> None:
    """Import an estate file, as the page says."""
    (plan_import, _), (apply_plan, _), *_ = OPERATION.findall(PAGE)
    documents = [{"name": "estate.yaml", "content": {"text": text}}]
    planned = await service.ask(plan_import, {"documents": documents}, role=Role.ADMIN)
    (plan,) = planned["planImport"]["plans"]
    written = await service.ask(apply_plan, {"plan": plan["id"]}, role=Role.ADMIN)
    assert written["applyPlan"]["changed"], written


async def _variables(service: World) -> Mapping[str, Any]:
    """Return what the variables of the pages mean here."""
    found = await service.ask(
        """{ redundancyProposals(first: 1) { nodes { id } } log(first: 1) { nodes { at } }
             estate { ci(ref: {key: "ledger"}) { id } } }"""
    )
    return {
        "ids": [each["id"] for each in found["redundancyProposals"]["nodes"]],
        "then": found["log"]["nodes"][0]["at"],
        "ci": found["estate"]["ci"]["id"],
        "ledger": "ledger",
        "seal": "seal",
    }


@pytest.mark.anyio
async def test_the_examples_show_what_they_say(service: World) -> None:
    """Losing one of three databases puts nobody DOWN; losing auth takes the shop along."""
    operations = OPERATION.findall(PAGE)
    plan = await service.ask(operations[0][0], orjson.loads(operations[0][1]), role=Role.ADMIN)
    await service.ask(
        operations[1][0], {"plan": plan["planImport"]["plans"][0]["id"]}, role=Role.ADMIN
    )

    breaks = await service.ask(operations[2][0], orjson.loads(operations[2][1]))
    why = await service.ask(operations[3][0], orjson.loads(operations[3][1]))

    saved = breaks["estate"]["impact"]["saved"]["nodes"]
    assert [each["ci"]["key"] for each in saved] == ["payments"]
    assert saved[0]["savedBy"][0]["rule"] == "GROUP"
    assert breaks["estate"]["impact"]["completeness"]["unresolvedReferenceCount"] == 1
    assert why["estate"]["impact"]["verdict"]["after"] == "DOWN"
    assert len(why["estate"]["impact"]["verdict"]["proof"]["steps"]) == 3


def test_the_page_lists_every_limit() -> None:
    """The figures in the table are the ones in force."""
    limits = Limits()
    for figure in (
        f"{limits.body_bytes // 1024} kB",
        f"{limits.file_bytes // 1024**2} MB",
        *(f"| {limits.__getattribute__(each):,} |" for each in _COUNTED),
        f"| {limits.operation_seconds:g} s, {limits.import_seconds / 60:g} min |",
    ):
        assert figure in PAGE, figure


_COUNTED = (
    "tokens",
    "depth",
    "aliases",
    "directives",
    "fragments",
    "fields",
    "root_fields",
    "cost",
    "page_size",
    "column_rows",
    "edits",
    "causes",
)


def test_the_page_lists_every_code_and_role() -> None:
    """What can be answered, and who may write, is all there."""
    for code, status in _STATUS.items():
        (row,) = [each for each in PAGE.splitlines() if f"`{code}`" in each and each[0] == "|"]
        assert str(status) in row
    for mutation, roles in MUTATION_ROLES.items():
        for role in ["any"] if {*roles} == {*Role} else roles:
            if role is not Role.ADMIN:
                (row,) = [each for each in PAGE.splitlines() if each.startswith(f"| {role} |")]
                assert mutation in row, row
