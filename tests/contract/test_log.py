"""The log: what was written, in order, whole, and sealed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graph_service.model.codec import ci_from_data, ci_to_data
from graph_service.model.revision import LogEntry, Operation, RecordType, Revision
from graph_service.store import GraphStore
from graph_service.store.ledger import verify
from tests.builders import (
    NOON,
    ci,
    ci_id,
    claim_about,
    delta,
    estate,
    related,
    related_id,
    retired_ci,
)
from tests.contract.conftest import EmptyStore

pytestmark = pytest.mark.anyio

Log = list[tuple[Revision, list[LogEntry]]]


async def _whole_log(store: GraphStore) -> Log:
    return [(each, await store.entries(each.number)) for each in await store.revisions(limit=1_000)]


async def _some_history(store: GraphStore) -> None:
    """Four revisions: five entries, one, one, three."""
    await store.apply(estate("web -> api -> db"))
    await store.apply(delta(ci("web", tier=1), based_on=1))
    await store.apply(delta(claim_about(ci("db"), tier=2), based_on=2))
    await store.apply(delta(retired_ci("api"), based_on=3))


async def test_an_entry_has_what_was_and_what_is(store: GraphStore) -> None:
    await store.apply(delta(ci("web", tier=1, owner="Ada", site="north")))
    becomes = replace(ci("web", "Server", tier=2, site="north", port=80), name="Web")

    await store.apply(delta(becomes, based_on=1))

    [entry] = await store.entries(2)
    assert entry.before == {
        "name": "web",
        "class": "Application",
        "attributes": {"tier": 1, "owner": "Ada"},
        "absent": ["port"],
    }
    assert entry.after == ci_to_data(becomes)
    assert ci_from_data(entry.after, 2) == (await store.cis([ci_id("web")]))[ci_id("web")]


async def test_entries_name_record_subjects_and_operation(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))

    web, api, between = await store.entries(1)

    assert (web.sequence, api.sequence, between.sequence) == (0, 1, 2)
    assert (web.record_type, web.subject_a, web.subject_b) == (RecordType.CI, ci_id("web"), None)
    assert between.record_type is RecordType.RELATIONSHIP
    assert between.record_id == related_id("web", "api")
    assert (between.subject_a, between.subject_b) == (ci_id("web"), ci_id("api"))
    assert {each.operation for each in (web, api, between)} == {Operation.CREATED}


async def test_the_history_of_a_ci_includes_its_relationships(store: GraphStore) -> None:
    await store.apply(estate("web -> api; db"))
    await store.apply(delta(related("db", "web"), based_on=1))
    await store.apply(delta(related("db", "api"), based_on=1))
    await store.apply(delta(retired_ci("api"), based_on=3))

    history = await store.history(ci_id("web"))

    assert [(each.revision, each.record_id, each.operation) for each in history] == [
        (4, related_id("web", "api"), Operation.RETIRED),
        (2, related_id("db", "web"), Operation.CREATED),
        (1, related_id("web", "api"), Operation.CREATED),
        (1, ci_id("web"), Operation.CREATED),
    ]


async def test_the_history_of_a_relationship_is_its_own(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))
    await store.apply(delta(ci("web", tier=1), based_on=1))
    await store.apply(delta(related("web", "api", port=80), based_on=2))

    history = await store.history(related_id("web", "api"))

    assert [each.revision for each in history] == [3, 1]


async def test_history_comes_in_pages(store: GraphStore) -> None:
    for tier in range(5):
        await store.apply(delta(ci("web", tier=tier), based_on=tier))

    page = await store.history(ci_id("web"), limit=2)
    following = await store.history(ci_id("web"), before=(page[-1].revision, 0), limit=2)

    assert [each.revision for each in page] == [5, 4]
    assert [each.revision for each in following] == [3, 2]
    assert await store.history("ci_nobody") == []
    assert await store.history("\ud800") == []


async def test_a_page_of_history_may_end_within_a_revision(store: GraphStore) -> None:
    """Page by page the history is the log, however many entries a revision has for one CI."""
    await store.apply(estate("web -> a & b & c; d -> web"))
    await store.apply(estate("x -> y", based_on=1))
    await store.apply(delta(related("web", "a", port=1), ci("web", tier=1), based_on=1))
    await store.apply(delta(retired_ci("web"), based_on=3))
    about_web = [
        (entry.revision, entry.sequence)
        for _, entries in reversed(await _whole_log(store))
        for entry in reversed(entries)
        if ci_id("web") in {entry.subject_a, entry.subject_b}
    ]

    for limit in (1, 2, 3, 100):
        found: list[tuple[int, int]] = []
        before: tuple[int, int] | None = None
        while page := await store.history(ci_id("web"), before=before, limit=limit):
            assert len(page) <= limit
            found += [(each.revision, each.sequence) for each in page]
            before = found[-1]
        assert found == about_web


async def test_history_continues_from_any_place_in_the_log(store: GraphStore) -> None:
    """The place need not be that of an entry of this history, or of any."""
    await store.apply(estate("web; other"))
    await store.apply(delta(ci("web", tier=1), based_on=1))

    async def revisions_before(revision: int, sequence: int) -> list[int]:
        page = await store.history(ci_id("web"), before=(revision, sequence))
        return [each.revision for each in page]

    assert await revisions_before(0, 9) == []
    assert await revisions_before(1, 0) == []
    assert await revisions_before(1, 1) == [1]
    assert await revisions_before(1, 9_999) == [1]
    assert await revisions_before(2, 0) == [1]
    assert await revisions_before(3, 0) == [2, 1]
    assert await revisions_before(9_999, 0) == [2, 1]


async def test_entries_after_are_of_whole_revisions(store: GraphStore) -> None:
    await _some_history(store)

    async def revisions_after(revision: int, limit: int) -> list[int]:
        return [each.revision for each in await store.entries_after(revision, limit)]

    assert await revisions_after(0, 1) == [1] * 5
    assert await revisions_after(0, 6) == [1] * 5 + [2]
    assert await revisions_after(0, 8) == [1] * 5 + [2, 3]
    assert await revisions_after(0, 100) == [1] * 5 + [2, 3] + [4] * 3
    assert await revisions_after(1, 2) == [2, 3]
    assert await revisions_after(3, 1) == [4] * 3
    assert await revisions_after(4, 10) == []
    assert await revisions_after(9, 10) == []


async def test_entries_after_are_the_entries_in_order(store: GraphStore) -> None:
    await _some_history(store)

    followed = await store.entries_after(0, 100)

    assert followed == [entry for _, entries in await _whole_log(store) for entry in entries]


async def test_there_are_no_entries_of_a_revision_that_is_not(store: GraphStore) -> None:
    await _some_history(store)

    assert await store.entries(0) == []
    assert await store.entries(5) == []


async def test_revisions_come_in_pages_both_ways(store: GraphStore) -> None:
    await _some_history(store)

    async def numbers(*, after: int = 0, limit: int = 50, newest_first: bool = False) -> list[int]:
        page = await store.revisions(after=after, limit=limit, newest_first=newest_first)
        return [each.number for each in page]

    assert await numbers() == [1, 2, 3, 4]
    assert await numbers(limit=2) == [1, 2]
    assert await numbers(after=2, limit=5) == [3, 4]
    assert await numbers(newest_first=True, limit=3) == [4, 3, 2]
    assert await numbers(newest_first=True, after=2) == [1]


async def test_instants_never_go_back(empty_store: EmptyStore) -> None:
    """A clock that was put back does not date a revision before the one it follows."""
    now = NOON
    async with empty_store(lambda: now) as store:
        for revision, minutes in enumerate((0, -60, -30, 1)):
            now = NOON + timedelta(minutes=minutes)
            await store.apply(delta(ci("web", tier=revision), based_on=revision))

        instants = [each.at for each in await store.revisions()]

        assert instants == ["2026-03-01T12:00:00.000Z"] * 3 + ["2026-03-01T12:01:00.000Z"]
        assert (await store.head()).at == instants[-1]
        assert verify(await _whole_log(store), until=await store.head()) == []


async def test_the_chain_holds(store: GraphStore) -> None:
    await _some_history(store)

    assert verify(await _whole_log(store), until=await store.head()) == []


def _with_entry(log: Log, **changes: Any) -> Log:  # noqa: ANN401 - fields of an entry
    revision, [first, *others] = log[0]
    return [(revision, [replace(first, **changes), *others]), *log[1:]]


def _with_revision(log: Log, **changes: Any) -> Log:  # noqa: ANN401 - fields of a revision
    revision, entries = log[1]
    return [log[0], (replace(revision, **changes), entries), *log[2:]]


TAMPERING: dict[str, tuple[Callable[[Log], Log], str]] = {
    "an after-image": (
        lambda log: _with_entry(log, after=ci_to_data(ci("web", tier=4))),
        "PAYLOAD_ALTERED",
    ),
    "an old value": (lambda log: _with_entry(log, before={"name": "x"}), "PAYLOAD_ALTERED"),
    "a claim": (lambda log: _with_entry(log, claims=({"a": 1},)), "PAYLOAD_ALTERED"),
    "a payload's hash": (lambda log: _with_entry(log, payload_hash="00"), "REVISION_ALTERED"),
    "an operation": (
        lambda log: _with_entry(log, operation=Operation.RETIRED),
        "REVISION_ALTERED",
    ),
    "a subject": (lambda log: _with_entry(log, subject_a="ci_x"), "SUBJECTS_ALTERED"),
    "an actor's name": (
        lambda log: _with_revision(log, actor=replace(log[1][0].actor, name="Eve")),
        "REVISION_ALTERED",
    ),
    "an instant": (
        lambda log: _with_revision(log, at="2026-03-01T12:00:00.500Z"),
        "REVISION_ALTERED",
    ),
    "a reason": (lambda log: _with_revision(log, reason="no reason"), "REVISION_ALTERED"),
    "a count": (lambda log: _with_revision(log, entry_count=2), "ENTRIES_MISSING"),
    "an instant that goes back": (
        lambda log: _with_revision(log, at="2020-01-01T00:00:00.000Z"),
        "TIME_WENT_BACK",
    ),
    "a lost entry": (lambda log: [(log[0][0], log[0][1][1:]), *log[1:]], "ENTRIES_MISSING"),
    "entries in another order": (
        lambda log: [(log[0][0], log[0][1][::-1]), *log[1:]],
        "ENTRIES_MISSING",
    ),
    "a lost revision": (lambda log: [log[0], *log[2:]], "REVISION_MISSING"),
    "a lost first revision": (lambda log: log[1:], "CHAIN_BROKEN"),
    "a lost last revision": (lambda log: log[:-1], "LOG_CUT"),
    "no log at all": (lambda _: [], "LOG_CUT"),
}


@pytest.mark.parametrize("title", TAMPERING)
async def test_the_chain_shows_that_somebody_altered(store: GraphStore, title: str) -> None:
    alter, code = TAMPERING[title]
    await _some_history(store)

    faults = verify(alter(await _whole_log(store)), until=await store.head())

    assert code in {each.code for each in faults}


async def test_a_stretch_of_the_log_is_proven_from_the_head_before_it(store: GraphStore) -> None:
    await store.apply(estate("web"))
    head = await store.head()
    await store.apply(delta(ci("web", tier=1), based_on=1))

    assert verify((await _whole_log(store))[1:], after=head, until=await store.head()) == []
