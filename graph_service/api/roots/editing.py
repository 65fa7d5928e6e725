"""Edits by hand."""

import re
from dataclasses import replace

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Needs
from graph_service.api.edit_inputs import EstateEdit
from graph_service.api.edits import as_given, to_edits
from graph_service.api.errors import Refusal, problem
from graph_service.api.failures import LimitExceededError
from graph_service.api.fields import mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.types.writing import (
    EditEstateInput,
    EditEstateResult,
    EstateWritten,
    MergeCisInput,
    MergeCisResult,
    SplitCiInput,
    SplitCiResult,
)
from graph_service.api.written import estate_written
from graph_service.model.errors import (
    Fault,
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

    @mutation(
        description="Say that CIs are one. Try it out first: estate { editPreview }. What they are "
        "called, in any data source, leads to the survivor from then on, until splitCi.",
        directives=[Needs(roles=[*MUTATION_ROLES["mergeCis"]])],
    )
    async def merge_cis(self, info: Info, input: MergeCisInput) -> MergeCisResult:  # noqa: A002 - the contract's word
        """Merge."""
        return await _one(info, EstateEdit(merge_cis=input), input)

    @mutation(
        description="Say that a CI is two: give back one that was merged into it, or break out "
        "what some claims speak of.",
        directives=[Needs(roles=[*MUTATION_ROLES["splitCi"]])],
    )
    async def split_ci(self, info: Info, input: SplitCiInput) -> SplitCiResult:  # noqa: A002 - the contract's word
        """Split."""
        return await _one(info, EstateEdit(split_ci=input), input)


async def _one(
    info: Info, edit: EstateEdit, asked: MergeCisInput | SplitCiInput
) -> EstateWritten | Refusal:
    """Do one edit; its faults name what was given, without the list it is the only one of."""
    context = info.context
    try:
        result = await context.services.editing.edit(
            to_edits([edit]),
            actor=context.viewer.actor,
            reason=asked.reason,
            expected_revision=given(asked.expected_revision),
            idempotency_key=given(asked.idempotency_key),
        )
    except InvalidInputError as error:
        return problem(InvalidInputError([_alone(each) for each in error.faults]))
    except GraphServiceError as error:
        return problem(error)
    return estate_written(result)


def _alone(fault: Fault) -> Fault:
    path = re.sub(r"^edits\[0\]\.\w+\.?", "", fault.place.path)
    return replace(fault, place=replace(fault.place, path=path))
