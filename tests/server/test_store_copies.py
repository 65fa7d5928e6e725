"""A store is copied, backed up and restored from the command line, whatever happens meanwhile."""

import asyncio
import gzip
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph_service.bootstrap import open_store
from graph_service.config import Settings
from graph_service.model.delta import Record
from graph_service.model.errors import StoreUnavailableError
from graph_service.store.copyable import CopyableStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.copies.original import StoreOriginal
from graph_service.use_cases.copies.store_copy import copy_store
from tests.builders import TickingClock, ci, delta
from tests.server.program import PROGRAM, Program
from tests.servers.neo4j_server import Neo4jAddress

pytestmark = [pytest.mark.server, pytest.mark.anyio]

REVISIONS = 3
CIS_A_REVISION = 2_600
"""More than half a stretch, so that each revision is written by itself."""


def digests(program: Program, *, started: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Return all that verify-store says of a store; started anew where a loop runs already."""
    asked = ("verify-store", "--format", "json")
    done = program.started(*asked) if started else program(*asked)
    assert done.code == 0, done.err
    return done.json


def copy(program: Program, to: str | Path, *more: str) -> Any:  # noqa: ANN401 - JSON
    """Migrate a program's store, and return what is said about it."""
    address = f"sqlite:{to}" if isinstance(to, Path) else to
    done = program(
        "migrate-store", "--from", program.store, "--to", address, "--format", "json", *more
    )
    assert done.code == 0, done.err
    return done.json


@pytest.fixture
def filled(program: Program, estate_file: Path) -> Program:
    """Provide a store with an estate, a run, unresolved references and a token."""
    assert program("import", "estate", estate_file).code == 0
    assert program("token", "create", "--name", "ci", "--role", "VIEWER").code == 0
    return program


def test_a_copy_holds_the_same_and_answers_the_same(filled: Program, tmp_path: Path) -> None:
    """Revisions, digests, impact; and the figures on both sides are printed."""
    said = copy(filled, tmp_path / "copy.db")
    copied = Program(f"sqlite:{tmp_path / 'copy.db'}")

    assert said["equal"] is True
    assert digests(copied) == digests(filled)
    assert {each["what"]: each["copy"]["count"] for each in said["digests"]} == {
        "CIs": 5,
        "relationships": 4,
        "claims": 9,
        "records: counter": 1,
        "records: run": 1,
        "records: sighting": 1,
        "records: token": 1,
        "records: unresolved": 1,
    }
    for question in (("revisions",), ("impact", "pg-1"), ("ci", "api"), ("unresolved",)):
        asked = (*question, "--format", "json")
        assert copied(*asked).out == filled(*asked).out


def test_an_original_is_only_read(filled: Program, tmp_path: Path) -> None:
    """Its file is byte for byte what it was."""
    with closing(sqlite3.connect(tmp_path / "estate.db")) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / "estate.db").read_bytes()

    copy(filled, tmp_path / "copy.db")

    assert (tmp_path / "estate.db").read_bytes() == before


def test_an_original_that_is_not_there_is_not_made(program: Program, tmp_path: Path) -> None:
    """A misspelt path is an error, not an empty estate copied with success."""
    done = program("migrate-store", "--from", program.store, "--to", f"sqlite:{tmp_path / 'b.db'}")

    assert (done.code, "no such file" in done.err) == (1, True)
    assert not (tmp_path / "b.db").exists()


def test_a_store_is_not_copied_onto_itself(filled: Program, tmp_path: Path) -> None:
    """However the path is written."""
    (tmp_path / "link.db").symlink_to(tmp_path / "estate.db")

    done = filled("migrate-store", "--from", filled.store, "--to", f"sqlite:{tmp_path / 'link.db'}")

    assert (done.code, "same store" in done.err) == (1, True)


def test_a_store_that_holds_something_is_left_alone(
    filled: Program, estate_file: Path, tmp_path: Path
) -> None:
    """Another estate, or records alone."""
    other = Program(f"sqlite:{tmp_path / 'other.db'}")
    other("import", "estate", estate_file)
    tokens = Program(f"sqlite:{tmp_path / 'tokens.db'}")
    tokens("token", "create", "--name", "x", "--role", "VIEWER")
    before = digests(other), digests(tokens)

    for each in (other, tokens):
        done = filled("migrate-store", "--from", filled.store, "--to", each.store)
        assert (done.code, "holds something already" in done.err) == (1, True)

    assert (digests(other), digests(tokens)) == before


def test_a_finished_copy_is_brought_up_to_date(filled: Program, tmp_path: Path) -> None:
    """What the original got since is added, what it lost is removed."""
    copy(filled, tmp_path / "copy.db")
    (tmp_path / "more.yaml").write_text(
        "graph_service: 1\ndata_source: more\ncis:\n  - {key: mail, class: Application}\n"
    )
    assert filled("import", "estate", tmp_path / "more.yaml").code == 0

    said = copy(filled, tmp_path / "copy.db")

    assert said["entriesCopied"] >= 1
    assert digests(Program(f"sqlite:{tmp_path / 'copy.db'}")) == digests(filled)


def test_a_copy_that_was_used_is_not_overwritten(filled: Program, tmp_path: Path) -> None:
    """Neither where it has revisions of its own, nor where it has records of its own."""
    made = [Program(f"sqlite:{tmp_path / name}") for name in ("a.db", "b.db")]
    for each in made:
        copy(filled, each.store)
    (tmp_path / "more.yaml").write_text(
        "graph_service: 1\ndata_source: more\ncis:\n  - {key: new, class: Application}\n"
    )
    made[0]("import", "estate", tmp_path / "more.yaml")
    made[1]("token", "create", "--name", "mine", "--role", "VIEWER")
    before = [digests(each) for each in made]

    done = [filled("migrate-store", "--from", filled.store, "--to", each.store) for each in made]

    assert [each.code for each in done] == [1, 1]
    assert "is none of" in done[0].err
    assert "was used since" in done[1].err
    assert [digests(each) for each in made] == before


def test_an_original_that_is_not_what_its_log_says_is_found_out(
    filled: Program, tmp_path: Path
) -> None:
    """Somebody changed a row by hand: exit 1, and the CI is named."""
    with closing(sqlite3.connect(tmp_path / "estate.db")) as file:
        file.execute("UPDATE ci SET name = 'by hand' WHERE key = 'pg-1'")
        file.commit()

    done = filled("migrate-store", "--from", filled.store, "--to", f"sqlite:{tmp_path / 'b.db'}")

    assert done.code == 1
    assert "Not equal: CIs" in done.err
    assert "pg-1" in done.err
    assert "Proven equal" not in done.err


def test_an_original_with_an_altered_log_is_refused(filled: Program, tmp_path: Path) -> None:
    """With the revision, and nothing of it is copied."""
    with closing(sqlite3.connect(tmp_path / "estate.db")) as file:
        file.execute("UPDATE revision SET reason = 'another' WHERE number = 1")
        file.commit()

    done = filled("migrate-store", "--from", filled.store, "--to", f"sqlite:{tmp_path / 'b.db'}")

    assert (done.code, "revision 1" in done.err) == (1, True)
    assert digests(Program(f"sqlite:{tmp_path / 'b.db'}"))["revision"] == 0
    assert filled("verify-store").code == 1


async def broken_off(filled: Program, target: Program) -> None:
    """Copy the first revisions of a store, and no more."""
    original = await open_store(Settings(store=filled.store))
    half = await open_store(Settings(store=target.store))

    def break_off(_phase: str, done: int, _total: int | None) -> None:
        if done:
            raise StoreUnavailableError("gone")

    with pytest.raises(StoreUnavailableError):
        await copy_store(StoreOriginal(original), half, clock=TickingClock(), progress=break_off)
    assert (await half.head()).revision > 0
    await half.close()
    await original.close()


def test_a_copy_that_was_broken_off_does_not_pass_for_an_estate(
    filled: Program, tmp_path: Path
) -> None:
    """Nobody asks it, writes to it or backs it up until it is finished; then everybody may."""
    target = Program(f"sqlite:{tmp_path / 'copy.db'}")
    asyncio.run(broken_off(filled, target))

    for words in (
        ("find",),
        ("token", "create", "--name", "x", "--role", "VIEWER"),
        ("token", "revoke", "tok_1"),
        ("backup", tmp_path / "half.backup"),
        ("migrate-store", "--from", target.store, "--to", f"sqlite:{tmp_path / 'b.db'}"),
    ):
        done = target(*words)
        assert (done.code, "unfinished copy" in done.err) == (1, True), done.err
        assert "run migrate-store or restore again" in done.err
    assert not (tmp_path / "half.backup").exists()
    copy(filled, target.store)
    assert target("find").code == 0


async def test_an_original_that_is_written_to_meanwhile_is_copied_up_to_a_stated_revision(
    filled: Program, tmp_path: Path
) -> None:
    """And again up to its end."""
    original = await open_store(Settings(store=filled.store))
    target = await open_sqlite(tmp_path / "copy.db", clock=TickingClock())
    written = 0

    def write(_phase: str, _done: int, _total: int | None) -> None:
        # Called within the copying: a delta is written before the next step of it goes on.
        nonlocal written
        written += 1
        one = delta(ci(f"late-{written}"), based_on=10**6)
        pending.append(asyncio.ensure_future(original.apply(replace(one, based_on=1))))

    pending: list[asyncio.Future[Any]] = []
    copied = await copy_store(StoreOriginal(original), target, clock=TickingClock(), progress=write)
    await asyncio.gather(*pending)
    end = await original.head()

    assert copied.is_equal
    assert written > 0
    assert copied.copy.head.revision == (await target.head()).revision

    again = await copy_store(
        StoreOriginal(original), target, clock=TickingClock(), progress=lambda *_: None
    )
    assert again.is_equal
    assert await target.head() == end
    await original.close()
    await target.close()


@pytest.fixture
async def large(tmp_path: Path) -> Path:
    """Provide a store with a log of several stretches, and some records."""
    path = tmp_path / "large.db"
    store = await open_sqlite(path, clock=TickingClock())
    for number in range(REVISIONS):
        names = (f"{number}-{each}" for each in range(CIS_A_REVISION))
        await store.apply(delta(*map(ci, names), based_on=number))
    records = tuple(Record("run", str(each), {"of": each}) for each in range(100))
    await store.apply(replace(delta(based_on=REVISIONS), records=records))
    await store.close()
    return path


async def killed_when(large: Path, program: Program, store: CopyableStore, revision: int) -> None:
    """Start a migration and kill it, so that it cannot clean up, once it has come so far."""
    with subprocess.Popen(  # noqa: ASYNC220 - the loop has nothing else to do meanwhile
        [PROGRAM, "migrate-store", "--from", f"sqlite:{large}", "--to", program.store],
        env=program.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not await store.records("copy") or (await store.head()).revision < revision:
            assert process.poll() is None, "the migration ended before it came so far"
            await asyncio.sleep(0)
        process.send_signal(signal.SIGKILL)


async def check_that_it_is_gone_on_with(large: Path, program: Program, revision: int) -> None:
    """Kill a migration, look at what it left, and run it again to its end."""
    settings = Settings.from_environment(
        {"GRAPH_SERVICE_STORE": program.store, **program.environment}
    )
    store = await open_store(settings)
    try:
        await killed_when(large, program, store, revision)
    finally:
        await store.close()
    half = digests(program, started=True)
    assert half["faults"] == []
    assert half["revision"] in range(revision, REVISIONS + 1)

    again = program.started(
        "migrate-store", "--from", f"sqlite:{large}", "--to", program.store, "--format", "json"
    )

    assert again.code == 0, again.err
    assert again.json["equal"] is True
    assert again.json["entriesCopied"] == (REVISIONS - half["revision"]) * CIS_A_REVISION
    whole = Program(f"sqlite:{large}")
    assert digests(program, started=True) == digests(whole, started=True)


@pytest.mark.faults
@pytest.mark.parametrize("revision", [0, 1, REVISIONS])
async def test_a_killed_migration_is_gone_on_with(
    large: Path, program: Program, revision: int
) -> None:
    """At its first step, in the middle, and when only records and proof are left."""
    await check_that_it_is_gone_on_with(large, program, revision)


@pytest.mark.faults
async def test_a_migration_to_the_server_is_gone_on_with(large: Path, on_neo4j: Program) -> None:
    """Whichever store it is killed over."""
    await check_that_it_is_gone_on_with(large, on_neo4j, 2)


def test_an_estate_goes_to_the_server_and_back(
    filled: Program, on_neo4j: Program, tmp_path: Path
) -> None:
    """Three stores, one content: digests, answers, and tokens as they were sealed."""
    there = Program(filled.store, on_neo4j.environment)
    copy(there, on_neo4j.store)
    copy(Program(on_neo4j.store, on_neo4j.environment), tmp_path / "back.db")
    back = Program(f"sqlite:{tmp_path / 'back.db'}")

    assert digests(on_neo4j) == digests(back) == digests(filled)
    asked = ("impact", "pg-1", "--format", "json")
    assert on_neo4j(*asked).out == back(*asked).out == filled(*asked).out


def test_a_copy_has_the_vocabulary_in_force_and_its_labels(
    program: Program, on_neo4j: Program, empty_neo4j: Neo4jAddress, tmp_path: Path
) -> None:
    """A class of one's own is a label there, beside what it specialises."""
    (tmp_path / "own.yaml").write_text(
        "vocabulary: 1\nname: plant\nversion: 1.0.0\n"
        "classes:\n  - {name: Robot, extends: Application}\n"
    )
    (tmp_path / "arms.yaml").write_text(
        "graph_service: 1\ndata_source: plant\ncis:\n  - {key: arm-1, class: Robot}\n"
    )
    imported = program(
        "--vocabulary", tmp_path / "own.yaml", "import", "estate", tmp_path / "arms.yaml"
    )
    assert imported.code == 0, imported.err

    copy(Program(program.store, on_neo4j.environment), on_neo4j.store)

    with empty_neo4j.driver() as driver:
        (row,) = driver.execute_query(
            "MATCH (n:Robot:Application) RETURN n.key AS key", database_=empty_neo4j.database
        ).records
    assert row["key"] == "arm-1"
    assert digests(on_neo4j) == digests(program)
    found = on_neo4j("find", "arm", "--class", "Application", "--format", "json")
    assert "arm-1" in found.out


def test_a_wrong_password_of_one_end_is_said_without_being_shown(
    filled: Program, on_neo4j: Program, tmp_path: Path
) -> None:
    """Each end may have its own."""
    (tmp_path / "secret").write_text("tr0ub4dor")

    done = Program(filled.store, on_neo4j.environment)(
        "migrate-store", "--from", filled.store, "--to", on_neo4j.store,
        "--to-password-file", tmp_path / "secret",
    )  # fmt: skip

    assert done.code == 1
    assert "tr0ub4dor" not in done.err + done.out


def test_a_backup_restores_to_the_same_store(filled: Program, tmp_path: Path) -> None:
    """Log, records, and all that follows from them."""
    made = filled("backup", tmp_path / "x.backup", "--format", "json")
    restored = Program(f"sqlite:{tmp_path / 'restored.db'}")

    done = restored("restore", tmp_path / "x.backup", "--format", "json")

    assert (made.code, done.code) == (0, 0), made.err + done.err
    assert (made.json["revisions"], made.json["entries"]) == (1, 9)
    assert (tmp_path / "x.backup").stat().st_mode & 0o777 == 0o600
    assert digests(restored) == digests(filled)
    asked = ("impact", "pg-1", "--format", "json")
    assert restored(*asked).out == filled(*asked).out


def test_a_backup_never_takes_the_place_of_a_file(filled: Program, tmp_path: Path) -> None:
    """The old one may be the good one."""
    (tmp_path / "x.backup").write_text("precious")

    done = filled("backup", tmp_path / "x.backup")

    assert done.code == 1
    assert (tmp_path / "x.backup").read_text() == "precious"
    assert not [*tmp_path.glob("*.part")]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lines: lines[:-1], "cut short"),
        (lambda lines: [*lines[:1], *lines[2:]], ":2: this line was altered"),
        (lambda lines: [lines[0], lines[1].replace(b"shop", b"ship"), *lines[2:]], ":2: this line"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], ":2: this line was altered"),
        (lambda _lines: [b"graph_service: 1"], "no backup"),
        (lambda _lines: [], "cut short"),
    ],
)
def test_a_damaged_backup_is_refused_with_where(
    filled: Program,
    tmp_path: Path,
    damage: Callable[[list[bytes]], list[bytes]],
    said: str,
) -> None:
    """Before anything of it is restored."""
    filled("backup", tmp_path / "x.backup")
    lines = gzip.decompress((tmp_path / "x.backup").read_bytes()).splitlines(keepends=True)
    (tmp_path / "bad.backup").write_bytes(gzip.compress(b"".join(damage(lines))))
    target = Program(f"sqlite:{tmp_path / 'restored.db'}")

    done = target("restore", tmp_path / "bad.backup")

    assert done.code == 1
    assert said in done.err
    assert not (tmp_path / "restored.db").exists()


@pytest.mark.parametrize("left", [0, 1, 100, 300])
def test_a_file_cut_short_is_refused(filled: Program, tmp_path: Path, left: int) -> None:
    """Wherever it was cut."""
    filled("backup", tmp_path / "x.backup")
    (tmp_path / "cut.backup").write_bytes((tmp_path / "x.backup").read_bytes()[:left])

    done = Program(f"sqlite:{tmp_path / 'restored.db'}")("restore", tmp_path / "cut.backup")

    assert done.code == 1
    assert "cut.backup:" in done.err
    assert not (tmp_path / "restored.db").exists()


def test_these_commands_are_for_stores(filled: Program, tmp_path: Path) -> None:
    """A service is not asked to copy itself."""
    asking = filled.asking("http://127.0.0.1:1")

    for command in (("backup", tmp_path / "x"), ("restore", tmp_path / "x"), ("verify-store",)):
        done = asking(*command)
        assert (done.code, "works on a store" in done.err) == (1, True)
