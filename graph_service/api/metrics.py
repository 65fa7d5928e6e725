"""Figures about the service, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

MEDIA_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counts requests and operations; each application has its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "graph_service_requests_total",
            "HTTP requests.",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "graph_service_request_seconds",
            "How long HTTP requests took.",
            ["route"],
            registry=self._registry,
        )
        self._operations = Counter(
            "graph_service_operations_total",
            "GraphQL operations by type and code of the first error.",
            ["type", "code"],
            registry=self._registry,
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an HTTP request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def operation(self, operation: str, code: str) -> None:
        """Count a GraphQL operation."""
        self._operations.labels(operation, code).inc()

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self._registry)
