"""Configuration items: what exists, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph_service.model.ids import CIId

Attributes = Mapping[str, Any]
"""Attribute name to JSON value. Absent: nobody says anything; ``None``: an authority says none."""

MERGED_INTO = "merged.into"
"""Attribute of a CI that was merged into another: the other one's id. No vocabulary can name it."""

IN_SERVICE_LIFECYCLES = frozenset({None, "LIVE", "IN_MAINTENANCE"})
"""Lifecycles in which a CI works for others; unset counts as live."""


class Presence(StrEnum):
    """Whether a record is part of today's estate. Reconciliation or a person sets it, no source."""

    ACTIVE = "ACTIVE"
    STALE = "STALE"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CI:
    """A configuration item at one revision.

    ``key`` is the handle people use, unique over all CIs that ever were; the empty key asks the
    store to assign one (``CI-000123``). ``attributes`` are the effective values, merged from all
    claims; the common ones (``tier``, ``environment``, …) are among them. ``revision`` is the one
    that last changed this record: its version.
    """

    id: CIId
    key: str
    name: str
    class_name: str
    attributes: Attributes = field(default_factory=dict)
    presence: Presence = Presence.ACTIVE
    revision: int = 0

    @property
    def tier(self) -> int | None:
        """0 (mission-critical) to 4, or ``None`` when nobody has said."""
        return self.attributes.get("tier")

    @property
    def merged_into(self) -> CIId | None:
        """The CI that this one turned out to be, if it was merged into it."""
        into = self.attributes.get(MERGED_INTO)
        return CIId(into) if into and self.presence is Presence.RETIRED else None

    @property
    def is_in_service(self) -> bool:
        """Whether this CI propagates impact and counts as a group member."""
        return (
            self.presence is not Presence.RETIRED
            and self.attributes.get("lifecycle") in IN_SERVICE_LIFECYCLES
        )
