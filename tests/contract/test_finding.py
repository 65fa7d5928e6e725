"""Finding CIs: by name, by text, by what they are, a page at a time."""

from dataclasses import replace

import pytest

from graph_service.model.ci import CI
from graph_service.store import CIQuery, GraphStore
from tests.builders import ci, ci_id, delta, estate

pytestmark = pytest.mark.anyio

LONG = "n" * 10_000

NAMES = [
    "plain",
    "with blank",
    "Größe-ÄÖÜ",
    "数据库服务器",
    "データベース",
    "قاعدة بيانات",
    "Сервер",
    "שרת",
    "เซิร์ฟเวอร์",
    "हिन्दी सर्वर",
    "👩‍🚀 rocket",
    "e\u0301 decomposed",
    "tab\tand\nnewline",
    "null\x00byte",
    "\x01\x02\x1f\x7f\x85\u2028",
    "\u202eright to left\u202c",
    "'; DROP TABLE ci; --",
    '"quoted" AND NEAR(x) OR name:y*',
    "%wild_card%",
    "}) DETACH DELETE n //",
    "`tick` $parameter {map: 1}",
    "\\u0041 \\x",
    "<script>alert(1)</script>",
    "\U0001f5a5",
    "\uffee",
    LONG,
    LONG + "2",
    " leading and trailing ",
    "null",
    "0",
    "",
]


@pytest.mark.parametrize("name", NAMES, ids=[ascii(each[:20]) for each in NAMES])
async def test_any_name_is_kept_and_found(store: GraphStore, name: str) -> None:
    """Whatever the script or length, and whatever language of a database it looks like."""
    odd = CI(
        id=ci_id("odd"),
        key=f"key {name}",
        name=name,
        class_name="Application",
        attributes={name: {name: [name]}, "description": name},
    )
    await store.apply(delta(odd, ci("other")))
    odd = replace(odd, revision=1)

    assert await store.cis([odd.id]) == {odd.id: odd}
    assert await store.cis_by_key([odd.key]) == {odd.key: odd}
    assert await store.cis_by_name(name) == [odd]
    page = await store.find_cis(CIQuery(name_prefix=name, limit=5))
    assert odd in page.cis
    assert [each.after["name"] for each in await store.history(odd.id)] == [name]


async def test_names_are_exact(store: GraphStore) -> None:
    await store.apply(estate("web; Web; webs"))

    assert [each.name for each in await store.cis_by_name("web")] == ["web"]
    assert await store.cis_by_name("we") == []
    assert await store.cis_by_name("\ud800") == []


async def test_one_name_of_many_comes_by_id_up_to_a_limit(store: GraphStore) -> None:
    cis = [replace(ci(f"n{number}"), name="same") for number in (3, 1, 2)]
    await store.apply(delta(*cis))

    found = await store.cis_by_name("same", limit=2)

    assert [each.id for each in found] == [ci_id("n1"), ci_id("n2")]


async def test_pages_are_in_order_of_code_points(store: GraphStore) -> None:
    names = [
        "b",
        "B",
        "a",
        "Z",
        "é",
        "e\u0301",
        "\uffee",
        "\U0001f5a5",
        "ab",
        "a b",
        "a\x00",
        "",
        "数",
    ]
    await store.apply(delta(*(replace(ci(f"n{n}"), name=name) for n, name in enumerate(names))))

    page = await store.find_cis(CIQuery())

    assert [each.name for each in page.cis] == sorted(names)


async def test_pages_join_without_gap_or_overlap(store: GraphStore) -> None:
    names = ["same", "same", "same", LONG, LONG, LONG + "1", "a", "z", "\U0001f5a5"]
    await store.apply(delta(*(replace(ci(f"n{n}"), name=name) for n, name in enumerate(names))))
    expected = sorted((name, ci_id(f"n{n}")) for n, name in enumerate(names))

    found: list[tuple[str, str]] = []
    has_next = True
    while has_next:
        page = await store.find_cis(CIQuery(limit=2, after=found[-1] if found else None))
        found += [(each.name, each.id) for each in page.cis]
        has_next = page.has_next
        assert await store.count_cis(CIQuery()) == len(names)

    assert found == expected


async def test_a_page_that_ends_with_the_last_ci_has_no_next(store: GraphStore) -> None:
    await store.apply(estate("a; b"))

    assert (await store.find_cis(CIQuery(limit=1))).has_next
    assert not (await store.find_cis(CIQuery(limit=2))).has_next
    assert not (await store.find_cis(CIQuery(after=("b", ci_id("b"))))).cis


async def _found(store: GraphStore, query: CIQuery) -> list[str]:
    page = await store.find_cis(query)
    assert await store.count_cis(query) == len(page.cis)
    return [each.key for each in page.cis]


async def test_conditions_all_hold(store: GraphStore) -> None:
    await store.apply(
        estate(
            """
            a:Server(tier=1 environment=prod)
            b:Server(tier=2 environment=prod)
            c:Database(tier=1 environment=test)
            d:Application
            """
        )
    )

    assert await _found(store, CIQuery(classes=frozenset({"Server"}))) == ["a", "b"]
    assert await _found(store, CIQuery(classes=frozenset({"Server", "Database"}))) == list("abc")
    assert await _found(store, CIQuery(tiers=frozenset({1}))) == ["a", "c"]
    assert await _found(store, CIQuery(environments=frozenset({"prod", "x"}))) == ["a", "b"]
    assert await _found(
        store,
        CIQuery(
            classes=frozenset({"Server"}),
            tiers=frozenset({1, 2}),
            environments=frozenset({"prod"}),
            name_prefix="b",
            text="b",
        ),
    ) == ["b"]
    assert await _found(store, CIQuery(classes=frozenset({"server"}))) == []
    assert await _found(store, CIQuery(classes=frozenset({"\ud800"}))) == []


async def test_a_prefix_is_exact(store: GraphStore) -> None:
    names = ["web", "web-1", "Web", "we", "wec", "\U0010ffff", "\U0010ffffx", "\ud7ff", "\ue000"]
    await store.apply(delta(*(ci(name) for name in names)))

    assert await _found(store, CIQuery(name_prefix="web")) == ["web", "web-1"]
    assert await _found(store, CIQuery(name_prefix="\U0010ffff")) == ["\U0010ffff", "\U0010ffffx"]
    assert await _found(store, CIQuery(name_prefix="\ud7ff")) == ["\ud7ff"]
    assert await _found(store, CIQuery(name_prefix="%")) == []


TEXTS = [
    ("payments", ["Payments-API v2"]),
    ("API pay", ["Payments-API v2"]),
    ("ayments", []),
    ("payments nothing", []),
    ("pay api", []),
    ("api v", ["Payments-API v2"]),
    ("grosse", ["Größe der Straße"]),
    ("STRASSE", ["Größe der Straße"]),
    ("数据", ["数据库服务器"]),
    ("服务器", ["数据库服务器"]),
    ("サーバ", ["本番サーバー"]),
    ("сервер", ["Сервер приложений"]),
    ("прил", ["Сервер приложений"]),
    ("데이", ["데이터 서버"]),
    ("หลัก", ["เซิร์ฟเวอร์หลัก"]),
    ("सर्व", ["हिन्दी सर्वर"]),
    ("🚀", ["🚀 rocket"]),
    ("rocket", ["🚀 rocket"]),
    ("described", ["plain"]),
    ("keyed-1", ["plain"]),
    ('pay" OR "x', []),
    ('"payments"', ["Payments-API v2"]),
    ("payments*", ["Payments-API v2"]),
    ("NOT payments", []),
    ("name:payments", []),
    ("--", []),
    ("\x00", []),
    ("\ud800", []),
    ("x" * 200, [LONG.replace("n", "x")]),
    ("x" * 20, [LONG.replace("n", "x")]),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=[ascii(text[:20]) for text, _ in TEXTS])
async def test_text_finds_words_in_any_script(
    store: GraphStore, text: str, expected: list[str]
) -> None:
    """All words must occur, the last one as the beginning of a word."""
    names = {name for _, found in TEXTS for name in found} - {"plain"}
    plain = ci("plain", key="Keyed-1", description="As described elsewhere")
    named = [replace(ci(f"n{number}"), name=name) for number, name in enumerate(names)]
    await store.apply(delta(plain, *named))

    page = await store.find_cis(CIQuery(text=text))

    assert [each.name for each in page.cis] == expected


async def test_text_search_follows_changes(store: GraphStore) -> None:
    await store.apply(delta(ci("web", description="old words")))

    await store.apply(delta(ci("web", description="new words"), based_on=1))
    await store.apply(delta(ci("web", description=["no", "text"], tier=1), based_on=2))
    await store.apply(delta(replace(ci("web"), name="renamed"), based_on=3))

    assert await _found(store, CIQuery(text="old")) == []
    assert await _found(store, CIQuery(text="new")) == []
    assert await _found(store, CIQuery(text="renamed")) == ["web"]
    assert await _found(store, CIQuery(text="web")) == ["web"]


async def test_blank_text_is_no_word(store: GraphStore) -> None:
    await store.apply(estate("web"))

    assert await _found(store, CIQuery(text="")) == ["web"]
    assert await _found(store, CIQuery(text="  ")) == []
