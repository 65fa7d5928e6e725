"""Relationships, and how a CI shows its own."""

from bisect import bisect_right
from dataclasses import dataclass

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.failures import UnknownTypeError
from graph_service.api.scalars import Minutes, RevisionNumber
from graph_service.api.types.ci import CI, ci_of, member, optional_text
from graph_service.api.types.connection import (
    EstateConnection,
    Node,
    checked_first,
    counted,
    page_info,
)
from graph_service.api.types.enums import GroupRole, RelationshipEnd
from graph_service.api.types.vocabulary import RelationshipType, gone_type, relationship_type
from graph_service.model import relationship as relationship_model
from graph_service.model.ci import Presence
from graph_service.model.impact_state import Strength
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import Channel
from graph_service.model.vocabulary import Vocabulary as VocabularyRows
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.inventory.inventory import Neighbour


@strawberry.type(
    description="A relationship: source -type-> target. The ends are neutral; the type says which "
    "end a failure reaches."
)
class Relationship(Node):
    """A relationship."""

    type: RelationshipType
    type_name: str = strawberry.field(description="Same as type.name, without the object.")
    source: CI
    target: CI
    presence: Presence
    strength: Strength = strawberry.field(description="Its own, or the default of its type.")
    channels: list[Channel]
    tolerance_minutes: Minutes | None = strawberry.field(
        description="Outage up to this long only costs margin (queue, cache, batch)."
    )
    group: str | None = strawberry.field(
        description="The redundancy group it joins, on the CI that is hit; null: plain."
    )
    role: GroupRole | None
    protocol: str | None
    port: int | None
    evidence: str | None
    origin: Origin
    revision: RevisionNumber = strawberry.field(
        description="The revision that last changed this record."
    )


@strawberry.type(description="A relationship as read from one of its ends.")
class CIRelationship:
    """A relationship as read from one of its ends."""

    verb: str = strawberry.field(description="The verb from this end: runs, runs on.")
    end: RelationshipEnd = strawberry.field(description="The end this CI is at.")
    other: CI
    relationship: Relationship


@strawberry.type(name="CIRelationshipConnection", description="Relationships of one CI.")
class CIRelationshipConnection(EstateConnection[CIRelationship]):
    """Relationships of one CI."""


def relationship(
    found: relationship_model.Relationship, source: CI, target: CI, in_force: VocabularyRows
) -> Relationship:
    """Show a relationship between two CIs."""
    row = in_force.relationship_types.get(found.type) or gone_type(found.type)
    own = found.attributes
    channels = own.get("channels")
    return Relationship(
        id=strawberry.ID(found.id),
        type=relationship_type(in_force, found.type),
        type_name=found.type,
        source=source,
        target=target,
        presence=found.presence,
        strength=Strength(own.get("strength", row.strength)),
        channels=[*row.channels] if channels is None else [Channel(each) for each in channels],
        tolerance_minutes=own.get("toleranceMinutes"),
        group=own.get("group"),
        role=member(GroupRole, own.get("role")),
        protocol=optional_text(own, "protocol"),
        port=own.get("port"),
        evidence=optional_text(own, "evidence"),
        origin=found.origin,
        revision=RevisionNumber(found.revision),
    )


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Which relationships of a CI are asked for."""

    types: list[str] | None
    end: RelationshipEnd | None
    include_retired: bool

    def holds(self, neighbour: Neighbour, end: RelationshipEnd) -> bool:
        """Whether one of them is."""
        is_of_type = self.types is None or neighbour.relationship.type in self.types
        return is_of_type and self.end in {None, end}


async def relationships_of(
    ci: CI, info: Info, first: int, after: str | None, asked: Neighbourhood
) -> CIRelationshipConnection:
    """Show a page of the relationships of a CI."""
    context = info.context
    in_force = context.services.vocabulary
    first = checked_first(first, context.options.limits.page_size)
    for each in asked.types or ():
        if each not in in_force.relationship_types:
            raise UnknownTypeError(each, nearest(each, in_force.relationship_types))
    view = view_of(info)
    view.reading()
    revision = await view.revision()
    outwards, inwards = await view.inventory.neighbours(
        await ci.record(info),
        include_retired=asked.include_retired,
    )
    found = sorted(
        (
            *((_key(each), each, RelationshipEnd.SOURCE) for each in outwards),
            *((_key(each), each, RelationshipEnd.TARGET) for each in inwards),
        ),
        key=lambda item: item[0],
    )
    found = [item for item in found if asked.holds(item[1], item[2])]
    question = ["relationships", ci.id, asked.types, asked.end, asked.include_retired, *view.seal]
    start = 0
    if after:
        position = context.cursors.read(question, after)
        start = bisect_right(found, position, key=lambda item: item[0])
    page = found[start : start + first]
    nodes = [_read_from(ci, each, end, in_force) for _, each, end in page]

    def cursor_at(index: int) -> str:
        return context.cursors.write(question, page[index][0])

    return CIRelationshipConnection(
        nodes=nodes,
        page_info=page_info(
            nodes, cursor_at, has_next=len(found) > start + first, has_previous=start > 0
        ),
        cursor_at=cursor_at,
        count=counted(len(found)),
        revision=RevisionNumber(revision),
    )


def _key(neighbour: Neighbour) -> list[str]:
    return [neighbour.verb, neighbour.other.name, neighbour.relationship.id]


def _read_from(
    ci: CI, neighbour: Neighbour, end: RelationshipEnd, in_force: VocabularyRows
) -> CIRelationship:
    other = ci_of(neighbour.other, in_force)
    ends = (ci, other) if end is RelationshipEnd.SOURCE else (other, ci)
    return CIRelationship(
        verb=neighbour.verb,
        end=end,
        other=other,
        relationship=relationship(neighbour.relationship, *ends, in_force),
    )
