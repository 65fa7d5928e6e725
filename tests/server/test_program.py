"""The installed program on the embedded store: what it prints, and the code it leaves with."""

import csv
import io
import signal
import socket
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.server.conftest import ESTATE
from tests.server.program import PROGRAM, Program

pytestmark = pytest.mark.server


def test_imports_an_estate_and_answers_what_breaks(program: Program, estate_file: Path) -> None:
    """The main job, in two commands."""
    imported = program.started("import", "estate", estate_file, "--format", "json")
    answer = program.started("impact", "pg-1", "pg-2", "--format", "json")

    assert (imported.code, answer.code) == (0, 0)
    assert imported.json["cis"] == {"created": 5, "updated": 0, "unchanged": 0, "retired": 0}
    assert [each["reference"] for each in imported.json["unresolved"]] == ["mail"]
    assert answer.json["summary"] == {
        "down": 2, "degraded": 1, "atRisk": 0, "saved": 0, "reachedOnly": 0,
        "alreadyAffected": 0, "reached": 3,
    }  # fmt: skip
    assert answer.json["completeness"]["unresolvedReferenceCount"] == 1


def test_a_second_import_writes_nothing(program: Program, estate_file: Path) -> None:
    """No revision, and the log is as it was."""
    program("import", "estate", estate_file)
    before = program("revisions", "--format", "json").json

    again = program("import", "estate", estate_file, "--format", "json")

    assert again.json["revisions"] == []
    assert again.json["cis"]["unchanged"] == 5
    assert program("revisions", "--format", "json").json == before


def test_a_plan_is_shown_kept_and_applied_as_it_was_read(
    program: Program, estate_file: Path
) -> None:
    """Exit code 2 says that something would change."""
    planned = program("import", "estate", estate_file, "--plan", "--format", "json")

    assert planned.code == 2
    assert program("find", "api", "--format", "json").json["totalCount"] == 0

    applied = program("import", "--apply", planned.json["plan"], "--format", "json")

    assert (applied.code, applied.json["cis"]["created"]) == (0, 5)
    assert program("import", "estate", estate_file, "--plan").code == 0


def test_everybody_gone_is_held_until_somebody_says_why(program: Program, tmp_path: Path) -> None:
    """A brake: exit code 3, nothing retired; an approval with a reason releases it."""
    many = tmp_path / "many.yaml"
    header = "graph_service: 1\ndata_source: many\ncomplete: true\ncis:\n"
    rows = [f"  - {{key: app-{number}, class: Application}}\n" for number in range(20)]
    many.write_text(header + "".join(rows), "utf-8")
    program("import", "estate", many)
    many.write_text(header + rows[0], "utf-8")

    held = program("import", "estate", many, "--format", "json")

    assert held.code == 3
    assert program("find", "app", "--format", "json").json["totalCount"] == 20

    brakes = [f"--approve={each['id']}=nineteen were switched off" for each in held.json["held"]]
    released = program("import", "--apply", held.json["plan"], *brakes, "--format", "json")

    assert (released.code, released.json["cis"]["retired"]) == (0, 19)
    assert program("find", "app", "--format", "json").json["totalCount"] == 1


def test_lists_every_fault_with_its_place_and_writes_nothing(
    program: Program, tmp_path: Path
) -> None:
    """One round trip for a person to mend the file."""
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: x\ncis:\n"
        "  - {key: a, class: Databse}\n  - {key: b, class: Application, tier: nine}\n"
        "  - {key: c, class: Application, depends_on: [c]}\n",
        "utf-8",
    )

    done = program("import", "estate", file)

    assert done.code == 1
    assert done.out == ""
    for expected in ("wrong.yaml:4:", "Database", "wrong.yaml:5:", "wrong.yaml:6:", "3 faults"):
        assert expected in done.err
    assert program("revisions", "--format", "json").json == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["impact", "databse"], 4, "no configuration item is called 'databse'"),
        (["impact"], 1, "say which CIs, or --where"),
        (["impact", "api", "--state", "BROKEN"], 1, "is not DOWN"),
        (["impact", "api", "--duration", "soon"], 1, "write 30m"),
        (["impact", "api", "--format", "yaml"], 1, "'mermaid'"),
        (["impact", "\udcff"], 1, "argument 2 is not UTF-8"),
        (["impcat", "api"], 1, "No such command"),
        (["ci", "api", "--format", "mermaid"], 1, "'mermaid' is not one of"),
        (
            ["token", "create", "--name", "x", "--role", "VIEWER", "--expires", "9999999d"],
            1,
            "9999",
        ),
        (["token", "revoke", "tok_nowhere"], 4, "There is no token tok_nowhere"),
        (["import", "--apply", "pln_1", "estate", "x.yaml"], 1, "no paths"),
        (["import", "estate", "x.yaml", "--approve", "b=why"], 1, "--apply PLAN_ID"),
        (["import"], 1, "COLLECTOR PATH"),
        (["import", "estate", "absent.yaml"], 1, "absent.yaml"),
        (["import", "telepathy", "x"], 1, "there are: compose, csv, estate, kubernetes"),
        (["import", "--apply", "pln_nowhere"], 1, "pln_nowhere"),
        (["--store", "mysql://x", "revisions"], 1, "is not a sort of store"),
        (["--server", "http://127.0.0.1:1", "revisions"], 5, "does not answer"),
        (["--store", "bolt://127.0.0.1:1", "revisions"], 5, "127.0.0.1:1"),
    ],
)
def test_says_what_is_wrong_and_leaves_with_the_code_of_the_table(
    program: Program, arguments: list[str], code: int, said: str
) -> None:
    """A pipeline can tell a mistake from a store that is down."""
    done = program(*arguments)

    assert (done.code, said in done.err) == (code, True), done.err
    assert "Traceback" not in done.err


def test_a_name_that_several_cis_have_is_an_error_that_lists_them(
    program: Program, tmp_path: Path
) -> None:
    """The candidates come with what tells them apart."""
    file = tmp_path / "twins.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: x\ncis:\n"
        "  - {key: a, class: Application, name: Twin}\n"
        "  - {key: b, class: Database, name: Twin}\n",
        "utf-8",
    )
    program("import", "estate", file)

    done = program("impact", "Twin")

    assert done.code == 1
    assert "a (Application" in done.err
    assert "b (Database" in done.err


def test_writes_csv_and_a_picture(program: Program, estate_file: Path) -> None:
    """For a spreadsheet, and for a page that draws Mermaid."""
    program("import", "estate", estate_file)

    rows = list(csv.DictReader(io.StringIO(program("impact", "pg-1", "--format", "csv").out)))
    drawn = program("impact", "pg-1", "pg-2", "--format", "mermaid").out

    assert {(each["list"], each["key"], each["state"]) for each in rows} == {
        ("affected", "api", "AT_RISK"),
        ("affected", "checkout", "AT_RISK"),
        ("saved", "reports", "UP"),
    }
    assert drawn.startswith("flowchart LR")


def test_shows_a_ci_with_who_says_so(program: Program, estate_file: Path) -> None:
    """Attributes with provenance, relationships with verbs, history."""
    program("import", "estate", estate_file)

    page = program("ci", "PostgreSQL 1", "--format", "json").json

    assert page["key"] == "pg-1"
    engine = next(each for each in page["attributes"] if each["name"] == "engine")
    assert engine["value"] == "PostgreSQL"
    assert engine["provenance"]["dataSource"] == "shop"
    assert [(each["verb"], each["key"]) for each in page["neededBy"]] == [("used by", "api")]
    assert page["history"][-1]["action"] == "CREATED"


def test_reads_an_estate_from_standard_input(program: Program) -> None:
    """So that a pipeline needs no file."""
    done = program.started("import", "estate", "-", "--format", "json", stdin=ESTATE)

    assert (done.code, done.json["cis"]["created"]) == (0, 5)


def test_an_organisations_vocabulary_holds_for_everybody_after_it(
    program: Program, tmp_path: Path
) -> None:
    """Given once, recorded in the store."""
    (tmp_path / "own.yaml").write_text(
        "vocabulary: 1\nname: acme\nversion: '1'\n"
        "classes: [{name: PaymentRail, extends: BusinessService}]\n",
        "utf-8",
    )
    estate = tmp_path / "rails.yaml"
    estate.write_text(
        "graph_service: 1\ndata_source: x\ncis: [{key: sepa, class: PaymentRail}]\n", "utf-8"
    )

    assert program("import", "estate", estate).code == 1
    assert program("--vocabulary", tmp_path / "own.yaml", "import", "estate", estate).code == 0
    assert program("find", "sepa", "--class", "Service", "--format", "json").json["totalCount"] == 1


def test_a_token_is_printed_alone(program: Program) -> None:
    """So that a script can capture it."""
    done = program("token", "create", "--name", "ci", "--role", "ENGINEER", "--expires", "30d")
    listed = program("token", "list", "--format", "json").json

    assert done.code == 0
    assert done.out.startswith("gs.tok_")
    assert done.out.count("\n") == 1
    assert listed[0]["roles"] == ["ENGINEER"]
    assert done.out.split(".")[2].strip() not in orjson.dumps(listed).decode()


def test_prints_its_schemas(program: Program) -> None:
    """For editors and clients."""
    assert "type Query" in program("schema").out
    assert program("schema", "estate-file").json["type"] == "object"


def test_the_server_stops_when_told_to(program: Program) -> None:
    """Within the time a container engine waits."""
    with program.serving() as served:
        served.process.send_signal(signal.SIGTERM)

        assert served.process.wait(10) == 0


def test_a_taken_port_is_an_error_with_a_remedy(program: Program) -> None:
    """Not a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = program("serve", "--port", str(taken.getsockname()[1]))

    assert (done.code, "0 takes a free one" in done.err) == (1, True)


def test_a_reader_that_leaves_early_is_no_error(program: Program, estate_file: Path) -> None:
    """As with every other tool of a shell."""
    program("import", "estate", estate_file)
    with subprocess.Popen(
        [PROGRAM, "revisions"],
        env=program.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_a_full_disk_under_the_answer_is_an_error_in_one_line(program: Program) -> None:
    """Not a traceback, and not a half answer with exit code 0."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, "schema"],
            env=program.environ(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, b"No space left on device\n")


def test_a_fault_in_one_file_leaves_the_others_unwritten(
    program: Program, estate_file: Path, tmp_path: Path
) -> None:
    """Also where each file is a data source of its own."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "graph_service: 1\ndata_source: other\ncis:\n  - {key: a, class: Api, tier: 9}\n", "utf-8"
    )

    done = program("import", "estate", estate_file, wrong)

    assert (done.code, "tier: 9 is too large" in done.err) == (1, True)
    assert program("revisions", "--format", "json").json == []


def test_paths_that_no_memory_holds_are_refused_with_a_way_out(
    program: Program, tmp_path: Path
) -> None:
    """A chain of thousands has millions of steps; the table has the figures all the same."""
    file = tmp_path / "chain.yaml"
    count = 5_000
    rows = [
        f"  - {{key: a-{number}, class: Application, depends_on: [a-{number + 1}]}}\n"
        for number in range(count)
    ]
    header = "graph_service: 1\ndata_source: chain\ncis:\n"
    last = f"  - {{key: a-{count}, class: Application}}\n"
    file.write_text(header + "".join(rows) + last, "utf-8")
    program("import", "estate", file)

    whole = program("impact", f"a-{count}", "--format", "json")
    near = program("impact", f"a-{count}", "--format", "json", "--max-hops", "3")

    assert (whole.code, whole.out, "--max-hops" in whole.err) == (1, "", True)
    assert near.json["summary"]["reached"] == 3
    assert f"Goes down: {count}" in program("impact", f"a-{count}").out
