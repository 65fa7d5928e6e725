"""Edits as clients hand them in → edits as the estate understands them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from graph_service.api.attribute_values import attribute_values, given_as_text, terms_of
from graph_service.api.edit_inputs import (
    CIDraft,
    CIMerge,
    CIPatch,
    CISplit,
    EstateEdit,
    RedundancyGroupDraft,
    TagInput,
)
from graph_service.api.inputs import UNSET, CIRef
from graph_service.model import edit as model
from graph_service.model.condition import TAG_PREFIX
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place


def to_edits(given: Sequence[EstateEdit]) -> list[model.Edit]:
    """Read edits.

    Raises:
        InvalidInputError: References that an edit cannot use, all of them.

    """
    faults = [each for index, edit in enumerate(given) for each in _faults(index, edit)]
    if faults:
        raise InvalidInputError(faults)
    return [_edit(each) for each in given]


def as_given(error: InvalidInputError, given: Sequence[EstateEdit]) -> InvalidInputError:
    """Return faults with the paths of the input: tier may have been a field of its own."""
    return InvalidInputError([_at_field(each, given) for each in error.faults])


def _at_field(fault: Fault, given: Sequence[EstateEdit]) -> Fault:
    found = _ATTRIBUTE_PATH.fullmatch(fault.place.path)
    if found is None or int(found["index"]) >= len(given):
        return fault
    edit = given[int(found["index"])]
    draft = edit.create_ci or edit.update_ci
    listed = {each.name for each in (draft.attributes if draft else None) or ()}
    if found["name"] in listed or found["name"] not in _PATCH_ATTRIBUTES.values():
        return fault
    path = f"{found['edit']}.{found['name']}{found['rest']}"
    return replace(fault, place=replace(fault.place, path=path))


_ATTRIBUTE_PATH = re.compile(
    r"(?P<edit>edits\[(?P<index>\d+)\]\.(createCi|updateCi))\.attributes\.(?P<name>\w+)(?P<rest>.*)"
)


def readable_edits(
    given: Sequence[EstateEdit],
) -> tuple[list[tuple[int, model.Edit]], list[Fault]]:
    """Read those edits that can be used, each with its index, and what is wrong with the others."""
    edits: list[tuple[int, model.Edit]] = []
    faults: list[Fault] = []
    for index, each in enumerate(given):
        found = [*_faults(index, each)]
        faults += found
        if not found:
            edits.append((index, _edit(each)))
    return edits, faults


def _faults(index: int, edit: EstateEdit) -> Iterator[Fault]:
    for path, ref in _references(edit):
        if ref.text:
            yield Fault(
                code="INVALID_REFERENCE",
                message="an edit names its CI by id, key or name",
                place=Place("input", f"edits[{index}].{path}"),
                remedy="say which of the three the text is",
            )
        elif not (ref.id or ref.key or ref.name):
            yield Fault(
                code="INVALID_REFERENCE",
                message="this names no CI",
                place=Place("input", f"edits[{index}].{path}"),
            )


def _references(edit: EstateEdit) -> Iterator[tuple[str, CIRef]]:
    if edit.update_ci:
        yield "updateCi.ci", edit.update_ci.ci
    if edit.retire_ci:
        yield "retireCi", edit.retire_ci
    if edit.reactivate_ci:
        yield "reactivateCi", edit.reactivate_ci
    for name, ends in (
        ("setRelationship", edit.set_relationship),
        ("retireRelationship", edit.retire_relationship),
    ):
        if ends:
            yield f"{name}.source", ends.source
            yield f"{name}.target", ends.target
    yield from _references_of_groups(edit)


def _references_of_groups(edit: EstateEdit) -> Iterator[tuple[str, CIRef]]:
    if edit.set_redundancy_group:
        yield "setRedundancyGroup.dependant", edit.set_redundancy_group.dependant
        for index, each in enumerate(edit.set_redundancy_group.members or ()):
            yield f"setRedundancyGroup.members[{index}].ci", each.ci
    if edit.remove_redundancy_group:
        yield "removeRedundancyGroup.dependant", edit.remove_redundancy_group.dependant
    if edit.merge_cis:
        yield "mergeCis.survivor", edit.merge_cis.survivor
        for index, ref in enumerate(edit.merge_cis.others):
            yield f"mergeCis.others[{index}]", ref
    if edit.split_ci:
        yield "splitCi.ci", edit.split_ci.ci
        if edit.split_ci.absorbed:
            yield "splitCi.absorbed", edit.split_ci.absorbed


def _edit(given: EstateEdit) -> model.Edit:
    """Read the one edit that a one-of input holds; validation saw that it is one and not null."""
    if given.create_ci:
        return _creation(given.create_ci)
    if given.update_ci:
        return _update(given.update_ci)
    if given.retire_ci:
        return model.RetireCi(ci=_ref(given.retire_ci))
    if given.reactivate_ci:
        return model.ReactivateCi(ci=_ref(given.reactivate_ci))
    return _edit_of_groups(given)


def _edit_of_groups(given: EstateEdit) -> model.Edit:
    if given.set_redundancy_group:
        return _group(given.set_redundancy_group)
    if given.remove_redundancy_group:
        group = given.remove_redundancy_group
        return model.RemoveRedundancyGroup(dependant=_ref(group.dependant), name=group.name)
    if given.merge_cis:
        return merge_of(given.merge_cis)
    if given.split_ci:
        return split_of(given.split_ci)
    return _relation(given)


def merge_of(given: CIMerge) -> model.MergeCis:
    """Read a merge."""
    return model.MergeCis(
        survivor=_ref(given.survivor),
        others=tuple(_ref(each) for each in given.others),
        values=attribute_values(given.values or ()),
        as_text=given_as_text(given.values or ()),
    )


def split_of(given: CISplit) -> model.SplitCi:
    """Read a split."""
    return model.SplitCi(
        ci=_ref(given.ci),
        absorbed=_ref(given.absorbed) if given.absorbed else None,
        claims=tuple((each.data_source, each.native_key) for each in given.claims or ()),
        key=given.key or "",
    )


def _creation(draft: CIDraft) -> model.CreateCi:
    return model.CreateCi(
        class_name=draft.class_,
        name=draft.name,
        key=draft.key or "",
        attributes=_stated(draft, _DRAFT_ATTRIBUTES) | _tags(draft.tags or ()),
        terms=terms_of(draft.attributes or ()) | _tag_terms(draft.tags or ()),
        as_text=given_as_text(draft.attributes or ()),
    )


def _update(patch: CIPatch) -> model.UpdateCi:
    def said(value: str | None) -> str | model.Unset:
        return model.UNSET if value is None or value is UNSET else value

    return model.UpdateCi(
        ci=_ref(patch.ci),
        name=said(patch.name),
        class_name=said(patch.class_),
        attributes=_stated(patch, _PATCH_ATTRIBUTES) | _tags(patch.add_tags or ()),
        withdraw=frozenset(patch.release_attributes or ()),
        terms=terms_of(patch.attributes or ()) | _tag_terms(patch.add_tags or ()),
        remove_tags=frozenset(patch.remove_tags or ()),
        as_text=given_as_text(patch.attributes or ()),
    )


def _tags(given: Sequence[TagInput]) -> dict[str, Any]:
    return {f"{TAG_PREFIX}{each.name}": each.value or "" for each in given}


def _tag_terms(given: Sequence[TagInput]) -> dict[str, model.Terms]:
    return {
        f"{TAG_PREFIX}{each.name}": model.Terms(until=each.expires_at)
        for each in given
        if each.expires_at
    }


def _relation(given: EstateEdit) -> model.SetRelationship | model.RetireRelationship:
    if given.set_relationship:
        draft = given.set_relationship
        return model.SetRelationship(
            source=_ref(draft.source),
            type=draft.type,
            target=_ref(draft.target),
            attributes=values_given(draft, _RELATIONSHIP_ATTRIBUTES),
        )
    ends = given.retire_relationship
    assert ends  # noqa: S101 - the last of the edits
    return model.RetireRelationship(
        source=_ref(ends.source), type=ends.type, target=_ref(ends.target)
    )


def _group(draft: RedundancyGroupDraft) -> model.SetRedundancyGroup:
    rules = values_given(draft, GROUP_RULES)
    if draft.required:
        rules |= values_given(draft.required, {"count": "k", "percent": "percent"})
    members = draft.members if draft.members is not UNSET else None
    return model.SetRedundancyGroup(
        dependant=_ref(draft.dependant),
        name=draft.name,
        rules=rules,
        members=None
        if members is None
        else tuple((_ref(each.ci), each.standby) for each in members),
    )


_DRAFT_ATTRIBUTES = {
    "description": "description",
    "lifecycle": "lifecycle",
    "environment": "environment",
    "tier": "tier",
    "owner": "owner",
    "support_group": "supportGroup",
}
_PATCH_ATTRIBUTES = _DRAFT_ATTRIBUTES | {"operational_state": "operationalState"}
_RELATIONSHIP_ATTRIBUTES = {
    "strength": "strength",
    "channels": "channels",
    "tolerance_minutes": "toleranceMinutes",
    "group": "group",
    "role": "role",
    "protocol": "protocol",
    "port": "port",
    "evidence": "evidence",
}
GROUP_RULES = {
    "k_full": "kFull",
    "mode": "mode",
    "switch_minutes": "switchMinutes",
    "strength": "strength",
    "evidence": "evidence",
}


def _ref(given: CIRef) -> model.EditRef:
    return model.EditRef(id=given.id or "", key=given.key or "", name=given.name or "")


def _stated(given: CIDraft | CIPatch, names: dict[str, str]) -> dict[str, Any]:
    """Return the attributes an input states, null included; what is left out is not stated."""
    stated = {
        attribute: _plain(value)
        for field, attribute in names.items()
        if (value := getattr(given, field)) is not UNSET
    }
    return stated | attribute_values(given.attributes or ())


def values_given(draft: object, names: dict[str, str]) -> dict[str, Any]:
    """Return the values an input gives; null is the same as left out."""
    return {
        attribute: _plain(value)
        for field, attribute in names.items()
        if (value := getattr(draft, field)) is not UNSET and value is not None
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any input value
    """Return a value as the store keeps it: an enumeration as its text."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value
