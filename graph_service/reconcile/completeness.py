"""What policies want of a CI, and what it lacks of that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph_service.model.condition import AllOf, AnyOf, Attribute, Condition, Exists, Not, OfClass
from graph_service.model.condition.tree import OneOf
from graph_service.model.vocabulary import Requirement, Vocabulary
from graph_service.model.vocabulary.policy_rows import AllowedRule, RequiredRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCompleteness:
    """How much of what policies require of a CI is said of it.

    ``missing`` are the required attributes that nobody says, ``recommended`` those that would be
    good to have and nobody says. ``odd`` are attributes with a value that policies do not allow.
    """

    required_count: int = 0
    filled_count: int = 0
    missing: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


def completeness(
    vocabulary: Vocabulary, class_name: str, attributes: Mapping[str, Any]
) -> RecordCompleteness:
    """Return what a CI lacks; an attribute that is said to be none is not said."""
    wanted = requirements(vocabulary, class_name, attributes.get("tier"))
    by_level: dict[Requirement, list[str]] = {each: [] for each in Requirement}
    lacking: dict[Requirement, list[str]] = {each: [] for each in Requirement}
    for name, rule in sorted(wanted.items()):
        by_level[rule.level].append(name)
        if attributes.get(name) is None:
            lacking[rule.level].append(name)
    required, missing = by_level[Requirement.REQUIRED], lacking[Requirement.REQUIRED]
    return RecordCompleteness(
        required_count=len(required),
        filled_count=len(required) - len(missing),
        missing=tuple(missing),
        recommended=tuple(lacking[Requirement.RECOMMENDED]),
        odd=tuple(
            name
            for name, value in sorted(attributes.items())
            if disallowing(vocabulary, class_name, name, value) is not None
        ),
    )


def requirements(
    vocabulary: Vocabulary, class_name: str, tier: object
) -> Mapping[str, RequiredRule]:
    """Return what policies want of a CI of this class and tier, by attribute the class knows."""
    if not vocabulary.policies.required or class_name not in vocabulary.classes:
        return {}
    known = vocabulary.attributes(class_name)
    found = vocabulary.policies.requirements(vocabulary.lineage(class_name), tier)
    return {name: rule for name, rule in found.items() if name in known}


def disallowing(
    vocabulary: Vocabulary, class_name: str, name: str, value: object
) -> AllowedRule | None:
    """Return the policy that does not allow a value; each element of a list is one."""
    if value is None or not vocabulary.policies.allowed or class_name not in vocabulary.classes:
        return None
    rule = vocabulary.policies.allowed_values(vocabulary.lineage(class_name), name)
    if rule is None:
        return None
    said: Iterable[object] = value if isinstance(value, list) else [value]
    return None if all(_is_among(each, rule) for each in said) else rule


def incomplete_condition(vocabulary: Vocabulary) -> Condition:
    """Return the condition that finds the CIs that lack what policies require of them."""
    lacking: list[Condition] = []
    for rule in vocabulary.policies.required:
        if rule.level is not Requirement.REQUIRED:
            continue
        for name in rule.attributes:
            classes = frozenset(
                each
                for each in vocabulary.specialisations(rule.class_name)
                if name in vocabulary.attributes(each)
            )
            parts: list[Condition] = [OfClass(classes), Not(Attribute(name, Exists()))]
            if rule.tiers:
                parts.append(Attribute("tier", OneOf(rule.tiers)))
            if classes:
                lacking.append(AllOf(tuple(parts)))
    return AnyOf(tuple(lacking))


def _is_among(value: object, rule: AllowedRule) -> bool:
    return any(type(each) is type(value) and each == value for each in rule.values)
