"""The vocabulary as clients see it: classes, relationship types and operations are data."""

from collections.abc import Collection

import strawberry

from graph_service.api.directives import ListSize
from graph_service.api.fields import field
from graph_service.api.scalars import Digest
from graph_service.model.impact_state import ImpactState, Strength
from graph_service.model.vocabulary import AttributeType, Channel, ImpactFlow, Requirement, rows
from graph_service.model.vocabulary import Vocabulary as VocabularyRows


@strawberry.type(description="An attribute of a class.")
class AttributeDefinition:
    """An attribute of a class."""

    name: str
    label: str
    description: str
    type: AttributeType
    unit: str | None
    allowed_values: list[str] | None
    requirement: Requirement = strawberry.field(
        description="How much policies want it of CIs of this class, at the most."
    )
    required_for_tiers: list[int] = strawberry.field(
        description="Tiers for which that holds; empty: for all, or for none."
    )
    list: bool
    minimum: float | None
    maximum: float | None
    declared_by: str = strawberry.field(description="The class that declares it.")


@strawberry.type(description="A class of CIs.")
class CIClass:
    """A class of CIs."""

    rows: strawberry.Private[VocabularyRows]
    name: str
    label: str
    description: str
    extends: str | None = strawberry.field(description="The class this one specialises.")
    lineage: list[str] = strawberry.field(
        description="This class first, then what it specialises, up to CI."
    )
    abstract: bool
    packaged: bool = strawberry.field(description="Packaged, or from the organisation's own file.")
    value_bearing: bool = strawberry.field(
        description="Whether consequence is counted on CIs of this class unless they say otherwise."
    )

    @field(description="Classes that specialise this one, directly or not.")
    def specialisations(self) -> list[str]:
        """List them."""
        return sorted(self.rows.specialisations(self.name) - {self.name})

    @field(
        description="Own and inherited attributes, common ones included.",
        directives=[ListSize(assumed_size=40)],
    )
    def attributes(self) -> list[AttributeDefinition]:
        """List them, most general first."""
        known = self.rows.attributes(self.name) if self.name in self.rows.classes else ()
        return [definition(self.rows, self.name, name) for name in known]


@strawberry.type(description="A type of relationship and how impact crosses it.")
class RelationshipType:
    """A type of relationship."""

    name: str
    verb: str = strawberry.field(description="Read from the source: runs on.")
    inverse_verb: str = strawberry.field(description="Read from the target: runs.")
    description: str
    impact: ImpactFlow
    default_strength: Strength
    channels: list[Channel]
    packaged: bool


@strawberry.type(description="A type of work on a CI, with the states it causes.")
class OperationType:
    """A type of work."""

    name: str
    label: str
    description: str
    planned_state: ImpactState
    failed_state: ImpactState
    channels: list[Channel]
    permanent: bool
    irreversible: bool


@strawberry.type(description="The vocabulary in force: packaged rows plus the organisation's own.")
class Vocabulary:
    """The vocabulary in force."""

    rows: strawberry.Private[VocabularyRows]
    version: str
    digest: Digest

    @field(directives=[ListSize(assumed_size=60, slicing_arguments=["names"])])
    def ci_classes(self, names: list[str] | None = None) -> list[CIClass]:
        """List classes by name."""
        return [ci_class(self.rows, each) for each in _chosen(self.rows.classes, names)]

    @field()
    def ci_class(self, name: str) -> CIClass | None:
        """Look one class up."""
        return ci_class(self.rows, name) if name in self.rows.classes else None

    @field(directives=[ListSize(assumed_size=40, slicing_arguments=["names"])])
    def relationship_types(self, names: list[str] | None = None) -> list[RelationshipType]:
        """List relationship types by name."""
        chosen = _chosen(self.rows.relationship_types, names)
        return [relationship_type(self.rows, each) for each in chosen]

    @field(directives=[ListSize(assumed_size=20)])
    def operations(self) -> list[OperationType]:
        """List types of work by name."""
        return [
            OperationType(
                name=each.name,
                label=each.label,
                description=each.description,
                planned_state=ImpactState[each.planned],
                failed_state=ImpactState[each.failed],
                channels=[*each.channels],
                permanent=each.permanent,
                irreversible=each.irreversible,
            )
            for _, each in sorted(self.rows.operations.items())
        ]

    @field(
        description="Every attribute name known to any class; the names that CI.attribute accepts."
    )
    def attribute_names(self) -> list[str]:
        """List them."""
        return sorted(self.rows.attribute_names)


def _chosen(known: Collection[str], names: list[str] | None) -> list[str]:
    return sorted(known if names is None else {each for each in names if each in known})


def vocabulary(in_force: VocabularyRows) -> Vocabulary:
    """Show the vocabulary in force."""
    return Vocabulary(rows=in_force, version=in_force.version, digest=Digest(in_force.digest))


_GONE = "No longer in the vocabulary; some retired records are still of it."


def gone_type(name: str) -> rows.RelationshipType:
    """Return what stands for a type that is gone: retired relationships may still be of it."""
    return rows.RelationshipType(
        name=name,
        verb=name,
        inverse_verb=name,
        description=_GONE,
        impact=ImpactFlow.NEITHER,
        strength=Strength.NONE,
        channels=(),
    )


def ci_class(in_force: VocabularyRows, name: str) -> CIClass:
    """Show a class; one that is gone is still what retired CIs were, and stands alone."""
    row = in_force.classes.get(name) or rows.CIClass(name=name, extends=None, description=_GONE)
    return CIClass(
        rows=in_force,
        name=name,
        label=row.label or name,
        description=row.description,
        extends=row.extends,
        lineage=[*in_force.lineage(name)] if name in in_force.classes else [name],
        abstract=row.abstract,
        packaged=name in in_force.packaged_names,
        value_bearing=in_force.is_value_bearing(name),
    )


def relationship_type(in_force: VocabularyRows, name: str) -> RelationshipType:
    """Show a relationship type; one that is gone carries no impact."""
    row = in_force.relationship_types.get(name) or gone_type(name)
    return RelationshipType(
        name=name,
        verb=row.verb,
        inverse_verb=row.inverse_verb,
        description=row.description,
        impact=row.impact,
        default_strength=row.strength,
        channels=[*row.channels],
        packaged=name in in_force.packaged_names,
    )


def definition(in_force: VocabularyRows, class_name: str, name: str) -> AttributeDefinition:
    """Show an attribute definition as a class has it."""
    row = in_force.attributes(class_name)[name]
    declaring = next(
        each
        for each in in_force.lineage(class_name)
        if any(own.name == name for own in in_force.classes[each].attributes)
    )
    requirement, tiers = _wanted(in_force, class_name, name)
    return AttributeDefinition(
        requirement=requirement,
        required_for_tiers=tiers,
        name=name,
        label=row.label or name,
        description=row.description,
        type=row.type,
        unit=row.unit or None,
        allowed_values=[*row.values] or None,
        list=row.list,
        minimum=row.minimum,
        maximum=row.maximum,
        declared_by=declaring,
    )


def _wanted(in_force: VocabularyRows, class_name: str, name: str) -> tuple[Requirement, list[int]]:
    """Return how much policies want an attribute, and of which tiers; no tiers: of all."""
    lineage = in_force.lineage(class_name)
    rules = [
        each
        for each in in_force.policies.required
        if each.class_name in lineage and name in each.attributes
    ]
    for level in (Requirement.REQUIRED, Requirement.RECOMMENDED):
        tiers = [each.tiers for each in rules if each.level is level]
        if tiers:
            return level, [] if () in tiers else sorted({one for each in tiers for one in each})
    return Requirement.OPTIONAL, []
