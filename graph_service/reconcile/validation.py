"""Observations against the vocabulary: in canonical form, or everything wrong with them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from graph_service.model.condition import TAG_PREFIX
from graph_service.model.edit import Terms
from graph_service.model.errors import Fault
from graph_service.model.impact_state import Strength
from graph_service.model.observation import CIObservation, Reference, RelationshipObservation
from graph_service.model.place import Place
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import (
    AttributeDefinition,
    AttributeType,
    Channel,
    ImpactFlow,
    RelationshipType,
    Vocabulary,
)
from graph_service.model.vocabulary.vocabulary import ROOT, nearest
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.redundancy import GROUP_PREFIX, fitted_rules, group_name_misfit
from graph_service.reconcile.tags import (
    TAG_NAME_LENGTH_MAX,
    TAGS_MAX,
    fitted_tag,
    is_tag,
    tag_name_misfit,
)
from graph_service.reconcile.texts import Misfit, name_or_misfit, reason_misfit, shown

NAMES_SHOWN_MAX = 8

RELATIONSHIP_ATTRIBUTES = {
    each.name: each
    for each in (
        AttributeDefinition(name="strength", type=AttributeType.ENUM, values=tuple(Strength)),
        AttributeDefinition(
            name="channels", type=AttributeType.ENUM, values=tuple(Channel), list=True
        ),
        AttributeDefinition(name="toleranceMinutes", type=AttributeType.MINUTES, minimum=0),
        AttributeDefinition(name="group"),
        AttributeDefinition(name="role", type=AttributeType.ENUM, values=("ACTIVE", "STANDBY")),
        AttributeDefinition(
            name="uplink", type=AttributeType.ENUM, values=("SOURCE", "TARGET", "UNKNOWN")
        ),
        AttributeDefinition(name="evidence"),
        AttributeDefinition(name="protocol"),
        AttributeDefinition(name="port", type=AttributeType.INTEGER, minimum=0, maximum=65535),
    )
}
"""What a relationship may say of itself, beyond its ends and type."""

_STRENGTHS_WEAKEST_LAST = tuple(Strength)


def faulty(code: str, place: Place, misfit: Misfit, what: str = "") -> Fault:
    """Return a misfit as the fault of an input."""
    message = f"{what} {misfit.message}" if what else misfit.message
    return Fault(code=code, message=message, place=place, remedy=misfit.remedy)


def named(text: object, step: str, place: Place, faults: list[Fault]) -> str:
    """Return a key or name in canonical form; empty, with a fault, when it is none.

    ``step`` is what it is called inside of the record at ``place``.
    """
    found = name_or_misfit(text)
    if isinstance(found, Misfit):
        faults.append(faulty("INVALID_NAME", place.inside(step), found, f"the {step}"))
        return ""
    return found


def class_faults(vocabulary: Vocabulary, class_name: str, place: Place) -> Iterator[Fault]:
    """Yield what forbids a CI to be of a class."""
    row = vocabulary.classes.get(class_name)
    if row is None:
        yield unknown("UNKNOWN_CLASS", class_name, "a class", vocabulary.classes, place)
    elif row.abstract:
        concrete = sorted(
            name
            for name in vocabulary.specialisations(class_name)
            if not vocabulary.classes[name].abstract
        )
        yield Fault(
            code="ABSTRACT_CLASS",
            message=f"{class_name} is a general term; no CI is just that",
            place=place,
            remedy=f"be more specific: {_listed(concrete)}",
        )


def unknown(code: str, name: str, what: str, known: Iterable[str], place: Place) -> Fault:
    """Return the fault of a name that the vocabulary does not have, with the nearest it has."""
    names = list(known)
    near = nearest(name, names)
    remedy = f"did you mean {' or '.join(near)}?" if near else f"there are {_listed(sorted(names))}"
    return Fault(code=code, message=f"{shown(name)} is not {what}", place=place, remedy=remedy)


def ci_attributes(
    vocabulary: Vocabulary,
    class_name: str,
    attributes: Mapping[str, Any],
    place: Place,
    faults: list[Fault],
    *,
    from_text: bool | Collection[str] = False,
) -> dict[str, Any]:
    """Return the attributes that fit a class in canonical form; add a fault for each that does not.

    ``from_text``: values are text, all or those of these names, and are read by their types.

    An unknown class has a fault of its own; what all classes have in common is checked then.
    """
    is_known = class_name in vocabulary.classes
    definitions = vocabulary.attributes(class_name if is_known else ROOT)
    values: dict[str, Any] = {}
    faults += _tag_count_faults(attributes, place)
    for name, value in attributes.items():
        is_text = from_text if isinstance(from_text, bool) else name in from_text
        if name.startswith((GROUP_PREFIX, TAG_PREFIX)):
            read = (
                _tag(name, value, place, faults, from_text=is_text)
                if is_tag(name)
                else _group_rules(name, value, place, faults)
            )
            if read is not _NOTHING:
                values[name] = read
            continue
        definition = definitions.get(name)
        if definition is None:
            if is_known or name not in vocabulary.attribute_names:
                faults.append(_unknown_attribute(vocabulary, class_name, name, place))
            continue
        if is_text and value == "":
            continue
        found = fitted(definition, value, from_text=is_text)
        if isinstance(found, Misfit):
            spot = place.inside("attributes").inside(name)
            faults.append(faulty("INVALID_VALUE", spot, found, f"{name}:"))
        else:
            values[name] = found
    return values


def terms_faults(terms: Mapping[str, Terms], now: str, place: Place) -> Iterator[Fault]:
    """Yield what is wrong with the terms on which values are to be stated."""
    for name, each in terms.items():
        spot = place.inside("attributes").inside(name[:200])
        if each.until and each.until <= now:
            yield Fault(
                code="ALREADY_OVER",
                message=f"{name} is to hold until {each.until}, which is over",
                place=spot.inside("validUntil"),
                remedy="give it an end that is to come, or none",
            )
        if misfit := reason_misfit(each.reason):
            yield faulty("INVALID_TEXT", spot.inside("reason"), misfit, f"the reason of {name}")


_NOTHING: Any = object()


def _group_rules(name: str, rules: Any, place: Place, faults: list[Fault]) -> Any:  # noqa: ANN401 - JSON
    group = name.removeprefix(GROUP_PREFIX)
    spot = place.inside("redundancy").inside(group[:200])
    before = len(faults)
    if misfit := group_name_misfit(group):
        faults.append(faulty("INVALID_GROUP", spot, misfit, "the name of the group"))
    if rules is None:
        return None if len(faults) == before else _NOTHING
    values, misfits = fitted_rules(rules)
    for rule, misfit in misfits:
        inner = spot.inside(rule[:200]) if rule else spot
        faults.append(faulty("INVALID_GROUP", inner, misfit, f"group {shown(group)}:"))
    return values if len(faults) == before else _NOTHING


def _tag_count_faults(attributes: Mapping[str, Any], place: Place) -> Iterator[Fault]:
    if (count := sum(map(is_tag, attributes))) > TAGS_MAX:
        misfit = Misfit(f"has {count} tags", f"at most {TAGS_MAX}; more is for an attribute")
        yield faulty("INVALID_TAG", place.inside("tags"), misfit, "the CI")


def _tag(name: str, value: Any, place: Place, faults: list[Fault], *, from_text: bool) -> Any:  # noqa: ANN401 - JSON
    tag = name.removeprefix(TAG_PREFIX)
    spot = place.inside("tags").inside(tag[:TAG_NAME_LENGTH_MAX])
    found = tag_name_misfit(tag)
    if found is None:
        found = fitted_tag(value, from_text=from_text)
    if isinstance(found, Misfit):
        faults.append(faulty("INVALID_TAG", spot, found, "the tag:"))
        return _NOTHING
    return found


def _unknown_attribute(vocabulary: Vocabulary, class_name: str, name: str, place: Place) -> Fault:
    is_known = class_name in vocabulary.classes
    near = nearest(
        name, vocabulary.attributes(class_name) if is_known else vocabulary.attribute_names
    )
    knowing = sorted(each for each in vocabulary.classes if name in vocabulary.attributes(each))
    if knowing:
        remedy = f"classes that know it: {_listed(knowing)}"
    elif near:
        remedy = f"did you mean {' or '.join(near)}?"
    else:
        remedy = "name one that the class knows, or add it to the vocabulary by a file"
    return Fault(
        code="UNKNOWN_ATTRIBUTE",
        message=f"{class_name if is_known else 'the vocabulary'} has no attribute {shown(name)}",
        place=place.inside("attributes").inside(name[:200]),
        remedy=remedy,
    )


def reference(
    vocabulary: Vocabulary,
    said: Reference,
    end: str,
    place: Place,
    faults: list[Fault],
) -> Reference:
    """Return a reference in canonical form; add a fault for whatever no CI could answer to."""
    if said.class_name and said.class_name not in vocabulary.classes:
        classes, spot = vocabulary.classes, place.inside(end)
        faults.append(unknown("UNKNOWN_CLASS", said.class_name, "a class", classes, spot))
    if said.id:
        return Reference(id=named(said.id, end, place, faults))
    return Reference(
        key=named(said.key, end, place, faults),
        class_name=said.class_name,
        data_source=said.data_source and named(said.data_source, end, place, faults),
    )


def overheard_ci(vocabulary: Vocabulary, said: CIObservation, faults: list[Fault]) -> None:
    """Add what is wrong with the parts of a CI that could be read; empty ones could not."""
    place = said.place
    if said.class_name:
        faults += class_faults(vocabulary, said.class_name, place.inside("class"))
    if said.native_key:
        named(said.native_key, "key", place, faults)
    if said.name not in {"", said.native_key}:
        named(said.name, "name", place, faults)
    ci_attributes(
        vocabulary, said.class_name, said.attributes, place, faults, from_text=said.text_values
    )


def overheard_relationship(
    vocabulary: Vocabulary, said: RelationshipObservation, faults: list[Fault]
) -> None:
    """Add what is wrong with the parts of a relationship that could be read."""
    place = said.place
    row = relationship_type(vocabulary, said.type, place, faults) if said.type else None
    for end, spoken in (("source", said.source), ("target", said.target)):
        if spoken != Reference():
            reference(vocabulary, spoken, end, place, faults)
    relationship_attributes(row, said.attributes, place, faults)


def relationship_type(
    vocabulary: Vocabulary, name: str, place: Place, faults: list[Fault]
) -> RelationshipType | None:
    """Return a type of relationship; add a fault when there is none of this name."""
    types = vocabulary.relationship_types
    if name not in types:
        spot = place.inside("type")
        faults.append(unknown("UNKNOWN_TYPE", name, "a relationship type", types, spot))
    return types.get(name)


def relationship_attributes(
    row: RelationshipType | None, attributes: Mapping[str, Any], place: Place, faults: list[Fault]
) -> dict[str, Any]:
    """Return a relationship's attributes in canonical form; add a fault for each that is none."""
    values: dict[str, Any] = {}
    for name, value in attributes.items():
        definition = RELATIONSHIP_ATTRIBUTES.get(name)
        if definition is None:
            known, spot = RELATIONSHIP_ATTRIBUTES, place.inside(name[:200])
            what = "an attribute of a relationship"
            faults.append(unknown("UNKNOWN_ATTRIBUTE", name, what, known, spot))
            continue
        found = fitted(definition, value)
        if name == "group" and isinstance(found, str):
            found = group_name_misfit(found) or found
        if isinstance(found, Misfit):
            faults.append(faulty("INVALID_VALUE", place.inside(name), found, f"{name}:"))
        else:
            values[name] = found
    if row is not None:
        faults += out_of_place(row, values, place)
    return values


def out_of_place(row: RelationshipType, values: Mapping[str, Any], place: Place) -> Iterator[Fault]:
    """Yield attributes that say something this type of relationship cannot mean."""
    if values.get("group") and row.impact is ImpactFlow.NEITHER:
        message = f"{row.name} carries no impact, so it is in no redundancy group"
        yield Fault(
            code="INVALID_GROUP",
            message=message,
            place=place.inside("group"),
            remedy="take the group away, or choose a type that depends",
        )
    if values.get("role") and not values.get("group") and row.group is None:
        yield Fault(
            code="INVALID_GROUP",
            message="a role without a group means nothing",
            place=place.inside("role"),
            remedy="name the group it is the role in",
        )
    if values.get("uplink") and row.impact is not ImpactFlow.BY_UPLINK:
        yield Fault(
            code="INVALID_VALUE",
            message=f"{row.name} has no uplink: its direction is settled by its type",
            place=place.inside("uplink"),
            remedy="take it away",
        )


def is_weakened_without_evidence(row: RelationshipType, attributes: Mapping[str, Any]) -> bool:
    """Whether a relationship claims to be softer than its type and shows nothing for it."""
    said = attributes.get("strength")
    if said is None or attributes.get("evidence"):
        return False
    rank = _STRENGTHS_WEAKEST_LAST.index
    return rank(Strength(said)) > rank(row.strength)


def origin_faults(origin: Origin, place: Place) -> Iterator[Fault]:
    """Yield the fault of a data source that speaks as if it were a person."""
    if origin is Origin.MANUAL:
        yield Fault(
            code="INVALID_ORIGIN",
            message="MANUAL is how people state things, not data sources",
            place=place,
            remedy="report it as DECLARED, OBSERVED or INFERRED",
        )


def _listed(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN_MAX
    return ", ".join(names[:NAMES_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
