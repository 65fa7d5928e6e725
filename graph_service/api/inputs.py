"""What clients hand in: references, filters, questions, edits."""

from datetime import datetime
from typing import TypeVar

import strawberry

from graph_service.api.failures import BadRequestError
from graph_service.api.scalars import Instant, Minutes, RevisionNumber
from graph_service.api.types.enums import StartingPoint
from graph_service.model.impact_state import ImpactState
from graph_service.use_cases.estates import estates
from graph_service.use_cases.inventory import references

UNSET = strawberry.UNSET
T = TypeVar("T")


def given(value: T | None) -> T | None:
    """Return a value, or ``None`` where it was left out."""
    return None if value is UNSET else value


@strawberry.input(
    one_of=True,
    description="One CI, by whatever the caller has. A name counts only while exactly one live CI "
    "has it; text is an id, a key or a name.",
)
class CIRef:
    """One CI."""

    id: strawberry.ID | None = UNSET
    key: str | None = UNSET
    name: str | None = UNSET
    text: str | None = UNSET


def to_ref(given: CIRef) -> references.CIRef:
    """Read a reference.

    Raises:
        BadRequestError: It names nothing.

    """
    ref = references.CIRef(
        id=given.id or "", key=given.key or "", name=given.name or "", text=given.text or ""
    )
    if not str(ref):
        raise BadRequestError("a reference to a CI is empty")
    return ref


@strawberry.input(
    one_of=True,
    description="A state of the estate: a revision, or the newest one at or before an instant.",
)
class AsOf:
    """A state of the estate."""

    revision: RevisionNumber | None = UNSET
    instant: Instant | None = UNSET


def to_as_of(given: AsOf) -> estates.AsOf:
    """Read which state of the estate is meant."""
    if given.instant:
        return estates.AsOf(instant=datetime.fromisoformat(given.instant))
    return estates.AsOf(revision=given.revision or 0)


@strawberry.input(description="A CI and the state it is put in.")
class CIState:
    """A CI and the state it is put in."""

    ci: CIRef
    state: ImpactState = ImpactState.DOWN


@strawberry.input(description="How to ask. Everything has a default.")
class ImpactOptions:
    """How to ask."""

    duration_minutes: Minutes | None = strawberry.field(
        default=UNSET,
        description="How long it lasts; decides what tolerances absorb. Default: without end.",
    )
    start_from: StartingPoint = strawberry.field(
        default=StartingPoint.AS_IS,
        description="What is already broken counts, or everything starts UP.",
    )
    unaffected: list[CIRef] | None = strawberry.field(
        default=UNSET,
        description="Cut the inputs of these CIs: a person's judgement that they are not affected.",
    )
    max_hops: int | None = strawberry.field(
        default=UNSET, description="No limit unless given; a limit that cuts is reported."
    )
