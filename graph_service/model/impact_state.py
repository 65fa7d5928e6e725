"""How badly a CI is hit, and how a provider's state crosses a relationship."""

from enum import IntEnum, StrEnum


class ImpactState(IntEnum):
    """Worst last. UNKNOWN is not a state: what is not known is stated beside the answer."""

    UP = 0
    AT_RISK = 1
    DEGRADED = 2
    DOWN = 3


class Strength(StrEnum):
    """How hard a dependency is."""

    HARD = "HARD"
    SOFT = "SOFT"
    ADVISORY = "ADVISORY"
    NONE = "NONE"


UP, AT_RISK, DEGRADED, DOWN = ImpactState

IMPACT_MAPS: dict[Strength, tuple[ImpactState, ImpactState, ImpactState, ImpactState]] = {
    Strength.HARD: (UP, AT_RISK, DEGRADED, DOWN),
    Strength.SOFT: (UP, UP, AT_RISK, DEGRADED),
    Strength.ADVISORY: (UP, UP, UP, AT_RISK),
    Strength.NONE: (UP, UP, UP, UP),
}
"""State of the provider (the index) to state of the dependant. No map amplifies: f(x) <= x."""
