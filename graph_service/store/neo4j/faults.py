"""What the driver raises → our errors, with the store's address, the reason and a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
)

from graph_service.model.errors import (
    GraphServiceError,
    StoreUnavailableError,
    StoreUnusableError,
)

# Ended by its time limit, by an operator, or by a server on its way down.
_ENDED = "Neo.ClientError.Transaction."
_RATE_LIMIT = "Neo.ClientError.Security.AuthenticationRateLimit"
_NO_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"
_SECURITY = "Neo.ClientError.Security."
_READ_ONLY = "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase"
_TOO_LARGE = frozenset(
    [
        "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
        "Neo.TransientError.General.OutOfMemoryError",
        "Neo.TransientError.Transaction.MaximumTransactionMemoryReached",
    ]
)
_REASON_LENGTH = 200


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Raise our errors for those of the driver; anything that is our own mistake passes through."""
    try:
        yield
    except (Neo4jError, DriverError, OSError) as error:
        ours = _ours(error, address)
        if ours is None:
            raise
        raise ours from error


def _ours(error: Exception, address: str) -> GraphServiceError | None:
    if isinstance(error, ConfigurationError):
        return StoreUnusableError(f"{address} is not an address of Neo4j: {_reason(error)}")
    if isinstance(error, IncompleteCommit):
        return StoreUnavailableError(
            f"Neo4j at {address} went away while a revision was being committed: it is written "
            "whole or not at all; read the head, or write again, before relying on either"
        )
    if isinstance(error, Neo4jError):
        return _ours_of_server(error, address)
    return StoreUnavailableError(
        f"Neo4j at {address} does not answer ({_reason(error)}); is it running, and is the "
        "address right?"
    )


def _ours_of_server(error: Neo4jError, address: str) -> GraphServiceError | None:
    code = error.code or type(error).__name__
    if code == _RATE_LIMIT:
        return StoreUnavailableError(
            f"Neo4j at {address} refuses to sign anybody in for some seconds, after wrong "
            "passwords; wait, then try again with the right one"
        )
    if isinstance(error, AuthError) or code.startswith(_SECURITY):
        return StoreUnusableError(
            f"Neo4j at {address} does not let this user in ({code}); check "
            "GRAPH_SERVICE_NEO4J_USER and GRAPH_SERVICE_NEO4J_PASSWORD"
        )
    if code == _NO_DATABASE:
        return StoreUnusableError(f"Neo4j at {address} has no database of this name")
    if code in _TOO_LARGE:
        return StoreUnavailableError(
            f"Neo4j at {address} has not memory enough for this ({code}), and nothing of it was "
            "kept; give it more (server.memory.heap.max_size, dbms.memory.transaction.total.max), "
            "or ask it for less at a time"
        )
    if isinstance(error, ClientError) and code != _READ_ONLY and not code.startswith(_ENDED):
        return None
    return StoreUnavailableError(
        f"Neo4j at {address} cannot do this now ({code}); look at its log, then try again"
    )


def _reason(error: Exception) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:_REASON_LENGTH]
