"""Which CIs edits name, and where."""

from collections.abc import Iterator, Sequence

from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    MergeCis,
    ReactivateCi,
    RemoveRedundancyGroup,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
    SplitCi,
    UpdateCi,
)

_RETIREMENTS = (RetireCi, ReactivateCi)


def touched_cis(edits: Sequence[Edit]) -> Iterator[tuple[int, str, EditRef]]:
    """Yield every reference of a list of edits: the edit's index, the path inside it, the CI."""
    for index, edit in enumerate(edits):
        name = type(edit).__name__
        name = f"{name[0].lower()}{name[1:]}"
        for path, reference in _references(edit):
            yield index, f"{name}.{path}" if path else name, reference


def _references(edit: Edit) -> Iterator[tuple[str, EditRef]]:
    if isinstance(edit, UpdateCi | SplitCi):
        yield "ci", edit.ci
    elif isinstance(edit, _RETIREMENTS):
        yield "", edit.ci
    elif isinstance(edit, SetRelationship | RetireRelationship):
        yield "source", edit.source
        yield "target", edit.target
    elif not isinstance(edit, CreateCi):
        yield from _of_several(edit)


def _of_several(
    edit: SetRedundancyGroup | RemoveRedundancyGroup | MergeCis,
) -> Iterator[tuple[str, EditRef]]:
    if isinstance(edit, MergeCis):
        yield "survivor", edit.survivor
        for index, reference in enumerate(edit.others):
            yield f"others[{index}]", reference
        return
    yield "dependant", edit.dependant
    if isinstance(edit, SetRedundancyGroup):
        for index, (reference, _) in enumerate(edit.members or ()):
            yield f"members[{index}].ci", reference
