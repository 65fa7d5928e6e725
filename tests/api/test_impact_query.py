"""Asking what breaks over GraphQL."""

import pytest

from tests.api.world import World

pytestmark = pytest.mark.anyio

PAYMENTS = """
shop:BusinessService(tier=0) -> payments:Application(tier=1)
payments -[DEPENDS_ON group=db]-> pg-1:Database & pg-2:Database
payments -> auth
"""

WHAT_BREAKS = """
query WhatBreaks($name: String!) {
  estate {
    revision
    impact(of: { states: [{ ci: { name: $name } }] }) {
      revision questionDigest answerDigest
      summary { reachedCount affectedCount savedCount highestTier byState { state count } }
      affected(first: 20) {
        totalCount
        hiddenCiCount
        nodes { ci { key name className tier valueBearing } before after hops pathText reason }
        pageInfo { hasNextPage endCursor }
      }
      saved(first: 10) { nodes { ci { name } savedBy { rule text verified } } }
      completeness { complete unresolved unresolvedReferenceCount staleRelationshipCount
        truncations { limit frontierCount } }
    }
  }
}
"""


async def test_says_what_goes_down_and_why(service: World) -> None:
    """It answers the first question of the first hour: what breaks without this CI, and why."""
    await service.draw(PAYMENTS)

    data = await service.ask(WHAT_BREAKS, {"name": "auth"})

    impact = data["estate"]["impact"]
    assert data["estate"]["revision"] == impact["revision"] == 1
    assert impact["summary"]["affectedCount"] == 2
    assert impact["summary"]["highestTier"] == 0
    rows = impact["affected"]["nodes"]
    assert [each["ci"]["key"] for each in rows] == ["shop", "payments"]
    assert [each["hops"] for each in rows] == [2, 1]
    assert rows[0]["pathText"] == "auth → payments → shop"
    assert {each["after"] for each in rows} == {"DOWN"}


async def test_follows_an_affected_ci_back_to_its_record(service: World) -> None:
    """What an analysis does not know of a CI is read from the store when it is selected."""
    await service.draw("web(owner=kim) -> db")

    data = await service.ask(
        """{ estate { impact(of: {states: [{ci: {key: "db"}}]}) {
             affected { nodes { ci { owner { text } revision class { lineage } } proof {
               steps { index rule state because ci { key } } } path { ci { key } verb } } } } } }"""
    )

    (row,) = data["estate"]["impact"]["affected"]["nodes"]
    assert row["ci"]["owner"] == {"text": "kim"}
    assert row["ci"]["revision"] == 1
    assert row["ci"]["class"]["lineage"][-1] == "CI"
    assert [each["ci"]["key"] for each in row["proof"]["steps"]] == ["db", "web"]
    assert [each["ci"]["key"] for each in row["path"]] == ["db", "web"]
