"""Attributes of CIs, and who says so."""

from collections.abc import Sequence
from typing import Any

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.failures import UnknownAttributeError
from graph_service.api.fields import field
from graph_service.api.scalars import Instant, Json, as_instant
from graph_service.api.types.vocabulary import AttributeDefinition, definition
from graph_service.model import claim as model
from graph_service.model.condition import TAG_PREFIX
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import AttributeType
from graph_service.model.vocabulary import Vocabulary as VocabularyRows
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.reconcile import completeness as completeness_model
from graph_service.use_cases.inventory.inventory import AttributeValue, terms_of


@strawberry.type(description="What one data source says about one attribute or relationship.")
class Claim:
    """What one data source says."""

    data_source: str
    origin: Origin
    value: Json | None
    observed_at: Instant
    run: strawberry.ID | None
    evidence: str | None = strawberry.field(
        description="File and line, API path: where to look it up."
    )
    stated_by: str | None = strawberry.field(description="The person, of a value stated by hand.")
    stated_at: Instant | None = strawberry.field(description="When that person stated it.")
    reason: str | None = strawberry.field(description="Why that person stated it.")
    valid_until: Instant | None = strawberry.field(
        description="When it ends; after that the next claim surfaces."
    )

    @field(
        description="Its end has come. It still counts until the next sweep takes it out; what "
        "surfaces then is the first of alternatives. Of a past estate: as of its revision."
    )
    def expired(self, info: Info) -> bool:
        """Say whether it should no longer count."""
        at = view_of(info).instant(info.context.services.now())
        return bool(self.valid_until) and str(self.valid_until) <= at


@strawberry.type(
    description="One attribute of one CI: the effective value, its type, and who says so."
)
class Attribute:
    """One attribute of one CI."""

    found: strawberry.Private[AttributeValue]
    name: str
    definition: AttributeDefinition | None
    type: AttributeType
    value: Json | None = strawberry.field(description="Null: a data source says there is none.")
    text: str = strawberry.field(description="Display form, with the unit.")
    conflicting: bool = strawberry.field(description="At least two live claims disagree.")

    @field()
    def number(self) -> float | None:
        """Return the value of a number."""
        value = self.found.value
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    @field()
    def boolean(self) -> bool | None:
        """Return the value of a truth."""
        return self.found.value if isinstance(self.found.value, bool) else None

    @field()
    def instant(self) -> Instant | None:
        """Return the value of an instant."""
        return Instant(self.found.value) if self.type is AttributeType.INSTANT else None

    @field(name="list")
    def elements(self) -> list[str] | None:
        """Return the elements of a list as text."""
        value = self.found.value
        return [str(each) for each in value] if isinstance(value, list) else None

    @field(description="The claim that won; null where no claim explains the value.")
    def provenance(self) -> Claim | None:
        """Return it."""
        winner = self.found.winner
        return claim(winner, self.name) if winner else None

    @field(description="Live claims of other data sources, best rank first.")
    def alternatives(self) -> list[Claim]:
        """List them."""
        return [claim(each, self.name) for each in self.found.alternatives]


def claim(found: model.Claim, attribute: str) -> Claim:
    """Show what a claim says about an attribute."""
    terms = terms_of(found, attribute)
    return Claim(
        stated_by=terms.by if terms else None,
        stated_at=as_instant(terms.at) if terms else None,
        reason=(terms.reason or None) if terms else None,
        valid_until=as_instant(terms.until) if terms and terms.until else None,
        data_source=found.data_source,
        origin=found.origin,
        value=Json(found.content.get("attributes", {}).get(attribute)),
        observed_at=as_instant(found.observed_at),
        run=strawberry.ID(found.run) if found.run else None,
        evidence=found.place or None,
    )


@strawberry.type(description="What policies want of a CI, and what it lacks of that.")
class RecordCompleteness:
    """What a CI lacks."""

    required_count: int
    filled_count: int
    missing: list[str] = strawberry.field(description="Required, and nobody says them.")
    recommended: list[str] = strawberry.field(description="Recommended, and nobody says them.")
    odd: list[str] = strawberry.field(description="Attributes with a value that is not allowed.")


def record_completeness(found: completeness_model.RecordCompleteness) -> RecordCompleteness:
    """Show what a CI lacks."""
    return RecordCompleteness(
        required_count=found.required_count,
        filled_count=found.filled_count,
        missing=[*found.missing],
        recommended=[*found.recommended],
        odd=[*found.odd],
    )


@strawberry.type(description="A tag that a CI has.")
class Tag:
    """A tag that a CI has."""

    name: str
    value: str | None = strawberry.field(description="Null: the name says it all.")
    expires_at: Instant | None = strawberry.field(
        description="When it goes, if a person put it on until then."
    )
    data_source: str | None = strawberry.field(description="Who put it on; manual: a person.")


def tags(found: Sequence[AttributeValue]) -> list[Tag]:
    """Show the tags among attributes, by name."""
    return [
        _tag(each) for each in found if each.name.startswith(TAG_PREFIX) and each.value is not None
    ]


def _tag(found: AttributeValue) -> Tag:
    terms = terms_of(found.winner, found.name) if found.winner else None
    return Tag(
        name=found.name.removeprefix(TAG_PREFIX),
        value=str(found.value) or None,
        expires_at=as_instant(terms.until) if terms and terms.until else None,
        data_source=found.winner.data_source if found.winner else None,
    )


def attribute(in_force: VocabularyRows, class_name: str, found: AttributeValue) -> Attribute:
    """Show one attribute."""
    is_known = class_name in in_force.classes
    known = in_force.attributes(class_name).get(found.name) if is_known else None
    return Attribute(
        found=found,
        name=found.name,
        definition=definition(in_force, class_name, found.name) if known else None,
        type=known.type if known else _type_of(found.name),
        value=Json(found.value),
        text=_text(found.value, known.unit if known else ""),
        conflicting=found.conflicting,
    )


def _type_of(name: str) -> AttributeType:
    """Return the type of an attribute that no class defines."""
    return AttributeType.TEXT if name.startswith(TAG_PREFIX) else AttributeType.JSON


def _text(value: Any, unit: str) -> str:  # noqa: ANN401 - any attribute value
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return f"{value} {unit}".rstrip()


def checked_names(in_force: VocabularyRows, names: Sequence[str]) -> None:
    """Refuse attribute names that no class knows: a typo is never a silent null.

    Raises:
        UnknownAttributeError: With near names.

    """
    for each in names:
        is_open = each.startswith(("redundancy.", TAG_PREFIX))
        if each not in in_force.attribute_names and not is_open:
            raise UnknownAttributeError(each, nearest(each, in_force.attribute_names))
