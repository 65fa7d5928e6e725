"""Edits by hand."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Needs
from graph_service.api.edits import as_given, to_edits
from graph_service.api.errors import problem
from graph_service.api.failures import LimitExceededError
from graph_service.api.fields import mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.types.writing import (
    EditEstateInput,
    EditEstateResult,
)
from graph_service.api.written import estate_written
from graph_service.model.errors import (
    GraphServiceError,
    InvalidInputError,
)


@strawberry.type
class EditingMutations:
    """Stating facts by hand."""

    @mutation(
        description="Apply edits, all of them or none, as one revision.",
        directives=[Needs(roles=[*MUTATION_ROLES["editEstate"]])],
    )
    async def edit_estate(self, info: Info, input: EditEstateInput) -> EditEstateResult:  # noqa: A002 - the contract's word
        """Edit the estate."""
        context = info.context
        if len(input.edits) > (most := context.options.limits.edits):
            raise LimitExceededError("edits", len(input.edits), most)
        try:
            result = await context.services.editing.edit(
                to_edits(input.edits),
                actor=context.viewer.actor,
                reason=input.reason,
                expected_revision=given(input.expected_revision),
                idempotency_key=given(input.idempotency_key),
            )
        except InvalidInputError as error:
            return problem(as_given(error, input.edits))
        except GraphServiceError as error:
            return problem(error)
        return estate_written(result)
