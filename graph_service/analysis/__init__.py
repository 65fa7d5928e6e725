"""Snapshot → answers: what could be reached, what is really hit, and why."""

from graph_service.analysis.analysis import Analysis, Hit, Reach, Stop
from graph_service.analysis.compiled import warm
from graph_service.analysis.proof import Reason, Rule, hit_entries, proof, reason
from graph_service.analysis.savings import Absorbed, Absorber, savings
from graph_service.analysis.scenario import Scenario
from graph_service.analysis.states import States

__all__ = [
    "Absorbed",
    "Absorber",
    "Analysis",
    "Hit",
    "Reach",
    "Reason",
    "Rule",
    "Scenario",
    "States",
    "Stop",
    "hit_entries",
    "proof",
    "reason",
    "savings",
    "warm",
]
