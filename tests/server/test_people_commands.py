"""Commands about people: the same from a store and from a service, and on a whole company."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seed.techsol import people, techsol
from tests.server.program import Program

pytestmark = pytest.mark.server


@dataclass(frozen=True, slots=True)
class Company:
    """A company in a store and served from it; its people as a file."""

    store: Program
    service: Program
    people: Path


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Serve TechSol with its people to all tests here."""
    folder = tmp_path_factory.mktemp("company")
    estate, staff = folder / "techsol.yaml", folder / "people.csv"
    estate.write_text("".join(techsol(400, 1)), "utf-8")
    staff.write_text("".join(people(400, 1)), "utf-8")
    store = Program(f"sqlite:{folder / 'estate.db'}")
    assert store("import", "estate", estate).code == 0
    assert store("import", "people", staff, "--source", "hr", "--complete").code == 0
    token = store("token", "create", "--name", "t", "--role", "ADMIN").out.strip()
    with store.serving() as served:
        yield Company(store, store.asking(served.address, token), staff)


@pytest.mark.parametrize(
    "command",
    [
        ["people"],
        ["people", "--format", "json"],
        ["people", "--format", "csv"],
        ["people", "weidenbach"],
        ["people", "--team", "Engineering", "--here", "--limit", "5"],
        ["people", "--left", "--format", "json"],
        ["people", "--away"],
        ["people", "nobody of this name"],
        ["person", "show", "Jörg Weidenbach"],
        ["person", "show", "ts00002", "--format", "json"],
        ["person", "show", "Weidenbach, Jorg"],
        ["team", "team-payments"],
        ["team", "Engineering", "--format", "json"],
        ["team", "Enginering"],
        ["ownerless"],
        ["ownerless", "--heirs"],
        ["ownerless", "--heirs", "--format", "json"],
        ["ownerless", "--format", "csv"],
        ["ownerless", "--problem", "unknown", "--duty", "service-owner"],
        ["ownerless", "--problem", "gone"],
        ["ownerless", "--of", "no such text"],
        ["ownerless", "--apply"],
        ["ownerless", "--plan"],
        ["ownerless", "--plan", "--problem", "nobody"],
        ["ownerless", "--plan", "--problem", "unknown", "--heir", "ts00001"],
        ["ownerless", "--plan", "--heir", "ts00001"],
        ["ownerless", "--plan", "--of", "no such text"],
        ["ownerless", "--plan", "--format", "json"],
        ["ownerless", "--problem", "unknown", "--heir", "ts00001"],
        ["person", "erase", "nobody", "--reason", "x"],
        ["person", "state", "nobody", "--deputy", "ts00001"],
        ["person", "state", "ts00001", "--absent-from", "soon"],
    ],
    ids=" ".join,
)
def test_a_service_answers_like_the_store(company: Company, command: list[str]) -> None:
    """Byte for byte, the exit code included."""
    here, there = company.store(*command), company.service(*command)

    assert there == here


def test_a_second_import_of_everybody_writes_nothing(company: Company) -> None:
    done = company.service("import", "people", company.people, "--source", "hr", "--format", "json")

    count = company.store("people", "--format", "json").json["totalCount"]
    assert done.code == 0
    assert done.json["people"] == {"created": 0, "updated": 0, "unchanged": count, "retired": 0}


def test_a_file_of_the_list_has_a_line_for_each_ci(company: Company) -> None:
    gaps = company.store("ownerless", "--format", "json").json
    lines = list(csv.DictReader(io.StringIO(company.store("ownerless", "--format", "csv").out)))

    assert len(lines) == sum(each["ciCount"] for each in gaps) > 0
    assert {each["ci"] for each in lines} == {ci for each in gaps for ci in each["cis"]}


def test_the_owner_who_left_is_handed_over_to_the_lead_of_the_team(tmp_path: Path) -> None:
    """The journey of whoever has to see to it: who left, what is theirs, who takes over."""
    program = Program(f"sqlite:{tmp_path / 'estate.db'}")
    (tmp_path / "techsol.yaml").write_text("".join(techsol(400, 1)), "utf-8")
    (tmp_path / "people.csv").write_text("".join(people(400, 1)), "utf-8")
    program("import", "estate", tmp_path / "techsol.yaml")
    program("import", "people", tmp_path / "people.csv", "--source", "hr", "--complete")
    before = program("revisions", "--format", "json").json[0]["revision"]

    lost = program("ownerless", "--of", "Abena Mensah-Vidal", "--format", "json").json
    assert "payments" in {ci for each in lost for ci in each["cis"]}
    shown = program("ownerless", "--of", "Abena Mensah-Vidal", "--plan")
    assert shown.code == 2, shown
    assert program("revisions", "--format", "json").json[0]["revision"] == before
    done = program("ownerless", "--of", "Abena Mensah-Vidal", "--apply", "--reason", "Abena left")

    assert done.code == 0, done
    assert done.out.startswith(shown.out)
    assert program("revisions", "--format", "json").json[0]["revision"] == before + 1
    assert program("ownerless", "--of", "Abena Mensah-Vidal", "--format", "json").json == []
    lead = program("team", "team-payments", "--format", "json").json["leads"][0]
    page = program("ci", "payments")
    (line,) = [each for each in page.out.splitlines() if each.startswith("serviceOwner ")]
    assert f" {lead} (psn_" in line


def test_mass_leaving_is_held_with_its_own_exit_code(company: Company, tmp_path: Path) -> None:
    lines = company.people.read_text("utf-8").splitlines(keepends=True)
    few = tmp_path / "few.csv"
    few.write_text("".join(lines[: len(lines) // 2]), "utf-8")

    done = company.service("import", "people", few, "--source", "hr", "--complete")

    assert done.code == 3
    assert "RETIRE_SHARE:Person" in done.out


def test_a_list_with_faults_names_each_with_its_line(company: Company, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "id;name;mail;left_on\n1;Ada;nothing;\n2;Bob;;soon\n3;Cid;c@x.example;\n", "utf-8"
    )

    here = company.store("import", "people", bad, "--source", "bad", "--plan", "--format", "json")

    assert here.code == 4
    assert [each["place"].rpartition("/")[2] for each in here.json["quarantined"]] == [
        "bad.csv:2 (mail)",
        "bad.csv:3 (left_on)",
    ]
    assert here.json["people"]["created"] == 1
