"""Which mutations are open to whom: one table, which the schema prints as well."""

from collections.abc import Collection

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from graph_service.model.errors import NotAllowedError
from graph_service.use_cases.access import Role, Viewer

MUTATION_ROLES: dict[str, tuple[Role, ...]] = {
    "applyBulkEdit": (Role.ENGINEER, Role.ADMIN),
    "applyPlan": (Role.DISCOVERY, Role.ADMIN),
    "applyPolicy": (Role.ADMIN,),
    "applyVocabulary": (Role.ADMIN,),
    "applyWorkbook": (Role.ENGINEER, Role.ADMIN),
    "confirmRedundancy": (Role.ENGINEER, Role.ADMIN),
    "createToken": (Role.ADMIN,),
    "editEstate": (Role.ENGINEER, Role.ADMIN),
    "erasePerson": (Role.ADMIN,),
    "handOver": (Role.ENGINEER, Role.SERVICE_OWNER, Role.ADMIN),
    "mergeCis": (Role.ENGINEER, Role.ADMIN),
    "planBulkEdit": (Role.ENGINEER, Role.ADMIN),
    "planImport": (Role.DISCOVERY, Role.ENGINEER, Role.ADMIN),
    "planPolicy": (Role.ENGINEER, Role.ADMIN),
    "planVocabulary": (Role.ENGINEER, Role.ADMIN),
    "planWorkbook": (Role.ENGINEER, Role.ADMIN),
    "rejectRedundancy": (Role.ENGINEER, Role.ADMIN),
    "removeSavedQuery": tuple(Role),
    "revertRun": (Role.DISCOVERY, Role.ADMIN),
    "revokeToken": (Role.ADMIN,),
    "saveQuery": tuple(Role),
    "splitCi": (Role.ENGINEER, Role.ADMIN),
    "statePerson": (Role.ENGINEER, Role.SERVICE_OWNER, Role.ADMIN),
    "sweep": (Role.ADMIN,),
    "undoRevision": (Role.ENGINEER, Role.ADMIN),
}

UPLOAD_ROLES = MUTATION_ROLES["planImport"]
METRICS_ROLES = (Role.AUDITOR, Role.ADMIN)


def may_call(mutation: str, viewer: Viewer) -> bool:
    """Whether a viewer may call a mutation at all."""
    return mutation == "__typename" or viewer.has_one_of(MUTATION_ROLES[mutation])


def refuse_unless_allowed(mutations: Collection[str], viewer: Viewer) -> None:
    """Refuse an operation before any of it runs, if the viewer may not call all of it.

    Raises:
        NotAllowedError: Naming the first mutation that is not open to the viewer.

    """
    for name in sorted(mutations):
        if not may_call(name, viewer):
            needed = ", ".join(MUTATION_ROLES[name])
            raise NotAllowedError(f"{name} needs one of the roles {needed}")


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """Return the names of the fields a valid operation asks of its root, through all fragments."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    found: set[str] = set()
    entered: set[str] = set()

    def enter(selections: SelectionSetNode) -> None:
        for each in selections.selections:
            if isinstance(each, FieldNode):
                found.add(each.name.value)
            elif isinstance(each, InlineFragmentNode):
                enter(each.selection_set)
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in entered:
                entered.add(each.name.value)
                enter(fragments[each.name.value].selection_set)

    enter(operation.selection_set)
    return frozenset(found)
