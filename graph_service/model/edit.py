"""The one edit language: what a person or program asks to be different in the estate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class EditRef:
    """A CI in an edit: by id, key or name; or the key of a CI that the same list creates."""

    id: str = ""
    key: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.id or self.key or self.name


class Unset(StrEnum):
    """The value of a field that an edit leaves alone."""

    UNSET = "UNSET"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a value is stated: until an instant (RFC 3339 in UTC), and why.

    Empty: until it is withdrawn; for the reason of the whole write.
    """

    until: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCi:
    """Create a CI. The empty key asks for an assigned one."""

    class_name: str
    name: str
    key: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)
    as_text: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCi:
    """State values by hand; they outrank data sources.

    An attribute set to ``None`` is stated empty; one named in ``withdraw`` is no longer stated, so
    that what sources say surfaces again. ``terms`` are of attributes that are stated here. Of
    ``remove_tags``, by name, the CI has none afterwards, whoever says so. ``as_text`` names those
    attributes whose values are text, to be read by their type.
    """

    ci: EditRef
    name: str | Unset = UNSET
    class_name: str | Unset = UNSET
    attributes: Mapping[str, Any] = field(default_factory=dict)
    withdraw: frozenset[str] = frozenset()
    terms: Mapping[str, Terms] = field(default_factory=dict)
    as_text: frozenset[str] = frozenset()
    remove_tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireCi:
    """Retire a CI and its relationships."""

    ci: EditRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivateCi:
    """Bring a retired CI back under the same id."""

    ci: EditRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRelationship:
    """Relate two CIs, or replace the attributes of their relationship.

    ``is_partial``: the relationship exists, whoever says so; only these attributes are stated, and
    those of ``withdraw`` no longer are, so that what data sources say surfaces again.
    """

    source: EditRef
    type: str
    target: EditRef
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_partial: bool = False
    withdraw: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireRelationship:
    """Retire a relationship, by its ends and type."""

    source: EditRef
    type: str
    target: EditRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRedundancyGroup:
    """Declare a redundancy group on the CI that leans on it, or replace it.

    ``rules`` are ``{"k" | "percent", "kFull", "mode", "switchMinutes", "strength", "evidence"}``.
    ``members`` (CI, is standby), unless ``None``, are the CIs of which existing relationships join
    the group; all others of the group leave it.
    """

    dependant: EditRef
    name: str
    rules: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[tuple[EditRef, bool], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRedundancyGroup:
    """Remove a group; its members become plain dependencies."""

    dependant: EditRef
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCis:
    """Say that CIs are one: all that is said of the others is said of the survivor.

    ``values`` are attributes the merge settles, over everything else that is stated of them; those
    ``as_text`` are text, to be read by their type.
    """

    survivor: EditRef
    others: tuple[EditRef, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    as_text: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCi:
    """Say that a CI is two: give back a merged one, or break out what some claims speak of.

    Either ``absorbed`` is named, or ``claims`` by (data source, native key); these become a CI with
    a key of its own unless ``key`` is given.
    """

    ci: EditRef
    absorbed: EditRef | None = None
    claims: tuple[tuple[str, str], ...] = ()
    key: str = ""


Edit = (
    CreateCi
    | UpdateCi
    | RetireCi
    | ReactivateCi
    | SetRelationship
    | RetireRelationship
    | SetRedundancyGroup
    | RemoveRedundancyGroup
    | MergeCis
    | SplitCi
)
