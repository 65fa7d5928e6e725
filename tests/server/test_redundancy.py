"""The redundancy assistant on a store and through a service: the same output, the same effect."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.program import Program
from tests.server.test_one_answer import token

pytestmark = pytest.mark.server

ESTATE = """\
graph_service: 1
data_source: shop
complete: true
cis:
  - {key: shop, class: BusinessService, tier: 0, depends_on: [api]}
  - key: api
    class: Application
    relationships:
      - {type: STORES_DATA_IN, target: db01}
      - {type: STORES_DATA_IN, target: db02}
      - {type: DEPENDS_ON, target: ledger}
  - {key: db01, class: Database}
  - {key: db02, class: Database}
  - {key: ledger, class: DatabaseCluster}
  - {key: pg-1, class: Database, relationships: [{type: MEMBER_OF, target: ledger}]}
  - {key: pg-2, class: Database, relationships: [{type: MEMBER_OF, target: ledger}]}
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """Two like estates: one asked on its store, one through a service."""

    store: Program
    service: Program


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "shop.yaml").write_text(ESTATE, "utf-8")
    first = Program(f"sqlite:{tmp_path / 'a.db'}")
    assert first("import", "estate", tmp_path / "shop.yaml").code == 0
    second = Program(f"sqlite:{tmp_path / 'b.db'}")
    assert second("migrate-store", "--from", first.store, "--to", second.store).code == 0
    with second.serving() as served:
        yield Shop(first, second.asking(served.address, token(second)))


def test_a_proposal_is_listed_shown_confirmed_and_gone(shop: Shop) -> None:
    """Each output is the same, byte for byte."""
    listed = shop.store("redundancy", "list", "--format", "json")
    ids = {each["dependant"]["key"]: each["id"] for each in listed.json}
    assert sorted(ids) == ["api", "ledger"]
    for command in (
        ("list",),
        ("list", "--format", "json"),
        ("list", "--format", "csv"),
        ("list", "--limit", "1"),
        ("list", "--confidence", "high", "--class", "Cluster"),
        ("list", "--sort", "undeclared", "--format", "csv"),
        ("show", ids["api"]),
        ("show", ids["api"], "--format", "json"),
        ("show", "rpr_none"),
        ("list", "--class", "Databse"),
        ("confirm", "rpr_none"),
        ("confirm", ids["api"], "--k", "9"),
        ("confirm",),
        ("confirm", "--class", "Location"),
        ("confirm", ids["api"], "--reason", "asked the team"),
        ("confirm", "--class", "Cluster"),
        ("list",),
    ):
        here, there = (each("redundancy", *command) for each in (shop.store, shop.service))
        assert (here.code, here.out) == (there.code, there.out), command
    assert "0 groups look redundant" in shop.store("redundancy", "list").out
    impact = shop.store("impact", "db01", "--format", "json").json
    assert impact["summary"]["down"] == 0


def test_more_of_a_class_than_fit_one_revision_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not confirmed is counted, and the same command goes on with it."""
    more = """\
  - {key: other, class: DatabaseCluster}
  - {key: my-1, class: Database, relationships: [{type: MEMBER_OF, target: other}]}
  - {key: my-2, class: Database, relationships: [{type: MEMBER_OF, target: other}]}
"""
    (tmp_path / "shop.yaml").write_text(ESTATE + more, "utf-8")
    program = Program(f"sqlite:{tmp_path / 'a.db'}")
    assert program("import", "estate", tmp_path / "shop.yaml").code == 0
    monkeypatch.setattr("graph_service.cli.redundancy.AT_ONCE_MAX", 1)

    first, second = (program("redundancy", "confirm", "--class", "Cluster") for _ in range(2))

    assert (first.code, "1 more are proposed" in first.err) == (2, True)
    assert (second.code, "1 group confirmed" in second.out) == (0, True)


def test_a_class_that_there_is_not_is_answered_with_one_that_there_is(tmp_path: Path) -> None:
    """As everywhere."""
    done = Program(f"sqlite:{tmp_path / 'a.db'}")("redundancy", "list", "--class", "Databse")

    assert (done.code, "did you mean Database" in done.err) == (1, True)


def test_a_rejection_is_kept_with_its_reason(shop: Shop) -> None:
    """It is out of the list, and found again with who said so and why."""
    for each in (shop.store, shop.service):
        (first, *_) = each("redundancy", "list", "--format", "json").json
        done = each("redundancy", "reject", first["id"], "--reason", "two tenants")
        assert (done.code, done.out.startswith("1 proposal rejected until ")) == (0, True)
        assert first["id"] not in each("redundancy", "list").out
        (kept,) = each("redundancy", "list", "--rejected", "--format", "json").json
        assert (kept["id"], kept["rejection"]["reason"]) == (first["id"], "two tenants")
        assert "two tenants" in each("redundancy", "show", first["id"]).out
        assert each("redundancy", "reject", first["id"], "--reason", " ").code == 1


def test_an_impact_says_what_confirming_could_give(shop: Shop) -> None:
    """Beside the worst case, by both ways to ask."""
    for format_ in ("json", "table"):
        asked = ("impact", "pg-1", "--format", format_)
        assert shop.store(*asked).out == shop.service(*asked).out
    found = shop.store("impact", "pg-1", "--format", "json").json
    assert found["summary"]["down"] == 3
    assert found["ifConfirmed"] == {
        "unconfirmedGroupCount": 1,
        "down": 0,
        "degraded": 0,
        "atRisk": 3,
        "saved": 0,
        "noLongerDownCount": 3,
        "noLongerDown": ["shop", "ledger", "api"],
    }
    page = shop.store("impact", "pg-1").out
    assert "goes down: 0 instead of 3: shop, ledger, api" in page
    assert shop.store("impact", "db01", "--format", "json").json["ifConfirmed"] is None


def test_a_viewer_may_look_and_not_confirm(tmp_path: Path) -> None:
    """Reading is everybody's, stating is an engineer's."""
    (tmp_path / "shop.yaml").write_text(ESTATE, "utf-8")
    program = Program(f"sqlite:{tmp_path / 'a.db'}")
    program("import", "estate", tmp_path / "shop.yaml")
    with program.serving() as served:
        asking = program.asking(served.address, token(program, "VIEWER"))
        (first, *_) = asking("redundancy", "list", "--format", "json").json
        done = asking("redundancy", "confirm", first["id"])
    assert (done.code, "confirmRedundancy needs one of the roles" in done.err) == (1, True)
