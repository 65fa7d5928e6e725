"""Stating facts from the shell: the same words and codes, on a store and on a service."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.conftest import ESTATE
from tests.server.program import Done, Program

pytestmark = pytest.mark.server

OTHER = """\
graph_service: 1
data_source: scan
cis:
  - {key: pg-one, class: Database, name: One, tier: 1, attributes: {version: "16"}}
"""
EDITS = """\
- updateCi: {ci: {key: pg-2}, tier: 2}
- setRelationship: {type: USES, source: {key: reports}, target: {key: pg-2}}
"""
FAULTY = """\
- updateCi:
    ci: {key: pg-2}
    tier: 9
- retireCi: {key: nobody}
"""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two stores with the same estate: one asked itself, one by its service."""

    store: Program
    service: Program
    folder: Path

    def __call__(self, *arguments: str) -> Done:
        """Run a command on both; they answer alike, but for ids and the one who asks."""
        first, second = (each(*arguments) for each in (self.store, self.service))
        assert (first.code, said(first.out), said(first.err)) == (
            second.code,
            said(second.out),
            said(second.err),
        )
        return first


def said(text: str) -> str:
    """Return an output without what differs between any two stores."""
    text = re.sub(r"\b(ci|bep|rel)_[0-9a-f]+", r"\1_…", text)
    return text.replace(str(Path.home().name), "someone")


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    stores = [Program(f"sqlite:{tmp_path / name}.db") for name in ("one", "two")]
    for name, text in (("shop", ESTATE), ("scan", OTHER), ("edits", EDITS), ("faulty", FAULTY)):
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    for store in stores:
        for name in ("shop", "scan"):
            assert store("import", "estate", tmp_path / f"{name}.yaml").code == 0
    with stores[1].serving() as served:
        token = stores[1]("token", "create", "--name", "t", "--role", "ADMIN").out.strip()
        yield Twins(stores[0], stores[1].asking(served.address, token), tmp_path)


def test_single_edits_are_shown_then_written(twins: Twins) -> None:
    """With what a data source says otherwise said before; and a plan writes nothing."""
    planned = twins("set", "reports", "tier=1", "--plan")
    assert (planned.code, "tier: 3 → 1" in planned.out) == (2, True)
    assert "shop says tier of reports is 3" in planned.err

    done = twins("set", "reports", "tier=1", "owner=", "--until", "2124-01-01", "--reason", "peak")
    assert done.code == 0
    assert "owner: stated to be none" in done.out
    assert "Written as revision 3: 0 created, 1 updated, 0 retired" in done.out
    assert twins("set", "reports", "--unset", "tier", "--reason", "over").code == 0
    assert twins("relate", "reports", "DEPENDS_ON", "pg-1", "strength=SOFT", "port=5432",
                 "--reason", "seen").code == 0  # fmt: skip
    assert twins("unrelate", "reports", "DEPENDS_ON", "pg-1", "--reason", "not so").code == 0
    retired = twins("retire", "pg-1", "--reason", "gone")
    assert "shop still reports pg-1" in retired.err
    page = twins.store("ci", "reports", "--format", "json").json
    owner = next(each for each in page["attributes"] if each["name"] == "owner")
    assert owner["provenance"]["validUntil"] == "2124-01-01T00:00:00.000Z"
    assert owner["provenance"]["reason"] == "peak"


def test_a_file_of_edits_is_done_as_one(twins: Twins) -> None:
    """And every fault of one is named where it stands in the file."""
    edits, faulty = (str(twins.folder / f"{name}.yaml") for name in ("edits", "faulty"))
    assert twins("edit", edits, "--plan").code == 2
    done = twins("edit", edits, "--reason", "known now", "--format", "json")
    assert done.json["updatedCount"] == 1
    again = twins("edit", edits, "--reason", "known now")
    assert (again.code, "so already" in again.out) == (0, True)

    refused = twins("edit", faulty, "--reason", "x")
    assert refused.code == 1
    assert f"{faulty}:3:" in refused.err
    assert f"{faulty}:4:" in refused.err
    assert "2 faults in all" in refused.err


def test_many_cis_are_changed_by_a_plan(twins: Twins) -> None:
    """Kept, applied by its id or at once; what does not fit is refused and the code says so."""
    planned = twins("edit", "--where", "class:Database", "--set", "tier=1", "--plan")
    assert planned.code == 2
    assert "2 change, 1 are so already, 0 refused" in planned.out
    for each in (twins.store, twins.service):
        shown = each("edit", "--where", "class:Database", "--set", "tier=1", "--plan",
                     "--format", "json").json  # fmt: skip
        done = each("edit", "--apply", shown["id"], "--reason", "agreed")
        assert (done.code, "Written as revision 3" in done.out) == (0, True)
        again = each("edit", "--apply", shown["id"], "--reason", "agreed")
        assert "Written as revision 3 before" in again.out

    mixed = twins("edit", "--where", "tier<=1", "--set", "engine=PostgreSQL", "--reason", "seen")
    assert mixed.code == 4
    assert "BusinessService has no attribute 'engine'" in mixed.out
    group = twins("edit", "--where", "key=api", "--set", "redundancy.db.k=2", "--reason", "tested")
    assert "Written as revision" in group.out
    mode = twins("set", "api", "redundancy.db.mode=auto", "--reason", "tested", "--format", "json")
    (rules,) = mode.json["changes"][0]["differences"]
    assert (rules["name"], rules["after"]) == ("redundancy.db", {"k": 2, "mode": "AUTO"})
    assert twins("edit", "--where", "clas:Database", "--set", "tier=1", "--plan").code == 1
    assert twins("edit", "--apply", "bep_none", "--reason", "x").code == 1


def test_merged_and_split_again(twins: Twins) -> None:
    """The other one's name leads to the survivor meanwhile."""
    refused = twins("merge", "pg-1", "api", "--reason", "the same")
    assert (refused.code, "neither specialises the other" in refused.err) == (1, True)
    settled = ("--set", "owner=007")
    assert twins("merge", "pg-1", "pg-one", *settled, "--reason", "the same").code == 0
    assert twins.service("ci", "pg-one", "--format", "json").json["key"] == "pg-1"
    page = twins.store("ci", "pg-one", "--format", "json").json
    assert (page["key"], page["tier"]) == ("pg-1", 1)
    assert "007" in [each["value"] for each in page["attributes"]]

    sheet = twins.folder / "cis.csv"
    sheet.write_text("key,class,tier\npg-one,Database,3\n", "utf-8")
    late = twins.store("import", "workbook", sheet, "--plan")
    assert (late.code, "pg-one was merged into another CI" in late.err) == (1, True)

    assert twins("split", "pg-1", "pg-one", "--reason", "not the same").code == 0
    assert twins.store("ci", "pg-one", "--format", "json").json["key"] == "pg-one"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["set", "api", "tier=1"], "--reason"),
        (["set", "api", "tier", "--reason", "x"], "ATTRIBUTE=VALUE"),
        (["set", "api", "--reason", "x"], "say what to set"),
        (["set", "api", "name=", "--reason", "x"], "name cannot be nothing"),
        (["set", "api", "tier=1", "--until", "soon", "--reason", "x"], "soon"),
        (["set", "nobody-here", "tier=1", "--reason", "x"], "nobody-here"),
        (["edit", "--reason", "x"], "say one of FILE"),
        (["edit", "--where", "class:Database", "--reason", "x"], "say what to --set"),
        (["edit", "x.yaml", "--set", "tier=1", "--reason", "x"], "need --where"),
        (["edit", "--where", "tier=1", "--set", "redundancy.db=2", "--reason", "x"], "not a rule"),
        (["edit", "--where", "tier=1", "--set", "redundancy.db.k=x", "--plan"], "not a number"),
        (["set", "api", "redundancy.db.size=2", "--reason", "x"], "not a rule"),
        (["split", "api", "--reason", "x"], "which CI to give back"),
        (["split", "api", "--claim", "shop", "--reason", "x"], "DATA_SOURCE:KEY"),
        (["merge", "api", "pg-1", "--set", "tier", "--reason", "x"], "ATTRIBUTE=VALUE"),
        (["relate", "api", "USES", "pg-1", "weight=1", "--reason", "x"], "one of the names"),
        (["relate", "api", "USES", "pg-1", "port=x", "--reason", "x"], "not a number"),
    ],
)
def test_what_is_typed_wrong_is_said(program: Program, arguments: list[str], words: str) -> None:
    done = program(*arguments)

    assert done.code in {1, 4}
    assert words in " ".join(done.err.split())
    assert done.out == ""
