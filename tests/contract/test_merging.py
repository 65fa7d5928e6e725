"""CIs that turn out to be one, and that turn out not to be."""

from random import Random

import pytest

from graph_service.store import GraphStore
from tests.builders import TickingClock
from tests.merges import begin, everything, merge_all, merge_world, say, split_all
from tests.readings import Estate, counting_ids, on

pytestmark = pytest.mark.anyio


@pytest.fixture
def estate(store: GraphStore) -> Estate:
    return on(store, TickingClock(), counting_ids())


@pytest.mark.parametrize("seed", range(12))
async def test_merged_then_split_is_never_merged(estate: Estate, seed: int) -> None:
    """For everything there is and everything claimed; and what was said again meanwhile is old."""
    world = merge_world(Random(seed))  # noqa: S311 - draws a world, keeps no secret
    await begin(estate, world)
    before = await everything(estate)

    await merge_all(estate, world)
    merged = await estate.revision()
    await say(estate, world)
    assert await estate.revision() == merged

    await split_all(estate, world)
    assert await everything(estate) == before
    apart = await estate.revision()
    await say(estate, world)
    assert await estate.revision() == apart
