"""Lengths of time as people type them."""

from datetime import timedelta

import pytest
import typer

from graph_service.cli.durations import duration


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90),
        ("30m", 30),
        ("1h30m", 90),
        ("2d", 2880),
        ("1.5h", 90),
        ("PT4H", 240),
        ("45s", 0.75),
    ],
)
def test_reads_what_people_type(typed: str, minutes: float) -> None:
    """A bare number is minutes."""
    assert duration(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "typed", ["", "soon", "-5m", "5 parsecs", "P", "m", "²", "٣", "9" * 40 + "d"]
)
def test_refuses_the_rest_with_an_example(typed: str) -> None:
    """The message shows how it is written."""
    with pytest.raises(typer.BadParameter, match="write 30m"):
        duration(typed)
