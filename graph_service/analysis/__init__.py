"""Snapshot → answers: what could be reached, what is really hit, and why."""

from graph_service.analysis.analysis import Analysis, Hit, Reach
from graph_service.analysis.compiled import warm
from graph_service.analysis.proof import Reason, Rule, proof, reason
from graph_service.analysis.savings import Absorbed, savings
from graph_service.analysis.scenario import Scenario

__all__ = [
    "Absorbed",
    "Analysis",
    "Hit",
    "Reach",
    "Reason",
    "Rule",
    "Scenario",
    "proof",
    "reason",
    "savings",
    "warm",
]
