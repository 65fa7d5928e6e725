"""Which way a cone opens; apart from the arrays, which take time to import."""

from enum import StrEnum


class ConeDirection(StrEnum):
    """Which way a cone opens from its CIs."""

    NEEDS = "NEEDS"
    NEEDED_BY = "NEEDED_BY"
    BOTH = "BOTH"
