"""Loops over arrays, compiled. Whoever calls them has checked every number they are given."""

from graph_service.analysis.kernels.collect import collect
from graph_service.analysis.kernels.hit import hit
from graph_service.analysis.kernels.reach import reach
from graph_service.analysis.kernels.unproven import unproven

__all__ = ["collect", "hit", "reach", "unproven"]
