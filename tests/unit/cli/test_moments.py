"""Moments as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from graph_service.cli.moments import bound, end, moment

NOT_IN_UTC = ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("812", {"revision": 812}),
        (" 812 ", {"revision": 812}),
        ("9" * 40, {"revision": 2**53 - 1}),
        ("2026-11-24T14:00Z", {"instant": "2026-11-24T14:00:00.000Z"}),
        ("2026-11-24T14:00+02:00", {"instant": "2026-11-24T12:00:00.000Z"}),
        ("2026-11-24", {"instant": "2026-11-24T00:00:00.000Z"}),
    ],
)
def test_reads_what_people_type(typed: str, meant: dict[str, object]) -> None:
    """A revision, an instant or a day."""
    assert moment(typed, "--since") == meant


def test_a_day_may_mean_its_end() -> None:
    """As of a day is as of its last moment."""
    assert moment("2020-02-29", "--as-of", is_end=True) == {"instant": "2020-02-29T23:59:59.999Z"}


@pytest.mark.parametrize(
    "typed", ["soon", "-1", "٣", "2026-13-45", "2026-11-24T14:00", "99999999w", *NOT_IN_UTC]
)
def test_refuses_the_rest_and_names_the_option(typed: str) -> None:
    """Nothing that people can type is a programming error."""
    with pytest.raises(typer.BadParameter) as refused:
        moment(typed, "--as-of")
    assert refused.value.param_hint == "--as-of"


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_empty_variable_of_a_script_is_not_now(typed: str) -> None:
    """Only what bounds a list may be left open."""
    assert bound(typed, "--since") is None
    with pytest.raises(typer.BadParameter, match="say when"):
        moment(typed, "--as-of")


def test_reads_when_something_ends() -> None:
    """A day means its beginning, a length of time is from now."""
    assert end("2124-01-01", "--until") == "2124-01-01T00:00:00.000Z"
    assert end("2124-01-01T12:00+02:00", "--until") == "2124-01-01T10:00:00.000Z"
    left = datetime.fromisoformat(end("2d", "--until")) - datetime.now(UTC)
    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)


@pytest.mark.parametrize("typed", ["soon", "2026-13-45", "9" * 40 + "d", *NOT_IN_UTC])
def test_refuses_an_end_that_is_none(typed: str) -> None:
    """The message names the option."""
    with pytest.raises(typer.BadParameter) as refused:
        end(typed, "--until")
    assert refused.value.param_hint == "--until"
