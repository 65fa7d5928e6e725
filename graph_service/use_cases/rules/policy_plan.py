"""What putting policies in force would do: as every surface shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph_service.model.vocabulary import Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionChange:
    """How many rules of a section come, go and stay."""

    section: str
    added: int
    removed: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A value of a CI that another data source wins; ``name`` and ``class`` are among them."""

    ci: str
    class_name: str
    name: str
    before: Any
    after: Any
    before_source: str
    after_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlan:
    """Everything that a policy file would do, computed from one revision.

    ``value_count`` counts all values that would change, ``ci_count`` their CIs; ``values`` are the
    first of them. ``incomplete`` are how many CIs lack what is required of them, by class, before
    and after; ``odd_count`` how many have values that would not be allowed, ``odd`` some of them.
    """

    document: str
    text: str
    before_version: str
    policies: Policies
    base_revision: int
    sections: Sequence[SectionChange]
    value_count: int = 0
    ci_count: int = 0
    values: Sequence[ValueChange] = ()
    incomplete: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    odd_count: int = 0
    odd: Sequence[str] = ()
    warnings: Sequence[str] = ()
    is_in_force: bool = False
