"""One engine: the same answer from the store, from a service, and over plain GraphQL."""

from pathlib import Path

import httpx2
import pytest

from tests.server.program import Program

pytestmark = pytest.mark.server

WHAT_BREAKS = """
query WhatBreaks($key: String!) {
  estate { revision impact(of: {states: [{ci: {key: $key}}]}) {
    summary { reachedCount affectedCount savedCount reachedOnlyCount alreadyAffectedCount }
    affected { nodes { ci { key } after hops path { ci { key } typeName } } }
    saved { nodes { ci { key } } }
    completeness { unresolvedReferenceCount }
  } }
}"""


def token(program: Program, role: str = "ADMIN") -> str:
    """Return a fresh token."""
    return program("token", "create", "--name", "test", "--role", role).out.strip()


def test_a_service_answers_every_command_like_the_store(
    program: Program, estate_file: Path
) -> None:
    """Byte for byte, whichever way a person asks."""
    program("import", "estate", estate_file)
    commands = [
        ["impact", "pg-1"],
        ["impact", "pg-1", "pg-2", "--state", "DEGRADED", "--duration", "10m"],
        ["impact", "pg-1", "--max-hops", "1"],
        ["ci", "api"],
        ["find", "pg"],
        ["find", "p", "--class", "DataStore", "--limit", "1"],
        ["unresolved"],
        ["revisions"],
    ]
    with program.serving() as served:
        asking = program.asking(served.address, token(program))
        answers = [
            (
                command,
                program(*command, "--format", form).out,
                asking(*command, "--format", form).out,
            )
            for form, command in [*(("json", each) for each in commands), ("table", commands[0])]
        ]

    assert all(ours for _, ours, _ in answers)
    assert [command for command, ours, theirs in answers if ours != theirs] == []


def test_graphql_and_the_command_line_give_the_same_set(
    program: Program, estate_file: Path
) -> None:
    """With hops and paths."""
    program("import", "estate", estate_file)
    shown = program("impact", "pg-1", "--format", "json").json
    with program.serving() as served:
        answer = httpx2.post(
            f"{served.address}/graphql",
            json={"query": WHAT_BREAKS, "variables": {"key": "pg-1"}},
            headers={"Authorization": f"Bearer {token(program, 'VIEWER')}"},
        ).json()
    impact = answer["data"]["estate"]["impact"]

    assert impact["summary"]["reachedCount"] == shown["summary"]["reached"]
    assert [
        (
            each["ci"]["key"],
            each["after"],
            each["hops"],
            [step["ci"]["key"] for step in each["path"]],
        )
        for each in impact["affected"]["nodes"]
    ] == [
        (each["key"], each["state"], each["hops"], [step["key"] for step in each["path"]])
        for each in shown["affected"]
    ]
    assert impact["completeness"]["unresolvedReferenceCount"] == 1


def test_an_import_through_a_service_is_an_import(program: Program, estate_file: Path) -> None:
    """Planned, applied, idempotent, with the same figures."""
    with program.serving() as served:
        asking = program.asking(served.address, token(program))
        first = asking("import", "estate", estate_file, "--format", "json")
        second = asking("import", "estate", estate_file, "--format", "json")

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert first.json["cis"]["created"] == 5
    assert [each["reference"] for each in first.json["unresolved"]] == ["mail"]
    assert second.json["revisions"] == []
    assert program("impact", "pg-1", "--format", "json").json["summary"]["reached"] == 3


def test_faults_of_an_import_come_back_with_their_places(program: Program, tmp_path: Path) -> None:
    """As if the file had been read here."""
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: x\ncis:\n  - {key: a, class: Databse}\n", "utf-8"
    )
    with program.serving() as served:
        done = program.asking(served.address, token(program))("import", "estate", file)

    assert done.code == 1
    assert "wrong.yaml:4:" in done.err
    assert "Database" in done.err


@pytest.mark.parametrize(("given", "code"), [("", 1), ("gs.tok_0.x", 1), ("VIEWER", 1)])
def test_a_service_refuses_who_may_not(
    program: Program, estate_file: Path, given: str, code: int
) -> None:
    """No token, a wrong one, or one whose roles do not include this."""
    with program.serving() as served:
        text = token(program, given) if given == "VIEWER" else given
        done = program.asking(served.address, text)("import", "estate", estate_file)

    assert (done.code, done.out) == (code, "")
    assert program("revisions", "--format", "json").json == []


def test_the_service_sees_what_the_command_line_writes(program: Program, estate_file: Path) -> None:
    """The projection follows the log, whoever wrote it."""
    with program.serving() as served:
        asking = program.asking(served.address, token(program))
        before = asking("impact", "pg-1")
        program("import", "estate", estate_file)
        after = asking("impact", "pg-1", "--format", "json")

    assert before.code == 4
    assert after.json["summary"]["reached"] == 3
