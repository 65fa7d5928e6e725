"""Whatever is asked of a store, it finds what a plain look at every CI finds, in the same order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.condition import (
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    Contains,
    End,
    Evidence,
    Exists,
    IsCI,
    KnownTo,
    Match,
    Not,
    OfClass,
    OneOf,
    Orphan,
    Ref,
    RefBy,
    Related,
    Stale,
    StartsWith,
    Text,
    Within,
    condition_to_text,
    evidence_of,
)
from graph_service.store import (
    CIOrder,
    CIQuery,
    GraphStore,
    count_of,
    page_of,
    position_of,
)
from tests.builders import ci, ci_id, claim_about, delta, related
from tests.conditions import settled_leaves, trees

pytestmark = pytest.mark.anyio

VALUES: list[Any] = [
    None, True, False, 0, 1, 1.0, 2, 1.5, "", "1", "prod", "数据 words", "a", "b_%'",
    [], [1, "a", [None, "prod"]], [True, 2], ["prod", "a%b"], {"k": 1, "a": "prod"}, [{"k": "a"}],
]  # fmt: skip
NAMES = ("owner", "é", "redundancy.g", "uid", "name", "description", "tier", "environment", "class")
CLASSES = ("Server", "Application", "Site")
TYPES = ("DEPENDS_ON", "USES", "LOCATED_IN", "CONTAINS", "RUNS_ON")


def _world() -> list[list[Any]]:
    """Return what is written, delta by delta: every value under every name, and a small site."""
    cis = []
    for number in range(60):
        attributes = {
            name: VALUES[(number * 7 + shift * 3) % len(VALUES)]
            for shift, name in enumerate(NAMES)
            if (number + shift) % 4
        }
        presence = (Presence.ACTIVE, Presence.ACTIVE, Presence.STALE)[number % 3]
        name = (
            "same",
            f"a {number:02}",
            "\U0001f5a5",
            f"数据库{number}",
            "P" * 300 + str(number % 4),
        )
        cis.append(
            CI(
                id=ci_id(f"n{number:02}"),
                key=f"k-{number * 37 % 60:02}",
                name=name[number % 5],
                class_name=CLASSES[number % 3],
                presence=presence,
                attributes=attributes,
            )
        )
    relationships = [
        related(f"n{a:02}", f"n{b:02}", TYPES[(a + b) % 5])
        for a in range(45)
        for b in sorted({a * 3 % 47, (a * 5 + 1) % 45} - {a})
    ]
    claims = [
        claim_about(each, source, live=number % 5 != 0, attributes={"owner": number % (2 + shift)})
        for shift, source in enumerate(("cmdb", "kubernetes"))
        for number, each in enumerate(cis[: 30 + shift * 10])
    ]
    first = [*cis, *relationships, *claims]
    renamed = [replace(each, name=f"{each.name} now") for each in cis[10:20]]
    again = [replace(each, name="a") for each in cis[15:18]]
    back = [replace(each, attributes={"owner": "prod"}) for each in cis[16:17]]
    retired = [replace(each, presence=Presence.RETIRED) for each in cis[25:30]]
    return [first, renamed, again, back, retired]


async def _told(store: GraphStore) -> tuple[list[CI], Evidence]:
    """Tell a store the world; return what is known of it."""
    former: dict[str, set[str]] = {}
    cis: dict[str, CI] = {}
    for number, records in enumerate(_world()):
        await store.apply(delta(*records, based_on=number))
        for each in records:
            if isinstance(each, CI):
                if each.id in cis and cis[each.id].name != each.name:
                    former.setdefault(each.id, set()).add(cis[each.id].name)
                cis[each.id] = each
    held = [*(await store.cis(cis)).values()]
    relationships = await store.relationships_of(cis)
    claims = [each for of in (await store.claims_of(cis)).values() for each in of]
    return held, evidence_of(relationships, claims, former)


async def _check(store: GraphStore, query: CIQuery, cis: list[CI], evidence: Evidence) -> None:
    expected = page_of(cis, query, evidence)
    found = await store.find_cis(query)
    said = f"{condition_to_text(query.where)!r} {query}"
    assert [each.id for each in found.cis] == [each.id for each in expected.cis], said
    assert (found.cis, found.has_next) == (expected.cis, expected.has_next), said
    assert await store.count_cis(query) == count_of(cis, query, evidence), said


def _queries(count: int) -> Sequence[CIQuery]:
    """Draw queries; drawn before they are asked, because a store answers asynchronously."""
    ids = [ci_id(f"n{number:02}") for number in range(0, 60, 3)]
    leaves = settled_leaves(ids, CLASSES, TYPES, ("cmdb", "kubernetes"))
    drawn: list[CIQuery] = []

    @settings(max_examples=count, phases=[Phase.generate], database=None, deadline=None)
    @given(
        st.builds(
            CIQuery,
            where=trees(leaves),
            include_retired=st.booleans(),
            order=st.sampled_from(CIOrder),
            descending=st.booleans(),
            limit=st.sampled_from([1, 3, 100]),
        )
    )
    def draw(query: CIQuery) -> None:
        drawn.append(query)

    draw()
    return drawn


async def test_random_conditions_find_what_a_plain_look_finds(store: GraphStore) -> None:
    cis, evidence = await _told(store)

    for query in _queries(150):
        await _check(store, query, cis, evidence)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", CIOrder)
async def test_pages_in_any_order_join(
    store: GraphStore, order: CIOrder, *, descending: bool
) -> None:
    """Without gap or overlap, those without a tier last either way."""
    cis, evidence = await _told(store)
    query = CIQuery(order=order, descending=descending, where=Not(Text("nowhere")))
    expected = [each.id for each in page_of(cis, replace(query, limit=100), evidence).cis]

    found: list[CI] = []
    has_next = True
    while has_next:
        after = position_of(found[-1], order) if found else None
        page = await store.find_cis(replace(query, after=after, limit=7))
        found += page.cis
        has_next = page.has_next

    assert [each.id for each in found] == expected
    if order is CIOrder.TIER:
        tiers = [position_of(each, order)[0] for each in found]
        assert tiers[-1] is None
        assert tiers[0] is not None


ODD = [
    "'; DROP TABLE ci; --",
    '"',
    "%",
    "_",
    "\\",
    "}) DETACH DELETE n //",
    "$p0",
    "\U0001f5a5",
    "\x1f",
]
MATCHES: list[Match] = [
    *(OneOf((each,)) for each in ODD),
    *(Contains(each) for each in ODD),
    *(StartsWith(each) for each in ODD),
    *(AtLeast(each) for each in ODD[:3]),
]


@pytest.mark.parametrize("match", MATCHES, ids=[ascii(each) for each in MATCHES])
async def test_nothing_that_is_compared_is_taken_for_a_query(
    store: GraphStore, match: Match
) -> None:
    said = [ci(f"n{n}", owner=f"a{each}b", notes=[each]) for n, each in enumerate(ODD)]
    await store.apply(delta(*said))
    cis = [*(await store.cis([each.id for each in said])).values()]

    for name in ("owner", "notes", "name", "key", "tag.a b", "$x", "'", "`"):
        query = CIQuery(where=Attribute(name, match))
        await _check(store, query, cis, evidence_of([]))


async def test_instants_are_in_order_with_and_without_fractions(store: GraphStore) -> None:
    instants = ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.500000Z", "2026-03-01T12:00:01Z"]
    await store.apply(delta(*(ci(f"n{n}", seenAt=each) for n, each in enumerate(instants))))

    found = await store.find_cis(CIQuery(where=Attribute("seenAt", AtLeast(instants[1]))))
    earlier = await store.find_cis(CIQuery(where=Attribute("seenAt", AtMost(instants[1]))))

    assert [each.key for each in found.cis] == ["n1", "n2"]
    assert [each.key for each in earlier.cis] == ["n0", "n1"]


async def test_a_place_holds_what_is_in_what_is_in_it(store: GraphStore) -> None:
    """Through rooms, racks and what runs there, around cycles, and never itself."""
    await store.apply(
        delta(
            *(ci(each, "Site") for each in ("site", "room", "rack", "host", "vm", "app", "user")),
            related("room", "site", "LOCATED_IN"),
            related("room", "rack", "CONTAINS"),
            related("host", "rack", "LOCATED_IN"),
            related("vm", "host", "HOSTED_ON"),
            related("app", "vm", "RUNS_ON"),
            related("user", "app", "USES"),
            related("site", "app", "LOCATED_IN"),
        )
    )

    async def within(place: str) -> list[str]:
        where = Within(Ref(RefBy.ID, ci_id(place)))
        return [each.key for each in (await store.find_cis(CIQuery(where=where))).cis]

    assert await within("site") == ["app", "host", "rack", "room", "vm"]
    assert await within("rack") == ["app", "host", "room", "site", "vm"]
    assert await within("user") == []
    assert await within("nowhere") == []


async def test_a_renamed_ci_is_found_by_the_name_it_had(store: GraphStore) -> None:
    await store.apply(delta(ci("billing"), ci("other")))
    await store.apply(
        delta(replace(ci("billing", key="b"), name="invoices", key="billing"), based_on=1)
    )
    await store.apply(delta(replace(ci("billing"), name="receipts"), based_on=2))
    await store.apply(delta(replace(ci("billing"), name="invoices"), based_on=3))

    async def found(text: str, *, of_names: bool = True) -> list[str]:
        query = CIQuery(where=Text(text, of_names=of_names))
        return [each.key for each in (await store.find_cis(query)).cis]

    assert await found("receipts") == ["billing"]
    assert await found("billing", of_names=False) == ["billing"]
    assert await store.former_names([ci_id("billing"), ci_id("other")]) == {
        ci_id("billing"): ("billing", "receipts")
    }


async def test_all_that_is_said_of_a_ci_finds_it(store: GraphStore) -> None:
    """Aliases are names; hostnames, lists and labels are said of it; closed sets find nothing."""
    await store.apply(
        delta(
            ci(
                "db",
                aliases=["Ledger", "Old books"],
                hostname="pg-1.example.net",
                ipAddresses=["192.0.2.7"],
                labels={"team": "payments"},
                environment="PRODUCTION",
                tier=1,
            )
        )
    )

    async def is_found(text: str, *, of_names: bool = False) -> bool:
        return bool(await store.count_cis(CIQuery(where=Text(text, of_names=of_names))))

    assert await is_found("ledger", of_names=True)
    assert await is_found("old books")
    assert await is_found("example net")
    assert not await is_found("example", of_names=True)
    assert await is_found("192.0.2.7")
    assert await is_found("payments")
    assert not await is_found("team")
    assert not await is_found("production")


async def test_words_that_look_like_another_come_nearest_first(store: GraphStore) -> None:
    await store.apply(
        delta(
            ci("payments-api", aliases=["payment"]),
            ci("pyaments"),
            ci("paymetns"),
            ci("unrelated", description="paymants"),
            replace(ci("x1"), name="数据库"),
        )
    )

    near = ["payments", "payment", "paymetns", "pyaments"]
    assert await store.words_like("paymnets") == near
    assert await store.words_like("payment") == ["payments"]
    assert await store.words_like("paiment") == ["payment"]
    assert await store.words_like("ap") == []
    assert await store.words_like('"*~') == []
    assert await store.words_like("payments", limit=1) == ["payment"]


async def test_an_unsettled_condition_is_a_mistake(store: GraphStore) -> None:
    unsettled: list[Condition] = [
        IsCI((Ref(RefBy.KEY, "a"),)),
        Within(Ref(RefBy.TEXT, "a")),
        Related(to=Ref(RefBy.NAME, "a")),
        ChangedSince("2026-03-01T12:00:00Z"),
    ]
    for each in unsettled:
        with pytest.raises(TypeError, match="settled"):
            await store.find_cis(CIQuery(where=each))


async def test_a_thousand_values_are_one_condition(store: GraphStore) -> None:
    await store.apply(delta(ci("a"), ci("b", "Server"), ci("c", owner="7")))
    many = tuple(str(each) for each in range(1_000))
    refs = tuple(Ref(RefBy.ID, f"ci_{each}") for each in ("a", *many))

    where = AnyOf(
        (IsCI(refs), Attribute("owner", OneOf(many)), OfClass(frozenset({"Server", *many})))
    )

    assert [each.key for each in (await store.find_cis(CIQuery(where=where))).cis] == [
        "a",
        "b",
        "c",
    ]


async def test_evidence_counts_what_lives_only(store: GraphStore) -> None:
    retired = replace(related("a", "b"), presence=Presence.RETIRED)
    claims = [
        claim_about(ci("a"), "one", attributes={"x": 1}),
        claim_about(ci("a"), "two", live=False, attributes={"x": 2}),
    ]
    await store.apply(delta(ci("a"), ci("b"), related("a", "b"), *claims))
    await store.apply(delta(retired, based_on=1))

    async def keys(where: Condition) -> list[str]:
        return [each.key for each in (await store.find_cis(CIQuery(where=where))).cis]

    assert await keys(Orphan()) == ["a", "b"]
    assert await keys(Related(end=End.SOURCE)) == []
    assert await keys(Conflicting()) == []
    assert await keys(KnownTo(frozenset({"one"}))) == ["a"]
    assert await keys(KnownTo(frozenset({"two"}))) == []
    assert await keys(Stale()) == []
    assert await keys(Attribute("x", Exists())) == []
