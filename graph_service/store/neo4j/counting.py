"""Queries for how many living records there are of each class and type."""

from typing import LiteralString

from graph_service.store.neo4j.transactions import Transaction, value

_CLASSES: LiteralString = """
MATCH (n:CI) WHERE NOT n:Retired
WITH n.class AS name, count(*) AS many RETURN collect([name, many])
"""
_TYPES: LiteralString = """
MATCH (:CI)-[r]->(:CI) WITH type(r) AS name, count(*) AS many RETURN collect([name, many])
"""


async def class_counts(tx: Transaction) -> dict[str, int]:
    """Return how many living CIs there are of each class."""
    return dict(await value(tx, _CLASSES))


async def type_counts(tx: Transaction) -> dict[str, int]:
    """Return how many living relationships there are of each type."""
    return dict(await value(tx, _TYPES))
