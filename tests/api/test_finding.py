"""Finding by GraphQL: filters, order, columns, search, saved queries."""

from typing import Any

import pytest

from graph_service.api.application import Limits
from graph_service.model.condition import TERMS_MAX
from graph_service.use_cases.access import Role
from tests.api.world import World, world
from tests.builders import ci, delta

pytestmark = pytest.mark.anyio

ESTATE = """
web-1:Server(tier=0 environment=PRODUCTION hostname=web-1.example operatingSystem="linux")
web-2:Server(tier=1 environment=PRODUCTION)
db-1:Database(tier=0 environment=TEST owner=ann)
pay:BusinessService(tier=2) -> web-1
lonely:Application
web-1 -LOCATED_IN-> rack -LOCATED_IN-> site:Site
"""

KEYS = """query Keys($filter: CIFilter, $order: CIOrder = NAME, $way: Direction = ASC,
  $first: Int = 50, $after: String) {
  estate { cis(filter: $filter, orderBy: $order, direction: $way, first: $first, after: $after) {
    totalCount nodes { key } pageInfo { hasNextPage endCursor } } } }"""


async def _keys(service: World, filter_: dict[str, Any] | None = None, **more: Any) -> list[str]:  # noqa: ANN401 - variables
    data = await service.ask(KEYS, {"filter": filter_, **more})
    found = [each["key"] for each in data["estate"]["cis"]["nodes"]]
    assert data["estate"]["cis"]["totalCount"] == len(found)
    return found


FILTERS: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"classes": ["Host"]}, "class:Host", ["web-1", "web-2"]),
    ({"tiers": [0]}, "tier:0", ["db-1", "web-1"]),
    ({"environments": ["PRODUCTION"]}, "env:production", ["web-1", "web-2"]),
    ({"owners": ["ann"]}, "owner:ann", ["db-1"]),
    ({"valueBearing": True}, "is:value-bearing", ["pay"]),
    ({"orphan": True}, "is:orphan", ["db-1", "lonely", "web-2"]),
    ({"within": {"key": "site"}}, "within:site", ["rack", "web-1"]),
    (
        {"related": {"types": ["DEPENDS_ON"], "end": "SOURCE", "to": {"key": "web-1"}}},
        "related:DEPENDS_ON->web-1",
        ["pay"],
    ),
    ({"attribute": {"name": "tier", "is": {"atMost": 1}}}, "tier<=1", ["db-1", "web-1", "web-2"]),
    ({"attribute": {"name": "hostname", "is": {"startsWith": "web"}}}, "hostname^=web", ["web-1"]),
    ({"attribute": {"name": "owner", "is": {"exists": True}}}, "has:owner", ["db-1"]),
    ({"namePrefix": "web"}, "name^=web", ["web-1", "web-2"]),
    ({"text": "example"}, "text:example", ["web-1"]),
    ({"refs": [{"key": "pay"}, {"text": "db-1"}]}, "ci:pay,db-1", ["db-1", "pay"]),
    ({"changedSince": {"revision": 1}}, "since:1", []),
    (
        {"changedSince": {"instant": "2020-01-01T00:00:00Z"}, "tiers": [2]},
        "since:2020-01-01 tier:2",
        ["pay"],
    ),
    (
        {
            "all": [
                {"classes": ["Server"]},
                {"not": {"any": [{"tiers": [0]}, {"owners": ["ann"]}]}},
            ]
        },
        "class:Server not (tier:0 or owner:ann)",
        ["web-2"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("filter_", "text", "expected"), FILTERS, ids=[each[1] for each in FILTERS]
)
async def test_a_filter_and_its_text_find_the_same(
    service: World, filter_: dict[str, Any], text: str, expected: list[str]
) -> None:
    await service.draw(ESTATE)

    assert await _keys(service, filter_) == expected
    assert await _keys(service, {"where": text}) == expected


async def test_the_operation_of_the_contract_runs(service: World) -> None:
    """As people are told to ask it."""
    await service.draw("a:Server(tier=0 environment=PRODUCTION operatingSystem=1.1.1 tag.x=1)")
    await service.draw("b:Server(tier=0 environment=PRODUCTION operatingSystem=1.1.2 tag.exempt=1)")

    data = await service.ask(
        """query FindCIs($after: String) { estate {
          cis(first: 200, after: $after, orderBy: TIER, filter: {
            classes: ["Server", "Container"]
            environments: [PRODUCTION]
            tiers: [0, 1]
            attribute: { name: "operatingSystem", is: { startsWith: "1.1" } }
            not: { any: [{ tag: { name: "exempt" } }, { regions: ["LAB"] }] }
          }) {
            totalCount hiddenCiCount revision
            nodes { id key name values(names: ["owner", "operatingSystem"]) }
            pageInfo { hasNextPage endCursor }
          } } }"""
    )

    found = data["estate"]["cis"]
    assert [each["key"] for each in found["nodes"]] == ["a"]
    assert (found["totalCount"], found["hiddenCiCount"], found["revision"]) == (1, 0, 2)


@pytest.mark.parametrize(
    ("order", "ascending"),
    [
        ("NAME", ["db-1", "lonely", "pay", "rack", "site", "web-1", "web-2"]),
        ("KEY", ["db-1", "lonely", "pay", "rack", "site", "web-1", "web-2"]),
        ("TIER", ["db-1", "web-1", "web-2", "pay", "lonely", "rack", "site"]),
        ("CLASS", ["lonely", "rack", "pay", "db-1", "web-1", "web-2", "site"]),
    ],
)
async def test_lists_come_in_the_order_asked_for(
    service: World, order: str, ascending: list[str]
) -> None:
    """Either way, a page at a time as well; those of no tier are last in both."""
    await service.draw(ESTATE)

    assert await _keys(service, order=order) == ascending
    down = await _keys(service, order=order, way="DESC")
    expected = ascending[::-1]
    if order == "TIER":
        expected = [*expected[3:], *expected[:3]]
    assert down == expected

    paged: list[str] = []
    after = None
    while True:
        data = await service.ask(KEYS, {"order": order, "way": "DESC", "first": 2, "after": after})
        page = data["estate"]["cis"]
        paged += [each["key"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert paged == down


async def test_what_changed_last_comes_first(service: World) -> None:
    await service.draw("a; b")
    await service.draw("c")

    assert await _keys(service, order="UPDATED_AT", way="DESC") == ["c", "b", "a"]


async def test_a_cursor_is_of_one_order_only(service: World) -> None:
    await service.draw(ESTATE)
    page = await service.ask(KEYS, {"first": 1})
    cursor = page["estate"]["cis"]["pageInfo"]["endCursor"]

    error = await service.refused(KEYS, {"first": 1, "after": cursor, "order": "KEY"})

    assert error["extensions"]["code"] == "CURSOR_INVALID"


UNKNOWN = [
    ({"classes": ["Serverr"]}, "UNKNOWN_CLASS", "Server"),
    ({"attribute": {"name": "hostnam", "is": {"exists": True}}}, "UNKNOWN_ATTRIBUTE", "hostname"),
    ({"related": {"types": ["DEPENDS"]}}, "UNKNOWN_TYPE", "DEPENDS_ON"),
    ({"where": "class:Server hostnam:x"}, "UNKNOWN_ATTRIBUTE", "hostname"),
]


@pytest.mark.parametrize(("filter_", "code", "near"), UNKNOWN, ids=[each[1] for each in UNKNOWN])
async def test_an_unknown_name_is_an_error_with_near_ones(
    service: World, filter_: dict[str, Any], code: str, near: str
) -> None:
    error = await service.refused(KEYS, {"filter": filter_})

    assert error["extensions"]["code"] == code
    assert near in error["extensions"]["nearest"]
    if "where" in filter_:
        assert "filter:14" in error["message"]


@pytest.mark.parametrize("name", ["class", "tag"])
async def test_what_has_a_term_of_its_own_is_no_attribute(service: World, name: str) -> None:
    error = await service.refused(KEYS, {"filter": {"where": f"has:{name}"}})

    (fault,) = error["extensions"]["faults"]
    assert f"{name} is no attribute" in fault["message"]
    assert f"{name}:NAME" in str(fault)


async def test_everything_wrong_with_a_filter_comes_at_once(service: World) -> None:
    wrong = {
        "classes": ["Nothing"],
        "refs": [{"key": "nobody"}],
        "savedQuery": "nothing",
        "any": [
            {"attribute": {"name": "tier", "is": {"contains": "1"}}},
            {"attribute": {"name": "tier", "is": {"equals": 9}}},
            {"attribute": {"name": "hostname", "is": {"atLeast": "a"}}},
            {"attribute": {"name": "environment", "is": {"equals": "PRODUCTON"}}},
            {"attribute": {"name": "supportEndsOn", "is": {"atMost": "soon"}}},
        ],
    }

    error = await service.refused(KEYS, {"filter": wrong})

    assert error["extensions"]["code"] == "VALIDATION_FAILED"
    codes = [each["code"] for each in error["extensions"]["faults"]]
    expected = ["CI_NOT_FOUND", "UNKNOWN_CLASS", "UNKNOWN_SAVED_QUERY", *["BAD_VALUE"] * 5]
    assert sorted(codes) == sorted(expected)


async def test_a_filter_that_is_too_deep_or_too_long_is_refused(service: World) -> None:
    deep: dict[str, Any] = {"tiers": [0]}
    for _ in range(7):
        deep = {"not": deep}
    long = {"attribute": {"name": "owner", "is": {"oneOf": ["x"] * (TERMS_MAX + 1)}}}

    for filter_, limit in ((deep, "filterDepth"), (long, "filterTerms")):
        error = await service.refused(KEYS, {"filter": filter_})
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert error["extensions"]["limit"] == limit


async def test_columns_are_the_list_as_arrays(service: World) -> None:
    """The same CIs in the same order, whatever the filter, page by page."""
    await service.draw(ESTATE)
    for where in ("", "class:Host or tier:0", "not is:orphan"):
        data = await service.ask(
            """query Both($where: String!) { estate {
              cis(filter: {where: $where}, orderBy: TIER, direction: DESC) {
                nodes { id key name className tier values(names: ["owner"]) } }
              ciColumns(filter: {where: $where}, orderBy: TIER, direction: DESC) {
                rowCount endCursor id key name tier owner { values codes }
                className { values codes } said: attribute(name: "hostname") } } }""",
            {"where": where},
        )
        nodes, columns = data["estate"]["cis"]["nodes"], data["estate"]["ciColumns"]
        assert columns["rowCount"] == len(nodes)
        assert columns["endCursor"] is None
        for name in ("id", "key", "name"):
            assert columns[name] == [each[name] for each in nodes]
        assert columns["tier"] == [-1 if each["tier"] is None else each["tier"] for each in nodes]
        owners = [each["values"].get("owner", "") for each in nodes]
        for name, said in (("className", [each["className"] for each in nodes]), ("owner", owners)):
            values, codes = columns[name]["values"], columns[name]["codes"]
            assert [values[each] for each in codes] == said
        assert [*filter(None, columns["said"])] == (["web-1.example"] if nodes else [])


async def test_columns_go_on_after_a_cursor_and_have_a_limit_of_their_own(service: World) -> None:
    await service.draw(ESTATE)
    query = """query Page($first: Int!, $after: String) { estate {
      ciColumns(first: $first, after: $after) { key endCursor } } }"""

    first = (await service.ask(query, {"first": 4}))["estate"]["ciColumns"]
    rest = await service.ask(query, {"first": 4, "after": first["endCursor"]})

    keys = [*first["key"], *rest["estate"]["ciColumns"]["key"]]
    assert keys == await _keys(service)
    error = await service.refused(query, {"first": 100_001})
    assert error["extensions"]["limit"] == "columnRows"


SEARCH = """query Search($text: String!, $first: Int = 20, $after: String, $filter: CIFilter) {
  estate { search(text: $text, first: $first, after: $after, filter: $filter) {
    totalCount truncated didYouMean nodes { ci { key } score excerpt marks }
    pageInfo { hasNextPage endCursor } } } }"""


async def test_what_fits_best_comes_first_and_says_where(service: World) -> None:
    await service.store.apply(
        delta(
            ci("payments"),
            ci("payments-api", description="Takes payments"),
            ci("web", description="Calls payments"),
            ci("ledger", aliases=["Payments"]),
        )
    )

    data = await service.ask(SEARCH, {"text": "payments"})

    found = data["estate"]["search"]["nodes"]
    assert [each["ci"]["key"] for each in found] == ["payments", "ledger", "payments-api", "web"]
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < each <= 1 for each in scores)
    assert [each["excerpt"] for each in found] == [
        "payments", "also called Payments", "payments-api", "description: Calls payments",
    ]  # fmt: skip
    for each in found:
        begin, end = each["marks"][:2]
        assert each["excerpt"][begin:end].lower() == "payments"


async def test_pages_of_a_search_join(service: World) -> None:
    await service.draw("; ".join(f"app-{number}" for number in range(7)))
    keys: list[str] = []
    after = None
    for _ in range(4):
        page = (await service.ask(SEARCH, {"text": "app", "first": 2, "after": after}))["estate"]
        keys += [each["ci"]["key"] for each in page["search"]["nodes"]]
        after = page["search"]["pageInfo"]["endCursor"]

    assert keys == [f"app-{number}" for number in range(7)]


async def test_a_search_may_be_narrowed(service: World) -> None:
    await service.draw(ESTATE)

    data = await service.ask(SEARCH, {"text": "web", "filter": {"tiers": [1]}})

    assert [each["ci"]["key"] for each in data["estate"]["search"]["nodes"]] == ["web-2"]


async def test_a_misspelt_search_says_what_may_have_been_meant(service: World) -> None:
    await service.draw("payments-api; web")

    data = await service.ask(SEARCH, {"text": "paymnets"})

    assert data["estate"]["search"]["didYouMean"] == ["payments"]
    assert data["estate"]["search"]["totalCount"] == 0
    nothing = await service.ask(SEARCH, {"text": "unheard-of"})
    assert nothing["estate"]["search"]["didYouMean"] == []


async def test_the_past_is_searched_as_it_was(service: World) -> None:
    """By the names of then, not by what came later."""
    for edit in (
        'createCi: {key: "billing", class: "Application", name: "billing"}',
        'updateCi: {ci: {key: "billing"}, name: "invoices"}',
    ):
        written = await service.ask(
            f'mutation {{ editEstate(input: {{reason: "r", edits: [{{{edit}}}]}})'
            " { __typename } }",
            role=Role.ENGINEER,
        )
        assert written["editEstate"]["__typename"] == "EstateWritten"
    query = """query($text: String!) {
      now: estate { cis(filter: {called: $text}) { nodes { name } totalCount } }
      then: estate(asOf: {revision: 1}) {
        cis(filter: {called: $text}) { nodes { name } totalCount } } }"""

    old = await service.ask(query, {"text": "billing"})
    new = await service.ask(query, {"text": "invoices"})

    assert old["now"]["cis"] == {"nodes": [{"name": "invoices"}], "totalCount": 1}
    assert old["then"]["cis"] == {"nodes": [{"name": "billing"}], "totalCount": 1}
    assert new["now"]["cis"]["totalCount"] == 1
    assert new["then"]["cis"]["totalCount"] == 0


SAVE = """mutation Save($input: SaveQueryInput!) { saveQuery(input: $input) {
  ... on QuerySaved { savedQuery { key name shared filter where count faults { code message } } }
  ... on Problem { code message }
  ... on ValidationFailed { faults { code message } } } }"""
ONE = """query One($key: ID!) { savedQuery(key: $key) {
  key name owner { name } shared where reason count faults { code message } } }"""
REMOVE = """mutation Remove($input: RemoveSavedQueryInput!) { removeSavedQuery(input: $input) {
  ... on QuerySaved { savedQuery { key } } ... on Problem { code message } } }"""


async def _save(service: World, role: Role = Role.ENGINEER, **input_: Any) -> Any:  # noqa: ANN401 - JSON
    data = await service.ask(SAVE, {"input": {"reason": "because", **input_}}, role=role)
    return data["saveQuery"]


async def test_a_saved_query_is_used_in_any_filter(service: World) -> None:
    await service.draw(ESTATE)

    saved = await _save(service, key="prod", filter={"where": "env:PRODUCTION"}, shared=True)

    assert saved["savedQuery"] == {
        "key": "prod", "name": "prod", "shared": True, "where": "env:PRODUCTION", "count": 2,
        "filter": {"attribute": {"name": "environment", "is": {"equals": "PRODUCTION"}}},
        "faults": [],
    }  # fmt: skip
    assert await _keys(service, {"savedQuery": "prod", "tiers": [1]}) == ["web-2"]
    assert await _keys(service, {"where": "not query:prod tier:0"}) == ["db-1"]


async def test_a_saved_query_of_ones_own_is_nobody_elses(service: World) -> None:
    await _save(service, key="mine", filter={"tiers": [0]})

    assert (await service.ask(ONE, {"key": "mine"}, role=Role.VIEWER))["savedQuery"] is None
    error = await service.refused(KEYS, {"filter": {"savedQuery": "mine"}})
    assert error["extensions"]["faults"][0]["code"] == "UNKNOWN_SAVED_QUERY"
    own = await service.ask("{ savedQueries { key owner { name } } }", role=Role.ENGINEER)
    assert own == {"savedQueries": [{"key": "mine", "owner": {"name": "a ENGINEER"}}]}
    assert (await service.ask("{ savedQueries { key } }"))["savedQueries"] == []


async def test_only_its_owner_or_an_administrator_changes_a_saved_query(service: World) -> None:
    await _save(service, key="shared", filter={"tiers": [0]}, shared=True)

    change = {"input": {"key": "shared", "reason": "r", "name": "Another name"}}
    error = await service.refused(SAVE, change, role=Role.VIEWER)
    assert error["extensions"]["code"] == "NOT_ALLOWED"
    changed = await service.ask(SAVE, change, role=Role.ADMIN)
    assert changed["saveQuery"]["savedQuery"]["name"] == "Another name"
    assert changed["saveQuery"]["savedQuery"]["where"] == "tier:0"


async def test_a_removed_query_is_a_fault_of_those_that_name_it(service: World) -> None:
    """Said as data, with an answer of no number: never an empty list that looks like one."""
    await _save(service, key="inner", filter={"tiers": [0]}, shared=True)
    await _save(service, key="outer", filter={"where": "query:inner class:Server"}, shared=True)

    removed = await service.ask(
        REMOVE, {"input": {"key": "inner", "reason": "gone"}}, role=Role.ENGINEER
    )

    assert removed["removeSavedQuery"]["savedQuery"]["key"] == "inner"
    found = (await service.ask(ONE, {"key": "outer"}))["savedQuery"]
    assert found["count"] is None
    assert [each["code"] for each in found["faults"]] == ["UNKNOWN_SAVED_QUERY"]
    error = await service.refused(KEYS, {"filter": {"savedQuery": "outer"}})
    assert "saved query outer" in error["extensions"]["faults"][0]["place"]
    again = await service.ask(
        REMOVE, {"input": {"key": "inner", "reason": "gone"}}, role=Role.ENGINEER
    )
    assert again["removeSavedQuery"]["code"] == "NOT_FOUND"


async def test_saved_queries_never_say_themselves(service: World) -> None:
    itself = await _save(service, key="a", filter={"savedQuery": "a"}, shared=True)
    assert itself["faults"][0]["code"] in {"UNKNOWN_SAVED_QUERY", "SAVED_QUERY_CYCLE"}
    await _save(service, key="a", filter={"tiers": [0]}, shared=True)
    await _save(service, key="b", filter={"savedQuery": "a"}, shared=True)

    circle = await _save(service, key="a", filter={"where": "tier:1 or query:b"}, shared=True)

    assert circle["faults"][0]["code"] == "SAVED_QUERY_CYCLE"


@pytest.mark.parametrize(
    ("input_", "code"),
    [
        ({"key": "Not a key", "filter": {}}, "BAD_KEY"),
        ({"key": "k", "filter": {"classes": ["Nothing"]}}, "UNKNOWN_CLASS"),
        ({"key": "k", "filter": {"includeRetired": True}}, "BAD_CONDITION"),
        ({"key": "k", "filter": {"where": "("}}, "BAD_CONDITION"),
        ({"key": "k", "filter": {}, "reason": "  "}, "REASON_MISSING"),
        ({"key": "k", "filter": {}, "name": "a\x00b"}, "BAD_NAME"),
        ({"key": "k", "filter": {"owners": ["x"] * 101}}, "CONDITION_TOO_LARGE"),
    ],
)
async def test_what_cannot_be_asked_is_not_saved(
    service: World, input_: dict[str, Any], code: str
) -> None:
    refused = await _save(service, **input_)

    assert [each["code"] for each in refused["faults"]] == [code]
    assert (await service.ask("{ savedQueries { key } }", role=Role.ENGINEER))["savedQueries"] == []


async def test_a_shared_query_may_not_rest_on_one_of_ones_own(service: World) -> None:
    await _save(service, key="mine", filter={"tiers": [0]})

    refused = await _save(service, key="ours", filter={"savedQuery": "mine"}, shared=True)

    assert [each["code"] for each in refused["faults"]] == ["UNKNOWN_SAVED_QUERY"]


async def test_a_new_saved_query_needs_a_filter(service: World) -> None:
    assert (await _save(service, key="nothing"))["code"] == "NOT_FOUND"


async def test_a_group_is_a_cause_with_all_its_members(service: World) -> None:
    await service.draw("app -> web-1:Server; app2 -> web-2:Server; other -> db:Database")
    await _save(service, key="hosts", filter={"classes": ["Server"]}, shared=True)

    data = await service.ask(
        """{ estate { impact(of: {matching: {filter: {savedQuery: "hosts"}}}) {
          causes { ci { key } state } affected { nodes { ci { key } } } } } }"""
    )

    impact = data["estate"]["impact"]
    assert [each["ci"]["key"] for each in impact["causes"]] == ["web-1", "web-2"]
    assert {each["ci"]["key"] for each in impact["affected"]["nodes"]} == {"app", "app2"}


async def test_a_group_that_is_too_large_is_refused(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    async with world(tmp_path, limits=Limits(causes=2)) as service:
        await service.draw("a; b; c")

        error = await service.refused(
            "{ estate { impact(of: {matching: {filter: {valueBearing: false}}}) { revision } } }"
        )

    assert error["extensions"]["limit"] == "causes"
