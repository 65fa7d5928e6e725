"""Teams as one text, ``payments: LEAD; identity`` → memberships."""

from graph_service import Membership, TeamRole

_ROLES = {
    "lead": TeamRole.LEAD,
    "leader": TeamRole.LEAD,
    "head": TeamRole.LEAD,
    "member": TeamRole.MEMBER,
    "on_call": TeamRole.ON_CALL,
    "oncall": TeamRole.ON_CALL,
    "on-call": TeamRole.ON_CALL,
    "on call": TeamRole.ON_CALL,
}


def role_called(text: str) -> TeamRole | None:
    """Return a role by its name; ``None`` where there is none of it."""
    return _ROLES.get(text.strip().lower()) if text.strip() else TeamRole.MEMBER


def memberships_of(teams: str, roles: str) -> list[Membership] | None:
    """Read teams between semicolons, each with its role behind a colon or in the other text.

    ``None``: a role is none there is. What stands behind the last colon of a team counts as a role
    only where it is one, because teams have colons in their names.
    """
    named = [each.strip() for each in teams.split(";") if each.strip()]
    given = [each.strip() for each in roles.split(";")] if roles.strip() else []
    if len(given) == 1:
        given *= len(named)
    found = []
    for index, each in enumerate(named):
        team, colon, behind = each.rpartition(":")
        role = role_called(behind) if colon and team.strip() and behind.strip() else None
        if role is None:
            team = each
            role = role_called(given[index]) if index < len(given) else TeamRole.MEMBER
        if role is None:
            return None
        found.append(Membership(team.strip(), role))
    return found
