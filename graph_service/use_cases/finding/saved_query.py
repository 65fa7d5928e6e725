"""Saved queries as they are kept: a name for which CIs are meant, found anew whenever asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_service.model.delta import Record
from graph_service.model.revision import Actor, ActorType
from graph_service.store import EstateReader

SAVED_QUERY = "saved-query"
"""Kind of the records; their ids are the keys."""

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuery:
    """A named condition. What is shared is there for all, the rest for its owner alone.

    ``where`` is the condition as JSON (``model.condition.data``), as it was said. ``changes`` are
    the newest saves before this one, newest first: instant, actor, reason, and what was said.
    """

    key: str
    name: str
    owner: Actor
    where: Mapping[str, Any]
    shared: bool
    reason: str
    saved_at: str
    saved_by: Actor
    removed: bool = False
    changes: Sequence[Mapping[str, Any]] = ()

    def is_visible_to(self, viewer: str) -> bool:
        """Whether an actor may know of it."""
        return not self.removed and (self.shared or self.owner.id == viewer)


async def saved_query(estate: EstateReader, key: str) -> SavedQuery | None:
    """Return the saved query of a key, also one that was removed."""
    record = await estate.record(SAVED_QUERY, key)
    return None if record is None else query_of(record)


async def saved_queries(estate: EstateReader, viewer: str) -> list[SavedQuery]:
    """Return the saved queries that an actor may know of, by key."""
    found: list[SavedQuery] = []
    after = ""
    while page := await estate.records(SAVED_QUERY, after=after, limit=_PAGE):
        found += map(query_of, page)
        after = page[-1].id
    return [each for each in found if each.is_visible_to(viewer)]


async def saved_query_keys(estate: EstateReader, viewer: str) -> list[str]:
    """Return the keys of the saved queries that an actor may know of."""
    return [each.key for each in await saved_queries(estate, viewer)]


def record_of(query: SavedQuery) -> Record:
    """Return a saved query as the record that it is kept as."""
    data = {
        "name": query.name,
        "owner": _actor_to_data(query.owner),
        "where": query.where,
        "shared": query.shared,
        "reason": query.reason,
        "savedAt": query.saved_at,
        "savedBy": _actor_to_data(query.saved_by),
        "removed": query.removed,
        "changes": [*query.changes],
    }
    return Record(SAVED_QUERY, query.key, data, group=query.owner.id)


def query_of(record: Record) -> SavedQuery:
    """Read what ``record_of`` wrote."""
    data = record.data
    return SavedQuery(
        key=record.id,
        name=data["name"],
        owner=_actor_of(data["owner"]),
        where=data["where"],
        shared=data["shared"],
        reason=data["reason"],
        saved_at=data["savedAt"],
        saved_by=_actor_of(data["savedBy"]),
        removed=data["removed"],
        changes=data["changes"],
    )


def _actor_to_data(actor: Actor) -> dict[str, str]:
    return {"id": actor.id, "name": actor.name, "type": actor.type.value}


def _actor_of(data: Mapping[str, str]) -> Actor:
    return Actor(data["id"], data["name"], ActorType(data["type"]))
