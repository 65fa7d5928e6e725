"""A log is taken over as it was, and with it everything that follows from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.model.ci import Presence
from graph_service.model.delta import RULES, Record
from graph_service.model.errors import InvalidInputError
from graph_service.model.revision import GENESIS, Head
from graph_service.store.chain import payload_hash, payload_text, sealed
from graph_service.store.copyable import CopyableStore, Held, NumberedCI, Stretch
from graph_service.store.neo4j import open_neo4j
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.copies.original import StoreOriginal
from graph_service.use_cases.copies.store_copy import copy_store
from tests.builders import TickingClock, ci, claim_about, delta, estate
from tests.contract.random_deltas import FIRST, deltas
from tests.contract.views import comparable, outcome, view
from tests.servers.fixtures import wipe
from tests.servers.neo4j_server import Neo4jAddress

pytestmark = pytest.mark.anyio

HISTORIES = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
ON_THE_SERVER = settings(HISTORIES, max_examples=5)


@pytest.fixture
async def original(tmp_path: Path) -> AsyncIterator[CopyableStore]:
    """Provide a store with a history: a claim that moved, a CI renamed, another retired, rules."""
    store = await open_sqlite(tmp_path / "original.db", clock=TickingClock())
    await store.apply(estate("web(tier=1) -> api -[USES strength=SOFT]-> db:Database"))
    claim = claim_about(ci("web"), owner="x")
    await store.apply(delta(claim, based_on=1))
    renamed = delta(
        replace(ci("web"), name="Web"), replace(claim, subject=ci("api").id), based_on=2
    )
    token = Record("token", "tok_1", {"seal": "x"}, "g")
    await store.apply(replace(renamed, reason="because", run="run_1", records=(token,)))
    await store.apply(delta(replace(ci("db"), presence=Presence.RETIRED), based_on=3))
    rules = Record("vocabulary", "vocabulary", {"name": "acme", "version": "1"})
    await store.apply(replace(delta(based_on=4), rules=(rules,)))
    yield store
    await store.close()


async def log_of(store: CopyableStore) -> Stretch:
    """Return the whole log."""
    return [(each, await store.entries(each.number)) for each in await store.revisions(limit=1000)]


async def contents(store: CopyableStore, *, records_only: bool = False) -> list[Head | Held]:
    """Return all that a store reads out, in an order of ours."""
    parts: list[Head | Sequence[Held]] = []
    await store.read_out(parts.append, records_only=records_only)
    head, *lists = parts
    assert isinstance(head, Head)
    held = [each for part in lists if not isinstance(part, Head) for each in part]
    return [head, *sorted(held, key=repr)]


def logged(held: Sequence[Head | Held]) -> list[Head | Held]:
    """Return what follows from the log: everything but the records around it."""
    return [each for each in held if not isinstance(each, Record) or each.kind in RULES]


async def test_an_appended_log_is_the_same_log_and_the_same_estate(
    original: CopyableStore, store: CopyableStore
) -> None:
    """Numbers, instants, actors, reasons, hashes, entries; CIs, claims, ordinals."""
    head = await store.append(await log_of(original))

    assert head == await store.head() == await original.head()
    assert await log_of(store) == await log_of(original)
    graph = logged(await contents(original))
    assert await contents(store) == graph


async def test_a_log_may_come_in_any_stretches(
    original: CopyableStore, store: CopyableStore
) -> None:
    """One revision at a time comes to the same as all at once."""
    for each in await log_of(original):
        await store.append([each])

    assert await log_of(store) == await log_of(original)
    assert await contents(store) == logged(await contents(original))


async def test_nothing_appended_changes_nothing(store: CopyableStore) -> None:
    """An empty stretch is none."""
    assert await store.append([]) == Head()


async def test_a_log_goes_on_after_it_was_appended(
    original: CopyableStore, store: CopyableStore
) -> None:
    """New CIs get the next ordinal, the chain continues."""
    head = await store.append(await log_of(original))

    applied = await store.apply(delta(ci("new", key=""), based_on=head.revision))

    assert applied.revision is not None
    assert applied.revision.previous_hash == head.hash
    assert applied.keys == {ci("new").id: "CI-000004"}


@pytest.mark.parametrize(
    "fault",
    ["gap", "other chain", "altered header", "altered entry", "entry gone", "no record in it"],
)
async def test_what_does_not_follow_or_is_not_what_its_hash_seals_is_refused(
    original: CopyableStore, store: CopyableStore, fault: str
) -> None:
    """And nothing of it is written, not even what came before."""
    log = list(await log_of(original))
    revision, entries = log[1]
    if fault == "gap":
        del log[1]
    elif fault == "other chain":
        log[1] = (sealed(replace(revision, previous_hash=GENESIS), entries), entries)
    elif fault == "altered header":
        log[1] = (replace(revision, reason="another"), entries)
    elif fault == "altered entry":
        first = entries[0]
        log[1] = (revision, [replace(first, after={**first.after, "name": "x"}), *entries[1:]])
    elif fault == "entry gone":
        log[1] = (revision, entries[1:])
    else:
        log[1] = (revision, [replace(entries[0], after={}), *entries[1:]])

    with pytest.raises(InvalidInputError) as refusal:
        await store.append(log)

    assert refusal.value.faults[0].place.document == "log"
    assert await store.head() == Head()
    assert await contents(store) == [Head()]


async def test_a_log_whose_hashes_are_right_must_be_possible_all_the_same(
    tmp_path: Path, store: CopyableStore
) -> None:
    """One key for two CIs: somebody made it up."""
    other = await open_sqlite(tmp_path / "other.db", clock=TickingClock())
    await other.apply(delta(ci("a"), ci("b")))
    ((revision, (first, second)),) = await log_of(other)
    await other.close()
    after = {**second.after, "key": "a"}
    payload = payload_text({}, after, ())
    entries = [first, replace(second, after=after, payload_hash=payload_hash(payload))]

    with pytest.raises(InvalidInputError) as refusal:
        await store.append([(sealed(revision, entries), entries)])

    assert {each.code for each in refusal.value.faults} == {"KEY_TAKEN"}
    assert await contents(store) == [Head()]


async def test_all_that_a_store_holds_is_read_out_at_one_moment(store: CopyableStore) -> None:
    """The retired as well, each once, with ordinals; records alone when only they are wanted."""
    await store.apply(estate("a -> b"))
    await store.apply(
        replace(
            delta(
                replace(ci("b"), presence=Presence.RETIRED),
                claim_about(ci("a")),
                based_on=1,
            ),
            records=(Record("run", "1", {"x": [1]}, "g"),),
        )
    )

    held = await contents(store)

    assert [type(each).__name__ for each in held] == [
        "Head",
        "Claim",
        "NumberedCI",
        "NumberedCI",
        "Record",
        "Relationship",
    ]
    ordinals = {each.ci.key: each.ordinal for each in held if isinstance(each, NumberedCI)}
    assert ordinals == {"a": 1, "b": 2}
    assert await contents(store, records_only=True) == [
        await store.head(),
        Record("run", "1", {"x": [1]}, "g"),
    ]


Opening = Callable[[], Awaitable[CopyableStore]]


@pytest.fixture
def embedded(tmp_path: Path) -> Opening:
    """Provide a way to open an empty embedded store, again and again."""
    numbers = count()

    async def opened() -> CopyableStore:
        return await open_sqlite(tmp_path / f"{next(numbers)}.db", clock=TickingClock())

    return opened


@pytest.fixture
def on_server(neo4j_address: Neo4jAddress) -> Opening:
    """Provide a way to open an empty store on the server, one at a time."""

    async def opened() -> CopyableStore:
        await asyncio.to_thread(wipe, neo4j_address)
        return await open_neo4j(
            neo4j_address.address,
            user=neo4j_address.user,
            password=neo4j_address.password,
            database=neo4j_address.database,
            clock=TickingClock(),
        )

    return opened


async def check_copies(data: st.DataObject, first: Opening, second: Opening) -> None:
    """Write at random to one store, copy it now and then, and compare all that both say."""
    original, target = await first(), await second()
    try:
        await original.apply(FIRST)
        for _ in range(data.draw(st.integers(1, 3))):
            for _ in range(data.draw(st.integers(0, 6))):
                head = await original.head()
                await outcome(original, data.draw(deltas(head.revision)))
            copied = await copy_store(
                StoreOriginal(original), target, clock=TickingClock(), progress=lambda *_: None
            )
            assert copied.is_equal, (copied.differing, copied.examples, copied.faults)
            one, other = await view(original), await view(target)
            for question, answer in one.items():
                assert comparable(answer) == comparable(other[question]), question
    finally:
        await original.close()
        await target.close()


@HISTORIES
@given(data=st.data())
def test_any_history_is_copied(embedded: Opening, data: st.DataObject) -> None:
    """Whatever was written, the copy says the same, also when it is brought up to date."""
    asyncio.run(check_copies(data, embedded, embedded))


@pytest.mark.neo4j
@ON_THE_SERVER
@given(data=st.data())
def test_any_history_is_copied_to_the_server(
    embedded: Opening, on_server: Opening, data: st.DataObject
) -> None:
    """From SQLite to Neo4j."""
    asyncio.run(check_copies(data, embedded, on_server))


@pytest.mark.neo4j
@ON_THE_SERVER
@given(data=st.data())
def test_any_history_is_copied_from_the_server(
    embedded: Opening, on_server: Opening, data: st.DataObject
) -> None:
    """From Neo4j to SQLite."""
    asyncio.run(check_copies(data, on_server, embedded))
