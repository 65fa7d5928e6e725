"""The shapes of the schema, in an order without cycles: a later module may name an earlier one."""

# First of all: an enumeration that a type names before it is registered would be registered twice.
from graph_service.api.types import enums

__all__ = ["enums"]
