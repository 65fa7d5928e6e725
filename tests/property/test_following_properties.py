"""A projection that follows the log is the projection built afresh."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_service.model.ci import Presence
from graph_service.model.delta import GraphDelta
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate, Snapshot
from graph_service.store.sqlite import open_sqlite
from tests.builders import TickingClock, delta
from tests.property.worlds import World, same, worlds

AS_DRAWN = (Phase.explicit, Phase.generate)
"""Every example takes a store of its own, so a failing one is shown as it was drawn."""


@st.composite
def writes(draw: st.DrawFn) -> list[World]:
    """Draw worlds to write one after the other; each replaces what it names."""
    presences = st.sampled_from(
        [Presence.ACTIVE, Presence.ACTIVE, Presence.STALE, Presence.RETIRED]
    )
    drawn = []
    for world in draw(st.lists(worlds(), min_size=1, max_size=4)):
        cis = tuple(replace(each, presence=draw(presences)) for each in world.cis)
        living = {each.id for each in cis if each.presence is not Presence.RETIRED}
        relationships = tuple(
            replace(each, presence=draw(presences))
            for each in world.relationships
            if {each.source, each.target} <= living
        )
        drawn.append(World(cis, relationships))
    return drawn


def written(world: World, based_on: int, name: str) -> GraphDelta:
    cis = [replace(each, name=f"{each.key} {name}") for each in world.cis]
    return delta(*cis, *world.relationships, based_on=based_on)


async def followed_and_rebuilt(worlds_written: list[World]) -> list[tuple[Snapshot, Snapshot]]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        store = await open_sqlite(Path(folder) / "estate.db", clock=TickingClock())
        try:
            following = CurrentEstate(store, packaged())
            for number, world in enumerate(worlds_written):
                head = await store.head()
                await store.apply(written(world, head.revision, str(number)))
                moved = await following.snapshot()
                found.append((moved, await CurrentEstate(store, packaged()).snapshot()))
        finally:
            await store.close()
    return found


@settings(max_examples=15, phases=AS_DRAWN)
@given(writes())
def test_following_the_log_equals_building_afresh(worlds_written: list[World]) -> None:
    """Whatever was written, both ways lead to the same arrays, names and findings."""
    pairs = asyncio.run(followed_and_rebuilt(worlds_written))

    for moved, afresh in pairs:
        assert same(undated(moved), undated(afresh))


def undated(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, at="")


@settings(max_examples=15, phases=AS_DRAWN)
@given(writes())
def test_a_snapshot_in_hand_never_changes(worlds_written: list[World]) -> None:
    """What was asked of an earlier revision stays true while later ones are written."""
    pairs = asyncio.run(followed_and_rebuilt(worlds_written))
    early = asyncio.run(followed_and_rebuilt(worlds_written[:1]))

    assert same(undated(pairs[0][0]), undated(early[0][0]))
