"""Tokens: made, shown once, verified, ended."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from graph_service.model.errors import InvalidInputError, NotAllowedError
from graph_service.store import GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.access import Access, Role
from tests.builders import ADA, NOON, TickingClock

pytestmark = pytest.mark.anyio

OLD, NEW = b"the first pepper", b"the second pepper"


@pytest.fixture
async def store(tmp_path: Path, anyio_backend: str) -> AsyncIterator[GraphStore]:
    """Open an empty store."""
    del anyio_backend
    opened = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    yield opened
    await opened.close()


def at(instant: datetime) -> Callable[[], datetime]:
    """Return a clock that stands still."""
    return lambda: instant


async def test_a_token_says_who_its_holder_is(store: GraphStore) -> None:
    """Whoever shows a token's text is what it was made for."""
    access = Access(store, {1: OLD}, clock=at(NOON))

    token, text = await access.create("pipeline", [Role.DISCOVERY, Role.VIEWER], by=ADA)
    viewer = await access.verify(text)

    assert text.startswith(f"gs.{token.id}.")
    assert (viewer.actor.id, viewer.actor.name) == (token.id, "pipeline")
    assert viewer.roles == {Role.DISCOVERY, Role.VIEWER}


async def test_the_store_never_has_the_secret(store: GraphStore) -> None:
    """A copy of the store opens nothing."""
    access = Access(store, {1: OLD}, clock=at(NOON))

    token, text = await access.create("pipeline", [Role.VIEWER], by=ADA)

    record = await store.record("token", token.id)
    assert record is not None
    secret = text.rpartition(".")[2].encode()
    assert secret not in orjson.dumps(record.data)


@pytest.mark.parametrize(
    "forged",
    [
        lambda _: "",
        lambda _: "gs",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text.replace("gs.", "GS.", 1),
        lambda text: text.replace("tok_0", "tok_f", 1),
        lambda text: text + "\n",
        lambda _: "gs.tok_" + "0" * 32 + "." + "é" * 43,
        lambda _: "' OR 1=1 --",
    ],
)
async def test_refuses_what_is_almost_a_token(
    store: GraphStore, forged: Callable[[str], str]
) -> None:
    """Every alteration is refused, all in the same words."""
    access = Access(store, {1: OLD}, clock=at(NOON))
    _, text = await access.create("pipeline", [Role.VIEWER], by=ADA)

    with pytest.raises(NotAllowedError, match="unknown, expired or revoked"):
        await access.verify(forged(text))


async def test_a_token_ends_when_it_was_said_to(store: GraphStore) -> None:
    """It opens everything until its last instant and nothing from then on."""
    end = NOON + timedelta(days=30)
    _, text = await Access(store, {1: OLD}, clock=at(NOON)).create(
        "pipeline", [Role.VIEWER], by=ADA, expires_at=end
    )

    almost = Access(store, {1: OLD}, clock=at(end - timedelta(microseconds=1)))
    assert (await almost.verify(text)).expires_at == end
    with pytest.raises(NotAllowedError):
        await Access(store, {1: OLD}, clock=at(end)).verify(text)


async def test_a_revoked_token_opens_nothing(store: GraphStore) -> None:
    """Revoking takes effect at once, and a second time changes nothing."""
    access = Access(store, {1: OLD}, clock=TickingClock())
    token, text = await access.create("pipeline", [Role.VIEWER], by=ADA)

    ended = await access.revoke(token.id, by=ADA)
    again = await access.revoke(token.id, by=ADA)

    assert ended == again
    with pytest.raises(NotAllowedError):
        await access.verify(text)
    assert await access.revoke("tok_nobody", by=ADA) is None


async def test_peppers_are_changed_without_ending_tokens(store: GraphStore) -> None:
    """A new pepper seals new tokens; an old one verifies old ones until it is taken away."""
    _, old_text = await Access(store, {1: OLD}).create("old", [Role.VIEWER], by=ADA)
    both = Access(store, {1: OLD, 2: NEW})
    _, new_text = await both.create("new", [Role.VIEWER], by=ADA)

    assert (await both.verify(old_text)).actor.name == "old"
    only_new = Access(store, {2: NEW})
    assert (await only_new.verify(new_text)).actor.name == "new"
    with pytest.raises(NotAllowedError):
        await only_new.verify(old_text)
    with pytest.raises(NotAllowedError):
        await Access(store, {1: NEW}).verify(old_text)


async def test_lists_every_token_oldest_first(store: GraphStore) -> None:
    """None is forgotten, however many there are."""
    access = Access(store, {1: OLD}, clock=TickingClock())
    made = [(await access.create(f"t{n}", [Role.VIEWER], by=ADA))[0].id for n in range(120)]

    assert [each.id for each in await access.tokens()] == made


async def test_lists_everything_wrong_with_a_token_at_once(store: GraphStore) -> None:
    """Name, roles and end are all checked before anything is written."""
    access = Access(store, {1: OLD}, clock=at(NOON))

    with pytest.raises(InvalidInputError) as refused:
        await access.create(" ", [], by=ADA, expires_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert [each.code for each in refused.value.faults] == [
        "INVALID_NAME",
        "NO_ROLE",
        "INSTANT_PASSED",
    ]
    assert await access.tokens() == []
    with pytest.raises(InvalidInputError):
        await access.create("two\nlines", [Role.VIEWER], by=ADA)
