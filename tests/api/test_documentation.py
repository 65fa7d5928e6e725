"""docs/how-to/graphql.md says what is so."""

import re
from pathlib import Path

import orjson
import pytest

from graph_service.api.errors import _STATUS
from graph_service.api.limits import Limits
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.use_cases.access import Role
from tests.api.world import World

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/graphql.md").read_text("utf-8")
OPERATION = re.compile(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)


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
