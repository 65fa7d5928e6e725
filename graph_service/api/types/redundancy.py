"""Redundancy groups, as the CI that leans on them shows them."""

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.directives import ListSize
from graph_service.api.scalars import Json, Minutes
from graph_service.api.types.ci import CI, ci_of
from graph_service.api.types.enums import GroupMode, GroupRole
from graph_service.model import ci as model
from graph_service.model.impact_state import Strength
from graph_service.model.vocabulary import Vocabulary as VocabularyRows
from graph_service.use_cases.inventory import redundancy_groups as use_case


@strawberry.type(description="A provider in a redundancy group.")
class GroupMember:
    """A provider in a group."""

    ci: CI
    role: GroupRole = strawberry.field(description="STANDBY works only after a switch.")
    in_service: bool = strawberry.field(description="Whether it counts in n.")


@strawberry.type(description="Something odd about a redundancy group; it stops nothing.")
class GroupFinding:
    """Something odd about a group."""

    code: str
    message: str


@strawberry.type(
    description="Providers of one function for one dependant: k of the n in service must work."
)
class RedundancyGroup:
    """A redundancy group."""

    name: str
    k: int = strawberry.field(description="Members needed, evaluated now.")
    k_known: bool = strawberry.field(
        description="False: nobody says how many are needed; then k is n, the worst case."
    )
    percent: float | None = strawberry.field(description="As declared, where k is a share.")
    k_full: int = strawberry.field(description="Members needed to work well.")
    n: int = strawberry.field(description="Members in service.")
    slack: int = strawberry.field(
        description="How many may be lost: n - k; below zero where members are missing already."
    )
    mode: GroupMode | None = strawberry.field(description="Null: nobody says.")
    switch_minutes: Minutes | None
    strength: Strength | None = strawberry.field(description="Null: as strong as its members.")
    evidence: str | None
    declared: Json | None = strawberry.field(
        description="Its rules as somebody states them; null: nobody does."
    )
    members: list[GroupMember] = strawberry.field(directives=[ListSize(assumed_size=8)])
    findings: list[GroupFinding]


def _shown(found: use_case.RedundancyGroup, in_force: VocabularyRows) -> RedundancyGroup:
    """Show a redundancy group."""
    rules = found.rules
    strength, mode = rules.get("strength"), rules.get("mode")
    return RedundancyGroup(
        name=found.name,
        k=found.k,
        k_known=found.k_known,
        percent=rules.get("percent"),
        k_full=found.k_full,
        n=found.n,
        slack=found.slack,
        mode=GroupMode(mode) if mode else None,
        switch_minutes=rules.get("switchMinutes"),
        strength=Strength(strength) if strength else None,
        evidence=rules.get("evidence"),
        declared=Json(dict(rules)) if rules else None,
        members=[
            GroupMember(
                ci=ci_of(each.ci, in_force),
                role=GroupRole.STANDBY if each.is_standby else GroupRole.ACTIVE,
                in_service=each.ci.is_in_service,
            )
            for each in found.members
        ],
        findings=[GroupFinding(code=each.code, message=each.message) for each in found.findings],
    )


async def shown_groups(info: Info, ci: model.CI) -> list[RedundancyGroup]:
    """Show the groups a CI leans on."""
    in_force = info.context.services.vocabulary
    view = view_of(info)
    view.reading()
    outwards, inwards = await view.inventory.neighbours(ci)
    found = use_case.groups_of(ci, [*outwards, *inwards], in_force)
    return [_shown(each, in_force) for each in found]
