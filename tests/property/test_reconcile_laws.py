"""What must hold of imports whatever is said, in whatever order, wherever they are killed."""

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.model.claim import MANUAL, Claim
from graph_service.model.ids import CIId
from graph_service.model.observation import CIObservation, Event, RelationshipObservation
from graph_service.model.relationship import Origin
from graph_service.reconcile import batches
from graph_service.reconcile.effective import ranked
from tests.readings import Estate, KilledError, killed_after, opened, relates, says

laws = settings(max_examples=30, deadline=None)

SOURCES = ("a", "b")
KEYS = tuple(f"{source}{number}" for source in SOURCES for number in range(4))
TYPES = ("DEPENDS_ON", "USES", "MEMBER_OF")


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(work)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@st.composite
def said_by(draw: st.DrawFn, source: str) -> list[Event]:
    """Draw what a data source says: some of its CIs, and relationships of anything to anything."""
    own = [key for key in KEYS if key.startswith(source)]
    # One CI is always there: an empty reading is a matter of its own.
    described = {own[0], *draw(st.sets(st.sampled_from(own)))}
    cis: list[Event] = [
        says(key, draw(st.sampled_from(["Server", "Api"])), tier=draw(st.integers(0, 4)))
        for key in sorted(described)
    ]
    pairs = st.tuples(st.sampled_from(KEYS), st.sampled_from(TYPES), st.sampled_from(KEYS))
    drawn = draw(st.sets(pairs.filter(lambda each: each[0] != each[2]), max_size=6))
    relationships: list[Event] = [
        relates(first, second, type_, port=draw(st.integers(1, 3)))
        for first, type_, second in sorted(drawn)
    ]
    return [*cis, *relationships]


Saying = tuple[str, list[Event]]

readings = st.lists(
    st.sampled_from(SOURCES).flatmap(lambda each: st.tuples(st.just(each), said_by(each))),
    min_size=1,
    max_size=5,
)


def picture_of(last: Mapping[str, Sequence[Event]]) -> tuple[object, object, set[str]]:
    """Say what the estate must be, from the last complete reading of each data source alone."""
    events = [each for said in last.values() for each in said]
    cis = {each.native_key: each for each in events if isinstance(each, CIObservation)}
    drawn = [each for each in events if isinstance(each, RelationshipObservation)]
    relationships: dict[str, set[int]] = {}
    dangling = set()
    for each in drawn:
        label = f"{each.source} {each.type} {each.target}"
        if str(each.source) in cis and str(each.target) in cis:
            relationships.setdefault(label, set()).add(each.attributes["port"])
        else:
            dangling.add(label)
    shown = {key: (each.class_name, dict(each.attributes)) for key, each in cis.items()}
    return shown, relationships, dangling


async def check(estate: Estate, last: Mapping[str, Sequence[Event]]) -> None:
    cis, relationships, dangling = picture_of(last)
    living = await estate.cis(retired=False)
    keys = {each.id: each.key for each in living.values()}
    found = {
        f"{keys[each.source]} {each.type} {keys[each.target]}": each.attributes["port"]
        for each in await estate.store.relationships_of(keys.keys())
    }
    assert {key: (each.class_name, dict(each.attributes)) for key, each in living.items()} == cis
    assert isinstance(relationships, dict)
    assert found.keys() == relationships.keys()
    assert all(port in relationships[label] for label, port in found.items())
    assert await estate.unresolved() == dangling


@laws
@given(said=readings)
def test_the_estate_is_what_was_last_said(said: list[Saying]) -> None:
    """However it came about, the estate is a function of each data source's last word."""

    async def work() -> None:
        with folder() as where:
            async with opened(where / "estate.db") as estate:
                last: dict[str, list[Event]] = {}
                for source, events in said:
                    await estate.take_in(*events, data_source=source, complete=True)
                    last[source] = events
                    await check(estate, last)

    run(work())


@laws
@given(said=readings)
def test_saying_it_again_writes_nothing(said: list[Saying]) -> None:
    """After any history, the last word of everybody, said again, makes no revision."""

    async def work() -> None:
        with folder() as where:
            async with opened(where / "estate.db") as estate:
                last: dict[str, list[Event]] = {}
                for source, events in said:
                    await estate.take_in(*events, data_source=source, complete=True)
                    last[source] = events
                before = await estate.revision()
                for source, events in last.items():
                    result = await estate.take_in(*events, data_source=source, complete=True)
                    assert result.revisions == ()
                assert await estate.revision() == before

    run(work())


@laws
@given(said=said_by("a"), data=st.data())
def test_the_order_of_observations_does_not_matter(said: list[Event], data: st.DataObject) -> None:
    """A reading shuffled is the same reading."""
    shuffled = data.draw(st.permutations(said))

    async def work() -> None:
        pictures = []
        for events in (said, shuffled):
            with folder() as where:
                async with opened(where / "estate.db") as estate:
                    await estate.take_in(*events, complete=True)
                    pictures.append(await estate.picture())
        assert pictures[0] == pictures[1]

    run(work())


@contextmanager
def deltas_of(size: int) -> Iterator[None]:
    """Cut plans into deltas of so many records, so that a small one has many boundaries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "DELTA_RECORDS_MAX", size)
        yield


@pytest.mark.parametrize("size", [1, 3])
@laws
@given(before=readings, said=said_by("a"), writes=st.integers(0, 12))
def test_a_killed_import_is_finished_by_the_next(
    size: int, before: list[Saying], said: list[Event], writes: int
) -> None:
    """Killed at any delta boundary, then run again: as if it had never been killed."""

    async def work() -> None:
        with folder() as where, deltas_of(size):
            async with opened(where / "estate.db") as estate:
                last: dict[str, list[Event]] = {}
                for source, events in before:
                    await estate.take_in(*events, data_source=source, complete=True)
                    last[source] = events
                with killed_after(estate, writes), suppress(KilledError):
                    await estate.take_in(*said, data_source="a", complete=True)
                await estate.take_in(*said, data_source="a", complete=True)
                await check(estate, {**last, "a": said})

    run(work())


@laws
@given(said=said_by("a"), writes=st.integers(1, 12))
def test_a_kept_plan_goes_on_where_it_was_killed(said: list[Event], writes: int) -> None:
    """A plan killed half-way is applied to its end, each delta once."""

    async def work() -> None:
        with folder() as where, deltas_of(2):
            async with opened(where / "estate.db") as estate:
                plan = await estate.plan(*said, data_source="a")
                await estate.intake.keep(plan)
                with killed_after(estate, writes), suppress(KilledError):
                    await estate.apply(plan)
                kept = await estate.intake.kept(plan.id)
                await estate.apply(kept)
                await check(estate, {"a": said})
                of_graph = [each for each in plan.deltas if each.size]
                assert await estate.revision() == len(of_graph)

    run(work())


claims = st.builds(
    lambda source, origin, at, tier, live: Claim(
        data_source=source,
        native_key="web",
        subject=CIId("ci_web"),
        content={"class": "Server", "attributes": {"tier": tier} if tier else {}},
        digest="",
        origin=origin,
        observed_at=f"2026-03-0{at}T12:00:00.000Z",
        live=live,
    ),
    st.sampled_from(["a", "b", "c", MANUAL]),
    st.sampled_from(Origin),
    st.integers(1, 3),
    st.integers(0, 4),
    st.booleans(),
)


@given(said=st.lists(claims, unique_by=lambda each: each.data_source), data=st.data())
def test_the_order_of_claims_does_not_matter(said: list[Claim], data: st.DataObject) -> None:
    """Who wins depends on what is claimed, not on who is asked first."""
    shuffled = data.draw(st.permutations(said))

    assert ranked(said) == ranked(shuffled)


@given(said=st.lists(claims, unique_by=lambda each: each.data_source), more=claims)
def test_a_withdrawn_claim_changes_nothing(said: list[Claim], more: Claim) -> None:
    """A claim that is not live is as good as none."""
    silent = Claim(
        data_source="z",
        native_key="web",
        subject=more.subject,
        content=more.content,
        digest="",
        observed_at=more.observed_at,
        live=False,
    )

    assert ranked([*said, silent]) == ranked(said)
