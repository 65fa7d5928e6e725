"""The rules of redundancy groups as a list: how many members, how badly off, make which state."""

from typing import Any, NamedTuple

import numpy as np

from graph_service.model.impact_state import AT_RISK, DEGRADED, DOWN


class Way(NamedTuple):
    """A group is in ``state`` when more than ``spare`` members are in ``level`` or worse.

    ``actives_only``: members that stand by do not count. ``state`` and ``spare`` are numbers of one
    group, or arrays with one element for each of several.
    """

    state: Any
    level: int
    spare: Any
    actives_only: bool = False


def ways(rule: Any) -> tuple[Way, ...]:  # noqa: ANN401 - numbers or arrays
    """Return the ways of one group, given its row of ``Groups.rule``, or of several, given columns.

    A group is in the worst state any of them puts it in.
    """
    _, slack, full_slack, active_slack, switched, _ = rule
    return (
        Way(int(DOWN), DOWN, slack),
        Way(int(DEGRADED), DEGRADED, full_slack),
        Way(switched, DOWN, active_slack, actives_only=True),
        Way(int(AT_RISK), AT_RISK, slack),
        Way(int(AT_RISK), DEGRADED, np.maximum(slack - 1, 0)),  # the last spare is gone
    )
