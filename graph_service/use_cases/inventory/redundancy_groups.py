"""The redundancy groups a CI leans on: what is declared, who is in them, how many may be lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.group_findings import group_findings
from graph_service.reconcile.import_plan import Finding
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.redundancy import GROUP_PREFIX, ends_by_role, group_of
from graph_service.use_cases.inventory.inventory import Neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    """A provider in a group. One that stands by works only after a switch."""

    ci: CI
    is_standby: bool
    relationships: tuple[Relationship, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedundancyGroup:
    """A group as it stands: ``k`` of ``n`` members in service must work, ``k_full`` to work well.

    ``k_known`` is false where nobody says how many are needed; then ``k`` is ``n``, the worst case.
    ``slack`` is how many may be lost; below zero where more are needed than there are.
    """

    dependant: CI
    name: str
    k: int
    k_known: bool
    k_full: int
    n: int
    rules: Mapping[str, Any]
    members: tuple[GroupMember, ...]
    findings: tuple[Finding, ...]

    @property
    def slack(self) -> int:
        """How many members in service may be lost."""
        return self.n - self.k


def groups_of(
    ci: CI, neighbours: Sequence[Neighbour], vocabulary: Vocabulary
) -> list[RedundancyGroup]:
    """Return the groups of a CI by name, given all it stands in relation to."""
    joined: dict[str, dict[str, list[Relationship]]] = {}
    default_k: dict[str, int] = {}
    others = {str(each.other.id): each.other for each in neighbours}
    for each in neighbours:
        found = each.relationship
        row = vocabulary.relationship_types.get(found.type)
        ends = row and ends_by_role(row, found.source, found.target, found.attributes)
        group = group_of(row, found.attributes) if row else None
        if row is None or not ends or ends[0] != ci.id or group is None:
            continue
        joined.setdefault(group, {}).setdefault(ends[1], []).append(found)
        if row.group and row.group.name == group and row.group.k:
            default_k[group] = max(row.group.k, default_k.get(group, 0))
    stated = {
        name.removeprefix(GROUP_PREFIX): rules
        for name, rules in ci.attributes.items()
        if name.startswith(GROUP_PREFIX) and rules is not None
    }
    odd = _findings(ci, neighbours, vocabulary)
    return [
        _group(
            ci,
            name,
            stated.get(name, {}),
            default_k.get(name, 0),
            [_member(others[each], drawn) for each, drawn in joined.get(name, {}).items()],
            odd.get(name, ()),
        )
        for name in sorted({*joined, *stated})
    ]


def _member(ci: CI, drawn: Sequence[Relationship]) -> GroupMember:
    standby = all(each.attributes.get("role") == "STANDBY" for each in drawn)
    return GroupMember(ci=ci, is_standby=standby, relationships=tuple(drawn))


def _group(
    ci: CI,
    name: str,
    rules: Mapping[str, Any],
    default_k: int,
    members: Sequence[GroupMember],
    findings: Sequence[Finding],
) -> RedundancyGroup:
    n = sum(each.ci.is_in_service for each in members)
    by_share = ceil(rules["percent"] * n / 100) if rules.get("percent") else 0
    said = rules.get("k") or by_share or default_k
    k = said or n
    return RedundancyGroup(
        dependant=ci,
        name=name,
        k=k,
        k_known=bool(said),
        k_full=max(rules.get("kFull") or k, k),
        n=n,
        rules=rules,
        members=tuple(sorted(members, key=lambda each: (each.ci.name, each.ci.id))),
        findings=tuple(findings),
    )


def _findings(
    ci: CI, neighbours: Sequence[Neighbour], vocabulary: Vocabulary
) -> dict[str, list[Finding]]:
    """Return what is odd, by group."""
    cis = {str(ci.id): ci, **{str(each.other.id): each.other for each in neighbours}}
    draft = Draft(vocabulary)
    draft.learn(cis=cis.values())
    labels = Labels(draft, {}, {})
    relationships = [each.relationship for each in neighbours]
    found: dict[str, list[Finding]] = {}
    for each in group_findings([ci.id], cis, relationships, vocabulary, labels, {}):
        found.setdefault(each.group, []).append(each)
    return found
