"""A policy file: read whole, or everything wrong with it at once."""

from datetime import timedelta

import pytest

from graph_service.model.errors import InvalidInputError
from graph_service.model.vocabulary import packaged, read_policies

HEAD = "policy: 1\nname: acme\nversion: '1'\n"


def codes(text: str) -> list[tuple[str, str]]:
    """Return code and path of each fault of a file."""
    with pytest.raises(InvalidInputError) as caught:
        read_policies("p.yaml", text, packaged())
    assert all(each.remedy for each in caught.value.faults)
    return [(each.code, each.place.path) for each in caught.value.faults]


def test_reads_every_section() -> None:
    found = read_policies(
        "p.yaml",
        HEAD
        + """
precedence: [{class: Server, attributes: [owner], sources: [cmdb, "*", scanner]}]
required: [{class: Service, attributes: [owner], tiers: [0], level: RECOMMENDED}]
allowed: [{attribute: country, values: [DE]}]
brakes: {retire_share: 0.5, retire_count: 10}
time_to_live: [{class: Server, stale_after: 7d, retire_after: P30D}]
""",
        packaged(),
    )

    assert found.sources(packaged().lineage("Server"), "owner") == ("cmdb", "*", "scanner")
    assert found.sources(packaged().lineage("Api"), "owner") == ()
    assert (found.brakes.retire_share, found.brakes.retire_share_count) == (0.5, 5)
    life = found.lifetime(packaged().lineage("Server"))
    assert (life.stale_after, life.retire_after) == (timedelta(days=7), timedelta(days=30))


def test_a_named_attribute_comes_before_a_class_and_the_special_before_the_general() -> None:
    found = read_policies(
        "p.yaml",
        HEAD
        + """
precedence:
  - {sources: [everywhere]}
  - {class: Server, sources: [servers]}
  - {attributes: [owner], sources: [owners]}
  - {class: Host, attributes: [owner], sources: [hosts]}
""",
        packaged(),
    )
    server = packaged().lineage("Server")

    assert found.sources(server, "owner") == ("hosts",)
    assert found.sources(server, "tier") == ("servers",)
    assert found.sources(packaged().lineage("Api"), "owner") == ("owners",)
    assert found.sources(packaged().lineage("Api"), "tier") == ("everywhere",)


def test_limits_of_a_life_time_come_from_the_most_special_class() -> None:
    found = read_policies(
        "p.yaml",
        HEAD
        + "time_to_live: [{stale_after: 7d, retire_after: 90d}, {class: Host, stale_after: 1h}]",
        packaged(),
    )

    life = found.lifetime(packaged().lineage("Server"))
    assert (life.stale_after, life.retire_after) == (timedelta(hours=1), timedelta(days=90))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("INVALID_POLICY", "")]),
        ("- x", [("INVALID_POLICY", "")]),
        ("a: [", [("NOT_YAML", "")]),
        ("policy: 2\nname: a\nversion: b", [("INVALID_POLICY", "policy")]),
        (HEAD + "precedance: []", [("INVALID_POLICY", "precedance")]),
        (
            HEAD + "precedence: [{class: Servr, sources: [a]}]",
            [("UNKNOWN_CLASS", "precedence[0].class")],
        ),
        (
            HEAD + "precedence: [{attributes: [ownr], sources: [a]}]",
            [("UNKNOWN_ATTRIBUTE", "precedence[0].attributes[0]")],
        ),
        (
            HEAD + "precedence: [{sources: [manual, a, a]}]",
            [("INVALID_POLICY", "precedence[0].sources")] * 2,
        ),
        (HEAD + "precedence: [{sources: []}]", [("INVALID_POLICY", "precedence[0].sources")]),
        (
            HEAD + "precedence: [{sources: [a]}, {sources: [b]}]",
            [("DUPLICATE_RULE", "precedence[1]")],
        ),
        (
            HEAD + "required: [{attributes: [owner], tiers: [7]}]",
            [("INVALID_POLICY", "required[0].tiers[0]")],
        ),
        (HEAD + "time_to_live: [{class: Api}]", [("INVALID_POLICY", "time_to_live[0]")]),
        (
            HEAD + "time_to_live: [{stale_after: 7}]",
            [("INVALID_POLICY", "time_to_live[0].stale_after")],
        ),
        (
            HEAD + "time_to_live: [{stale_after: 7d, retire_after: 1d}]",
            [("INVALID_POLICY", "time_to_live[0].retire_after")],
        ),
        (HEAD + "brakes: {retire_share: 2}", [("INVALID_POLICY", "brakes.retire_share")]),
        (HEAD + "brakes: {retire_shar: 1}", [("INVALID_POLICY", "brakes.retire_shar")]),
    ],
)
def test_every_fault_has_a_place_and_a_remedy(text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(text) == expected


def test_all_faults_come_at_once_with_their_lines() -> None:
    text = HEAD + "required:\n  - {class: Nix, attributes: [a]}\nallowed:\n  - {attribute: nix}\n"

    with pytest.raises(InvalidInputError) as caught:
        read_policies("p.yaml", text, packaged())

    assert sorted(each.place.line or 0 for each in caught.value.faults) == [5, 7]
