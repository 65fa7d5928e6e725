"""Reading the estate: CIs, attributes with provenance, relationships, history, the log."""

from dataclasses import replace

import pytest

from graph_service.use_cases.access import Role
from tests.api.world import World
from tests.builders import ci, claim_about, delta, related, retired_ci

pytestmark = pytest.mark.anyio


async def test_a_page_about_a_ci(service: World) -> None:
    """Common fields, attributes and class of one CI in one request."""
    await service.draw(
        "web:Server(tier=1 environment=PRODUCTION owner=kim lifecycle=LIVE description=front)"
    )

    data = await service.ask(
        """{ estate { ci(ref: {key: "web"}) { id key name className tier environment lifecycle
             operationalState owner { text } supportGroup { text }
             description presence revision valueBearing
             class { name lineage attributes { name type declaredBy } }
             values all: values(names: ["tier", "model"])
             tierAttribute: attribute(name: "tier") { number text boolean instant list
               definition { declaredBy } provenance { dataSource } } } } }"""
    )

    found = data["estate"]["ci"]
    assert (found["id"], found["key"], found["className"]) == ("ci_web", "web", "Server")
    assert (found["environment"], found["lifecycle"], found["presence"]) == (
        "PRODUCTION",
        "LIVE",
        "ACTIVE",
    )
    assert found["operationalState"] is None
    assert found["class"]["lineage"][0] == "Server"
    assert found["all"] == {"tier": 1}
    assert found["values"]["owner"] == "kim"
    assert found["tierAttribute"]["number"] == 1
    assert found["tierAttribute"]["text"] == "1"
    assert found["tierAttribute"]["boolean"] is None
    assert found["tierAttribute"]["definition"]["declaredBy"] == "CI"


async def test_says_who_says_so_and_who_disagrees(service: World) -> None:
    """Each attribute comes with the claim that won and those that say something else."""
    web = ci("web", owner="kim")
    await service.store.apply(
        delta(
            web,
            claim_about(web, "cmdb", attributes={"owner": "kim"}),
            claim_about(web, "spreadsheet", attributes={"owner": "lee"}),
        )
    )

    data = await service.ask(
        """{ estate { ci(ref: {key: "web"}) { attributes(conflictingOnly: true) { name conflicting
             value provenance { dataSource value } alternatives { dataSource value } } } } }"""
    )

    (owner,) = data["estate"]["ci"]["attributes"]
    assert owner["conflicting"] is True
    said = {owner["provenance"]["dataSource"]: owner["provenance"]["value"]}
    said |= {each["dataSource"]: each["value"] for each in owner["alternatives"]}
    assert said == {"cmdb": "kim", "spreadsheet": "lee"}


async def test_a_ci_that_is_not_there_is_null(service: World) -> None:
    """A lookup that finds nothing is null, not an error."""
    data = await service.ask('{ estate { ci(ref: {key: "nobody"}) { id } } }')

    assert data["estate"]["ci"] is None


@pytest.mark.parametrize(
    ("typed", "keys"), [("paymnts", ["payments"]), ("ledger", []), ("p", []), ("gone", [])]
)
async def test_keys_that_a_misspelt_name_may_have_meant(
    service: World, typed: str, keys: list[str]
) -> None:
    """What is gone is not offered, and nothing is like a single letter."""
    await service.draw("payments -> pg-1")
    await service.store.apply(delta(retired_ci("gones")))

    data = await service.ask("query($t: String!) { estate { keysLike(text: $t) } }", {"t": typed})

    assert data["estate"]["keysLike"] == keys


async def test_a_name_that_several_have_is_an_error_with_candidates(service: World) -> None:
    """The caller is told which keys the name could mean."""
    twins = [replace(ci(each), name="twin") for each in ("a", "b")]
    await service.store.apply(delta(*twins))

    error = await service.refused('{ estate { ci(ref: {name: "twin"}) { id } } }')

    assert error["extensions"]["code"] == "AMBIGUOUS_REFERENCE"
    assert len(error["extensions"]["candidates"]) == 2


@pytest.mark.parametrize(
    ("field", "code", "near"),
    [
        ('attribute(name: "ownr") { text }', "UNKNOWN_ATTRIBUTE", "owner"),
        ('attributes(names: ["ownr"]) { text }', "UNKNOWN_ATTRIBUTE", "owner"),
        ('values(names: ["ownr"])', "UNKNOWN_ATTRIBUTE", "owner"),
        ('relationships(types: ["RUN_ON"]) { totalCount }', "UNKNOWN_TYPE", "RUNS_ON"),
    ],
)
async def test_a_typo_is_never_a_silent_null(
    service: World, field: str, code: str, near: str
) -> None:
    """A name the vocabulary does not have is an error with the nearest that it has."""
    await service.draw("web")

    error = await service.refused(f'{{ estate {{ ci(ref: {{key: "web"}}) {{ {field} }} }} }}')

    assert error["extensions"]["code"] == code
    assert near in error["extensions"]["nearest"]


async def test_an_unknown_class_in_a_filter_is_an_error(service: World) -> None:
    """A filter never hides silently."""
    error = await service.refused('{ estate { cis(filter: {classes: ["Sever"]}) { totalCount } } }')

    assert error["extensions"]["code"] == "UNKNOWN_CLASS"
    assert "Server" in error["extensions"]["nearest"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("{}", ["a", "b", "c"]),
        ('{classes: ["Server"]}', ["b"]),
        ('{classes: ["Application", "Server"]}', ["a", "b", "c"]),
        ("{tiers: [0, 1]}", ["a"]),
        ("{environments: [TEST]}", ["b"]),
        ("{tiers: [0], environments: [TEST]}", []),
        ('{namePrefix: "c"}', ["c"]),
        ('{text: "b"}', ["b"]),
        ("{includeRetired: true}", ["a", "b", "c", "gone"]),
    ],
)
async def test_finds_cis_by_filter(service: World, condition: str, found: list[str]) -> None:
    """Conditions are joined by and; elements of a list by or."""
    await service.draw("a(tier=0); b:Server(environment=TEST); c; gone")
    await service.store.apply(delta(retired_ci("gone"), based_on=1))

    data = await service.ask(
        f"{{ estate {{ cis(filter: {condition}) {{ nodes {{ name }} totalCount }} }} }}"
    )

    page = data["estate"]["cis"]
    assert [each["name"] for each in page["nodes"]] == found
    assert page["totalCount"] == len(found)


async def test_reads_relationships_from_either_end(service: World) -> None:
    """Verbs lead away from the CI that is asked, and defaults come from the type."""
    await service.draw("web -> api; api -[USES strength=SOFT group=g]-> mail")

    data = await service.ask(
        """{ estate { ci(ref: {key: "api"}) { relationships { totalCount hiddenCiCount revision
             nodes { verb end other { key } relationship { typeName strength group origin presence
               source { key } target { key } channels type { inverseVerb } } } } } } }"""
    )

    page = data["estate"]["ci"]["relationships"]
    assert (page["totalCount"], page["revision"]) == (2, 1)
    assert [(each["verb"], each["end"], each["other"]["key"]) for each in page["nodes"]] == [
        ("used by", "TARGET", "web"),
        ("uses", "SOURCE", "mail"),
    ]
    inward, outward = (each["relationship"] for each in page["nodes"])
    assert (inward["source"]["key"], inward["target"]["key"]) == ("web", "api")
    assert (inward["strength"], inward["group"]) == ("HARD", None)
    assert (outward["strength"], outward["group"]) == ("SOFT", "g")
    assert outward["channels"] == ["AVAILABILITY"]


async def test_reads_what_happened_to_a_ci(service: World) -> None:
    """History is newest first, with who did it and what differed, relationships included."""
    await service.store.apply(delta(ci("web", owner="kim", tier=1), ci("db")))
    await service.store.apply(delta(ci("web", owner="lee", model="x"), based_on=1))
    await service.store.apply(delta(related("web", "db"), based_on=2))

    data = await service.ask(
        """{ estate { ci(ref: {key: "web"}) { history { nodes { revision action at actor { name }
             record { key recordType } differences { name before after } } } } } }"""
    )

    newest, middle, oldest = data["estate"]["ci"]["history"]["nodes"]
    assert newest["record"] == {"key": "web -DEPENDS_ON-> db", "recordType": "RELATIONSHIP"}
    assert (middle["action"], middle["actor"]["name"]) == ("UPDATED", "Ada")
    assert middle["differences"] == [
        {"name": "model", "before": None, "after": "x"},
        {"name": "owner", "before": "kim", "after": "lee"},
        {"name": "tier", "before": 1, "after": None},
    ]
    assert oldest["action"] == "CREATED"
    assert {"name": "owner", "before": None, "after": "kim"} in oldest["differences"]
    assert oldest["at"].endswith("Z")


async def test_reads_the_log(service: World) -> None:
    """Revisions are chained, say who wrote them, and list what they did."""
    await service.draw("a -> b")
    await service.draw("c")

    data = await service.ask(
        """{ revisions { totalCount nodes { number hash previousHash committedAt entryCount
             actor { name type } entries { totalCount nodes { record { key } action } } } }
             revision(number: 1) { number } none: revision(number: 9) { number } }"""
    )

    newest, oldest = data["revisions"]["nodes"]
    assert data["revisions"]["totalCount"] == 2
    assert (newest["number"], oldest["number"]) == (2, 1)
    assert newest["previousHash"] == oldest["hash"]
    assert oldest["entries"]["totalCount"] == oldest["entryCount"] == 3
    assert {each["record"]["key"] for each in oldest["entries"]["nodes"]} == {
        "a",
        "b",
        "a -DEPENDS_ON-> b",
    }
    assert data["revision"] == {"number": 1}
    assert data["none"] is None


async def test_explains_its_words(service: World) -> None:
    """The vocabulary is data: classes, relationship types, operations."""
    data = await service.ask(
        """{ estate { vocabulary { version digest attributeNames
             ciClass(name: "Server") { lineage packaged abstract }
             none: ciClass(name: "Sever") { name }
             ciClasses(names: ["Server", "Database"]) { name specialisations valueBearing }
             relationshipTypes(names: ["RUNS_ON"]) { verb inverseVerb impact defaultStrength }
             operations { name plannedState failedState } } } }"""
    )

    words = data["estate"]["vocabulary"]
    assert words["ciClass"]["packaged"] is True
    assert words["none"] is None
    assert [each["name"] for each in words["ciClasses"]] == ["Database", "Server"]
    assert words["relationshipTypes"] == [
        {"verb": "runs on", "inverseVerb": "runs", "impact": "TO_SOURCE", "defaultStrength": "HARD"}
    ]
    assert "tier" in words["attributeNames"]
    assert {"name", "plannedState", "failedState"} == set(words["operations"][0])


async def test_describes_the_service(service: World) -> None:
    """Status says what runs on what, and how large the estate is."""
    await service.draw("a -> b")

    data = await service.ask(
        "{ status { version store storeRevision ciCount relationshipCount collectors } }"
    )

    assert data["status"] == {
        "version": "0.0",
        "store": service.store.address,
        "storeRevision": 1,
        "ciCount": 2,
        "relationshipCount": 1,
        "collectors": ["estate", "kubernetes"],
    }


NAMES = [
    "платёж-服务-🏦",
    "x" * 10_000,
    "line\nbreak\ttab\u0000nul\u202eoverride",
    "') DETACH DELETE n //",
    "'; DROP TABLE ci; --",
    '"quoted" \\ {curly} $dollar',
]


@pytest.mark.parametrize("name", NAMES)
async def test_names_in_any_script_come_back_as_they_are(service: World, name: str) -> None:
    """A name is data, however long it is and whatever it looks like."""
    strange = replace(ci("strange"), name=name)
    await service.store.apply(delta(strange, ci("web"), related("web", "strange")))

    data = await service.ask(
        """query($name: String!) { estate { ci(ref: {name: $name}) { name }
             cis(first: 1, filter: {namePrefix: $name}) { nodes { name } pageInfo { endCursor } }
             impact(of: {states: [{ci: {name: $name}}]}) { causes { ci { name } }
               affected { nodes { ci { key } pathText reason } } } } }""",
        {"name": name},
    )

    estate = data["estate"]
    assert estate["ci"]["name"] == estate["cis"]["nodes"][0]["name"] == name
    assert estate["impact"]["causes"][0]["ci"]["name"] == name
    (row,) = estate["impact"]["affected"]["nodes"]
    assert row["ci"]["key"] == "web"
    assert row["pathText"].isprintable()
    assert row["reason"].isprintable()


async def test_an_empty_estate_answers(service: World) -> None:
    """Nothing in, nothing out, and no failure."""
    data = await service.ask(
        """{ estate { revision committedAt cis { totalCount nodes { id } }
             impact(of: {states: [{ci: {key: "x"}}]}) { summary { reachedCount }
               completeness { complete unresolved } }
             blastRadius(of: []) { totalCount columns { rowCount endCursor id tier } }
             unresolvedReferences { totalCount } }
             revisions { totalCount nodes { number } } runs { totalCount } }""",
        role=Role.AUDITOR,
    )

    assert data["estate"]["revision"] == 0
    assert data["estate"]["committedAt"] is None
    assert data["estate"]["impact"]["completeness"] == {"complete": False, "unresolved": ["x"]}
    assert data["estate"]["blastRadius"]["columns"]["endCursor"] is None
    assert data["revisions"]["nodes"] == []
