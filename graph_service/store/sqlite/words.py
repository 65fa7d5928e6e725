"""The words CIs are found by, and the names they had: kept in step with every write."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping

from graph_service.model.ci import CI
from graph_service.model.search_words import name_words, said_words
from graph_service.store.ledger import Settled, names_given_up
from graph_service.store.sqlite.rows import as_text

_Words = tuple[str, str]


def write_words(
    connection: sqlite3.Connection,
    settled: Settled,
    known: Mapping[str, CI],
    ordinals: Mapping[str, int],
) -> None:
    """Write the words of the CIs that are settled, and the names that they no more have.

    ``known`` are those of them that stood in the file before.
    """
    had = _former_names(connection, [ordinals[id_] for id_ in known])
    renamed = names_given_up(settled)
    gone, come = [], []
    for ci in settled.cis:
        ordinal = ordinals[ci.id]
        before = had.get(ordinal, set())
        now = _words(ci, before | renamed.get(ci.id, set()))
        if ci.id in known:
            was = _words(known[ci.id], before)
            if was == now:
                continue
            gone.append((ordinal, *was))
        come.append((ordinal, *now))
    connection.executemany(
        "INSERT INTO ci_words (ci_words, rowid, names, said) VALUES ('delete', ?, ?, ?)", gone
    )
    connection.executemany("INSERT INTO ci_words (rowid, names, said) VALUES (?, ?, ?)", come)
    connection.executemany(
        "INSERT OR IGNORE INTO former_name VALUES (?, ?)",
        [(ordinals[id_], name) for id_, names in renamed.items() for name in sorted(names)],
    )


def _former_names(
    connection: sqlite3.Connection, ordinals: Collection[int]
) -> Mapping[int, set[str]]:
    rows = connection.execute(
        "SELECT ci, name FROM json_each(?) AS asked CROSS JOIN former_name ON ci = asked.value",
        (as_text([*ordinals]),),
    )
    found: defaultdict[int, set[str]] = defaultdict(set)
    for ordinal, name in rows:
        found[ordinal].add(name)
    return found


def _words(ci: CI, former_names: Collection[str]) -> _Words:
    return " ".join(name_words(ci, former_names)), " ".join(said_words(ci))
