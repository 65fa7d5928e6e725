"""What the API stands on: the use cases it calls and the limits it holds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from graph_service.api.limits import Limits
from graph_service.model.observation import Collector
from graph_service.use_cases.access import Access
from graph_service.use_cases.product import Product

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Services(Product):
    """The use cases, who may call them, and the collectors there are."""

    access: Access
    collectors: Mapping[str, Collector]


def services(product: Product, access: Access, collectors: Mapping[str, Collector]) -> Services:
    """Return what the API stands on."""
    parts = {each.name: getattr(product, each.name) for each in fields(product)}
    return Services(**parts, access=access, collectors=collectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the API is offered.

    ``cursor_key`` seals cursors and must be the same for all replicas. ``hosts`` are the names,
    without ports, that a request may be addressed to: a page of another site that makes its name
    mean 127.0.0.1 gets nothing. Empty: any, for a service behind a proxy that checks.
    ``follow_seconds`` is how often the log is looked at for subscriptions, ``beat_seconds`` how
    often a stream that is silent shows that it is there; ``stopping`` is set when all shall end.
    """

    cursor_key: bytes
    version: str
    hosts: frozenset[str] = LOOPBACK_HOSTS
    limits: Limits = field(default_factory=Limits)
    follow_seconds: float = 0.5
    beat_seconds: float = 15.0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
