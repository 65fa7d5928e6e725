"""What is assumed to happen: states, for how long, along which channels, with which judgements."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from graph_service.model.impact_state import ImpactState
from graph_service.projection.codes import AVAILABILITY_BIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A question put to the estate, in the snapshot's numbers.

    ``causes`` is the state each cause is put in. ``duration_minutes`` is infinite when unknown.
    ``unaffected`` are CIs judged to be as they are whatever they lean on. ``start_all_up`` leaves
    out what CIs report of themselves.
    """

    causes: Mapping[int, ImpactState]
    duration_minutes: float = math.inf
    unaffected: frozenset[int] = field(default=frozenset())
    start_all_up: bool = False
    channels: int = AVAILABILITY_BIT
