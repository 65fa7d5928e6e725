"""The past: records as they were at any revision, and what has changed since."""

from dataclasses import replace

import pytest

from graph_service.model.ci import CI, Presence
from graph_service.model.relationship import Relationship
from graph_service.model.revision import RecordType
from graph_service.store import GraphStore
from tests.builders import (
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


async def _some_history(store: GraphStore) -> None:
    """Four revisions: five entries, one, one, two."""
    await store.apply(estate("web -> api -> db"))
    await store.apply(delta(ci("web", tier=1), based_on=1))
    await store.apply(delta(claim_about(ci("db"), tier=2), based_on=2))
    await store.apply(delta(retired_ci("api"), based_on=3))


async def test_a_record_is_as_the_newest_entry_at_or_before_says(store: GraphStore) -> None:
    await _some_history(store)
    web, api, between = ci_id("web"), ci_id("api"), related_id("web", "api")

    then = await store.as_of(1, [web, api, between, "ci_nobody", "\ud800", "rel_\0"])
    now = await store.as_of(4, [web, api, between])

    assert then == {
        web: _at(ci("web"), 1),
        api: _at(ci("api"), 1),
        between: _at(related("web", "api"), 1),
    }
    assert now[web] == _at(ci("web", tier=1), 2)
    assert now[api] == _at(retired_ci("api"), 4)
    assert now[between] == _at(related("web", "api", presence=Presence.RETIRED), 4)


async def test_nothing_was_there_before_it_was_created(store: GraphStore) -> None:
    await store.apply(estate("web"))
    await store.apply(estate("api", based_on=1))

    assert await store.as_of(0, [ci_id("web")]) == {}
    assert await store.as_of(1, [ci_id("api")]) == {}
    assert await store.as_of(1, []) == {}


async def test_what_has_changed_is_told_by_type(store: GraphStore) -> None:
    await _some_history(store)

    assert await store.changed(RecordType.CI, after=1, until=4) == sorted(
        [ci_id("web"), ci_id("db"), ci_id("api")]
    )
    assert await store.changed(RecordType.CI, after=1, until=2) == [ci_id("web")]
    assert await store.changed(RecordType.RELATIONSHIP, after=1, until=3) == []
    assert await store.changed(RecordType.RELATIONSHIP, after=3, until=9) == sorted(
        [related_id("web", "api"), related_id("api", "db")]
    )
    assert await store.changed(RecordType.CI, after=4, until=4) == []


async def test_later_entries_of_a_record_are_its_own(store: GraphStore) -> None:
    await _some_history(store)
    asked = [ci_id("api"), ci_id("db"), related_id("api", "db")]

    found = await store.entries_of([*asked, "\ud800"], after=1)

    assert found == [
        each
        for number in (2, 3, 4)
        for each in await store.entries(number)
        if each.record_id in asked
    ]
    assert [each.revision for each in found] == [3, 4, 4]
    assert await store.entries_of(asked, after=4) == []
    assert await store.entries_of([], after=0) == []


async def test_the_size_of_the_log_is_counted_in_entries(store: GraphStore) -> None:
    await _some_history(store)

    assert [await store.log_size(each) for each in (0, 1, 2, 3, 4, 9)] == [0, 5, 6, 7, 10, 10]


def _at(record: CI | Relationship, revision: int) -> CI | Relationship:
    return replace(record, revision=revision)
