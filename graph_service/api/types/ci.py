"""Configuration items and their relationships."""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, ListSize
from graph_service.api.failures import UnknownTypeError
from graph_service.api.fields import field
from graph_service.api.scalars import Json, Minutes, RevisionNumber
from graph_service.api.types.attributes import Attribute, attribute, checked_names
from graph_service.api.types.connection import (
    EstateConnection,
    Node,
    checked_first,
    counted,
    page_info,
)
from graph_service.api.types.enums import (
    Environment,
    GroupRole,
    Lifecycle,
    OperationalState,
    RelationshipEnd,
)
from graph_service.api.types.history import HistoryConnection, history
from graph_service.api.types.vocabulary import (
    CIClass,
    RelationshipType,
    ci_class,
    relationship_type,
)
from graph_service.model import ci as model
from graph_service.model import relationship as relationship_model
from graph_service.model.ci import Presence
from graph_service.model.impact_state import Strength
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import Channel
from graph_service.model.vocabulary import Vocabulary as VocabularyRows
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.impact_answer import CIReference
from graph_service.use_cases.inventory import Neighbour

E = TypeVar("E", bound=StrEnum)


@strawberry.type(
    description="A configuration item. One type for every class, because classes are data: common "
    "fields are typed, the rest are attributes."
)
class CI(Node):
    """A configuration item.

    Lists of an analysis know id, key, name, class, tier and value only; whatever else is
    selected is read from the store, for the whole page at once.
    """

    loaded: strawberry.Private[model.CI | None]
    key: str = strawberry.field(
        description="Unique handle, given by the source or assigned (CI-000123)."
    )
    name: str = strawberry.field(description="Not unique.")
    class_name: str = strawberry.field(description="Same as class.name, without the object.")
    tier: int | None = strawberry.field(
        description="0 (most critical) to 4; null: nobody has said."
    )
    value_bearing: bool = strawberry.field(description="Whether consequence is counted on it.")

    @field(name="class")
    def class_(self, info: Info) -> CIClass:
        """Return its class."""
        return ci_class(info.context.services.vocabulary, self.class_name)

    @field()
    async def description(self, info: Info) -> str | None:
        """Say what it is."""
        return _optional_text(await self._attributes(info), "description")

    @field(description="Accountable person or role.")
    async def owner(self, info: Info) -> str | None:
        """Say who is accountable."""
        return _optional_text(await self._attributes(info), "owner")

    @field()
    async def support_group(self, info: Info) -> str | None:
        """Say who works on it."""
        return _optional_text(await self._attributes(info), "supportGroup")

    @field()
    async def environment(self, info: Info) -> Environment | None:
        """Say what it is for."""
        return _member(Environment, (await self._attributes(info)).get("environment"))

    @field(description="Null counts as LIVE.")
    async def lifecycle(self, info: Info) -> Lifecycle | None:
        """Say where it is in its life."""
        return _member(Lifecycle, (await self._attributes(info)).get("lifecycle"))

    @field(description="As last reported; null: nobody has.")
    async def operational_state(self, info: Info) -> OperationalState | None:
        """Say what it is doing now."""
        return _member(OperationalState, (await self._attributes(info)).get("operationalState"))

    @field()
    async def presence(self, info: Info) -> Presence:
        """Say whether it is part of today's estate."""
        return (await self.record(info)).presence

    @field(description="The revision that last changed this record.")
    async def revision(self, info: Info) -> RevisionNumber:
        """Return its version."""
        return RevisionNumber((await self.record(info)).revision)

    @field(
        description="All attributes by name, common fields included. A name no class knows is an "
        "UNKNOWN_ATTRIBUTE error; one this CI has no value for is left out.",
        directives=[ListSize(assumed_size=20, slicing_arguments=["names"])],
    )
    async def attributes(
        self,
        info: Info,
        names: list[str] | None = None,
        conflicting_only: bool = False,  # noqa: FBT001, FBT002 - by name in GraphQL
    ) -> list[Attribute]:
        """List attributes with who says so."""
        in_force = info.context.services.vocabulary
        checked_names(in_force, names or [])
        found = await info.context.loaders.attributes.load(self.id)
        return [
            attribute(in_force, self.class_name, each)
            for each in found
            if (names is None or each.name in names) and (each.conflicting or not conflicting_only)
        ]

    @field(
        description="One attribute; alias it for typed access: memory: attribute(name: "
        '"memoryGib") { number }. Null: no data source says anything.',
        directives=[Cost(weight=1)],
    )
    async def attribute(self, info: Info, name: str) -> Attribute | None:
        """Look one attribute up."""
        in_force = info.context.services.vocabulary
        checked_names(in_force, [name])
        found = await info.context.loaders.attributes.load(self.id)
        return next(
            (attribute(in_force, self.class_name, each) for each in found if each.name == name),
            None,
        )

    @field(
        description="Attributes as one object {name: value}: the cheap form for lists. Absent and "
        "null differ as they do in the store."
    )
    async def values(self, info: Info, names: list[str] | None = None) -> Json:
        """Return attribute values."""
        checked_names(info.context.services.vocabulary, names or [])
        found = await self._attributes(info)
        if names is None:
            return Json(dict(found))
        return Json({each: found[each] for each in names if each in found})

    @field(
        description="Relationships as read from here, of either direction.",
        directives=[Cost(weight=2)],
    )
    async def relationships(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        types: list[str] | None = None,
        end: RelationshipEnd | None = None,
        include_retired: bool = False,  # noqa: FBT001, FBT002 - an argument by name in GraphQL
    ) -> "CIRelationshipConnection":
        """List relationships by verb, then name of the other CI."""
        asked = _Neighbourhood(types=types, end=end, include_retired=include_retired)
        return await _relationships(self, info, first, after, asked)

    @field(
        description="Every revision that touched this CI or a relationship of it, newest first.",
        directives=[Cost(weight=2)],
    )
    async def history(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> HistoryConnection:
        """List what happened."""
        return await history(info, self.id, first, after)

    async def record(self, info: Info) -> model.CI:
        """Return it as the store has it."""
        if self.loaded is None:
            self.loaded = await info.context.loaders.cis.load(self.id)
        assert self.loaded is not None  # noqa: S101 - nothing is ever deleted from an estate
        return self.loaded

    async def _attributes(self, info: Info) -> model.Attributes:
        return (await self.record(info)).attributes


def ci_of(found: model.CI, in_force: VocabularyRows) -> CI:
    """Show a CI of the store."""
    own = found.attributes.get("valueBearing")
    return CI(
        loaded=found,
        id=strawberry.ID(found.id),
        key=found.key,
        name=found.name,
        class_name=found.class_name,
        tier=found.tier,
        value_bearing=in_force.is_value_bearing(found.class_name) if own is None else own,
    )


def ci_in_answer(found: CIReference) -> CI:
    """Show a CI of an analysis."""
    return CI(
        loaded=None,
        id=strawberry.ID(found.id),
        key=found.key,
        name=found.name,
        class_name=found.class_name,
        tier=found.tier,
        value_bearing=found.value_bearing,
    )


@strawberry.type(name="CIConnection", description="CIs of one revision.")
class CIConnection(EstateConnection[CI]):
    """CIs of one revision."""


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
    row = in_force.relationship_types[found.type]
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
        role=_member(GroupRole, own.get("role")),
        protocol=_optional_text(own, "protocol"),
        port=own.get("port"),
        evidence=_optional_text(own, "evidence"),
        origin=found.origin,
        revision=RevisionNumber(found.revision),
    )


@dataclass(frozen=True, slots=True)
class _Neighbourhood:
    """Which relationships of a CI are asked for."""

    types: list[str] | None
    end: RelationshipEnd | None
    include_retired: bool

    def holds(self, neighbour: Neighbour, end: RelationshipEnd) -> bool:
        """Whether one of them is."""
        is_of_type = self.types is None or neighbour.relationship.type in self.types
        return is_of_type and self.end in {None, end}


async def _relationships(
    ci: CI, info: Info, first: int, after: str | None, asked: _Neighbourhood
) -> CIRelationshipConnection:
    context = info.context
    in_force = context.services.vocabulary
    first = checked_first(first, context.options.limits.page_size)
    for each in asked.types or ():
        if each not in in_force.relationship_types:
            raise UnknownTypeError(each, nearest(each, in_force.relationship_types))
    context.pin.reads_store = True
    revision = (await context.pin.head()).revision
    outwards, inwards = await context.services.inventory.neighbours(
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
    question = ["relationships", ci.id, asked.types, asked.end, asked.include_retired]
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


def _optional_text(attributes: model.Attributes, name: str) -> str | None:
    value = attributes.get(name)
    return None if value is None else str(value)


def _member(enum: type[E], value: object) -> E | None:
    """Return a value of a closed set; ``attribute`` shows what does not belong to it."""
    return enum(value) if isinstance(value, str) and value in enum.__members__ else None
