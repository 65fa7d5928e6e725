"""Relationships: how one CI stands to another. The ends are neutral; the type has the meaning."""

from dataclasses import dataclass, field
from enum import StrEnum

from graph_service.model.ci import Attributes, Presence
from graph_service.model.ids import CIId, RelationshipId


class Origin(StrEnum):
    """How a statement came about, strongest first."""

    MANUAL = "MANUAL"
    DECLARED = "DECLARED"
    OBSERVED = "OBSERVED"
    INFERRED = "INFERRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """``source -type-> target`` at one revision.

    ``attributes`` hold what departs from the type's defaults: ``strength``, ``channels``,
    ``toleranceMinutes``, ``group``, ``role`` (ACTIVE or STANDBY), ``uplink`` (SOURCE, TARGET or
    UNKNOWN), ``evidence``, ``protocol``, ``port``. ``revision`` is the one that last changed it.
    """

    id: RelationshipId
    source: CIId
    target: CIId
    type: str
    attributes: Attributes = field(default_factory=dict)
    origin: Origin = Origin.DECLARED
    presence: Presence = Presence.ACTIVE
    revision: int = 0
