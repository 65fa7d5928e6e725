"""The log over GraphQL: filters, pages, the chain, and undoing."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from graph_service.api.operation import LONG
from graph_service.use_cases.access import Role
from tests.api.world import World, world
from tests.architecture.sources import ROOT

pytestmark = pytest.mark.anyio

LOG = """query ($first: Int!, $after: String, $filter: LogFilter, $direction: Direction!) {
  log(first: $first, after: $after, filter: $filter, direction: $direction) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { revision sequence at actor { name } action reason record { key } differences { name } }
  }
}"""


async def _edit(service: World, *edits: str, reason: str = "because") -> int:
    done = ", ".join(edits)
    mutation = f"""mutation {{ editEstate(input: {{reason: "{reason}", edits: [{done}]}})
      {{ ... on EstateWritten {{ revision }} ... on Problem {{ message }} }} }}"""
    written = await service.ask(mutation, role=Role.ENGINEER)
    return int(written["editEstate"]["revision"])


def _create(key: str, more: str = "") -> str:
    return f'{{createCi: {{key: "{key}", name: "{key}", class: "Application" {more}}}}}'


def _update(key: str, said: str) -> str:
    return f'{{updateCi: {{ci: {{key: "{key}"}}, {said}}}}}'


async def _history(service: World) -> None:
    """Four revisions: two CIs, a tier, an owner, an end."""
    await _edit(service, _create("web", "tier: 1"), _create("db"), reason="the start")
    await _edit(service, _update("web", "tier: 2"), reason="measured")
    await _edit(service, _update("db", 'owner: "Ada"'))
    await _edit(service, '{retireCi: {key: "db"}}', reason="End of life")


async def _found(service: World, **wanted: object) -> list[tuple[int, str]]:
    answer = await service.ask(LOG, {"first": 50, "filter": wanted, "direction": "ASC"})
    nodes = answer["log"]["nodes"]
    assert answer["log"]["totalCount"] == len(nodes)
    return [(each["revision"], each["record"]["key"]) for each in nodes]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [(1, "web"), (1, "db"), (2, "web"), (3, "db"), (4, "db")]),
        ({"cis": [{"text": "db"}]}, [(1, "db"), (3, "db"), (4, "db")]),
        ({"cis": [{"key": "web"}], "names": ["tier"]}, [(1, "web"), (2, "web")]),
        ({"names": ["owner", "tier"]}, [(1, "web"), (2, "web"), (3, "db")]),
        ({"actions": ["RETIRED"]}, [(4, "db")]),
        ({"actors": ["a ENGINEER"], "since": {"revision": 3}}, [(3, "db"), (4, "db")]),
        ({"reason": "END OF"}, [(4, "db")]),
        ({"until": {"revision": 1}}, [(1, "web"), (1, "db")]),
        ({"since": {"instant": "2026-03-01T12:00:00Z"}, "until": {"revision": 2}}, 3),
        ({"until": {"instant": "2020-01-01T00:00:00Z"}}, []),
        ({"since": {"revision": 99}}, []),
        ({"until": {"revision": 0}}, []),
        ({"recordTypes": ["RELATIONSHIP"]}, []),
        ({"change": "chg_none"}, []),
        ({"names": ["redundancy.db"]}, []),
    ],
)
async def test_the_log_is_found_by_what_it_says(
    service: World, wanted: dict[str, object], expected: list[tuple[int, str]] | int
) -> None:
    await _history(service)

    found = await _found(service, **wanted)

    assert len(found) == expected if isinstance(expected, int) else found == expected


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_of_the_log_are_the_whole_while_others_write(
    service: World, direction: str
) -> None:
    await _history(service)
    found: list[tuple[int, int]] = []
    after, count = None, 0
    while True:
        asked = {"first": 2, "after": after, "direction": direction}
        page = (await service.ask(LOG, asked))["log"]
        found += [(each["revision"], each["sequence"]) for each in page["nodes"]]
        count += 1
        if direction == "DESC":
            await service.draw(f"later-{count}")
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]

    expected = [(1, 0), (1, 1), (2, 0), (3, 0), (4, 0)]
    assert found == (expected if direction == "ASC" else expected[::-1])


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"names": ["teir"]}, "UNKNOWN_ATTRIBUTE"),
        ({"actors": ["a ENGINER"]}, "UNKNOWN_ACTOR"),
        ({"cis": [{"text": "nobody"}]}, "CI_NOT_FOUND"),
        ({"run": "run_none"}, "NOT_FOUND"),
        ({"records": [f"ci_{number}" for number in range(101)]}, "VALIDATION_FAILED"),
        ({"since": {}}, "INVALID_REQUEST"),
        ({"since": {"revision": 1, "instant": "2026-03-01T12:00:00Z"}}, "INVALID_REQUEST"),
        ({"actions": ["GONE"]}, "INVALID_REQUEST"),
        ({"since": {"instant": "yesterday"}}, "INVALID_REQUEST"),
    ],
)
async def test_a_filter_hides_no_mistake(
    service: World, wanted: dict[str, object], code: str
) -> None:
    await _history(service)

    error = await service.refused(LOG, {"first": 1, "filter": wanted, "direction": "ASC"})

    assert error["extensions"]["code"] == code


async def test_a_cursor_of_another_filter_is_refused(service: World) -> None:
    await _history(service)
    first = await service.ask(LOG, {"first": 1, "direction": "ASC"})
    cursor = first["log"]["pageInfo"]["endCursor"]

    error = await service.refused(
        LOG,
        {"first": 1, "after": cursor, "direction": "ASC", "filter": {"reason": "start"}},
    )

    assert error["extensions"]["code"] == "CURSOR_INVALID"


async def test_revisions_are_those_of_which_an_entry_meets_the_filter(service: World) -> None:
    await _history(service)
    query = """query ($filter: LogFilter) {
      revisions(first: 10, filter: $filter) { totalCount nodes {
        number entries(filter: $filter) { totalCount } } }
      none: revisions(first: 0, filter: $filter) { totalCount nodes { number } } }"""

    answer = await service.ask(query, {"filter": {"cis": [{"key": "db"}]}})

    assert [each["number"] for each in answer["revisions"]["nodes"]] == [4, 3, 1]
    counts = [each["entries"]["totalCount"] for each in answer["revisions"]["nodes"]]
    assert counts == [1, 1, 1]
    assert answer["none"] == {"totalCount": 3, "nodes": []}


CHECK = """query ($from: RevisionNumber!, $to: RevisionNumber) { chainCheck(from: $from, to: $to) {
  fromRevision toRevision entryCount intact firstBroken headHash faults { code place } } }"""


async def test_the_chain_is_checked_for_auditors(service: World) -> None:
    await _history(service)
    hashes = "{ revisions(first: 1) { nodes { hash } } }"
    [newest] = (await service.ask(hashes))["revisions"]["nodes"]

    found = await service.ask(CHECK, {"from": 1}, role=Role.AUDITOR)

    assert found["chainCheck"] == {
        "fromRevision": 1, "toRevision": 4, "entryCount": 5, "intact": True, "firstBroken": None,
        "headHash": newest["hash"], "faults": [],
    }  # fmt: skip
    part = (await service.ask(CHECK, {"from": 2, "to": 3}, role=Role.ADMIN))["chainCheck"]
    assert (part["entryCount"], part["intact"]) == (2, True)
    assert (await service.refused(CHECK, {"from": 1}))["extensions"]["code"] == "NOT_ALLOWED"
    for stretch in ({"from": 3, "to": 2}, {"from": 0}, {"from": 1, "to": 9}, {"from": 9}):
        error = await service.refused(CHECK, stretch, role=Role.AUDITOR)
        assert error["extensions"]["code"] == "REVISION_UNKNOWN", stretch


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entry SET payload = replace(payload, '2', '3') WHERE revision = 2", "PAYLOAD"),
        ("UPDATE entry SET payload = '' WHERE revision = 2", "PAYLOAD"),
        ("UPDATE entry SET payload = '[1]' WHERE revision = 2", "PAYLOAD"),
        ("UPDATE revision SET reason = 'none' WHERE number = 2", "REVISION_ALTERED"),
        ("UPDATE revision SET at = '2020' WHERE number = 2", "TIME_WENT_BACK"),
        ("UPDATE entry SET operation = 'RETIRED' WHERE revision = 2", "REVISION_ALTERED"),
    ],
)
async def test_who_altered_the_log_behind_our_back_is_found_out(
    tmp_path: Path, statement: str, code: str
) -> None:
    """The check says which revision is the first that is not as it was sealed."""
    async with world(tmp_path) as service:
        await _history(service)
        raw = sqlite3.connect(tmp_path / "estate.db")
        raw.execute(statement)
        raw.commit()
        raw.close()

        found = (await service.ask(CHECK, {"from": 1}, role=Role.AUDITOR))["chainCheck"]

        assert (found["intact"], found["firstBroken"]) == (False, 2)
        assert found["faults"][0]["code"].startswith(code)


PLAN = """query ($of: UndoSubject!) { undoPlan(of: $of) { revisions run baseRevision
  changes { nodes { action record { key recordType } differences { name before after } } }
  conflicts { nodes { record { key } name before kept because revision at actor { name } } } } }"""
UNDO = """mutation ($input: UndoRevisionInput!) { undoRevision(input: $input) {
  ... on Undone { revision changed replayed undoneRevisions revisions reactivatedCount
                  updatedCount retiredCount keptCount }
  ... on UndoConflicts { plan { conflicts { nodes { name } } } }
  ... on Problem { code message hint } } }"""


async def _undo(service: World, **given: object) -> Any:  # noqa: ANN401 - JSON
    given = {"reason": "a mistake", **given}
    answer = await service.ask(UNDO, {"input": given}, role=Role.ENGINEER)
    return answer["undoRevision"]


async def test_a_revision_is_undone_after_a_look_at_what_it_would_do(service: World) -> None:
    await _history(service)

    plan = (await service.ask(PLAN, {"of": {"revision": 4}}))["undoPlan"]
    done = await _undo(service, revision=4)

    assert plan["changes"]["nodes"] == [
        {
            "action": "REACTIVATE",
            "record": {"key": "db", "recordType": "CI"},
            "differences": [{"name": "presence", "before": "RETIRED", "after": "ACTIVE"}],
        }
    ]
    assert plan["conflicts"]["nodes"] == []
    assert (done["revision"], done["undoneRevisions"], done["reactivatedCount"]) == (5, [4], 1)
    ci = '{ estate { ci(ref: {key: "db"}) { presence } } }'
    assert (await service.ask(ci))["estate"]["ci"] == {"presence": "ACTIVE"}


async def test_later_values_are_in_the_way_until_they_are_to_be_kept(service: World) -> None:
    await _edit(service, _create("web", "tier: 1"))
    revision = await _edit(service, _update("web", 'tier: 2, owner: "Ada"'))
    await _edit(service, _update("web", "tier: 3"), reason="measured again")

    refused = await _undo(service, revision=revision)
    plan = (await service.ask(PLAN, {"of": {"revision": revision}}))["undoPlan"]
    done = await _undo(service, revision=revision, onConflict="KEEP")

    assert refused["code"] == "UNDO_CONFLICTS"
    assert refused["plan"]["conflicts"]["nodes"] == [{"name": "tier"}]
    [conflict] = plan["conflicts"]["nodes"]
    assert (conflict["before"], conflict["kept"], conflict["revision"]) == (1, 3, 3)
    assert conflict["actor"] == {"name": "a ENGINEER"}
    assert (done["updatedCount"], done["keptCount"]) == (1, 1)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"revision": 99}, "NOT_FOUND"),
        ({"revision": 1, "reason": " "}, "VALIDATION_FAILED"),
        ({"revision": 1, "expectedRevision": 99}, "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_undone_is_a_problem(
    service: World, given: dict[str, object], code: str
) -> None:
    await _edit(service, _create("web"))

    assert (await _undo(service, **given))["code"] == code


async def test_a_plan_of_nothing_is_nothing(service: World) -> None:
    await _edit(service, _create("web"))

    for of in ({"revision": 99}, {"revision": 0}, {"run": "run_none"}):
        assert (await service.ask(PLAN, {"of": of}))["undoPlan"] is None


async def test_undoing_twice_under_one_key_is_undoing_once(service: World) -> None:
    revision = await _edit(service, _create("web"))

    first = await _undo(service, revision=revision, idempotencyKey="k")
    again = await _undo(service, revision=revision, idempotencyKey="k")

    assert again == {**first, "replayed": True}


async def test_runs_are_read_newest_first_page_by_page(service: World) -> None:
    """And one by its id."""
    text = "graph_service: 1\\ndata_source: shop\\ncis: [{key: shop-%d, class: Application}]\\n"
    for number in range(3):
        document = '{name: "a.yaml", content: {text: "%s"}}' % (text % number)
        plan = f'mutation {{ planImport(input: {{collector: "estate", documents: [{document}]}})'
        plan += " { ... on ImportPlanned { plans { id } } ... on Problem { message } } }"
        await service.ask(plan, role=Role.DISCOVERY)
    query = """query ($after: String) { runs(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id } } }"""

    first = (await service.ask(query))["runs"]
    rest = (await service.ask(query, {"after": first["pageInfo"]["endCursor"]}))["runs"]

    ids = [each["id"] for each in (*first["nodes"], *rest["nodes"])]
    assert (first["totalCount"], rest["pageInfo"]["hasNextPage"]) == (3, False)
    assert ids == sorted(ids, reverse=True)
    one = "query ($id: ID!) { run(id: $id) { id } }"
    assert (await service.ask(one, {"id": ids[1]}))["run"] == {"id": ids[1]}
    assert (await service.ask(one, {"id": "run_none"}))["run"] is None


async def test_every_operation_of_the_page_about_history_works(service: World) -> None:
    await _history(service)
    page = (ROOT / "docs/how-to/history.md").read_text("utf-8")

    operations = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)

    assert len(operations) == 2
    for each in operations:
        assert all((await service.ask(each)).values())


def test_planning_to_undo_may_take_as_long_as_undoing() -> None:
    """A large run is looked through to plan it; the command line always plans first."""
    assert {"undoPlan", "undoRevision", "revertRun"} <= LONG
