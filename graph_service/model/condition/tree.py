"""The tree: which CIs, said once for lists, saved queries, groups and policies.

A tree is plain until it is settled (``use_cases.finding``): names of classes then stand for their
specialisations as well, references for ids, saved queries for what they say. Only settled trees
are asked of a store or of ``matcher``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool
"""One value that an attribute is compared with."""

DEPTH_MAX = 6
"""Levels of all, any and not within each other."""

TERMS_MAX = 100
"""Leaves of a tree; each value of a list is one."""

TAG_PREFIX = "tag."
"""What the attribute that a tag is begins with."""

NO_PLACE = -1

CONTAINED_BY_SOURCE = ("LOCATED_IN", "RUNS_ON", "HOSTED_ON")
"""Types whose source is within their target."""

CONTAINED_BY_TARGET = ("CONTAINS",)
"""Types whose target is within their source."""


def _at() -> int:
    return field(default=NO_PLACE, compare=False, repr=False, kw_only=True)


class End(StrEnum):
    """The end of a relationship a CI is at."""

    SOURCE = "SOURCE"
    TARGET = "TARGET"


class RefBy(StrEnum):
    """By what a CI is named. TEXT is any of the others."""

    ID = "id"
    KEY = "key"
    NAME = "name"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Ref:
    """One CI; a name counts only while exactly one living CI has it."""

    by: RefBy
    value: str


def settled_id(ref: Ref | None) -> str:
    """Return the id that a settled reference is.

    Raises:
        TypeError: It is not settled.

    """
    if ref is None or ref.by is not RefBy.ID:
        raise TypeError(f"{ref!r} is not settled")
    return ref.value


def settled_revision(moment: int | str) -> int:
    """Return the revision that a settled moment is.

    Raises:
        TypeError: It is not settled.

    """
    if isinstance(moment, str):
        raise TypeError(f"{moment!r} is not settled")
    return moment


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value, or an element of it if it is a list, is one of these."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The text, or a text in the list, has this in it; capitals count."""

    text: str


@dataclass(frozen=True, slots=True)
class StartsWith:
    """The text, or a text in the list, begins with this; capitals count."""

    text: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The number, date or instant, or one in the list, is this or more."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class AtMost:
    """The number, date or instant, or one in the list, is this or less."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class Exists:
    """Somebody says a value; that there is none does not count."""


Match: TypeAlias = OneOf | Contains | StartsWith | AtLeast | AtMost | Exists


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold; of none, everything does."""

    of: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds; of none, nothing does."""

    of: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """What this says does not hold."""

    what: "Condition"


@dataclass(frozen=True, slots=True)
class IsCI:
    """It is one of these CIs. Settled, all references are ids."""

    refs: tuple[Ref, ...]
    at: int = _at()


@dataclass(frozen=True, slots=True)
class OfClass:
    """Its class is one of these. Settled, specialisations are among them."""

    names: frozenset[str]
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is said of an attribute; ``key`` and ``name`` are the CI's own, tags ``tag.NAME``."""

    name: str
    match: Match
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Related:
    """It has a living relationship: of one of these types, at this end, to this CI, if given."""

    types: frozenset[str] = frozenset()
    end: End | None = None
    to: Ref | None = None
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Within:
    """It is in this site, rack or zone, or runs on what is, at any depth; the place itself not."""

    place: Ref
    at: int = _at()


@dataclass(frozen=True, slots=True)
class KnownTo:
    """One of these data sources says something about it now."""

    data_sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stale:
    """A data source that knew it no longer sees it."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """It has no living relationship at all."""


@dataclass(frozen=True, slots=True)
class Conflicting:
    """Data sources disagree about one of its attributes."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """It lacks an attribute that policy requires of it. Settled into what is lacking."""


@dataclass(frozen=True, slots=True)
class ValueBearing:
    """Consequence is counted on it. Settled into classes and overrides."""


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """Its own record changed after this revision; its relationships do not count.

    ``moment`` is a revision or, not yet settled, an instant (RFC 3339).
    """

    moment: int | str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Text:
    """All words occur in what is said of it, or in names it had; the last one as a beginning.

    With ``of_names`` only what it is or was called counts: key, name, aliases, former names.
    """

    text: str
    of_names: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What a saved query says, by key. Settled into that."""

    key: str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """A person or a team, by anything they are called, owns it. Settled into what that means."""

    who: str
    at: int = _at()


Leaf: TypeAlias = (
    IsCI
    | OfClass
    | Attribute
    | Related
    | Within
    | KnownTo
    | Stale
    | Orphan
    | Conflicting
    | Incomplete
    | ValueBearing
    | ChangedSince
    | Text
    | Saved
    | OwnedBy
)
Condition: TypeAlias = AllOf | AnyOf | Not | Leaf

EVERYTHING = AllOf()
NOTHING = AnyOf()


def both(*conditions: Condition) -> Condition:
    """Return what all of these say, without levels that say nothing."""
    flat: list[Condition] = []
    for each in conditions:
        flat.extend(each.of if isinstance(each, AllOf) else (each,))
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the leaves of a tree in order."""
    match condition:
        case AllOf(of) | AnyOf(of):
            for each in of:
                yield from leaves(each)
        case Not(what):
            yield from leaves(what)
        case _:
            yield condition


def depth(condition: Condition) -> int:
    """Return how many levels of all, any and not a tree has."""
    match condition:
        case AllOf(of) | AnyOf(of):
            return 1 + max(map(depth, of), default=0)
        case Not(what):
            return 1 + depth(what)
    return 0


def terms(condition: Condition) -> int:
    """Return how much a tree says: its leaves, each value of a list as one."""
    return sum(map(_values, leaves(condition)))


def _values(leaf: Leaf) -> int:
    match leaf:
        case IsCI(refs):
            return max(len(refs), 1)
        case OfClass(names):
            return max(len(names), 1)
        case KnownTo(names):
            return max(len(names), 1)
        case Attribute(_, OneOf(values)):
            return max(len(values), 1)
        case Related(types):
            return max(len(types), 1)
    return 1


def simplified(condition: Condition) -> Condition:
    """Return an equal condition without levels that say nothing: the one that text stands for."""
    match condition:
        case AllOf(of):
            return _joined(AllOf, AnyOf, of)
        case AnyOf(of):
            return _joined(AnyOf, AllOf, of)
        case Not(what):
            return _negated(simplified(what))
    return condition


def _negated(condition: Condition) -> Condition:
    match condition:
        case Not(what):
            return what
        case AllOf(()):
            return NOTHING
        case AnyOf(()):
            return EVERYTHING
    return Not(condition)


def _joined(
    same: type[AllOf] | type[AnyOf], other: type[AllOf] | type[AnyOf], of: Sequence[Condition]
) -> Condition:
    flat: list[Condition] = []
    for each in map(simplified, of):
        if isinstance(each, other) and not each.of:
            return each  # in "all" that is nothing, in "any" everything
        flat.extend(each.of if isinstance(each, same) else (each,))
    return flat[0] if len(flat) == 1 else same(tuple(flat))
