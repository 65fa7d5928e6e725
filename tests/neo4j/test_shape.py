"""The estate as people find it when they open Neo4j's own browser."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from neo4j._codec.packstream import v1 as packstream

from graph_service.model.revision import Head
from graph_service.model.vocabulary import packaged
from graph_service.store import CIColumns, CIQuery, RelationshipColumns
from graph_service.store.neo4j import Neo4jGraphStore, exporting, open_neo4j, relabelling
from graph_service.use_cases.rules.relabelling import finish_relabelling
from graph_service.use_cases.rules.vocabulary_changing import VocabularyChanging
from graph_service.use_cases.rules.vocabulary_in_force import rules_in_force
from tests.builders import (
    ADA,
    TickingClock,
    ci,
    ci_id,
    delta,
    estate,
    related,
    related_id,
    retired_ci,
)
from tests.neo4j.conftest import asked
from tests.servers.neo4j_server import Neo4jAddress

pytestmark = pytest.mark.anyio


async def test_reads_as_people_expect(store: Neo4jGraphStore, empty_neo4j: Neo4jAddress) -> None:
    """Classes are labels, types are types, scalar attributes are properties."""
    await store.apply(estate("shop:Application(tier=1) -[RUNS_ON since=2019]-> vm:VirtualMachine"))

    rows = asked(
        empty_neo4j,
        "MATCH (a:Application {name: 'shop'})-[r:RUNS_ON]->(b:VirtualMachine) "
        "RETURN a.tier, r.since, b.key",
    )

    assert [[*row] for row in rows] == [[1, 2019, "vm"]]


async def test_a_general_class_finds_its_specialisations(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """A CI has the labels of all that its class specialises."""
    await store.apply(estate("vm:VirtualMachine"))

    labels = asked(empty_neo4j, "MATCH (n:CI {name: 'vm'}) RETURN labels(n)")[0][0]

    assert {*labels} == {*packaged().lineage("VirtualMachine")}
    assert len(labels) > 2


async def test_a_changed_class_changes_the_labels(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """Nothing is left of the class a CI once had."""
    await store.apply(estate("box:Server"))
    await store.apply(delta(ci("box", "Database"), based_on=1))

    assert asked(empty_neo4j, "MATCH (n:Server) RETURN n") == []
    assert len(asked(empty_neo4j, "MATCH (n:Database {name: 'box'}) RETURN n")) == 1


async def test_what_is_retired_is_out_of_sight(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """A retired CI has no class label and no relationships, yet both can still be read."""
    await store.apply(estate("shop -RUNS_ON-> box:Server"))
    await store.apply(delta(retired_ci("box", "Server"), based_on=1))

    assert asked(empty_neo4j, "MATCH (n:Server) RETURN n") == []
    assert asked(empty_neo4j, "MATCH (:CI)-[r]-() RETURN r") == []
    assert asked(empty_neo4j, "MATCH (n:CI:Retired) RETURN n.name")[0][0] == "box"
    rel = related_id("shop", "box", "RUNS_ON")
    assert [*await store.relationships([rel])] == [rel]


async def test_what_returns_is_in_sight_again(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """A reactivated CI has its labels back, and a relationship stands once, not twice."""
    await store.apply(estate("shop -RUNS_ON-> box:Server"))
    await store.apply(delta(retired_ci("box", "Server"), based_on=1))
    await store.apply(delta(ci("box", "Server"), related("shop", "box", "RUNS_ON"), based_on=2))

    assert len(asked(empty_neo4j, "MATCH (:CI)-[r:RUNS_ON]->(:Server) RETURN r")) == 1
    assert asked(empty_neo4j, "MATCH (n) WHERE n:Retired OR n:RetiredRelationship RETURN n") == []


async def test_text_that_looks_like_cypher_stays_text(store: Neo4jGraphStore) -> None:
    """No name, key, class or attribute can reach into the database."""
    evil = "x`}) DETACH DELETE n //\\u0060 '\" $uid"
    await store.apply(delta(replace(ci(evil, evil), attributes={evil: evil, "note": evil})))
    await store.apply(estate("bystander", based_on=1))

    [found] = await store.cis_by_name(evil)

    assert (found.key, found.class_name) == (evil, evil)
    assert found.attributes == {evil: evil, "note": evil}
    assert {*await store.cis([ci_id("bystander")])} == {"ci_bystander"}


@pytest.mark.parametrize("name", ["Claim", "Revision", "LogEntry", "Record", "Retired", "CI"])
async def test_a_class_may_be_called_like_a_label_of_ours(
    empty_neo4j: Neo4jAddress, name: str
) -> None:
    """An insurer may have claims: they are CIs, and do not get among our records."""
    # The packaged vocabulary has no such class, so this store knows each class by itself.

    store = await open_neo4j(
        empty_neo4j.address,
        user=empty_neo4j.user,
        password=empty_neo4j.password,
        clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
    )
    await store.apply(delta(ci("policy-7", name)))

    assert [each.class_name for each in await store.cis_by_name("policy-7")] == [name]
    assert len(await store.revisions()) == 1
    assert len(await store.entries(1)) == 1
    assert (await store.claim_index("cmdb")).digest == ()
    await store.close()


async def test_texts_longer_than_an_index_key(store: Neo4jGraphStore) -> None:
    """Names and keys of 10 kB are kept whole, found whole and ordered by all of their letters."""
    long = "n" * 10_000
    await store.apply(
        delta(
            replace(ci(long + "b", key="k" * 10_000 + "b"), id=ci_id("1")),
            replace(ci(long + "a", key="k" * 10_000 + "a"), id=ci_id("2")),
            replace(ci(long[:250], key="k" * 250), id=ci_id("3")),
        )
    )

    page = await store.find_cis(CIQuery(name_prefix="n"))

    assert [len(each.name) for each in page.cis] == [250, 10_001, 10_001]
    assert [each.name[-1] for each in page.cis] == ["n", "a", "b"]
    assert [*await store.cis_by_key(["k" * 10_000 + "a"])] == ["k" * 10_000 + "a"]
    assert [each.key for each in await store.cis_by_name(long[:250])] == ["k" * 250]
    first = await store.find_cis(CIQuery(limit=1))
    after = (first.cis[0].name, first.cis[0].id)
    assert (await store.find_cis(CIQuery(limit=1, after=after))).cis[0].name == long + "a"


async def test_topology_leaves_in_chunks_that_fit_together(
    store: Neo4jGraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the columns are cut, each CI and relationship is in exactly one of them."""
    await store.apply(estate("a -> b -> c -> d -> e -> f -> g; a & b & c -> g"))
    monkeypatch.setattr(exporting, "CHUNK_ORDINALS", 3)

    parts = [each async for each in store.topology()]

    ordinals: dict[str, int] = {}
    pairs = []
    assert isinstance(parts[0], Head)
    for part in parts[1:]:
        if isinstance(part, CIColumns):
            ordinals |= dict(zip(part.name, part.ordinal, strict=True))
        elif isinstance(part, RelationshipColumns):
            pairs += [*zip(part.source, part.target, strict=True)]
    names = {ordinal: name for name, ordinal in ordinals.items()}
    assert len(parts) > 5
    assert sorted(f"{names[a]}{names[b]}" for a, b in pairs) == [
        *("ab", "ag", "bc", "bg", "cd", "cg", "de", "ef", "fg")
    ]


def test_the_fast_codec_is_in_use() -> None:
    """The driver packs and unpacks in Rust here; without it loads take several times as long."""
    assert packstream._rust_pack is not None  # type: ignore[attr-defined]
    assert packstream._rust_unpack is not None  # type: ignore[attr-defined]


async def test_labels_follow_a_class_that_comes_to_specialise_another(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """New labels come first and old ones go after, each a step that may be repeated."""
    await store.apply(estate("vm:VirtualMachine; box:Server; gone:Server"))
    await store.apply(delta(retired_ci("gone", "Server"), based_on=1))
    lineages = {"Server": ["Server", "Machine", "CI"]}

    assert await store.relabel(lineages, others_stay=True) == 1
    both = asked(empty_neo4j, "MATCH (n:CI {name: 'box'}) RETURN labels(n)")[0][0]
    assert {*both} == {*packaged().lineage("Server"), "Machine"}

    assert await store.relabel(lineages, others_stay=False) == 1
    assert await store.relabel(lineages, others_stay=False) == 0
    after = asked(empty_neo4j, "MATCH (n:CI {name: 'box'}) RETURN labels(n)")[0][0]
    assert {*after} == {"CI", "Server", "Machine"}
    assert asked(empty_neo4j, "MATCH (n:Retired) RETURN labels(n)")[0][0] == ["CI", "Retired"]
    others = asked(empty_neo4j, "MATCH (n:CI {name: 'vm'}) RETURN labels(n)")[0][0]
    assert {*others} == {*packaged().lineage("VirtualMachine")}


async def test_many_cis_are_labelled_some_at_a_time(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for one endless transaction, and every CI gets its labels."""
    monkeypatch.setattr(relabelling, "CIS_AT_ONCE", 2)
    await store.apply(delta(*(ci(f"s{number}", "Server") for number in range(5))))

    assert await store.relabel({"Server": ["Server", "Machine"]}, others_stay=True) == 5

    assert asked(empty_neo4j, "MATCH (n:Machine) RETURN count(n)")[0][0] == 5


async def test_a_type_is_indexed_before_its_first_relationship(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """Whoever puts a type in force does not leave that to the first writer."""
    await store.prepare_types(["SETTLES_THROUGH"])

    rows = asked(empty_neo4j, "SHOW CONSTRAINTS YIELD labelsOrTypes RETURN labelsOrTypes")
    assert ["SETTLES_THROUGH"] in [row[0] for row in rows]


async def test_a_vocabulary_that_moves_a_class_takes_the_labels_along(
    store: Neo4jGraphStore, empty_neo4j: Neo4jAddress
) -> None:
    """Whoever asks by label finds what the words in force say, and a replica's delay is mended."""
    file = "vocabulary: 1\nname: a\nversion: '{}'\nclasses: [{{name: Robot, extends: {}}}]\n"
    clock = TickingClock()

    async def apply(version: int, general: str) -> None:
        words = await rules_in_force(store)
        changing = VocabularyChanging(store, words, clock=clock)
        await changing.apply("a.yaml", file.format(version, general), actor=ADA, reason="move")

    async def finish() -> int:
        words = await rules_in_force(store)
        return await finish_relabelling(store, words, clock=clock, actor=ADA)

    await apply(1, "Server")
    await store.apply(delta(ci("r1", "Robot"), based_on=1))
    await apply(2, "Application")

    labels = asked(empty_neo4j, "MATCH (n:CI {name: 'r1'}) RETURN labels(n)")[0][0]
    lineage = packaged().lineage("Application")
    assert {*labels} == {"Robot", *lineage}
    # A replica that had not taken the words up labels by the former ones.
    await store.apply(delta(ci("r2", "Robot"), based_on=3))
    assert await finish() == 1
    labels = asked(empty_neo4j, "MATCH (n:CI {name: 'r2'}) RETURN labels(n)")[0][0]
    assert {*labels} == {"Robot", *lineage}
    for _ in range(70):
        clock()
    assert await finish() == 0
    assert await store.record("relabelling", "relabelling") is None
