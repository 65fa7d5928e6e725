"""One answer, whoever gives it: the command line on the store, on a service, and GraphQL."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.server.conftest import ESTATE
from tests.server.program import Program

pytestmark = pytest.mark.server

WHAT_BREAKS = """
query WhatBreaks($states: [CIState!]) {
  estate { revision impact(of: {states: $states}) {
    summary { reachedCount affectedCount savedCount reachedOnlyCount alreadyAffectedCount }
    affected { nodes { ci { key } after hops path { ci { key } typeName group } } }
    saved { nodes { ci { key } hops savedBy { rule group remaining { key } } } }
    reachedOnly { nodes { ci { key } hops } }
    alreadyAffected { nodes { ci { key } after hops } }
    completeness { unresolvedReferenceCount }
  } }
}"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that is in a store and served from it; and the two ways to ask for it."""

    store: Program
    service: Program
    address: str
    files: Mapping[str, Path]


EDITS = {
    "EDITS": """- createCi: {key: spare, name: Spare, class: Database}
- setRelationship: {type: DEPENDS_ON, source: {key: api}, target: {key: spare}}
- updateCi: {ci: {key: api}, tier: 3}
""",
    "FAULTY": """- createCi: {key: spare, name: Spare, class: Databse}
- retireCi: {key: nobody}
""",
    "BROKEN": """- createCi: {key: spare, clas: Database}
""",
}


def token(program: Program, role: str = "ADMIN") -> str:
    """Return a fresh token."""
    return program("token", "create", "--name", "test", "--role", role).out.strip()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Serve one shop to all tests here, each of which writes only what is its own."""
    folder = tmp_path_factory.mktemp("shop")
    store = Program(f"sqlite:{folder / 'estate.db'}")
    file = folder / "shop.yaml"
    file.write_text(ESTATE, "utf-8")
    assert store("import", "estate", file).code == 0
    with store.serving() as served:
        files = {name: folder / f"{name.lower()}.yaml" for name in EDITS}
        for name, text in EDITS.items():
            files[name].write_text(text, "utf-8")
        service = store.asking(served.address, token(store))
        yield Shop(store, service, served.address, files)


@pytest.mark.parametrize(
    "command",
    [
        ["impact", "pg-1", "--format", "json"],
        ["impact", "pg-1"],
        ["impact", "pg-1", "--format", "csv"],
        ["impact", "pg-1", "pg-2", "--format", "mermaid"],
        ["impact", "pg-1", "pg-2", "--state", "DEGRADED", "--duration", "10m", "--format", "json"],
        ["impact", "pg-1", "--max-hops", "1", "--format", "json"],
        ["impact", "pg-1", "chekout", "--format", "json"],
        ["impact", "chekout"],
        ["ci", "api", "--format", "json"],
        ["ci", "api"],
        ["ci", "apii"],
        ["find", "pg", "--format", "json"],
        ["find", "p", "--class", "DataStore", "--limit", "1", "--format", "json"],
        ["find", "pgg-1"],
        ["find", "--where", "class:DataStore", "--order", "KEY", "--columns", "engine,tier"],
        ["find", "--where", "class:DataStore", "--descending", "--format", "csv"],
        ["find", "--where", "tier<=1 or has:engine", "--columns", "tier", "--format", "json"],
        ["find", "--where", "clas:DataStore"],
        ["find", "--where", "(class:DataStore"],
        ["find", "--where", "within:nowhere"],
        ["impact", "--where", "called:pg"],
        ["impact", "--where", "class:Switch"],
        ["impact"],
        ["query", "list"],
        ["query", "show", "nothing"],
        ["query", "run", "nothing"],
        ["query", "remove", "nothing", "--reason", "none"],
        ["query", "save", "Bad Key", "--where", "class:Nothing", "--reason", "none"],
        ["unresolved", "--format", "json"],
        ["revisions", "--format", "json"],
        ["impact", "pg-1", "--as-of", "1"],
        ["impact", "pg-1", "--as-of", "1", "--format", "json"],
        ["ci", "api", "--as-of", "1"],
        ["find", "pg", "--as-of", "1", "--format", "json"],
        ["impact", "pg-1", "--as-of", "999"],
        ["impact", "pg-1", "--as-of", "2020-01-01"],
        ["impact", "pg-1", "--as-of", "yesterday"],
        ["impact", "pg-1", "--what-if", "EDITS"],
        ["impact", "pg-1", "spare", "--what-if", "EDITS", "--format", "json"],
        ["ci", "spare", "--what-if", "EDITS"],
        ["find", "spare", "--what-if", "EDITS", "--as-of", "1"],
        ["impact", "pg-1", "--what-if", "FAULTY"],
        ["impact", "pg-1", "--what-if", "BROKEN"],
        ["diff", "--since", "1"],
        ["diff", "--since", "1", "--what-if", "EDITS", "--format", "json"],
        ["diff", "--since", "1", "--what-if", "EDITS", "--format", "csv"],
        ["diff", "--since", "1", "--ci", "api", "--what-if", "EDITS"],
        ["diff", "--since", "0"],
    ],
    ids=" ".join,
)
def test_a_service_answers_every_command_like_the_store(shop: Shop, command: list[str]) -> None:
    """Byte for byte, whichever way a person asks, with the same words and exit code."""
    command = [str(shop.files.get(each, each)) for each in command]
    ours, theirs = shop.store(*command), shop.service(*command)

    assert ours.out + ours.err
    assert ours == theirs


def test_an_answer_says_of_which_estate_it_is(shop: Shop) -> None:
    """Whoever reads the answer alone knows what it is about, and an empty option is no answer."""
    faulty = shop.files["FAULTY"]

    supposed = shop.store("impact", "pg-1", "--what-if", faulty)
    empty = shop.store("ci", "api", "--as-of", "")

    assert supposed.code == 4
    assert f"what if {faulty} without its edits at fault)" in supposed.out
    assert (empty.code, empty.out) == (1, "")
    assert "--as-of" in empty.err


@pytest.mark.parametrize("keys", [["pg-1"], ["pg-1", "pg-2"]], ids=["saved", "affected"])
def test_graphql_and_the_command_line_give_the_same_set(shop: Shop, keys: list[str]) -> None:
    """All four lists, with hops, paths and what saved."""
    shown = shop.store("impact", *keys, "--format", "json").json
    answer = httpx2.post(
        f"{shop.address}/graphql",
        json={
            "query": WHAT_BREAKS,
            "variables": {"states": [{"ci": {"key": each}} for each in keys]},
        },
        headers={"Authorization": f"Bearer {token(shop.store, 'VIEWER')}"},
    ).json()
    impact = answer["data"]["estate"]["impact"]

    assert impact["summary"]["reachedCount"] == shown["summary"]["reached"]
    assert [
        (
            each["ci"]["key"],
            each["after"],
            each["hops"],
            [(step["ci"]["key"], step["typeName"], step["group"]) for step in each["path"]],
        )
        for each in impact["affected"]["nodes"]
    ] == [
        (
            each["key"],
            each["state"],
            each["hops"],
            [(step["key"], step.get("type"), step.get("group")) for step in each["path"]],
        )
        for each in shown["affected"]
    ]
    assert [
        [
            {"key": ci["key"], "group": saving["group"], "rule": saving["rule"]}
            for saving in each["savedBy"]
            for ci in saving["remaining"]
        ]
        for each in impact["saved"]["nodes"]
    ] == [each["by"] for each in shown["saved"]]
    for name in ("saved", "reachedOnly", "alreadyAffected"):
        assert [(each["ci"]["key"], each["hops"]) for each in impact[name]["nodes"]] == [
            (each["key"], each["hops"]) for each in shown[name]
        ]
    assert impact["completeness"]["unresolvedReferenceCount"] == 1


def test_pages_of_a_long_answer_are_all_of_it(shop: Shop, tmp_path: Path) -> None:
    """More than one page of rows, of relationships and of names."""
    file = tmp_path / "fleet.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: fleet\ncis:\n  - {key: hub, class: Database}\n"
        + "".join(
            f"  - {{key: van-{number}, class: Application, depends_on: [hub]}}\n"
            for number in range(450)
        ),
        "utf-8",
    )
    assert shop.store("import", "estate", file).code == 0

    for command in (["impact", "hub"], ["ci", "hub"], ["find", "van", "--limit", "430"]):
        ours, theirs = (each(*command, "--format", "json") for each in (shop.store, shop.service))

        assert ours == theirs
    assert len(shop.service("impact", "hub", "--format", "json").json["affected"]) == 450


def test_an_import_through_a_service_is_an_import(shop: Shop, tmp_path: Path) -> None:
    """Planned, applied, idempotent, seen by the store; of two teams, one leans on the other."""
    ours, theirs = tmp_path / "ours.yaml", tmp_path / "theirs.yaml"
    ours.write_text(
        "graph_service: 1\ndata_source: ours\ncis: [{key: ledger, class: Database}]\n", "utf-8"
    )
    theirs.write_text(
        "graph_service: 1\ndata_source: theirs\n"
        "cis: [{key: billing, class: Application, depends_on: [ledger, elsewhere]}]\n",
        "utf-8",
    )

    first = shop.service("import", "estate", ours, theirs, "--format", "json")
    second = shop.service("import", "estate", ours, theirs, "--format", "json")

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert [each["cis"]["created"] for each in first.json] == [1, 1]
    assert [each["reference"] for each in first.json[1]["unresolved"]] == ["elsewhere"]
    assert [each["revisions"] for each in second.json] == [[], []]
    assert shop.store("impact", "ledger", "--format", "json").json["summary"]["down"] == 1


def test_a_folder_is_sent_as_it_would_be_read(shop: Shop, tmp_path: Path) -> None:
    """Manifests in it and below it; what is hidden, or no document, stays here."""
    manifest = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME}\n"
        "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}},"
        " spec: {containers: [{name: c, image: i}]}}}\n"
    )
    for name in ("one.yaml", "below/two.YML", ".hidden/three.yaml", "notes.txt"):
        file = tmp_path / "manifests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(manifest.replace("NAME", file.stem), "utf-8")
    (tmp_path / "manifests" / "folder.yaml").mkdir()
    command = ("import", "kubernetes", tmp_path / "manifests", "--source", "folder", "--plan")

    plans = [each(*command, "--format", "json").json for each in (shop.store, shop.service)]

    assert [
        [each["label"] for each in plan["operations"] if each["recordType"] == "CI"]
        for plan in plans
    ] == [["one", "two"]] * 2


def test_a_plan_of_a_service_is_kept_and_applied(shop: Shop, tmp_path: Path) -> None:
    """By its id, as on a store."""
    file = tmp_path / "later.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: later\ncis: [{key: later, class: Database}]\n", "utf-8"
    )

    planned = shop.service("import", "estate", file, "--plan", "--format", "json")
    applied = shop.service("import", "--apply", planned.json["plan"], "--format", "json")
    unknown = shop.service("import", "--apply", "pln_nowhere")

    assert (planned.code, applied.code, applied.json["cis"]["created"]) == (2, 0, 1)
    assert (unknown.code, "pln_nowhere" in unknown.err) == (1, True)


def test_faults_of_an_import_come_back_with_their_places(shop: Shop, tmp_path: Path) -> None:
    """As if the file had been read here."""
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: x\ncis:\n  - {key: a, class: Databse}\n", "utf-8"
    )

    done = shop.service("import", "estate", file)

    assert done.code == 1
    assert "wrong.yaml:4:" in done.err
    assert "Database" in done.err


@pytest.mark.parametrize("given", ["", "gs.tok_0.x", "VIEWER", "two words", "naïve"])
def test_a_service_refuses_who_may_not(shop: Shop, estate_file: Path, given: str) -> None:
    """No token, a wrong one, one whose roles do not include this, or none at all."""
    before = shop.store("revisions").out
    text = token(shop.store, given) if given == "VIEWER" else given

    done = shop.store.asking(shop.address, text)("import", "estate", estate_file)

    assert (done.code, done.out) == (1, "")
    assert not text or text not in done.err
    assert shop.store("revisions").out == before


def test_the_service_sees_what_the_command_line_writes(shop: Shop, tmp_path: Path) -> None:
    """The projection follows the log, whoever wrote it."""
    file = tmp_path / "new.yaml"
    file.write_text(
        "graph_service: 1\ndata_source: new\n"
        "cis: [{key: new-1, class: Database}, {key: new-2, class: Api, depends_on: [new-1]}]\n",
        "utf-8",
    )

    before = shop.service("impact", "new-1")
    shop.store("import", "estate", file)
    after = shop.service("impact", "new-1", "--format", "json")

    assert before.code == 4
    assert after.json["summary"]["reached"] == 1


def test_a_difference_backwards_is_said_to_be_one(shop: Shop) -> None:
    """What was created since looks retired then."""
    assert shop.store("set", "api", "description=of old", "--reason", "it is").code == 0

    back = shop.store("diff", "--since", "2", "--until", "1")

    assert back.code == 0
    assert "--since is the later one of the two" in back.err
