"""A full disk, a killed program, two programs at once, a file cut short."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from graph_service.model.errors import StoreUnavailableError, StoreUnusableError
from graph_service.store import GraphStore
from graph_service.store.ledger import verify
from graph_service.store.sqlite import open_sqlite
from graph_service.store.sqlite.connection import connect
from graph_service.store.sqlite.readers import Readers
from graph_service.store.sqlite.store import SQLiteGraphStore
from graph_service.store.sqlite.writer import Writer
from tests.builders import NOON, TickingClock, ci, ci_id, delta, estate

pytestmark = [pytest.mark.anyio, pytest.mark.faults]


def _worker(path: Path, name: str, count: int, size: int | None = None) -> subprocess.Popen[str]:
    arguments = [str(path), name, str(count), *([str(size)] if size else [])]
    command = [sys.executable, "-m", "tests.sqlite.worker", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def _log_is_whole(store: GraphStore) -> int:
    """Prove that the log is whole and the estate what the log says; return its length."""
    head = await store.head()
    revisions = await store.revisions(limit=100_000)
    log = [(each, await store.entries(each.number)) for each in revisions]
    assert verify(log, until=head) == []
    for _, entries in log:
        created = [each.record_id for each in entries if each.record_type == "CI"]
        assert len(await store.cis(created)) == len(created)
        assert len(await store.relationships([each.record_id for each in entries])) == 19
    return head.revision


@pytest.mark.parametrize("revisions", [1, 7, 30])
async def test_a_killed_program_leaves_whole_revisions(tmp_path: Path, revisions: int) -> None:
    """What it said was kept is kept, and nothing is there by half."""
    path = tmp_path / "estate.db"
    with _worker(path, "doomed", 0) as worker:
        assert worker.stdout
        said = [int(worker.stdout.readline()) for _ in range(revisions)]
        worker.kill()

    store = await open_sqlite(path, clock=TickingClock())
    length = await _log_is_whole(store)
    assert length >= said[-1]

    applied = await store.apply(delta(ci("after"), based_on=length))
    await store.close()
    assert applied.head.revision == length + 1


async def test_two_programs_write_one_file(tmp_path: Path) -> None:
    """Also when both create it: each sees the other's revisions, none is lost."""
    path = tmp_path / "estate.db"
    with _worker(path, "one", 15) as one, _worker(path, "other", 15) as other:
        assert one.stdout
        assert other.stdout
        said = [int(line) for each in (one, other) for line in each.communicate()[0].splitlines()]

    store = await open_sqlite(path, clock=TickingClock())
    assert sorted(said) == list(range(1, 31))
    assert await _log_is_whole(store) == 30
    await store.close()


async def test_a_reader_sees_what_another_program_commits(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(estate("web"))

    with _worker(path, "other", 2) as other:
        other.wait()

    assert (await store.head()).revision == 3
    assert set(await store.cis([ci_id("other-2-0")])) == {ci_id("other-2-0")}
    applied = await store.apply(delta(ci("web", tier=1), based_on=1))
    await store.close()
    assert applied.head.revision == 4


async def test_a_full_disk_keeps_what_was_kept_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    with _worker(path, "big", 0, 1_000_000) as worker:
        assert worker.stdout
        *said, last = worker.stdout.read().splitlines()

    assert last.startswith(f"STORE_UNAVAILABLE {path}: ")
    assert "free" in last
    store = await open_sqlite(path, clock=TickingClock())
    length = await _log_is_whole(store)
    await store.close()
    assert length == int(said[-1])


async def test_a_file_that_may_not_grow_refuses_and_recovers(tmp_path: Path) -> None:
    """Once there is space again the same store goes on, as if nothing had been."""
    path = tmp_path / "estate.db"
    await (await open_sqlite(path, clock=TickingClock())).close()
    connection = connect(path)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    store = SQLiteGraphStore(path, Writer(connection, path, TickingClock()), Readers(path))
    large = delta(*(ci(f"n{each}", description="x" * 1_000) for each in range(100)))

    with pytest.raises(StoreUnavailableError, match="no space is left"):
        await store.apply(large)
    assert (await store.head()).revision == 0
    assert await store.cis([ci_id("n1")]) == {}

    connection.execute("PRAGMA max_page_count = 1000000")
    assert (await store.apply(large)).head.revision == 1
    await store.close()


async def test_a_program_that_holds_the_file_too_long_is_named(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    await (await open_sqlite(path, clock=TickingClock())).close()
    connection = connect(path)
    connection.execute("PRAGMA busy_timeout = 10")
    store = SQLiteGraphStore(path, Writer(connection, path, TickingClock()), Readers(path))
    holder = connect(path)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailableError, match="another program holds the file"):
        await store.apply(estate("web"))

    holder.execute("ROLLBACK")
    holder.close()
    assert (await store.apply(estate("web"))).head.revision == 1
    await store.close()


def _cut_in_half(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _cut_to_a_stub(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(50)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xaa" * (path.stat().st_size - 4096))


@pytest.mark.parametrize("damage", [_cut_in_half, _cut_to_a_stub, _overwrite])
async def test_a_damaged_file_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(delta(*(ci(f"n{each}", description="x" * 500) for each in range(500))))
    await store.close()
    damage(path)

    with pytest.raises(StoreUnusableError, match=r"restore it from a backup|choose another path"):
        await open_sqlite(path, clock=TickingClock())


async def test_damage_that_shows_only_in_reading_is_told(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(delta(*(ci(f"n{each}", description="x" * 500) for each in range(500))))
    await store.close()
    raw = sqlite3.connect(path)
    (page,) = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ci'").fetchone()
    raw.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xaa" * 4096)

    store = await open_sqlite(path, clock=TickingClock())
    with pytest.raises(StoreUnusableError, match="damaged"):
        await store.cis([ci_id("n1")])
    await store.close()


async def test_tampering_with_the_file_breaks_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(estate("web -> api"))
    await store.apply(delta(ci("web", tier=1), based_on=1))
    raw = sqlite3.connect(path)
    raw.execute("UPDATE entry SET payload = replace(payload, '\"tier\":1', '\"tier\":4')")
    raw.commit()
    raw.close()

    log = [(each, await store.entries(each.number)) for each in await store.revisions()]
    await store.close()

    assert [each.code for each in verify(log)] == ["PAYLOAD_ALTERED"]


@pytest.mark.parametrize("becomes", ["nothing", "another file"])
async def test_a_file_that_went_away_takes_no_more(tmp_path: Path, becomes: str) -> None:
    """A write into a file that nobody can open again is not said to be kept."""
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(estate("web"))
    aside = path.rename(tmp_path / "aside.db")
    if becomes == "another file":
        path.touch()

    with pytest.raises(StoreUnusableError, match="removed or replaced"):
        await store.apply(delta(ci("api")))
    with pytest.raises(StoreUnusableError, match="removed or replaced"):
        await store.head()

    aside.replace(path)
    assert (await store.apply(delta(ci("api")))).head.revision == 2
    await store.close()


async def test_a_connection_is_handed_on_only_when_nothing_reads_on_it(tmp_path: Path) -> None:
    """Whoever comes after a topology that was given up sees the newest revision, not its."""
    store = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    for part in range(3):
        await store.apply(delta(*(ci(f"n{part}-{each}", text="x" * 99) for each in range(4_000))))

    async def read_through() -> None:
        async for _ in store.topology():
            pass

    for round_ in range(20):
        reading = asyncio.ensure_future(read_through())
        await asyncio.wait([reading], timeout=0.002 * (round_ % 10))
        reading.cancel()
        await asyncio.wait([reading])
        applied = await store.apply(delta(ci(f"m{round_}")))
        seen = await asyncio.gather(*(store.head() for _ in range(6)))
        assert {each.revision for each in seen} == {applied.head.revision}
    await store.close()


async def test_an_idle_writer_folds_its_log_into_the_file(tmp_path: Path) -> None:
    """What a copy of the file alone would miss, and a killed program would read again, is short."""
    path = tmp_path / "estate.db"
    await (await open_sqlite(path, clock=TickingClock())).close()
    connection, folded = connect(path), threading.Event()
    connection.set_trace_callback(lambda sql: folded.set() if "wal_checkpoint" in sql else None)
    store = SQLiteGraphStore(path, Writer(connection, path, TickingClock()), Readers(path))
    await store.apply(estate("web"))

    assert await asyncio.to_thread(folded.wait, 60)

    await store.apply(delta(ci("web", tier=1), based_on=1))
    await store.close()


async def test_a_delta_that_is_given_up_before_its_turn_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    await (await open_sqlite(path, clock=TickingClock())).close()
    is_writing, may_go_on = threading.Event(), threading.Event()

    def clock() -> datetime:
        is_writing.set()
        assert may_go_on.wait(60)
        return NOON

    store = SQLiteGraphStore(path, Writer(connect(path), path, clock), Readers(path))
    first = asyncio.create_task(store.apply(estate("web")))
    assert await asyncio.to_thread(is_writing.wait, 60)
    given_up = asyncio.create_task(store.apply(estate("api")))
    await asyncio.wait([given_up], timeout=0.01)

    given_up.cancel()
    await asyncio.wait([given_up])
    may_go_on.set()

    assert (await first).head.revision == 1
    assert (await store.apply(delta(ci("db")))).head.revision == 2
    assert await store.cis([ci_id("api")]) == {}
    await store.close()
