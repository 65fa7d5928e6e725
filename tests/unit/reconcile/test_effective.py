"""Whose word counts."""

import pytest

from graph_service.model.claim import MANUAL, Claim
from graph_service.model.ids import CIId
from graph_service.model.relationship import Origin
from graph_service.reconcile.effective import (
    claims_by_attribute,
    first_said,
    merged,
    ranked,
)


def claim(
    data_source: str,
    *,
    origin: Origin = Origin.DECLARED,
    at: str = "2026-03-01T12:00:00.000Z",
    live: bool = True,
    name: str = "",
    **attributes: object,
) -> Claim:
    content = {"class": "Server", "attributes": attributes} | ({"name": name} if name else {})
    return Claim(
        data_source=data_source,
        native_key="web",
        subject=CIId("ci_web"),
        content=content,
        digest="",
        origin=origin,
        observed_at=at,
        live=live,
    )


LATER = "2026-03-02T12:00:00.000Z"


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        (
            claim(MANUAL, origin=Origin.MANUAL, tier=1),
            claim("cmdb", at=LATER, tier=2),
        ),
        (claim(MANUAL, origin=Origin.INFERRED, tier=1), claim("a", at=LATER, tier=2)),
        (claim("b", tier=1), claim("a", origin=Origin.OBSERVED, at=LATER, tier=2)),
        (
            claim("b", origin=Origin.OBSERVED, tier=1),
            claim("a", origin=Origin.INFERRED, at=LATER, tier=2),
        ),
        (claim("b", at=LATER, tier=1), claim("a", tier=2)),
        (claim("a", tier=1), claim("b", tier=2)),
    ],
    ids=["person", "person however", "declared", "observed", "newest", "name"],
)
def test_ranks_claims(winner: Claim, loser: Claim) -> None:
    """A person, then what is declared, observed, inferred, then the newest, then the name."""
    for order in ([winner, loser], [loser, winner]):
        assert merged(ranked(order)) == {"tier": 1}
        assert list(claims_by_attribute(order)["tier"]) == [winner, loser]


def test_decides_each_attribute_on_its_own() -> None:
    """A claim may win one attribute and lose another."""
    strong = claim("cmdb", tier=1)
    weak = claim("scan", origin=Origin.OBSERVED, tier=3, hostname="web-1")

    assert merged(ranked([strong, weak])) == {"tier": 1, "hostname": "web-1"}


def test_tells_absent_from_none_and_from_empty() -> None:
    """Saying nothing leaves the others' word; saying null, or an empty list, is a word."""
    says_nothing = claim("a")
    says_none = claim("a", owner=None, hosts=[])
    other = claim("b", owner="ops", hosts=["x"])

    assert merged(ranked([says_nothing, other])) == {"owner": "ops", "hosts": ["x"]}
    assert merged(ranked([says_none, other])) == {"owner": None, "hosts": []}


def test_hears_only_live_claims() -> None:
    """What was withdrawn says nothing any more."""
    withdrawn = claim("a", live=False, tier=1)

    assert merged(ranked([withdrawn, claim("b", tier=2)])) == {"tier": 2}
    assert claims_by_attribute([withdrawn]) == {}


def test_takes_a_name_from_whoever_states_one() -> None:
    """A source without names does not take the name away that another has."""
    contents = [each.content for each in ranked([claim("a"), claim("b", name="Web")])]

    assert first_said(contents, "name") == "Web"
