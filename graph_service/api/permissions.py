"""Which mutations are open to whom: one table, which the schema prints as well."""

from graph_service.use_cases.access import Role, Viewer

MUTATION_ROLES: dict[str, tuple[Role, ...]] = {
    "applyPlan": (Role.DISCOVERY, Role.ADMIN),
    "createToken": (Role.ADMIN,),
    "editEstate": (Role.ENGINEER, Role.ADMIN),
    "planImport": (Role.DISCOVERY, Role.ENGINEER, Role.ADMIN),
    "revokeToken": (Role.ADMIN,),
}

UPLOAD_ROLES = MUTATION_ROLES["planImport"]
METRICS_ROLES = (Role.AUDITOR, Role.ADMIN)


def roles_of(mutation: str) -> tuple[Role, ...]:
    """Return the roles of which a mutation needs one."""
    return MUTATION_ROLES[mutation]


def may_call(mutation: str, viewer: Viewer) -> bool:
    """Whether a viewer may call a mutation at all. What is not in the table is open to nobody."""
    return mutation == "__typename" or viewer.has_one_of(
        MUTATION_ROLES.get(mutation) or (Role.ADMIN,)
    )
