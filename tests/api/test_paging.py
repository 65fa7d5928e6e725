"""Pages: nothing twice, nothing left out, and no cursor of another question."""

from typing import Any

import pytest

from graph_service.api.answers import KEPT_MAX
from graph_service.api.cursors import Cursors
from graph_service.api.failures import CursorInvalidError
from graph_service.use_cases.access import Role
from tests.api.world import World
from tests.builders import ci, delta, related

pytestmark = pytest.mark.anyio

STAR = "; ".join(f"leaf-{n:02}(tier={n % 5}) -> hub" for n in range(23))

LISTS = {
    "cis": ("estate { cis%s { nodes { key } PAGE } }", 24),
    "relationships": (
        'estate { ci(ref: {key: "hub"}) { relationships%s { nodes { other { key } } PAGE } } }',
        23,
    ),
    "affected": (
        'estate { impact(of: {states: [{ci: {key: "hub"}}]}) { affected%s {nodes{ci{key}} PAGE}}}',
        23,
    ),
    "reached": (
        'estate { blastRadius(of: [{key: "hub"}]) { reached%s { nodes { ci { key } } PAGE } } }',
        23,
    ),
    "entries": ("revision(number: 1) { entries%s { nodes { record { key } } PAGE } }", 47),
}


def page_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return the connection inside an answer, however deep it is."""
    while "pageInfo" not in data:
        (data,) = [each for each in data.values() if isinstance(each, dict)]
    return data


def query(fields: str, arguments: str) -> str:
    """Write the query for one page."""
    page = (
        "totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    )
    return "{ " + fields.replace("PAGE", page) % arguments + " }"


@pytest.mark.parametrize("name", list(LISTS))
@pytest.mark.parametrize("size", [1, 7, 23, 100])
async def test_pages_together_are_the_whole(service: World, name: str, size: int) -> None:
    """Going on from each end cursor gives every element once and then stops."""
    await service.draw(STAR)
    fields, total = LISTS[name]
    whole = page_of(await service.ask(query(fields, "(first: 500)")))

    nodes: list[Any] = []
    cursors: list[str] = []
    arguments = f"(first: {size})"
    while True:
        page = page_of(await service.ask(query(fields, arguments)))
        assert page["pageInfo"]["hasPreviousPage"] is bool(nodes)
        nodes += page["nodes"]
        cursors += [each["cursor"] for each in page["edges"]]
        assert page["totalCount"] == total
        if not page["pageInfo"]["hasNextPage"]:
            break
        arguments = f'(first: {size}, after: "{page["pageInfo"]["endCursor"]}")'

    assert nodes == whole["nodes"]
    assert len(nodes) == total
    assert len(set(cursors)) == total


@pytest.mark.parametrize("name", list(LISTS))
async def test_no_elements_but_a_count(service: World, name: str) -> None:
    """``first: 0`` is how to ask for a count alone."""
    await service.draw(STAR)
    fields, total = LISTS[name]

    page = page_of(await service.ask(query(fields, "(first: 0)")))

    assert (page["nodes"], page["totalCount"]) == ([], total)
    assert page["pageInfo"]["hasNextPage"] is True
    assert page["pageInfo"]["endCursor"] is None


@pytest.mark.parametrize("name", list(LISTS))
@pytest.mark.parametrize("first", ["-1", "501"])
async def test_impossible_pages_are_refused(service: World, name: str, first: str) -> None:
    """A page has at least nothing and at most what is allowed."""
    await service.draw(STAR)

    error = await service.refused(query(LISTS[name][0], f"(first: {first})"))

    assert error["extensions"]["code"] == ("BAD_REQUEST" if first == "-1" else "LIMIT_EXCEEDED")


@pytest.mark.parametrize("name", list(LISTS))
async def test_a_cursor_that_was_touched_is_refused(service: World, name: str) -> None:
    """Not one character can be changed, and no cursor goes on another question."""
    await service.draw(STAR)
    fields, _ = LISTS[name]
    cursor = page_of(await service.ask(query(fields, "(first: 2)")))["pageInfo"]["endCursor"]
    other = "cis" if name != "cis" else "reached"
    foreign = page_of(await service.ask(query(LISTS[other][0], "(first: 2)")))["pageInfo"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")

    for each in ("", "x", "!!", "é", flipped, cursor + "AAAA", cursor[4:], foreign["endCursor"]):
        if not each:
            continue
        error = await service.refused(query(fields, f'(first: 2, after: "{each}")'))
        assert error["extensions"]["code"] == "CURSOR_INVALID", each
        assert error["extensions"]["hint"]


async def test_a_cursor_knows_its_filter(service: World) -> None:
    """The same list under another filter is another question."""
    await service.draw(STAR)
    page = page_of(
        await service.ask(
            "{ estate { cis(first: 2, filter: {tiers: [1]}) { pageInfo { endCursor } } } }"
        )
    )
    cursor = page["pageInfo"]["endCursor"]

    for condition in ("{tiers: [2]}", '{tiers: [1], text: "leaf"}', "{}"):
        error = await service.refused(
            f'{{ estate {{ cis(after: "{cursor}", filter: {condition}) {{ totalCount }} }} }}'
        )
        assert error["extensions"]["code"] == "CURSOR_INVALID"


AFFECTED = """query($after: String) { estate { impact(of: {states: [{ci: {key: "hub"}}]}) {
  revision affected(first: 10, after: $after) { revision totalCount nodes { ci { key } }
    pageInfo { endCursor hasNextPage } } } } }"""


async def test_pages_of_an_answer_are_of_one_revision(service: World) -> None:
    """Whatever is written meanwhile, the second page goes on where the first one stopped."""
    await service.draw(STAR)
    first = (await service.ask(AFFECTED))["estate"]["impact"]
    await service.store.apply(
        delta(ci("aaa", tier=0), ci("hub"), related("aaa", "hub"), based_on=1)
    )

    second = (await service.ask(AFFECTED, {"after": first["affected"]["pageInfo"]["endCursor"]}))[
        "estate"
    ]["impact"]

    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["affected"]["revision"] == 1
    assert second["affected"]["totalCount"] == 23
    keys = [each["ci"]["key"] for page in (first, second) for each in page["affected"]["nodes"]]
    assert len(set(keys)) == 20
    assert "aaa" not in keys
    fresh = (await service.ask(AFFECTED))["estate"]["impact"]["affected"]
    assert fresh["totalCount"] == 24


async def test_an_answer_that_is_no_longer_kept_is_said_to_be_gone(service: World) -> None:
    """After many other questions a cursor ends, and never changes its revision silently."""
    await service.draw(STAR)
    first = (await service.ask(AFFECTED))["estate"]["impact"]
    await service.draw("new")
    for n in range(KEPT_MAX + 1):
        await service.ask(
            f'{{ estate {{ blastRadius(of: [{{key: "leaf-{n:02}"}}]) {{ totalCount }} }} }}'
        )

    error = await service.refused(AFFECTED, {"after": first["affected"]["pageInfo"]["endCursor"]})

    assert error["extensions"]["code"] == "CURSOR_INVALID"
    assert "revision 1" in error["message"]


async def test_columns_are_the_rows(service: World) -> None:
    """Arrays and objects are the same answer in the same order, page by page."""
    await service.draw(STAR + "; top -> leaf-03")
    both = await service.ask(
        """{ estate { blastRadius(of: [{key: "hub"}]) {
             reached(first: 100) {
               nodes { ci { id key name className tier } hops path { ci { key } } } }
             columns {
               rowCount endCursor id key name className { values codes } tier hops previous }
           } } }"""
    )
    answer = both["estate"]["blastRadius"]
    rows, columns = answer["reached"]["nodes"], answer["columns"]

    assert columns["rowCount"] == len(rows) == 24
    for index, row in enumerate(rows):
        found = row["ci"]
        tier = columns["tier"][index]
        assert (columns["id"][index], columns["key"][index]) == (found["id"], found["key"])
        assert columns["name"][index] == found["name"]
        code = columns["className"]["codes"][index]
        assert columns["className"]["values"][code] == found["className"]
        assert (None if tier == -1 else tier) == found["tier"]
        assert columns["hops"][index] == row["hops"]
        before = columns["previous"][index]
        assert row["path"][-2]["ci"]["key"] == ("hub" if before == -1 else columns["key"][before])
    assert columns["endCursor"] is None

    ids: list[str] = []
    arguments = "(first: 10)"
    while True:
        page = (
            await service.ask(
                f'{{ estate {{ blastRadius(of: [{{key: "hub"}}]) {{ columns{arguments} '
                "{ endCursor id } } } }"
            )
        )["estate"]["blastRadius"]["columns"]
        ids += page["id"]
        if page["endCursor"] is None:
            break
        arguments = f'(first: 10, after: "{page["endCursor"]}")'
    assert ids == columns["id"]


async def test_columns_of_the_affected_are_the_rows(service: World) -> None:
    """Arrays and objects of an impact are the same answer in the same order, page by page."""
    await service.draw(STAR + "; top -[USES strength=SOFT]-> leaf-03")
    impact = 'estate { impact(of: {states: [{ci: {key: "hub"}}]}) { '
    both = await service.ask(
        "{ "
        + impact
        + """affected(first: 100) { nodes { ci { id key name className tier } before after hops } }
             columns { rowCount endCursor id key name className { values codes } tier hops
               before { values codes } after { values codes } } } } }"""
    )
    answer = both["estate"]["impact"]
    rows, columns = answer["affected"]["nodes"], answer["columns"]

    def texts(name: str) -> list[str]:
        return [columns[name]["values"][code] for code in columns[name]["codes"]]

    assert columns["rowCount"] == len(rows) == 24
    assert columns["endCursor"] is None
    for name in ("id", "key", "name"):
        assert columns[name] == [each["ci"][name] for each in rows]
    assert texts("className") == [each["ci"]["className"] for each in rows]
    assert texts("before") == [each["before"] for each in rows]
    assert texts("after") == [each["after"] for each in rows]
    assert set(texts("after")) == {"DOWN", "DEGRADED"}
    assert columns["hops"] == [each["hops"] for each in rows]
    tiers = [-1 if each["ci"]["tier"] is None else each["ci"]["tier"] for each in rows]
    assert columns["tier"] == tiers

    page = await service.ask("{ " + impact + "columns(first: 20) { id endCursor } } } }")
    first = page["estate"]["impact"]["columns"]
    query = "{ " + impact + f'columns(after: "{first["endCursor"]}") {{ id endCursor }} ' + "} } }"
    rest = (await service.ask(query))["estate"]["impact"]["columns"]
    assert first["id"] + rest["id"] == columns["id"]
    assert rest["endCursor"] is None


async def test_history_goes_on_within_a_revision(service: World) -> None:
    """A revision with many relationships of one CI is read over several pages, each entry once."""
    await service.draw(STAR)
    await service.draw("late")
    seen: list[str] = []
    arguments = "(first: 5)"
    while True:
        data = await service.ask(
            f'{{ estate {{ ci(ref: {{key: "hub"}}) {{ history{arguments} {{ '
            "nodes { record { id } } pageInfo { hasNextPage endCursor } } } } }"
        )
        page = data["estate"]["ci"]["history"]
        seen += [each["record"]["id"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        arguments = f'(first: 5, after: "{page["pageInfo"]["endCursor"]}")'

    assert len(seen) == len(set(seen)) == 24


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_revisions_are_read_from_either_end(service: World, direction: str) -> None:
    """Forward paging over both orders; what is written meanwhile breaks neither."""
    for n in range(6):
        await service.draw(f"ci-{n}")
    numbers: list[int] = []
    arguments = f"(first: 4, direction: {direction})"
    while True:
        page = (
            await service.ask(
                f"{{ revisions{arguments} {{ nodes {{ number }} "
                "pageInfo { hasNextPage endCursor } } }"
            )
        )["revisions"]
        numbers += [each["number"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        arguments = f'(first: 4, direction: {direction}, after: "{page["pageInfo"]["endCursor"]}")'

    assert numbers == sorted(range(1, 7), reverse=direction == "DESC")


def test_cursors_of_another_key_are_refused() -> None:
    """A cursor that somebody else sealed is none."""
    theirs = Cursors(b"their key").write("question", [1])

    with pytest.raises(CursorInvalidError):
        Cursors(b"our key").read("question", theirs)


async def test_another_viewer_may_go_on(service: World) -> None:
    """Cursors are of a question, not of a person."""
    await service.draw(STAR)
    cursor = page_of(await service.ask(query(LISTS["cis"][0], "(first: 2)")))["pageInfo"][
        "endCursor"
    ]

    page = page_of(
        await service.ask(
            query(LISTS["cis"][0], f'(first: 2, after: "{cursor}")'), role=Role.AUDITOR
        )
    )

    assert len(page["nodes"]) == 2
