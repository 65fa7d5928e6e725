"""Queries for how many records there are of each class and type."""

from typing import LiteralString

from graph_service.store.neo4j.transactions import Transaction, value

_CLASSES: LiteralString = """
MATCH (n:CI) WITH n.class AS name, count(*) AS many RETURN collect([name, many])
"""
_TYPES: LiteralString = """
MATCH (:CI)-[r]->(:CI) WITH type(r) AS name, count(*) AS many RETURN collect([name, many])
"""
_RETIRED_TYPES: LiteralString = """
MATCH (n:RetiredRelationship) WITH n.type AS name, count(*) AS many RETURN collect([name, many])
"""


async def class_counts(tx: Transaction) -> dict[str, int]:
    """Return how many CIs there are of each class, retired ones included."""
    return dict(await value(tx, _CLASSES))


async def type_counts(tx: Transaction) -> dict[str, int]:
    """Return how many relationships there are of each type, retired ones included."""
    counts = dict(await value(tx, _TYPES))
    for name, many in await value(tx, _RETIRED_TYPES):
        counts[name] = counts.get(name, 0) + many
    return counts
