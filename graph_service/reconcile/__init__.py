"""Observations → plan → deltas: from what data sources claim to what the estate is."""

from graph_service.reconcile.effective import (
    Effective,
    claims_by_attribute,
    effective,
)

__all__ = ["Effective", "claims_by_attribute", "effective"]
