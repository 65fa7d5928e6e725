"""Attribute values as clients give them: as JSON or as text, on terms."""

from collections.abc import Sequence
from typing import Any

from graph_service.api.edit_inputs import AttributeInput, SettledValueInput
from graph_service.api.inputs import UNSET
from graph_service.model.edit import Terms


def attribute_values(given: Sequence[AttributeInput | SettledValueInput]) -> dict[str, Any]:
    """Return the values of attributes, as text where that is how they are given."""
    return {each.name: each.text if _is_text(each) else each.value for each in given}


def given_as_text(given: Sequence[AttributeInput | SettledValueInput]) -> frozenset[str]:
    """Return the names of the attributes whose values are given as text."""
    return frozenset(each.name for each in given if _is_text(each))


def terms_of(given: Sequence[AttributeInput]) -> dict[str, Terms]:
    """Return on what terms attributes are stated."""
    return {
        each.name: Terms(until=each.valid_until or "", reason=each.reason or "")
        for each in given
        if each.valid_until or each.reason
    }


def _is_text(given: AttributeInput | SettledValueInput) -> bool:
    return given.text is not None and given.text is not UNSET
