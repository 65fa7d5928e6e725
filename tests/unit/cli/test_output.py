"""Rows as CSV and text that a terminal or spreadsheet cannot be tricked with."""

import pytest

from graph_service.cli.output import shown, write_csv


def test_writes_csv_that_spreadsheets_take_as_text(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """A name that looks like a formula is not run."""
    write_csv(
        [{"key": "=HYPERLINK()", "tier": 0, "tags": ["a"]}, {"key": "b,\nc"}],
        ["key", "tier", "tags"],
    )

    assert capfdbinary.readouterr().out.decode().splitlines()[:2] == [
        "key,tier,tags",
        '\'=HYPERLINK(),0,"[""a""]"',
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), ([1], "[1]"), ("Zürich 東京", "Zürich 東京"), ("a\x07b", "a\\x07b")],
)
def test_shows_values_as_they_are(value: object, text: str) -> None:
    """Unknown is a dash, not an empty cell; control characters are visible."""
    assert shown(value) == text
