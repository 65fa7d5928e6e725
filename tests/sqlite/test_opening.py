"""Opening a file: new, old, another's, newer than the program, or where nobody may write."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.errors import StoreUnusableError
from graph_service.store import LogQuery
from graph_service.store.sqlite import open_sqlite
from graph_service.store.sqlite.migrations import Migration, known_migrations, migrate
from tests.builders import TickingClock, ci, ci_id, delta, estate

pytestmark = pytest.mark.anyio

NAMES = {"tier": 2, "port": 1, "class": 1, "n'2": 1, "owner": 0}
"""Names that may have changed, and in how many entries they did."""


async def _open_and_close(path: Path) -> None:
    await (await open_sqlite(path, clock=TickingClock())).close()


async def test_file_and_folders_are_created_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder 数" / "e?s%t#ate.db"

    await _open_and_close(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    applied = await store.apply(estate("web -> api"))
    await store.close()

    again = await open_sqlite(path, clock=TickingClock())

    assert await again.head() == applied.head
    assert (await again.apply(delta(ci("db"), based_on=1))).head.revision == 2
    assert again.address == str(path)
    await again.close()


async def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    path.touch()

    await _open_and_close(path)

    assert path.stat().st_size > 0


async def test_instants_do_not_go_back_when_the_clock_does(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    late = await open_sqlite(path, clock=TickingClock())
    for number in range(5):
        await late.apply(delta(ci("web", tier=number), based_on=number))
    last = (await late.head()).at
    await late.close()

    early = await open_sqlite(path, clock=TickingClock())
    applied = await early.apply(delta(ci("api"), based_on=5))
    await early.close()

    assert applied.head.at == last


async def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada, " * 1_000)

    with pytest.raises(StoreUnusableError, match="not a Graph Service store; choose another path"):
        await _open_and_close(path)

    assert path.read_text().startswith("Dear Ada")


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE ci (precious TEXT)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(StoreUnusableError, match="database of another program"):
        await _open_and_close(path)

    assert path.read_bytes() == before


async def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    await _open_and_close(path)
    raw = sqlite3.connect(path)
    raw.execute("INSERT INTO migration VALUES (9999, '9999_to_come', 'ab', '')")
    raw.commit()
    raw.close()

    with pytest.raises(StoreUnusableError, match=r"newer Graph Service .* upgrade this program"):
        await _open_and_close(path)


async def test_a_file_whose_steps_were_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    await _open_and_close(path)
    raw = sqlite3.connect(path)
    raw.execute("UPDATE migration SET checksum = 'ab' WHERE number = 1")
    raw.commit()
    raw.close()

    with pytest.raises(StoreUnusableError, match="0001_estate"):
        await _open_and_close(path)


async def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(estate("web"))
    await store.close()
    to_come = Migration(
        9_999, "9999_more", "CREATE TABLE more (a TEXT) STRICT;\nDROP TABLE more;\n"
    )
    raw = sqlite3.connect(path, isolation_level=None)

    for _ in range(2):
        migrate(raw, path, [*known_migrations(), to_come], "2026-03-01T12:00:00.000Z")

    applied = raw.execute("SELECT number, name FROM migration ORDER BY number").fetchall()
    raw.close()
    known = [(each.number, each.name) for each in known_migrations()]
    assert applied == [*known, (9_999, "9999_more")]


async def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    await _open_and_close(path)
    broken = Migration(
        9_999, "9999_broken", "CREATE TABLE half (a TEXT) STRICT;\nCREATE TABLE ci (a);\n"
    )
    raw = sqlite3.connect(path, isolation_level=None)

    with pytest.raises(sqlite3.OperationalError):
        migrate(raw, path, [*known_migrations(), broken], "2026-03-01T12:00:00.000Z")

    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_schema")}
    raw.close()
    assert "half" not in tables
    await _open_and_close(path)


@pytest.mark.parametrize("place", ["", "file/estate.db"])
async def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnusableError, match="choose a path to a file in a folder"):
        await _open_and_close(tmp_path / place)


def _as_nobody(path: Path) -> str:
    """Try to open a store as a user without rights, and return what happens."""
    program = (
        "import asyncio, sys; from pathlib import Path;"
        "from tests.sqlite.test_opening import opened_by_nobody as opened;"
        "print(opened(Path(sys.argv[1]), int(sys.argv[2])))"
    )
    nobody = "65534" if os.geteuid() == 0 else str(os.geteuid())
    command = [sys.executable, "-c", program, str(path), nobody]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def opened_by_nobody(path: Path, user: int) -> str:
    """Give up all rights, then open a store."""
    os.setuid(user)
    try:
        asyncio.run(_open_and_close(path))
    except StoreUnusableError as error:
        return f"refused: {error}"
    return "opened"


async def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    for each in (tmp_path, *tmp_path.parents):
        if each.owner() == folder.owner() and each.is_relative_to(tmp_path.parent.parent):
            each.chmod(0o755)

    said = _as_nobody(folder / "estate.db")

    assert said.startswith(f"refused: {folder / 'estate.db'}: permission denied; choose a path")


async def test_a_file_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    await _open_and_close(path)
    path.chmod(0o400)
    for each in (tmp_path, *tmp_path.parents):
        if each.owner() == path.owner() and each.is_relative_to(tmp_path.parent.parent):
            each.chmod(0o755)

    assert _as_nobody(path).startswith(f"refused: {path}: permission denied")


async def test_reading_goes_on_beside_a_long_write(tmp_path: Path) -> None:
    """Readers never wait for the writer: they see the revision before."""
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(estate("web"))
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE ci SET name = 'half'")

    found = await store.cis([ci_id("web")])

    writer.execute("ROLLBACK")
    writer.close()
    await store.close()
    assert found[ci_id("web")].name == "web"


async def test_a_log_written_before_it_could_be_filtered_is_found_as_well(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    await store.apply(estate("web(tier=1) -[USES port=80]-> db"))
    await store.apply(delta(replace(ci("web", "Server"), attributes={"n'2": 1}), based_on=1))
    before = {name: await store.log(LogQuery(names=frozenset({name}))) for name in NAMES}
    await store.close()
    raw = sqlite3.connect(path)
    for each in ("entry_name", "changed_name"):
        raw.execute(f"DROP TABLE {each}")
    added = "name GLOB 'revision_by*' OR name = 'entry_by_operation'"
    for (each,) in raw.execute(f"SELECT name FROM sqlite_schema WHERE {added}").fetchall():  # noqa: S608 - as above
        raw.execute(f"DROP INDEX {each}")
    raw.execute("DELETE FROM migration WHERE name = '0002_log'")
    raw.commit()
    raw.close()

    store = await open_sqlite(path, clock=TickingClock())
    after = {name: await store.log(LogQuery(names=frozenset({name}))) for name in NAMES}
    await store.close()

    assert {name: len(found) for name, found in after.items()} == NAMES
    assert after == before
