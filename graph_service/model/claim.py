"""Claims: the last thing a data source said about a CI or a relationship."""

from dataclasses import dataclass, field

from graph_service.model.ci import Attributes
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin

MANUAL = "manual"
"""The data source of everything a person states; it outranks all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement, and the binding of a data source's native key to a record.

    There is one claim for each (data source, native key). A claim that is no longer ``live`` says
    nothing, but still binds: what comes back under the native key comes back under the same id.

    ``content`` is the normalised statement: of a CI ``{"class", "key", "name", "attributes"}``, of
    a relationship ``{"type", "source", "target", "attributes"}``, its ends as CI ids. ``digest`` is
    the SHA-256 of the observation it was made from; equal digests need no second look.
    ``observed_at`` is RFC 3339 in UTC. ``place`` says where to look it up.
    """

    data_source: str
    native_key: str
    subject: CIId | RelationshipId
    content: Attributes = field(default_factory=dict)
    digest: str
    scope: str = "all"
    origin: Origin = Origin.DECLARED
    observed_at: str
    run: str = ""
    place: str = ""
    live: bool = True

    @property
    def is_of_relationship(self) -> bool:
        """Whether this speaks of a relationship rather than of a CI."""
        return self.subject.startswith("rel_")
