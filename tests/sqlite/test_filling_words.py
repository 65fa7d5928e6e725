"""A file of before there were former names is brought up to date when it is opened."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.condition import Text
from graph_service.store import CIQuery, GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.store.sqlite.functions import add_functions
from tests.builders import TickingClock, ci, ci_id, delta

pytestmark = pytest.mark.anyio

# What the step made, and what stood there before it.
UNDONE = """
DROP TABLE ci_word;
DROP TABLE ci_words;
DROP TABLE former_name;
DROP INDEX ci_by_revision;
CREATE VIRTUAL TABLE ci_words USING fts5 (
    words, content = '', tokenize = "ascii", detail = none, columnsize = 0
);
DELETE FROM migration WHERE number = 3;
"""


async def test_an_older_file_is_searched_like_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    store = await open_sqlite(path, clock=TickingClock())
    first = ci("billing", aliases=["Books"], hostname="b.example")
    await store.apply(delta(first, ci("web")))
    await store.apply(delta(replace(first, name="invoices"), based_on=1))
    await store.close()
    with sqlite3.connect(path) as raw:
        add_functions(raw)
        raw.executescript(UNDONE)
    raw.close()

    store = await open_sqlite(path, clock=TickingClock())
    try:
        assert await _found(store, "billing") == ["billing"]
        assert await _found(store, "books") == ["billing"]
        assert await _found(store, "example", of_names=False) == ["billing"]
        assert await store.former_names([ci_id("billing")]) == {ci_id("billing"): ("billing",)}
        # Words are taken out by saying them again: what was filled in can be taken out.
        await store.apply(delta(replace(first, name="receipts", attributes={}), based_on=2))
        assert await _found(store, "books") == []
        assert await _found(store, "invoices") == ["billing"]
    finally:
        await store.close()


async def _found(store: GraphStore, text: str, *, of_names: bool = True) -> list[str]:
    page = await store.find_cis(CIQuery(where=Text(text, of_names=of_names)))
    return [each.key for each in page.cis]
