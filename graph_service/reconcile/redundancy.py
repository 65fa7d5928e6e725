"""Redundancy groups: what their rules may say, and which relationships join which group."""

from collections.abc import Iterator, Mapping
from typing import Any

from graph_service.model.impact_state import Strength
from graph_service.model.vocabulary import (
    AttributeDefinition,
    AttributeType,
    ImpactFlow,
    RelationshipType,
)
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.texts import Misfit, name_or_misfit, shown

GROUP_PREFIX = "redundancy."
GROUP_NAME_LENGTH_MAX = 200

GROUP_RULES = {
    each.name: each
    for each in (
        AttributeDefinition(name="k", type=AttributeType.INTEGER, minimum=1, maximum=1_000_000),
        AttributeDefinition(name="percent", type=AttributeType.DECIMAL, unit="%", maximum=100),
        AttributeDefinition(name="kFull", type=AttributeType.INTEGER, minimum=1, maximum=1_000_000),
        AttributeDefinition(
            name="mode", type=AttributeType.ENUM, values=("ACTIVE_ACTIVE", "AUTO", "MANUAL")
        ),
        AttributeDefinition(name="switchMinutes", type=AttributeType.MINUTES, minimum=0),
        AttributeDefinition(name="strength", type=AttributeType.ENUM, values=tuple(Strength)),
        AttributeDefinition(name="evidence"),
    )
}
"""What may be said of a group."""


def group_name_misfit(name: str) -> Misfit | None:
    """Return what is wrong with the name of a group."""
    found = name_or_misfit(name)
    if isinstance(found, Misfit):
        return found
    if found != name:
        return Misfit(f"{shown(name)} has blanks around it", f"call the group {shown(found)}")
    if len(name) > GROUP_NAME_LENGTH_MAX:
        return Misfit(
            f"is {len(name):,} characters long", f"at most {GROUP_NAME_LENGTH_MAX} for a group"
        )
    return None


def fitted_rules(rules: Any) -> tuple[dict[str, Any], list[tuple[str, Misfit]]]:  # noqa: ANN401 - JSON
    """Return a group's rules in canonical form, and what is wrong with which of them."""
    if not isinstance(rules, Mapping):
        remedy = "write {k: 2}, {percent: 50}, or {} where nobody knows"
        return {}, [("", Misfit(f"{shown(rules)} is not a set of rules", remedy))]
    values: dict[str, Any] = {}
    misfits: list[tuple[str, Misfit]] = []
    for name, value in rules.items():
        if name not in GROUP_RULES:
            near = nearest(str(name), GROUP_RULES, 1)
            remedy = f"did you mean {near[0]}?" if near else f"rules are {', '.join(GROUP_RULES)}"
            misfits.append((str(name), Misfit(f"{shown(name)} is not a rule of a group", remedy)))
            continue
        found = fitted(GROUP_RULES[name], value)
        if isinstance(found, Misfit):
            misfits.append((name, found))
        elif found is not None:
            values[name] = found
    misfits += _contradictions(values)
    return values, misfits


def _contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, Misfit]]:
    if "k" in values and "percent" in values:
        remedy = "say one: a number of members, or a share of them"
        yield "percent", Misfit("k and percent exclude each other", remedy)
    if values.get("percent", 1) <= 0:
        yield "percent", Misfit("0 % of the members is no group", "write more than 0, at most 100")
    if values.get("kFull", values.get("k", 0)) < values.get("k", 0):
        message = f"k_full is {values['kFull']}, less than k, which is {values['k']}"
        yield "kFull", Misfit(message, "full service takes at least as many members as any service")


def group_of(row: RelationshipType, attributes: Mapping[str, Any]) -> str | None:
    """Return the group that a relationship joins, named by itself or by its type.

    A group stated as ``None`` says that it joins none.
    """
    if row.impact is ImpactFlow.NEITHER:
        return None
    if "group" in attributes:
        return attributes["group"] or None
    return row.group.name if row.group else None


def ends_by_role(
    row: RelationshipType, source: str, target: str, attributes: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Return (the CI that is hit, its provider), or ``None`` where no impact crosses."""
    if row.impact is ImpactFlow.TO_SOURCE:
        return source, target
    if row.impact is ImpactFlow.TO_TARGET:
        return target, source
    if row.impact is ImpactFlow.BY_UPLINK:
        by_uplink = {"SOURCE": (target, source), "TARGET": (source, target)}
        return by_uplink.get(str(attributes.get("uplink")))
    return None
