"""Subscriptions: revisions as they are written, over server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph_service.api.event_stream import SUBSCRIPTIONS_MAX
from graph_service.api.limits import Limits
from graph_service.model.revision import Revision
from graph_service.use_cases.access import Role
from graph_service.use_cases.log.log_following import PAGE
from tests.api.streams import subscribed
from tests.api.world import World, world
from tests.builders import ADA, NOON

pytestmark = pytest.mark.anyio

NUMBERS = "subscription { revisions { number } }"


def after(revision: int, selected: str = "number", more: str = "") -> str:
    return f"subscription {{ revisions(after: {revision}{more}) {{ {selected} }} }}"


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[World]:
    """Provide a service whose streams beat a hundred times a second."""
    async with world(tmp_path, follow_seconds=0.01, beat_seconds=0.01) as running:
        yield running


async def test_a_revision_is_sent_as_it_is_written(quick: World) -> None:
    """By somebody else, who tells nobody: the log is looked at."""
    await quick.draw("web -> db")
    async with subscribed(quick, NUMBERS) as stream:
        assert (stream.status, stream.media_type) == (200, "text/event-stream; charset=utf-8")
        await stream.beat()
        await quick.draw("x")
        assert await stream.data() == {"revisions": {"number": 2}}
        await quick.draw("y")
        assert await stream.data() == {"revisions": {"number": 3}}


async def test_what_this_service_writes_is_sent_at_once(tmp_path: Path) -> None:
    """Nobody waits for the next look at the store, which here would be in an hour."""
    create = '{createCi: {key: "x", name: "X", class: "Application"}}'
    mutation = (
        f'mutation {{ editEstate(input: {{reason: "r", edits: [{create}]}}) {{ __typename }} }}'
    )
    async with world(tmp_path, follow_seconds=3600.0) as running:
        async with subscribed(running, after(0, "number reason actor { name }")) as stream:
            asked = asyncio.create_task(stream.data())
            await running.ask(mutation, role=Role.ENGINEER)

            sent = (await asked)["revisions"]

        assert sent == {"number": 1, "reason": "r", "actor": {"name": "a ENGINEER"}}


async def test_a_subscription_resumes_after_any_revision(quick: World) -> None:
    """First what was written meanwhile, then what comes: in order, each once, none left out."""
    for number in range(45):
        await quick.draw(f"ci-{number}")
    async with subscribed(quick, after(2)) as stream:
        sent = [(await stream.data())["revisions"]["number"] for _ in range(43)]
        await quick.draw("later")
        sent.append((await stream.data())["revisions"]["number"])

    assert sent == list(range(3, 47))


async def test_events_say_where_to_resume(quick: World) -> None:
    await quick.draw("web")
    async with subscribed(quick, after(0)) as stream:
        while b"id: 1\n" not in stream._buffer:
            await stream._more()


async def test_a_filter_holds_for_revisions_and_for_their_entries(quick: World) -> None:
    await quick.draw("web; db")
    await quick.draw("api")
    await quick.draw("web -> db")
    only = "filter: {recordTypes: [RELATIONSHIP]}"
    chosen = f"number entries({only}) {{ totalCount nodes {{ record {{ key }} }} }}"
    more = ", filter: {recordTypes: [RELATIONSHIP]}"
    async with subscribed(quick, after(0, chosen, more)) as stream:
        sent = (await stream.data())["revisions"]
        await quick.draw("other")
        await quick.draw("other -> web")
        next_one = (await stream.data())["revisions"]

    assert sent["number"] == 3
    assert sent["entries"]["nodes"] == [{"record": {"key": "web -DEPENDS_ON-> db"}}]
    assert next_one["number"] == 5


async def test_a_subscription_up_to_a_revision_ends_with_it(quick: World) -> None:
    await quick.draw("web")
    await quick.draw("db")
    async with subscribed(quick, after(0, more=", filter: {until: {revision: 2}}")) as stream:
        sent = [await stream.event() for _ in range(4)]

    assert [name for name, _ in sent] == ["next", "next", "complete", ""]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (after(7), 400, "REVISION_UNKNOWN"),
        (after(0, more=', filter: {names: ["teir"]}'), 400, "UNKNOWN_ATTRIBUTE"),
        ("subscription { revisions { nothing } }", 400, "INVALID_REQUEST"),
        ("subscription {", 400, "SYNTAX_ERROR"),
        (
            "subscription { a: revisions { number } b: revisions { number } }",
            400,
            "INVALID_REQUEST",
        ),
        ("subscription { __typename }", 400, "INVALID_REQUEST"),
        (after(0, "entries(first: 501) { nodes { sequence } }"), 200, "LIMIT_EXCEEDED"),
        (after(0, "entries(first: 500) { nodes { " + "at actor { id } " * 3 + "} }"), 200, "OK"),
    ],
)
async def test_a_subscription_meets_the_limits_of_every_operation(
    quick: World, query: str, status: int, code: str
) -> None:
    """What is refused is refused before there is a stream, as an ordinary answer."""
    await quick.draw("web")
    async with subscribed(quick, query) as stream:
        assert stream.status == status
        if status == 200:
            name, said = await stream.event()
            errors = said.get("errors") or [{"extensions": {"code": "OK"}}]
            assert (name, errors[0]["extensions"]["code"]) == ("next", code)
        else:
            assert (await stream.body())["errors"][0]["extensions"]["code"] == code


async def test_an_expensive_subscription_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, limits=Limits(cost=50)) as running:
        query = after(0, "entries(first: 100) { nodes { at } }")
        async with subscribed(running, query) as stream:
            assert stream.status == 400
            error = (await stream.body())["errors"][0]
            assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
            assert error["extensions"]["limit"] == "cost"


async def test_a_stranger_cannot_subscribe(quick: World) -> None:
    async with subscribed(quick, NUMBERS, token="gs.tok_none.secret") as stream:  # noqa: S106 - none
        assert stream.status == 401


async def test_without_asking_for_events_there_is_no_subscription(quick: World) -> None:
    async with subscribed(quick, NUMBERS, accept="application/json") as stream:
        error = (await stream.body())["errors"][0]
        assert error["extensions"]["code"] == "BAD_REQUEST"
        assert "Accept: text/event-stream" in error["message"]


async def test_a_client_of_events_gets_other_answers_as_one(quick: World) -> None:
    async with subscribed(quick, "{ viewer { roles } }") as stream:
        assert await stream.data() == {"viewer": {"roles": ["VIEWER"]}}
        assert [await stream.event(), await stream.event()] == [("complete", None), ("", None)]


async def test_a_client_that_takes_either_gets_other_answers_as_json(quick: World) -> None:
    either = "text/event-stream, application/json"
    async with subscribed(quick, "{ viewer { roles } }", accept=either) as stream:
        assert stream.media_type == "application/json"
        assert (await stream.body())["data"] == {"viewer": {"roles": ["VIEWER"]}}


async def test_a_token_has_only_so_many_at_once(quick: World) -> None:
    """One that ends makes room; another token has room of its own."""
    async with AsyncExitStack() as stack:
        for _ in range(SUBSCRIPTIONS_MAX - 1):
            await stack.enter_async_context(subscribed(quick, NUMBERS))
        async with subscribed(quick, NUMBERS) as last:
            assert last.status == 200
            async with subscribed(quick, NUMBERS) as too_many:
                assert too_many.status == 400
                error = (await too_many.body())["errors"][0]["extensions"]
                assert (error["limit"], error["max"]) == ("subscriptions", SUBSCRIPTIONS_MAX)
            async with subscribed(quick, NUMBERS, role=Role.ADMIN) as other:
                assert other.status == 200
        async with subscribed(quick, NUMBERS) as again:
            assert again.status == 200


async def test_who_may_no_longer_ask_gets_nothing_more(quick: World) -> None:
    """A token that is revoked, or that ends, ends its streams with the next beat."""
    access = quick.services.access
    token, text = await access.create("short", [Role.VIEWER], by=ADA)
    async with subscribed(quick, NUMBERS, token=text) as stream:
        await stream.beat()
        await access.revoke(token.id, by=ADA)

        name, said = await stream.event()
        assert (name, said["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert [await stream.event(), await stream.event()] == [("complete", None), ("", None)]


async def test_a_token_that_ends_ends_its_streams(quick: World) -> None:
    access = quick.services.access
    now = NOON
    access._now = lambda: now  # the clock of this one service
    _, text = await access.create("x", [Role.VIEWER], by=ADA, expires_at=NOON + timedelta(hours=1))
    async with subscribed(quick, NUMBERS, token=text) as stream:
        await stream.beat()
        now = NOON + timedelta(hours=2)

        assert (await stream.event())[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_service_that_stops_lets_its_streams_go(quick: World) -> None:
    """Without an end, so that clients come back for the rest."""
    async with subscribed(quick, NUMBERS) as stream:
        await stream.beat()
        quick.options.stopping.set()
        while (found := await stream.event()) == ("next", None):
            raise AssertionError
        assert found == ("", None)


async def test_who_does_not_read_keeps_nobody_waiting_and_costs_nothing(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revisions are read when they are taken, some at a time, however many are written."""
    for number in range(60):
        await quick.draw(f"ci-{number}")
    read: list[int] = []
    whole = type(quick.store).revisions

    async def revisions(self: object, **how: Any) -> list[Revision]:  # noqa: ANN401 - as the store's
        if how["limit"] == PAGE:
            read.append(how["after"])
        found: list[Revision] = await whole(self, **how)  # type: ignore[arg-type] # the store itself
        return found

    monkeypatch.setattr(type(quick.store), "revisions", revisions)
    async with subscribed(quick, after(0)) as slow, subscribed(quick, after(59)) as ready:
        assert await ready.data() == {"revisions": {"number": 60}}
        assert await slow.data() == {"revisions": {"number": 1}}
        await quick.draw("x")
        assert await ready.data() == {"revisions": {"number": 61}}

    assert sorted(read) == [0, 59, 60]
