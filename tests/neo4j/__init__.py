"""What only the Neo4j store promises, on a real server."""
