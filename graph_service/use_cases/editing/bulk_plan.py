"""What one change of many CIs would do: row by row, kept until somebody applies it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from graph_service.model.delta import Record
from graph_service.model.edit import EditRef, Terms, UpdateCi
from graph_service.reconcile.redundancy import GROUP_PREFIX

BULK_PLAN = "bulk-edit-plan"
"""Kind of the records that head plans."""

BULK_PART = "bulk-edit-part"
"""Kind of the records with the rows of plans, grouped by plan."""

PLAN_PREFIX = "bep"
ROWS_PER_PART = 250

_IMPACT_RELEVANT = frozenset({"tier", "lifecycle", "valueBearing", "operationalState"})


def is_impact_relevant(name: str) -> bool:
    """Whether answers about impact depend on an attribute."""
    return name in _IMPACT_RELEVANT or name.startswith(GROUP_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """What is to be different on every CI that meets the filter.

    ``groups`` are rules of redundancy groups, by name of the group: each goes into the rules that
    the CI has. ``as_text`` are attributes whose values are text, to be read by their type.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    withdraw: frozenset[str] = frozenset()
    groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)
    as_text: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be different."""
        return not (self.attributes or self.withdraw or self.groups)

    def edit(self, ci_id: str, rules: Mapping[str, Mapping[str, Any]]) -> UpdateCi:
        """Return the edit of one CI; ``rules`` are those of its groups after the change."""
        groups = {f"{GROUP_PREFIX}{name}": dict(each) for name, each in rules.items()}
        return UpdateCi(
            ci=EditRef(id=ci_id),
            attributes={**self.attributes, **groups},
            withdraw=self.withdraw,
            terms=self.terms,
            as_text=self.as_text,
        )


class RowOutcome(StrEnum):
    """What becomes of a CI that meets the filter."""

    CHANGED = "CHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowValue:
    """A value that changes; ``says`` are data sources that say something else, and what."""

    name: str
    before: Any
    after: Any
    says: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """One CI that changes, or that cannot: ``reasons`` say why not.

    ``rules`` are those of its groups after the change.
    """

    id: str
    key: str
    name: str
    class_name: str
    outcome: RowOutcome
    values: tuple[RowValue, ...] = ()
    reasons: tuple[str, ...] = ()
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEffect:
    """How many CIs change one value from the same to the same."""

    name: str
    before: Any
    after: Any
    count: int

    @property
    def impact_relevant(self) -> bool:
        """Whether answers about impact depend on it."""
        return is_impact_relevant(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEditPlan:
    """All of what a change would do, computed at one revision.

    ``where`` is the filter as text. ``rows`` are the CIs that change or cannot; the unchanged ones
    are counted. ``applied``: it was done, as revision ``applied_in``, which is found in the log:
    the note that it was done is part of that very revision.
    """

    id: str
    where: str
    change: BulkChange
    base_revision: int
    matched_count: int
    unchanged_count: int
    rows: Sequence[BulkRow]
    effects: tuple[BulkEffect, ...]
    applied: bool = False
    applied_in: int | None = None

    @property
    def changed(self) -> Iterator[BulkRow]:
        """The CIs that change."""
        return (each for each in self.rows if each.outcome is RowOutcome.CHANGED)

    @property
    def edits(self) -> list[UpdateCi]:
        """What is to be done: of each CI only what is not so already, or is so on other terms."""
        return [self._edit(each) for each in self.changed]

    def _edit(self, row: BulkRow) -> UpdateCi:
        whole = self.change.edit(row.id, row.rules)
        wanted = {each.name for each in row.values} | whole.terms.keys()
        stated = {name: each for name, each in whole.attributes.items() if name in wanted}
        return replace(whole, attributes=stated, as_text=whole.as_text & stated.keys())


def plan_records(plan: BulkEditPlan) -> Iterator[Record]:
    """Yield the records that keep a plan: its rows, then its head, which makes it readable."""
    for start in range(0, len(plan.rows), ROWS_PER_PART):
        rows = [asdict(each) for each in plan.rows[start : start + ROWS_PER_PART]]
        part_id = f"{plan.id}.{start:09d}"
        yield Record(kind=BULK_PART, id=part_id, group=plan.id, data={"rows": rows})
    yield plan_head(plan)


def plan_head(plan: BulkEditPlan) -> Record:
    """Return the record that heads a plan."""
    data = {
        "where": plan.where,
        "change": {**asdict(plan.change)}
        | {name: sorted(getattr(plan.change, name)) for name in ("withdraw", "as_text")},
        "baseRevision": plan.base_revision,
        "matchedCount": plan.matched_count,
        "unchangedCount": plan.unchanged_count,
        "effects": [asdict(each) for each in plan.effects],
        "applied": plan.applied,
    }
    return Record(kind=BULK_PLAN, id=plan.id, data=data)


def plan_from_records(head: Record, parts: Iterable[Record]) -> BulkEditPlan:
    """Read what ``plan_records`` wrote."""
    data = head.data
    return BulkEditPlan(
        id=head.id,
        where=data["where"],
        change=_change(data["change"]),
        base_revision=data["baseRevision"],
        matched_count=data["matchedCount"],
        unchanged_count=data["unchangedCount"],
        rows=[_row(each) for part in parts for each in part.data["rows"]],
        effects=tuple(BulkEffect(**each) for each in data["effects"]),
        applied=data["applied"],
    )


def _change(data: Mapping[str, Any]) -> BulkChange:
    return BulkChange(
        attributes=data["attributes"],
        withdraw=frozenset(data["withdraw"]),
        groups=data["groups"],
        terms={name: Terms(**each) for name, each in data["terms"].items()},
        as_text=frozenset(data["as_text"]),
    )


def _row(data: Mapping[str, Any]) -> BulkRow:
    values = tuple(
        RowValue(**{**each, "says": tuple((source, value) for source, value in each["says"])})
        for each in data["values"]
    )
    outcome = RowOutcome(data["outcome"])
    lists = {"values": values, "outcome": outcome, "reasons": tuple(data["reasons"])}
    return BulkRow(**{**data, **lists})
