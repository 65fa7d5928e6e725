"""GraphQL and HTTP ↔ requests: who asks, within which limits, and how answers look on the wire."""
