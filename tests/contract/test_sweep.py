"""A sweep lets what has ended end, once, whatever store it is and however many do it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from graph_service.model.ci import Presence
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.edit import CreateCi, EditRef, Terms, UpdateCi
from graph_service.model.observation import Event
from graph_service.model.vocabulary import Vocabulary, packaged, read_policies
from graph_service.store import GraphStore
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.editing.idempotency import IDEMPOTENCY
from graph_service.use_cases.intake.intake import Intake
from graph_service.use_cases.inventory.freshness import Freshness, freshness
from graph_service.use_cases.sweeping.sweeping import Sweep, Sweeping
from tests.builders import ADA
from tests.people import somebody
from tests.readings import SCRIBE, reading, relates, says

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LIVES = """
policy: 1
name: acme
version: '1'
time_to_live:
  - {class: Server, stale_after: 7d, retire_after: 30d}
brakes: {retire_count: 3}
"""
WORDS = replace(packaged(), policies=read_policies("p.yaml", LIVES, packaged()))


class World:
    """A store at a moment that a test moves on."""

    def __init__(self, store: GraphStore, words: Vocabulary = WORDS) -> None:
        self.store = store
        self.words = words
        self.now = START

    def clock(self) -> datetime:
        """Return the moment it is."""
        return self.now

    async def read(self, *events: Event, source: str = "team", complete: bool = False) -> int:
        """Take a reading in and return the newest revision."""
        intake = Intake(self.store, self.words, clock=self.clock)
        plan = await intake.plan(
            reading(*events, data_source=source, complete=complete), collector=SCRIBE, actor=ADA
        )
        await intake.apply(plan, actor=ADA)
        return (await self.store.head()).revision

    async def edit(self, *edits: CreateCi | UpdateCi) -> None:
        """State something by hand."""
        editing = Editing(self.store, self.words, clock=self.clock)
        await editing.edit(edits, actor=ADA, reason="because")

    async def sweep(self, released: str = "") -> Sweep:
        """Sweep."""
        return await Sweeping(self.store, self.words, clock=self.clock).sweep(released=released)

    async def plan(self) -> Sweep:
        """Plan a sweep."""
        return await Sweeping(self.store, self.words, clock=self.clock).plan()

    async def presence(self, key: str) -> Presence:
        """Return the presence of a CI."""
        return (await self.store.cis_by_key([key]))[key].presence

    async def fresh(self, key: str) -> Freshness:
        """Return how fresh a CI is."""
        ci = (await self.store.cis_by_key([key]))[key]
        return await freshness(self.store, self.words, ci, self.now)


@pytest.fixture
def world(store: GraphStore) -> World:
    return World(store)


async def test_what_is_seen_again_in_the_same_words_is_fresh_and_nothing_is_written(
    world: World,
) -> None:
    first = await world.read(says("s", "Server"))
    world.now += 6 * DAY
    again = await world.read(says("s", "Server"))
    world.now += 6 * DAY

    fresh = await world.fresh("s")

    assert first == again
    assert fresh.last_seen_at == "2026-03-07T12:00:00.000Z"
    assert (fresh.last_source, fresh.stale) == ("team", False)
    assert (await world.sweep()).is_idle


async def test_what_a_reading_no_longer_says_was_last_seen_when_it_did(world: World) -> None:
    await world.read(says("s", "Server"), says("t", "Server"))
    world.now += 3 * DAY
    await world.read(says("s", "Server"), says("t", "Server"))
    for _ in range(2):
        world.now += 4 * DAY
        await world.read(says("t", "Server"))

    assert (await world.fresh("s")).last_seen_at == "2026-03-04T12:00:00.000Z"
    assert (await world.fresh("s")).stale_since == "2026-03-11T12:00:00.000Z"
    assert (await world.fresh("t")).last_seen_at == "2026-03-12T12:00:00.000Z"


async def test_a_reading_that_broke_off_is_no_look(world: World) -> None:
    await world.read(says("s", "Server"))
    world.now += DAY
    intake = Intake(world.store, world.words, clock=world.clock)
    broken = reading(says("t", "Server"), data_source="team", to_the_end=False)
    plan = await intake.plan(broken, collector=SCRIBE, actor=ADA)
    await intake.apply(plan, actor=ADA)

    assert (await world.fresh("s")).last_seen_at == "2026-03-01T12:00:00.000Z"
    assert (await world.fresh("t")).last_seen_at == "2026-03-02T12:00:00.000Z"


async def test_what_was_not_seen_for_too_long_is_stale_until_it_is_seen(world: World) -> None:
    await world.read(says("s", "Server"), says("app", "Application"))
    world.now += 8 * DAY

    planned = await world.plan()
    swept = await world.sweep()

    assert (planned.stale.samples, planned.revisions) == (["s"], [])
    assert swept.stale.samples == ["s"]
    assert await world.presence("s") is Presence.STALE
    assert await world.presence("app") is Presence.ACTIVE
    assert (await world.sweep()).is_idle
    await world.read(says("s", "Server"))
    assert (await world.sweep()).seen_again.samples == ["s"]
    assert await world.presence("s") is Presence.ACTIVE


async def test_news_of_a_stale_ci_makes_it_active_and_an_edit_does_not(world: World) -> None:
    await world.read(says("s", "Server"), says("t", "Server"))
    world.now += 8 * DAY
    await world.sweep()

    await world.edit(UpdateCi(ci=EditRef(key="s"), attributes={"owner": "Ada"}))
    await world.read(says("s", "Server"), says("t", "Server", version="2"))

    assert await world.presence("s") is Presence.STALE
    assert await world.presence("t") is Presence.ACTIVE


async def test_what_nobody_saw_for_its_life_time_is_retired_and_comes_back_as_it_was(
    world: World,
) -> None:
    await world.read(says("s", "Server"), says("app"), relates("app", "s"))
    before = (await world.store.cis_by_key(["s"]))["s"].id
    world.now += 31 * DAY

    swept = await world.sweep()

    assert swept.unseen.samples == ["s"]
    assert await world.presence("s") is Presence.RETIRED
    assert (await world.sweep()).is_idle
    await world.read(says("s", "Server"), says("app"), relates("app", "s"))
    assert await world.presence("s") is Presence.ACTIVE
    assert (await world.store.cis_by_key(["s"]))["s"].id == before
    assert len(await world.store.relationships_of([before])) == 1


async def test_what_people_speak_of_has_no_life_time(world: World) -> None:
    await world.edit(CreateCi(class_name="Server", name="s", key="s"))
    world.now += 400 * DAY

    assert (await world.sweep()).is_idle
    assert (await world.fresh("s")).last_seen_at == ""


async def test_too_many_at_once_are_held_until_somebody_says_why(world: World) -> None:
    await world.read(*(says(f"s{number}", "Server") for number in range(5)))
    world.now += 31 * DAY

    held = await world.sweep()
    released = await world.sweep("the site is closed")

    assert [each.name for each in held.brakes] == ["RETIRE_COUNT"]
    assert held.unseen.count == 0
    assert released.unseen.count == 5
    newest = (await world.store.revisions(limit=1, newest_first=True))[0]
    assert "the site is closed" in newest.reason
    assert newest.actor.type == "SYSTEM"


async def test_as_many_people_may_leave_at_once_as_policies_say(world: World) -> None:
    staff = [somebody(f"p{number}") for number in range(8)]
    await world.read(*staff, complete=True)

    async def held(leaving: int) -> list[str]:
        intake = Intake(world.store, world.words, clock=world.clock)
        events = reading(*staff[leaving:], data_source="team", complete=True)
        plan = await intake.plan(events, collector=SCRIBE, actor=ADA)
        return [each.id for each in plan.brakes]

    assert await held(3) == []
    assert await held(4) == ["RETIRE_COUNT:Person"]


async def test_a_ci_whose_end_has_come_is_retired(world: World) -> None:
    await world.read(
        says("a", retireAt="2026-03-02T00:00:00Z"), says("b", retireAt="2027-01-01T00:00:00Z")
    )
    assert (await world.sweep()).is_idle
    world.now += DAY

    swept = await world.sweep()

    assert swept.expired_cis.samples == ["a"]
    assert await world.presence("a") is Presence.RETIRED
    assert await world.presence("b") is Presence.ACTIVE
    assert (await world.sweep()).is_idle


async def test_a_tag_until_an_instant_goes_with_the_sweep_after_it(world: World) -> None:
    await world.read(says("a"))
    await world.edit(
        UpdateCi(
            ci=EditRef(key="a"),
            attributes={"tag.exempt": "", "tag.stays": ""},
            terms={"tag.exempt": Terms(until="2026-03-01T18:00:00.000Z")},
        )
    )
    assert (await world.sweep()).is_idle
    world.now += DAY

    swept = await world.sweep()

    assert swept.expired_values.samples == ["a"]
    assert (await world.store.cis_by_key(["a"]))["a"].attributes == {"tag.stays": ""}
    assert (await world.sweep()).is_idle


async def test_records_of_old_requests_are_forgotten(world: World) -> None:
    records = tuple(
        Record(IDEMPOTENCY, f"idk_{number}", {"at": at})
        for number, at in enumerate(["2026-02-01T12:00:00.000Z", "2026-03-01T11:00:00.000Z"])
    )
    await world.store.apply(GraphDelta(based_on=0, actor=ADA, records=records))

    swept = await world.sweep()

    assert swept.forgotten_count == 1
    assert await world.store.record(IDEMPOTENCY, "idk_0") is None
    assert await world.store.record(IDEMPOTENCY, "idk_1") is not None


async def test_without_a_policy_what_was_stale_is_active_again(world: World) -> None:
    await world.read(says("s", "Server"))
    world.now += 8 * DAY
    await world.sweep()
    world.words = packaged()

    assert (await world.sweep()).seen_again.samples == ["s"]


async def test_two_replicas_that_sweep_at_once_do_it_once(world: World) -> None:
    await world.read(says("s", "Server"), says("a", retireAt="2026-03-02T00:00:00Z"))
    world.now += 31 * DAY
    late = Sweeping(world.store, world.words, clock=world.clock)
    planned = await late.plan()

    first = await world.sweep()
    second = await late.sweep()

    assert (planned.unseen.count, first.unseen.count) == (1, 1)
    assert second.is_idle
