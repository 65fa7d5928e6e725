"""Rows as CSV and text that a terminal or spreadsheet cannot be tricked with."""

import io

import pytest
from rich.console import Console

from graph_service.cli.output import counted, shown, table, write_csv


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


@pytest.mark.parametrize(("count", "text"), [(0, "0 CIs"), (1, "1 CI"), (2, "2 CIs")])
def test_counts_in_good_english(count: int, text: str) -> None:
    """Never 1 CIs."""
    assert counted(count, "CI") == text


def written(rows: list[dict[str, object]], *, in_terminal: bool) -> str:
    """Return a table as it is written into a terminal of 40 columns, or into a file."""
    text = io.StringIO()
    console = Console(file=text, width=40, force_terminal=in_terminal, soft_wrap=not in_terminal)
    console.print(table({"hops": "hops", "key": "CI", "why": "why"}, rows, "Found"))
    return text.getvalue()


def test_outside_a_terminal_a_row_is_one_line_without_blanks_at_its_end() -> None:
    """However long: a line that is cut cannot be searched for, nor copied."""
    why = "because " * 40
    rows: list[dict[str, object]] = [
        {"hops": 1, "key": "[red]db", "why": why.strip()},
        {"hops": 12, "key": "東京", "why": None},
    ]

    assert written(rows, in_terminal=False).splitlines() == [
        "Found",
        "hops  CI       why",
        f"   1  [red]db  {why.strip()}",
        "  12  東京     –",
    ]


def test_in_a_terminal_a_table_is_fitted_to_its_width() -> None:
    """A person reads it there."""
    lines = written(
        [{"hops": 1, "key": "[red]db", "why": "because " * 9}], in_terminal=True
    ).splitlines()

    assert len(lines) > 3
    assert "[red]db" in "".join(lines)
