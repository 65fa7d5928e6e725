"""What is kept of estates that were asked about, and which revision an instant means."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.store import GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.estates import estates as module
from graph_service.use_cases.estates.estates import AsOf, Estates
from graph_service.use_cases.estates.revision_at import revision_at
from tests.builders import TickingClock, ci, delta

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path, anyio_backend: str) -> AsyncIterator[GraphStore]:
    """Open a store with four revisions, written at 12:00:00 and every second after that."""
    del anyio_backend
    store = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    for number in range(4):
        await store.apply(delta(ci("web", tier=number), ci(f"n{number}"), based_on=number))
    yield store
    await store.close()


async def test_large_differences_make_room_for_one_another(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest is kept, so that its pages are computed once; one too many is let go."""
    monkeypatch.setattr(module, "CHANGES_KEPT_MAX", 5)
    estates = Estates(store, CurrentEstate(store, packaged()), packaged(), clock=TickingClock())
    newest = await estates.view()
    since = [await estates.view(AsOf(revision=each)) for each in (1, 2, 3)]

    large = await estates.difference(since[0], newest)
    assert len(large.changes) == 4
    assert await estates.difference(since[0], newest) is large
    small = await estates.difference(since[2], newest)
    assert len(small.changes) == 2

    assert await estates.difference(since[2], newest) is small
    assert await estates.difference(since[0], newest) is not large


async def test_an_instant_means_the_newest_revision_by_then(store: GraphStore) -> None:
    """Exactly at a revision it means that one; the same wherever an instant is said."""
    estates = Estates(store, CurrentEstate(store, packaged()), packaged(), clock=TickingClock())
    written = [each.at for each in await store.revisions()]

    for number, at in enumerate(written, 1):
        instant = datetime.fromisoformat(at)
        assert (await estates.head(AsOf(instant=instant))).revision == number
        assert await revision_at(store, at) == number
        assert await revision_at(store, at.replace(".000Z", ".999Z")) == number


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-01-01", 0),
        ("2999-01-01", 4),
        ("2026-03-01T12:00", None),
        ("soon", None),
        ("0001-01-01T00:00+23:59", None),
        ("9999-12-31T23:59-23:59", None),
    ],
)
async def test_an_instant_that_is_none_means_no_revision(
    store: GraphStore, said: str, meant: int | None
) -> None:
    """Also one that UTC has no year for."""
    assert await revision_at(store, said) == meant
