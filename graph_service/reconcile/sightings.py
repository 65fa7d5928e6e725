"""When a data source last saw what it speaks of, without a write for each of its CIs.

One record for each data source and scope says when it was last read to the end, and which of its
CIs were not among what it said then, with the last time they were. All others were seen then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graph_service.model.claim import Claim
from graph_service.model.codec import digest
from graph_service.model.delta import Record

SIGHTING = "sighting"
"""Kind of the records, grouped by data source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The last look at a data source's scope.

    ``unseen`` are native keys that it knew and did not say again, with the instant it last did;
    the empty text where that was before looks were noted.
    """

    data_source: str
    scope: str
    at: str
    unseen: Mapping[str, str] = field(default_factory=dict)

    def seen_at(self, claim: Claim) -> str:
        """Return when a live claim was last made."""
        return self.unseen.get(claim.native_key, self.at) or claim.observed_at


def sighting_id(data_source: str, scope: str) -> str:
    """Return the id of the record of a data source's scope."""
    return f"sgt_{digest([data_source, scope])[:32]}"


def next_sighting(
    former: Sighting | None, *, data_source: str, scope: str, at: str, unseen: Iterable[str]
) -> Sighting:
    """Return what a look makes of the one before: who is unseen now was seen when it last was."""

    def last(native_key: str) -> str:
        if former is None:
            return ""
        return former.unseen.get(native_key, former.at)

    missing = {each: last(each) for each in unseen}
    return Sighting(data_source=data_source, scope=scope, at=at, unseen=missing)


def sighting_record(sighting: Sighting) -> Record:
    """Return a look as it is kept."""
    return Record(
        kind=SIGHTING,
        id=sighting_id(sighting.data_source, sighting.scope),
        group=sighting.data_source,
        data={"scope": sighting.scope, "at": sighting.at, "unseen": dict(sighting.unseen)},
    )


def sighting_of(record: Record | None) -> Sighting | None:
    """Read what ``sighting_record`` wrote."""
    if record is None:
        return None
    return Sighting(
        data_source=record.group,
        scope=record.data["scope"],
        at=record.data["at"],
        unseen=record.data["unseen"],
    )
