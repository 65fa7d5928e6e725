"""Which CIs, as clients say it → the condition that use cases understand."""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.failures import (
    LimitExceededError,
    UnknownAttributeError,
    UnknownClassError,
    UnknownNameError,
    UnknownTypeError,
)
from graph_service.api.inputs import UNSET, AsOf, CIRef, CIState
from graph_service.api.scalars import Json
from graph_service.api.types.enums import (
    Environment,
    Lifecycle,
    OperationalState,
    RelationshipEnd,
)
from graph_service.model.condition import (
    DEPTH_MAX,
    EVERYTHING,
    TERMS_MAX,
    Condition,
    condition_of_data,
    depth,
    terms,
)
from graph_service.model.errors import InvalidInputError, UnknownName
from graph_service.model.impact_state import ImpactState
from graph_service.model.place import Place

_PLACE = Place("filter")
_UNKNOWN: dict[str, type[UnknownNameError]] = {
    each.code: each for each in (UnknownClassError, UnknownAttributeError, UnknownTypeError)
}


@strawberry.input(description="A tag by name, and value if given.")
class TagFilter:
    """A tag."""

    name: str
    value: str | None = UNSET


@strawberry.input(
    one_of=True,
    description="One comparison, typed by the attribute's definition; of a list, any element. "
    "Capitals count.",
)
class AttributeMatch:
    """One comparison."""

    equals: Json | None = UNSET
    one_of: list[Json] | None = UNSET
    contains: str | None = UNSET
    starts_with: str | None = UNSET
    at_least: Json | None = strawberry.field(
        default=UNSET, description="Of numbers, durations, dates and instants."
    )
    at_most: Json | None = UNSET
    exists: bool | None = strawberry.field(
        default=UNSET, description="Whether somebody says a value; null is none."
    )


@strawberry.input(description="A condition on one attribute, or on key or name.")
class AttributeFilter:
    """A condition on one attribute."""

    name: str
    is_: AttributeMatch = strawberry.field(name="is")


@strawberry.input(description="Has a living relationship like this; all fields are optional.")
class RelatedFilter:
    """Has a relationship like this."""

    types: list[str] | None = UNSET
    end: RelationshipEnd | None = strawberry.field(
        default=UNSET, description="The end the CI that is looked for is at."
    )
    to: CIRef | None = UNSET


@strawberry.input(
    name="CIFilter",
    description="Which CIs. Fields of one object all hold, elements of a list are alternatives; "
    "all, any and not compose, at most 6 deep and 100 terms. A name that nothing has is an error.",
)
class CIFilter:
    """Which CIs."""

    all: list["CIFilter"] | None = UNSET
    any: list["CIFilter"] | None = UNSET
    not_: "CIFilter | None" = strawberry.field(name="not", default=UNSET)
    where: str | None = strawberry.field(
        default=UNSET,
        description="The same as people type it: class:Server tier<=1 not tag:exempt.",
    )
    refs: list[CIRef] | None = UNSET
    classes: list[str] | None = strawberry.field(
        default=UNSET, description="Classes, their specialisations included."
    )
    value_bearing: bool | None = UNSET
    text: str | None = strawberry.field(
        default=UNSET,
        description="Words that must all occur in key, name, aliases, former names or text "
        "attributes; the last as a prefix.",
    )
    called: str | None = strawberry.field(
        default=UNSET, description="The same in key, name, aliases and former names only."
    )
    name_prefix: str | None = UNSET
    lifecycle: list[Lifecycle] | None = UNSET
    operational: list[OperationalState] | None = UNSET
    environments: list[Environment] | None = UNSET
    tiers: list[int] | None = UNSET
    owners: list[str] | None = UNSET
    support_groups: list[str] | None = UNSET
    owned_by: list[str] | None = strawberry.field(
        default=UNSET,
        description="One of these people or teams owns it: is named, is in a team that is, or owns "
        "what contains it. An id, login, mail address, key or name each.",
    )
    countries: list[str] | None = UNSET
    regions: list[str] | None = UNSET
    within: CIRef | None = strawberry.field(
        default=UNSET,
        description="In this site, rack or zone, or running on what is, at any depth.",
    )
    tag: TagFilter | None = UNSET
    attribute: AttributeFilter | None = UNSET
    related: RelatedFilter | None = UNSET
    data_sources: list[str] | None = strawberry.field(
        default=UNSET, description="One of them says something about it now."
    )
    stale: bool | None = UNSET
    incomplete: bool | None = strawberry.field(
        default=UNSET, description="It lacks an attribute that policy requires."
    )
    orphan: bool | None = strawberry.field(
        default=UNSET, description="Without any living relationship."
    )
    conflicting: bool | None = strawberry.field(
        default=UNSET, description="Data sources disagree about an attribute."
    )
    changed_since: AsOf | None = strawberry.field(
        default=UNSET, description="Its own record changed after that."
    )
    saved_query: strawberry.ID | None = strawberry.field(
        default=UNSET, description="What a saved query says, by key."
    )
    include_retired: bool | None = strawberry.field(
        default=UNSET, description="In the outermost object only."
    )


@strawberry.input(description="All CIs that meet a filter, and the state they are put in.")
class MatchingCIs:
    """All CIs that meet a filter."""

    filter: CIFilter
    state: ImpactState = ImpactState.DOWN


@strawberry.input(
    one_of=True,
    description="What is asked about: CIs and the states they are put in, or all that meet a "
    "filter: the members of a saved query, for example.",
)
class ImpactSubject:
    """What is asked about."""

    states: list[CIState] | None = UNSET
    matching: MatchingCIs | None = UNSET


def filter_data(asked: CIFilter) -> dict[str, Any]:
    """Return a filter as conditions have it in JSON."""
    data: dict[str, Any] = _plain(asked)
    return data


def said(asked: CIFilter | None) -> Condition:
    """Read a filter, as it was said.

    Raises:
        InvalidInputError: Part of it is no condition.
        LimitExceededError: It is too deep, or says too much.

    """
    if asked is None:
        return EVERYTHING
    data = filter_data(asked)
    data.pop("includeRetired", None)
    condition = condition_of_data(data, _PLACE)
    if (levels := depth(condition)) > DEPTH_MAX:
        raise LimitExceededError("filterDepth", levels, DEPTH_MAX)
    if (count := terms(condition)) > TERMS_MAX:
        raise LimitExceededError("filterTerms", count, TERMS_MAX)
    return condition


async def settled(info: Info, condition: Condition) -> Condition:
    """Settle a condition for the estate that a field answers from.

    Raises:
        UnknownNameError: One name in it is not in the vocabulary, and nothing else is wrong.
        InvalidInputError: Listing everything that means nothing.

    """
    view = view_of(info)
    view.reading()
    try:
        return await view.inventory.settled(
            condition, viewer=info.context.viewer.actor.id, place=_PLACE
        )
    except InvalidInputError as error:
        (first, *others) = error.faults
        if others or not isinstance(first, UnknownName):
            raise
        place = "" if first.place == _PLACE else str(first.place)
        raise _UNKNOWN[first.code](first.name, first.near, place) from error


def _plain(value: Any) -> Any:  # noqa: ANN401 - any input
    if is_dataclass(value):
        given = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {
            _camel(name): _plain(each)
            for name, each in given
            if each is not UNSET and each is not None
        }
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(each.capitalize() for each in rest)
