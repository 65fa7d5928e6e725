"""Delta → durable graph: one protocol, and a store for each place the graph can live."""

from graph_service.store.graph_store import (
    Applied,
    CIPage,
    CIQuery,
    ClaimIndex,
    EstateReader,
    GraphStore,
)
from graph_service.store.log_query import LogQuery
from graph_service.store.topology import CIColumns, RelationshipColumns

__all__ = [
    "Applied",
    "CIColumns",
    "CIPage",
    "CIQuery",
    "ClaimIndex",
    "EstateReader",
    "GraphStore",
    "LogQuery",
    "RelationshipColumns",
]
