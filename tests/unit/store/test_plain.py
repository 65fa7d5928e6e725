"""What JSON cannot hold is found, wherever it hides; what it can hold is let through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.store.plain import NESTING_MAX, plain_delta
from tests.builders import ci, delta


class Colour(StrEnum):
    """Text that is not quite text."""

    RED = "red"


def _nested(levels: int) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = "leaf"
    for _ in range(levels):
        value = [value]
    return value


def _holding(**attributes: object) -> GraphDelta:
    return delta(replace(ci("web"), attributes=attributes))


def _refused(**attributes: object) -> Sequence[Fault]:
    with pytest.raises(InvalidInputError) as refused:
        plain_delta(_holding(**attributes))
    return refused.value.faults


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ((1, (2,)), [1, [2]]),
        (MappingProxyType({"a": (1,)}), {"a": [1]}),
        (Colour.RED, "red"),
        ({Colour.RED: [Colour.RED]}, {"red": ["red"]}),
        (2**60, 2**60),
    ],
)
def test_what_json_writes_otherwise_is_written_so(value: object, becomes: object) -> None:
    plain = plain_delta(_holding(value=value))

    assert plain.cis[0].attributes == {"value": becomes}


def test_a_plain_delta_is_not_copied() -> None:
    plain = _holding(a=[1, {"b": None}], c=1.5, d=True)

    assert plain_delta(plain) is plain


@pytest.mark.parametrize("beside", [{}, {"other": (1,)}], ids=["the quick look", "the closer look"])
def test_both_looks_agree_on_how_deep_is_too_deep(beside: Mapping[str, object]) -> None:
    """Two levels are the CI's own: its fields, and its attributes."""
    plain_delta(_holding(value=_nested(NESTING_MAX - 2), **beside))
    faults = _refused(value=_nested(NESTING_MAX - 1), **beside)

    assert [each.code for each in faults] == ["NOT_JSON"]


def test_a_value_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    faults = _refused(value=endless)

    assert "nested more than" in faults[0].message


def test_all_that_is_wrong_is_told_with_its_place() -> None:
    wrong = {"a": [float("nan"), 1, {"b": {1, 2}}], "c": "\ud800", "d\udfff": 1, "e": 2**64}

    faults = _refused(**wrong)

    assert sorted(each.place.path for each in faults) == [
        "ci_web.attributes.a[0]",
        "ci_web.attributes.a[2].b",
        "ci_web.attributes.c",
        "ci_web.attributes.d\\udfff",
        "ci_web.attributes.e",
    ]
