"""Delta → durable graph: one protocol, and a store for each place the graph can live."""

from graph_service.store.graph_store import (
    Applied,
    CIOrder,
    CIPage,
    CIQuery,
    ClaimIndex,
    EstateReader,
    GraphStore,
    Position,
    position_of,
)
from graph_service.store.log_query import LogQuery
from graph_service.store.paging import count_of, page_of
from graph_service.store.topology import CIColumns, RelationshipColumns

__all__ = [
    "Applied",
    "CIColumns",
    "CIOrder",
    "CIPage",
    "CIQuery",
    "ClaimIndex",
    "EstateReader",
    "GraphStore",
    "LogQuery",
    "Position",
    "RelationshipColumns",
    "count_of",
    "page_of",
    "position_of",
]
