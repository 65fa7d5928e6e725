"""What may be called what."""

import pytest

from graph_service.reconcile.texts import NAME_BYTES_MAX, Misfit, name_or_misfit, shown


@pytest.mark.parametrize(
    "name",
    [
        "web-1",
        "Zahlungsverkehr Österreich",
        "支払い",
        "دفع",
        "🏦",
        "no-break\u00a0space",
        "') DETACH DELETE n //",
        "Robert'); DROP TABLE ci;--",
        "`Server`) MATCH (m) RETURN m",
        "x" * NAME_BYTES_MAX,
        "字" * (NAME_BYTES_MAX // 3),
    ],
)
def test_takes_names_as_they_are(name: str) -> None:
    """Any script, any punctuation, up to ten kilobytes: a name is data, never a command."""
    assert name_or_misfit(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "  ", "a\nb", "a\tb", "nul\x00", "esc\x1b[2J", "c1\x85", "del\x7f", "half\ud800", 7, None],
)
def test_refuses_names_that_cannot_be_read_aloud(name: object) -> None:
    """Empty names, and characters nobody sees, are faults rather than dropped."""
    assert isinstance(name_or_misfit(name), Misfit)


@pytest.mark.parametrize("name", ["x" * (NAME_BYTES_MAX + 1), "字" * (NAME_BYTES_MAX // 3 + 1)])
def test_refuses_names_beyond_ten_kilobytes(name: str) -> None:
    """The limit counts bytes, whatever the script."""
    found = name_or_misfit(name)

    assert isinstance(found, Misfit)
    assert "bytes" in found.message


def test_says_which_control_character_stands_where() -> None:
    """A character that cannot be seen is named by its number and position."""
    found = name_or_misfit("web\x07")

    assert isinstance(found, Misfit)
    assert "U+0007" in found.message
    assert "4" in found.message


def test_spells_equal_names_equally() -> None:
    """A composed and a decomposed é are one name, with or without blanks around it."""
    assert name_or_misfit(" cafe\u0301 ") == name_or_misfit("café") == "café"


def test_shows_nothing_that_acts() -> None:
    """A message repeats a value shortened, and without control characters."""
    assert "\x1b" not in shown("\x1b[2J")
    assert len(shown("x" * 10_000)) < 100
