"""A backup is one moment of a store, whatever is written to it meanwhile."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph_service.model.delta import Record
from graph_service.model.errors import InvalidInputError
from graph_service.store.copyable import CopyableStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.copies.backup import back_up, checked
from graph_service.use_cases.copies.store_copy import copy_store
from tests.builders import TickingClock, ci, delta, estate

pytestmark = pytest.mark.anyio


def unheard(_phase: str, _done: int, _total: int | None) -> None:
    """Take no notice of progress."""


async def test_a_backup_under_writes_is_consistent_at_its_revision(
    store: CopyableStore, tmp_path: Path
) -> None:
    """The records in it are those of the revision it states, and so is the graph."""
    await store.apply(estate("a -> b"))
    pending: list[asyncio.Future[Any]] = []

    async def write() -> None:
        """Write a revision and, with it, a record that says which one."""
        head = await store.head()
        number = head.revision + 1
        noted = Record("note", "newest", {"revision": number})
        one = delta(ci(f"ci-{number}"), based_on=head.revision)
        await store.apply(replace(one, records=(noted,)))

    await write()
    writing = asyncio.Lock()

    async def in_turn() -> None:
        async with writing:
            await write()

    def meanwhile(_phase: str, _done: int, _total: int | None) -> None:
        pending.append(asyncio.ensure_future(in_turn()))

    made = await back_up(store, tmp_path / "x.backup", clock=TickingClock(), progress=meanwhile)
    await asyncio.gather(*pending)

    restored = await open_sqlite(tmp_path / "restored.db", clock=TickingClock())
    original = await checked(tmp_path / "x.backup", unheard)
    copied = await copy_store(original, restored, clock=TickingClock(), progress=unheard)
    assert copied.is_equal
    assert (await store.head()).revision > made.head.revision >= 2
    assert await restored.head() == made.head
    noted = await restored.record("note", "newest")
    assert noted is not None
    assert noted.data == {"revision": made.head.revision}
    keys = {
        each.key
        for each in (await restored.cis_by_key({"a", "b", *_keys(made.head.revision)})).values()
    }
    assert keys == {"a", "b", *_keys(made.head.revision)}
    await restored.close()


def _keys(revision: int) -> list[str]:
    return [f"ci-{each}" for each in range(2, revision + 1)]


async def test_a_backup_of_an_empty_store_restores_to_an_empty_one(
    store: CopyableStore, tmp_path: Path
) -> None:
    """Nothing is something too."""
    await back_up(store, tmp_path / "x.backup", clock=TickingClock(), progress=unheard)

    restored = await open_sqlite(tmp_path / "restored.db", clock=TickingClock())
    original = await checked(tmp_path / "x.backup", unheard)
    copied = await copy_store(original, restored, clock=TickingClock(), progress=unheard)

    assert copied.is_equal
    assert await restored.head() == await store.head()
    await restored.close()


async def test_a_store_that_holds_something_is_not_restored_into(
    store: CopyableStore, tmp_path: Path
) -> None:
    """Whatever it holds stays."""
    other = await open_sqlite(tmp_path / "other.db", clock=TickingClock())
    await other.apply(estate("x"))
    await back_up(other, tmp_path / "x.backup", clock=TickingClock(), progress=unheard)
    await other.close()
    await store.apply(estate("a -> b"))
    before = await store.head()

    original = await checked(tmp_path / "x.backup", unheard)
    with pytest.raises(InvalidInputError, match="holds something already"):
        await copy_store(original, store, clock=TickingClock(), progress=unheard)

    assert await store.head() == before
    assert await store.records("copy") == []
