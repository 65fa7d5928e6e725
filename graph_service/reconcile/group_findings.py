"""What is odd about redundancy groups once a plan is applied: said in the plan, stops nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.impact_state import Strength
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.draft import Change
from graph_service.reconcile.import_plan import Finding
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.redundancy import GROUP_PREFIX, ends_by_role, group_of

_WRITTEN = {"k": "k", "kFull": "k_full"}


@dataclass(slots=True)
class _Leaning:
    """What one CI leans on: members by group, and providers without a group."""

    members: dict[str, set[str]] = field(default_factory=dict)
    default_k: dict[str, int | None] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)


def touched_dependants(changes: Iterable[Change], vocabulary: Vocabulary) -> set[str]:
    """Return the CIs whose groups a plan changes, by a rule or by a member."""
    touched: set[str] = set()
    for each in changes:
        after, before = each.after, each.before
        if isinstance(after, CI):
            if _group_rules(after) != (_group_rules(before) if isinstance(before, CI) else {}):
                touched.add(after.id)
            continue
        row = vocabulary.relationship_types.get(after.type)
        if row is None or not (row.group or after.attributes or (before and before.attributes)):
            continue
        for image in (after, *([before] if before else [])):
            ends = ends_by_role(row, after.source, after.target, image.attributes)
            if ends and group_of(row, image.attributes):
                touched.add(ends[0])
    return touched


def group_findings(
    dependants: Iterable[str],
    cis: Mapping[str, CI],
    relationships: Iterable[Relationship],
    vocabulary: Vocabulary,
    labels: Labels,
    places: Mapping[str, str],
) -> Iterator[Finding]:
    """Yield findings about the groups of these CIs, given all their relationships.

    ``places`` say where what is new about a CI was read, by its id.
    """
    leaning = {each: _Leaning() for each in dependants}
    for each in relationships:
        if each.presence is not Presence.RETIRED:
            _lean(leaning, each, cis, vocabulary)
    for ci_id, found in sorted(leaning.items(), key=lambda pair: labels[pair[0]]):
        ci = cis.get(ci_id)
        if ci is not None and ci.presence is not Presence.RETIRED:
            for odd in _of_one(labels[ci_id], _group_rules(ci), found, labels):
                yield replace(odd, place=places.get(ci_id, ""))


def _lean(
    leaning: Mapping[str, _Leaning],
    relationship: Relationship,
    cis: Mapping[str, CI],
    vocabulary: Vocabulary,
) -> None:
    row = vocabulary.relationship_types.get(relationship.type)
    attributes = relationship.attributes
    ends = row and ends_by_role(row, relationship.source, relationship.target, attributes)
    if row is None or not ends or ends[0] not in leaning:
        return
    found, provider = leaning[ends[0]], ends[1]
    group = group_of(row, attributes)
    if group is not None:
        known = cis.get(provider)
        found.members.setdefault(group, set())
        if known is None or known.is_in_service:
            found.members[group].add(provider)
        is_of_type = row.group is not None and row.group.name == group
        found.default_k[group] = row.group.k if row.group and is_of_type else None
    elif (attributes.get("strength") or row.strength) == Strength.HARD:
        found.plain.add(provider)


def _of_one(
    label: str, rules: Mapping[str, Any], found: _Leaning, labels: Labels
) -> Iterator[Finding]:
    for group, members in sorted(found.members.items()):
        rule = rules.get(group) or {}
        known_k = rule.get("k") or found.default_k[group]
        if not known_k and "percent" not in rule:
            yield Finding(
                code="UNKNOWN_K",
                subject=label,
                group=group,
                message=f"nobody says how many members of group {group} {label} needs; "
                f"until somebody does (k or percent), all {len(members)} count as needed",
            )
        for provider in sorted(members & found.plain):
            yield Finding(
                code="GROUP_DEFEATED",
                subject=label,
                group=group,
                message=f"{label} leans on {labels[provider]} both as a member of group {group} "
                "and plainly: losing it is a loss whatever the group says; take the plain "
                "relationship out, or say how soft it is",
            )
    for group, rule in sorted(rules.items()):
        yield from _too_many(label, group, rule, len(found.members.get(group, ())))


def _too_many(label: str, group: str, rule: Mapping[str, Any], count: int) -> Iterator[Finding]:
    if not count:
        yield Finding(
            code="GROUP_WITHOUT_MEMBERS",
            subject=label,
            group=group,
            message=f"{label} declares the group {group}, but no relationship joins it; "
            f"say group: {group} at its members, or take the group out",
        )
        return
    for name, what in (("k", "needs"), ("kFull", "for full service needs")):
        if (wanted := rule.get(name) or 0) > count:
            yield Finding(
                code="K_ABOVE_MEMBERS",
                subject=label,
                group=group,
                message=f"{label} {what} {wanted} members of group {group}, but {count} are known; "
                f"lower {_WRITTEN[name]}, or add the members that are missing",
            )


def _group_rules(ci: CI) -> Mapping[str, Any]:
    return {
        name.removeprefix(GROUP_PREFIX): rules
        for name, rules in ci.attributes.items()
        if name.startswith(GROUP_PREFIX) and rules is not None
    }
