"""Configuration items and their relationships."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry
from strawberry import lazy

from graph_service.api.context import Info, view_of
from graph_service.api.directives import Cost, ListSize
from graph_service.api.fields import field
from graph_service.api.scalars import Json, RevisionNumber
from graph_service.api.types.attributes import (
    Attribute,
    RecordCompleteness,
    Tag,
    attribute,
    checked_names,
    record_completeness,
    tags,
)
from graph_service.api.types.connection import (
    EstateConnection,
    Node,
)
from graph_service.api.types.enums import (
    Environment,
    Lifecycle,
    OperationalState,
    RelationshipEnd,
)
from graph_service.api.types.history import HistoryConnection, history
from graph_service.api.types.sweep import Freshness
from graph_service.api.types.vocabulary import (
    CIClass,
    ci_class,
)
from graph_service.model import ci as model
from graph_service.model.ci import Presence
from graph_service.model.vocabulary import Vocabulary as VocabularyRows
from graph_service.reconcile.completeness import completeness
from graph_service.use_cases.impact.impact_answer import CIReference
from graph_service.use_cases.inventory.freshness import freshness

if TYPE_CHECKING:
    from graph_service.api.types.people import Responsible
    from graph_service.api.types.redundancy import RedundancyGroup
    from graph_service.api.types.relationships import CIRelationshipConnection

E = TypeVar("E", bound=StrEnum)
_Responsible = Annotated["Responsible", lazy("graph_service.api.types.people")]


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
        return optional_text(await self._attributes(info), "description")

    @field(description="Who is accountable: a person or a team.")
    async def owner(self, info: Info) -> "_Responsible | None":
        """Say who is accountable."""
        return await self._responsible(info, "owner")

    @field(description="Who answers for it to those who use it.")
    async def service_owner(self, info: Info) -> "_Responsible | None":
        """Say who answers for it."""
        return await self._responsible(info, "serviceOwner")

    @field(description="Which team works on it.")
    async def support_group(self, info: Info) -> "_Responsible | None":
        """Say who works on it."""
        return await self._responsible(info, "supportGroup")

    @field(description="Whom to ask.")
    async def technical_contact(self, info: Info) -> "_Responsible | None":
        """Say whom to ask."""
        return await self._responsible(info, "technicalContact")

    @field(description="Who has to agree to changes of it.", directives=[ListSize(assumed_size=3)])
    async def approvers(self, info: Info) -> "list[_Responsible]":
        """List who has to agree."""
        from graph_service.api.types.people import Responsible  # noqa: PLC0415 - it shows CIs

        named = (await self._attributes(info)).get("approvers")
        texts = named if isinstance(named, list) else []
        return [Responsible(text=str(each)) for each in texts]

    @field()
    async def environment(self, info: Info) -> Environment | None:
        """Say what it is for."""
        return member(Environment, (await self._attributes(info)).get("environment"))

    @field(description="Null counts as LIVE.")
    async def lifecycle(self, info: Info) -> Lifecycle | None:
        """Say where it is in its life."""
        return member(Lifecycle, (await self._attributes(info)).get("lifecycle"))

    @field(description="As last reported; null: nobody has.")
    async def operational_state(self, info: Info) -> OperationalState | None:
        """Say what it is doing now."""
        return member(OperationalState, (await self._attributes(info)).get("operationalState"))

    @field(description="Tags by name.", directives=[Cost(weight=1), ListSize(assumed_size=10)])
    async def tags(self, info: Info) -> list[Tag]:
        """List them."""
        return tags(await view_of(info).loaders.attributes.load(self.id))

    @field(
        description="When it was last seen, and by whom. Null of a past or supposed estate.",
        directives=[Cost(weight=2)],
    )
    async def freshness(self, info: Info) -> Freshness | None:
        """Say how fresh it is."""
        if view_of(info).estate is not None:
            return None
        services = info.context.services
        ci, now = await self.record(info), services.clock()
        return Freshness.of(await freshness(services.store, services.vocabulary, ci, now))

    @field(description="What policies want of it, and what it lacks of that.")
    async def completeness(self, info: Info) -> RecordCompleteness:
        """Say what is lacking."""
        in_force = info.context.services.vocabulary
        record = await self.record(info)
        return record_completeness(completeness(in_force, record.class_name, record.attributes))

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
        found = await view_of(info).loaders.attributes.load(self.id)
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
        found = await view_of(info).loaders.attributes.load(self.id)
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
    ) -> Annotated["CIRelationshipConnection", lazy("graph_service.api.types.relationships")]:
        """List relationships by verb, then name of the other CI."""
        from graph_service.api.types import relationships as shown  # noqa: PLC0415 - it shows CIs

        asked = shown.Neighbourhood(types=types, end=end, include_retired=include_retired)
        return await shown.relationships_of(self, info, first, after, asked)

    @field(
        description="Every revision that touched this CI or a relationship of it, newest first.",
        directives=[Cost(weight=2)],
    )
    async def history(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> HistoryConnection:
        """List what happened."""
        return await history(info, self.id, first, after)

    @field(description="The CI that it turned out to be, if it was merged; null otherwise.")
    async def merged_into(self, info: Info) -> "CI | None":
        """Look up what it is part of."""
        into = (await self.record(info)).merged_into
        if into is None:
            return None
        view = view_of(info)
        view.reading()
        found = (await view.inventory.cis_by_id([into]))[into]
        return ci_of(found, info.context.services.vocabulary)

    @field(
        description="CIs that were merged into this one: their keys and ids lead here, and splitCi "
        "gives each back.",
        directives=[Cost(weight=1), ListSize(assumed_size=2)],
    )
    async def absorbed(self, info: Info) -> "list[CI]":
        """List what turned out to be this."""
        view = view_of(info)
        view.reading()
        in_force = info.context.services.vocabulary
        return [ci_of(each, in_force) for each in await view.inventory.absorbed(self.id)]

    @field(
        description="The redundancy groups it leans on, by name: declared, joined, or both.",
        directives=[Cost(weight=2), ListSize(assumed_size=5)],
    )
    async def redundancy_groups(
        self, info: Info
    ) -> list[Annotated["RedundancyGroup", lazy("graph_service.api.types.redundancy")]]:
        """List its groups."""
        from graph_service.api.types.redundancy import shown_groups  # noqa: PLC0415 - it shows CIs

        return await shown_groups(info, await self.record(info))

    async def _responsible(self, info: Info, name: str) -> "Responsible | None":
        from graph_service.api.types.people import Responsible  # noqa: PLC0415 - it shows CIs

        text = optional_text(await self._attributes(info), name)
        return Responsible(text=text) if text else None

    async def record(self, info: Info) -> model.CI:
        """Return it as the store has it."""
        if self.loaded is None:
            self.loaded = await view_of(info).loaders.cis.load(self.id)
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


def optional_text(attributes: model.Attributes, name: str) -> str | None:
    """Return a value as text; absent and none are both ``None``."""
    value = attributes.get(name)
    return None if value is None else str(value)


def member(enum: type[E], value: object) -> E | None:
    """Return a value of a closed set; ``attribute`` shows what does not belong to it."""
    return enum(value) if isinstance(value, str) and value in enum.__members__ else None
