"""The log by what it says: every store finds what a look at every entry finds."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from graph_service.model.delta import GraphDelta, Record
from graph_service.model.revision import Actor, ActorType, LogEntry, Operation, RecordType, Revision
from graph_service.store import GraphStore
from graph_service.store.log_query import EVERYTHING, LogQuery, changed_names, folded
from tests.builders import (
    ADA,
    ci,
    ci_id,
    claim_about,
    delta,
    estate,
    related,
    related_id,
    retired_ci,
)

pytestmark = pytest.mark.anyio

BOB = Actor("tok_bob", "Bob's robot", ActorType.TOKEN)
STRANGE = 'a".b` 数 }'


async def _written(store: GraphStore) -> list[tuple[Revision, LogEntry]]:
    """Write a history in which every sort of entry occurs, and return its entries in order."""
    deltas: list[GraphDelta] = [
        replace(estate("web(tier=1 owner=Ada) -> api -> db; lonely"), reason="The Start", run="r1"),
        replace(delta(ci("web", tier=2)), actor=BOB, reason="tier again", run="r1"),
        replace(delta(related("db", "web", "USES", port=80), ci("x")), change="chg_1"),
        replace(delta(claim_about(ci("db"), tier=2)), reason="ÄRGER mit Straße"),
        replace(delta(replace(ci("web", "Server"), attributes={STRANGE: 1})), run="r2", actor=BOB),
        replace(delta(retired_ci("api")), reason="100% _gone_"),
        replace(delta(ci("api"), related("web", "api")), change="chg_1", run="r2"),
        replace(delta(related("web", "api", port=1)), actor=Actor("usr_ada2", "Ada")),
        replace(delta(), rules=(Record("policy", "policy", {"name": "ours", "version": "1"}),)),
        replace(delta(), rules=(Record("policy", "policy", {"name": "ours", "version": "2"}),)),
    ]
    for number, each in enumerate(deltas):
        await store.apply(replace(each, based_on=number))
    return [
        (revision, entry)
        for revision in await store.revisions(limit=100)
        for entry in await store.entries(revision.number)
    ]


def _meets(query: LogQuery, revision: Revision, entry: LogEntry) -> bool:
    subjects = {entry.record_id, entry.subject_a, entry.subject_b}
    conditions = [
        not query.record_types or entry.record_type in query.record_types,
        not query.subjects or bool(query.subjects & subjects),
        not query.actors or bool(query.actors & {revision.actor.id, revision.actor.name}),
        not query.operations or entry.operation in query.operations,
        not query.run or revision.run == query.run,
        not query.change or revision.change == query.change,
        not query.names or not query.names.isdisjoint(changed_names(entry)),
        folded(query.reason) in folded(revision.reason),
        not query.since or revision.at >= query.since,
        not query.until or revision.at <= query.until,
        revision.number >= query.first,
        not query.last or revision.number <= query.last,
    ]
    return all(conditions)


def _queries(revisions: list[Revision]) -> Iterator[LogQuery]:
    """Yield each condition alone, and many of them together."""
    instants = ["", revisions[1].at, revisions[4].at, "2020-01-01T00:00:00.000Z", "2030-01-01"]
    choices: dict[str, list[object]] = {
        "record_types": [frozenset(), *(frozenset({each}) for each in RecordType)],
        "subjects": [
            frozenset(each)
            for each in (
                [],
                [ci_id("web")],
                [ci_id("lonely"), ci_id("db")],
                [related_id("web", "api")],
                ["ci_nobody"],
                ["policy", ci_id("x")],
                ["\ud800"],
            )
        ],
        "actors": [frozenset(each) for each in ([], ["Ada"], ["tok_bob", "usr_ada"], ["\ud800"])],
        "operations": [
            frozenset[Operation](),
            frozenset({Operation.RETIRED}),
            frozenset({Operation.UPDATED, Operation.REACTIVATED}),
            frozenset({Operation.CREATED}),
        ],
        "run": ["", "r1", "r2", "nope"],
        "change": ["", "chg_1", "nope"],
        "names": [
            frozenset(each)
            for each in ([], ["tier"], ["class", STRANGE], ["port", "owner"], ["nope"], ["\ud800"])
        ],
        "reason": ["", "START", "straße", "STRASSE", "%", "_", "again", "\ud800"],
        "since": [*instants],
        "until": [*instants],
        "first": [0, 3, 99],
        "last": [0, 5, 99],
    }
    for name, values in choices.items():
        for each in values:
            yield LogQuery(**{name: each})  # type: ignore[arg-type] # as listed above
    random = Random(7)  # noqa: S311 - the same queries every time
    for _ in range(60):
        names = random.sample([*choices], random.randint(2, 4))
        yield LogQuery(**{name: random.choice(choices[name]) for name in names})  # type: ignore[arg-type] # as listed above


async def test_a_query_finds_what_a_look_at_every_entry_finds(store: GraphStore) -> None:
    """Both ways, in pages of any size, entries and revisions, and their number."""
    written = await _written(store)
    revisions = await store.revisions(limit=100)
    for query in _queries(revisions):
        met = [entry for revision, entry in written if _meets(query, revision, entry)]
        numbers = sorted({each.revision for each in met})

        assert await store.log(query, limit=100) == met, query
        assert await store.log(query, limit=100, newest_first=True) == met[::-1], query
        assert await store.log_count(query) == len(met), query
        found = await store.revisions(query=query, limit=100)
        assert [each.number for each in found] == numbers, query
        found = await store.revisions(query=query, limit=100, newest_first=True)
        assert [each.number for each in found] == numbers[::-1], query
        assert await store.revision_count(query) == len(numbers), query


@pytest.mark.parametrize("newest_first", [False, True])
async def test_pages_of_a_query_are_the_whole_of_it(
    store: GraphStore, *, newest_first: bool
) -> None:
    written = await _written(store)
    queries = [
        EVERYTHING,
        LogQuery(subjects=frozenset({ci_id("web"), ci_id("api")})),
        LogQuery(run="r1"),
        LogQuery(actors=frozenset({"Ada"}), names=frozenset({"tier", "port"})),
        LogQuery(names=frozenset({"tier", "port"})),
        LogQuery(operations=frozenset({Operation.UPDATED, Operation.RETIRED})),
    ]
    for query, limit in product(queries, (1, 2, 3)):
        met = [entry for revision, entry in written if _meets(query, revision, entry)]
        found: list[LogEntry] = []
        after: tuple[int, int] | None = None
        while page := await store.log(query, after=after, limit=limit, newest_first=newest_first):
            assert len(page) <= limit
            found += page
            after = (page[-1].revision, page[-1].sequence)
        assert found == (met[::-1] if newest_first else met), (query, limit)


async def test_pages_of_revisions_continue_below_or_above(store: GraphStore) -> None:
    await _written(store)
    query = LogQuery(actors=frozenset({"Ada"}), record_types=frozenset({RecordType.CI}))

    async def numbers(after: int, *, newest_first: bool = False) -> list[int]:
        page = await store.revisions(query=query, after=after, limit=2, newest_first=newest_first)
        return [each.number for each in page]

    assert await numbers(0) == [1, 3]
    assert await numbers(3) == [4, 6]
    assert await numbers(6, newest_first=True) == [4, 3]
    assert await numbers(1, newest_first=True) == []


async def test_a_page_of_the_log_continues_from_any_place(store: GraphStore) -> None:
    """The place need not be that of an entry that meets the query, or of any."""
    await store.apply(estate("web; other"))
    await store.apply(delta(ci("web", tier=1), based_on=1))

    async def places(after: tuple[int, int], *, newest_first: bool) -> list[tuple[int, int]]:
        page = await store.log(EVERYTHING, after=after, newest_first=newest_first)
        return [(each.revision, each.sequence) for each in page]

    assert await places((1, 0), newest_first=False) == [(1, 1), (2, 0)]
    assert await places((1, 9), newest_first=False) == [(2, 0)]
    assert await places((9, 0), newest_first=False) == []
    assert await places((2, 0), newest_first=True) == [(1, 1), (1, 0)]
    assert await places((1, 9), newest_first=True) == [(1, 1), (1, 0)]
    assert await places((9, 9), newest_first=True) == [(2, 0), (1, 1), (1, 0)]


async def test_an_empty_log_has_no_entries(store: GraphStore) -> None:
    assert await store.log(EVERYTHING) == []
    assert await store.log_count(EVERYTHING) == 0
    assert await store.revisions(query=LogQuery(run="r1")) == []
    assert await store.revision_count() == 0


async def test_records_are_listed_from_the_newest_down(store: GraphStore) -> None:
    long = "n" * 400
    ids = ["a", "b", "c", f"{long}1", f"{long}2", "数"]
    records = tuple(Record("run", each, {}, "g" if each < "c" else "h") for each in ids)
    await store.apply(GraphDelta(based_on=0, actor=ADA, records=records))

    async def listed(after: str, limit: int, group: str | None = None) -> list[str]:
        page = await store.records("run", group=group, after=after, limit=limit, newest_first=True)
        return [each.id for each in page]

    assert await listed("", 10) == ids[::-1]
    assert await listed("", 2) == ["数", f"{long}2"]
    assert await listed(f"{long}2", 2) == [f"{long}1", "c"]
    assert await listed("a", 2) == []
    assert await listed("", 10, "g") == ["b", "a"]
    assert await store.record_count("run") == 6
    assert await store.record_count("run", group="g") == 2
    assert await store.record_count("nothing") == 0
