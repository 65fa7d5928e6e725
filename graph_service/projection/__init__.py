"""Durable graph → snapshot: the estate as arrays, at one revision, following the log."""

from graph_service.projection.current import CurrentEstate
from graph_service.projection.snapshot import Finding, Groups, Incidence, Snapshot

__all__ = ["CurrentEstate", "Finding", "Groups", "Incidence", "Snapshot"]
