"""The server store: deltas → a Neo4j database that people can also read with Cypher."""

from graph_service.store.neo4j.opening import open_neo4j
from graph_service.store.neo4j.store import Neo4jGraphStore

__all__ = ["Neo4jGraphStore", "open_neo4j"]
