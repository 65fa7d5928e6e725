"""The snapshot of now, where the log alone does not tell what to do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.model.revision import LogEntry, RecordType
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.store import GraphStore
from graph_service.store.sqlite import open_sqlite
from tests.builders import TickingClock, estate


@pytest.fixture
async def store(tmp_path: Path, anyio_backend: str) -> AsyncIterator[GraphStore]:
    assert anyio_backend
    opened = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    yield opened
    await opened.close()


@pytest.mark.anyio
@pytest.mark.parametrize("told", [{RecordType.RELATIONSHIP}, set()])
async def test_reads_the_estate_anew_where_the_log_cannot_be_followed(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch, told: set[RecordType]
) -> None:
    """A log that speaks of unknown CIs, or ends too early, still leaves the estate as it is."""
    current = CurrentEstate(store, packaged())
    await store.apply(estate("web -> api"))
    await current.snapshot()
    await store.apply(estate("db; api -> db", based_on=1))
    whole = store.entries_after

    async def in_part(revision: int, limit: int) -> list[LogEntry]:
        return [each for each in await whole(revision, limit) if each.record_type in told]

    monkeypatch.setattr(store, "entries_after", in_part)

    snapshot = await current.snapshot()

    assert (snapshot.revision, snapshot.keys) == (2, ["api", "db", "web"])
    assert len(snapshot.hit) == 2
