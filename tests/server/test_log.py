"""The log from a shell: on a store and on a service alike; followed; undone."""

import csv
import io
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from tests.server.conftest import ESTATE
from tests.server.program import PROGRAM, RUN_SECONDS, Program
from tests.server.test_one_answer import Shop, shop, token

__all__ = ["shop"]

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    "command",
    [
        ["log"],
        ["log", "--limit", "3"],
        ["log", "--format", "csv"],
        ["log", "--format", "json", "--oldest-first"],
        ["log", "--ci", "api", "--type", "ci", "--format", "json"],
        ["log", "--attribute", "engine", "--action", "created", "--reason", "SHOP"],
        ["log", "--attribute", "engin"],
        ["log", "--ci", "nobody"],
        ["log", "--actor", "nobody"],
        ["log", "--run", "run_none"],
        ["log", "--action", "gone"],
        ["log", "--since", "99"],
        ["log", "--since", "yesterday"],
        ["log", "--since", "2026-13-01"],
        ["log", "--until", "1", "--format", "csv"],
        ["log", "verify"],
        ["log", "verify", "--format", "json"],
        ["log", "verify", "--from", "5"],
        ["revision", "1"],
        ["revision", "1", "--format", "json"],
        ["revision", "1", "--format", "csv"],
        ["revision", "99"],
        ["undo", "1", "--plan"],
        ["undo", "1", "--plan", "--format", "json"],
        ["undo", "99", "--plan"],
        ["undo", "1"],
        ["undo"],
        ["undo", "--run", "run_none", "--plan"],
    ],
)
def test_a_service_says_what_the_store_says(shop: Shop, command: list[str]) -> None:
    """To the byte, and with the same exit code."""
    here, there = shop.store(*command), shop.service(*command)

    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)


def test_a_log_is_a_spreadsheet_of_values(program: Program, estate_file: Path) -> None:
    """One row for each value; what a spreadsheet would run as a formula is text."""
    estate_file.write_text(ESTATE.replace("PostgreSQL 1", "'=HYPERLINK(1)'"), "utf-8")
    program("import", "estate", estate_file)

    done = program("log", "--ci", "pg-1", "--type", "ci", "--format", "csv")

    rows = [*csv.DictReader(io.StringIO(done.out))]
    assert {each["name"]: each["after"] for each in rows} == {
        "class": "Database",
        "engine": "PostgreSQL",
        "key": "pg-1",
        "name": "'=HYPERLINK(1)",
    }


def test_an_empty_log_is_a_valid_answer(program: Program) -> None:
    assert program("log", "--format", "json").json == []
    assert program("log", "--format", "csv").out.count("\n") == 1
    assert program("log").out == ""
    assert program("log", "verify").code == 0


def test_an_import_is_undone_and_done_again(program: Program, estate_file: Path) -> None:
    """The plan first; then the run; then the same file brings everything back."""
    program("import", "estate", estate_file)
    before = program("impact", "pg-1", "--format", "json").json["affected"]
    [newest] = program("log", "--limit", "1", "--format", "json").json
    revert = ["undo", "--run", newest["run"]]

    plan = program(*revert, "--plan")
    done = program(*revert, "--reason", "the wrong file", "--format", "json")
    again = program(*revert, "--reason", "the wrong file")

    assert (plan.code, done.code, again.code) == (2, 0, 0)
    assert "pg-1" in plan.out
    assert done.json["retiredCount"] == 9
    assert "Nothing to undo" in again.out
    assert program("find", "PostgreSQL").out == ""
    assert program("log", "verify").code == 0
    program("import", "estate", estate_file)
    assert program("impact", "pg-1", "--format", "json").json["affected"] == before


def test_what_was_written_since_stops_an_undo(program: Program, estate_file: Path) -> None:
    program("import", "estate", estate_file)
    other = estate_file.with_name("other.yaml")
    text = "cis: [{key: x, class: Application, depends_on: [api]}]"
    text = f"graph_service: 1\ndata_source: more\n{text}"
    other.write_text(text, "utf-8")
    program("import", "estate", other)

    refused = program("undo", "1", "--reason", "a mistake")
    kept = program("undo", "1", "--reason", "a mistake", "--keep-later")

    assert (refused.code, kept.code) == (2, 0)
    assert "In the way" in refused.out
    assert "x -DEPENDS_ON-> api was drawn since" in refused.out
    assert "--keep-later" in refused.err
    assert program("ci", "api").code == 0


@contextmanager
def _following(program: Program, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Follow the log with the installed program; stopped as by Ctrl-C at the end of the block."""
    with subprocess.Popen(
        [PROGRAM, *options, "log", "--follow", "--since", "1", "--format", "json"],
        env=program.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
            process.send_signal(signal.SIGINT)
            assert process.wait(RUN_SECONDS) == 0
        finally:
            process.kill()


def _revision(process: subprocess.Popen[str]) -> int:
    """Return the revision of the next entry that is shown."""
    assert process.stdout is not None
    found: int = orjson.loads(process.stdout.readline())["revision"]
    return found


def test_a_store_is_followed_while_others_write(program: Program, tmp_path: Path) -> None:
    for key in ("a", "b"):
        (tmp_path / key).write_text(
            f"graph_service: 1\ndata_source: {key}\ncis: [{{key: {key}, class: Application}}]",
            "utf-8",
        )
    program("import", "estate", tmp_path / "a")
    with _following(program) as process:
        assert _revision(process) == 1
        program("import", "estate", tmp_path / "b")
        assert _revision(process) == 2


def test_a_service_is_followed_over_its_restart(program: Program, tmp_path: Path) -> None:
    """Nothing is shown twice, nothing left out; and streams do not keep a service from stopping."""
    for key in ("a", "b", "c"):
        (tmp_path / key).write_text(
            f"graph_service: 1\ndata_source: {key}\ncis: [{{key: {key}, class: Application}}]",
            "utf-8",
        )
    program("import", "estate", tmp_path / "a")
    with program.serving() as served:
        port = served.address.rpartition(":")[2]
        client = program.asking(served.address, token(program))
        process = subprocess.Popen(
            [PROGRAM, "log", "--follow", "--since", "1", "--format", "json"],
            env=client.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert _revision(process) == 1
        program("import", "estate", tmp_path / "b")
        assert _revision(process) == 2
        served.process.terminate()
        assert served.process.wait(10) == 0
    program("import", "estate", tmp_path / "c")
    again = subprocess.Popen(
        [PROGRAM, "serve", "--port", port],
        env=program.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert _revision(process) == 3
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=RUN_SECONDS)
        assert (process.returncode, out) == (0, "")
        assert "going on after revision 2" in err
    finally:
        for each in (process, again):
            each.kill()
            each.communicate()
