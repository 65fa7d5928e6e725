"""What bytes must be to be text."""

import pytest

from discovery.formats.text_encoding import utf8
from graph_service import Fault, InvalidInputError


def refused(content: bytes) -> Fault:
    """Return why bytes are not text."""
    with pytest.raises(InvalidInputError) as caught:
        utf8(content, "file")
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_understands_what_a_byte_order_mark_announces(encoding: str) -> None:
    """Editors on other systems write marks, and other encodings with them."""
    assert utf8("naïve: 決済 😀\n".encode(encoding), "file") == "naïve: 決済 😀\n".encode()


def test_names_the_byte_that_is_not_utf8() -> None:
    """Line and column, in characters."""
    fault = refused("a: 1\nné: caf".encode() + b"\xe9\n")

    assert (fault.code, fault.place.line, fault.place.column) == ("NOT_UTF8", 2, 8)
    assert "0xE9" in fault.message


def test_names_a_bad_byte_wherever_chunks_end() -> None:
    """A character cut in two by the reader's own chunks is whole."""
    chunk = 1024 * 1024
    good = b"x" * (chunk - 1) + "é".encode() + b"\n"

    assert utf8(good, "file") == good
    assert refused(good + b"\xff").place.line == 2
    assert refused(good + b"\xc3").place.line == 2


@pytest.mark.parametrize("character", ["\x07", "\x7f", "\x80", "\ufffe"])
def test_names_a_control_character(character: str) -> None:
    """They are not seen, so they are never meant."""
    fault = refused(f"a: é\nb: é{character}y\n".encode())

    assert (fault.code, fault.place.line, fault.place.column) == ("CONTROL_CHARACTER", 2, 5)
    assert f"U+{ord(character):04X}" in fault.message


def test_keeps_what_only_looks_like_a_control_character() -> None:
    """Tabs, every kind of line break, and the second bytes of other characters."""
    text = "a\tb\r\nc\x85d\u2028 Â\x85 ‰ ï 👩‍👩‍👧\n"

    assert utf8(text.encode(), "file") == text.encode()


def test_suspects_utf16_without_a_mark() -> None:
    """Half of the bytes are zero."""
    assert "UTF-16" in refused("key: value\n".encode("utf-16-le")).remedy


def test_refuses_what_a_mark_promises_and_does_not_keep() -> None:
    """A file cut in the middle of a character."""
    assert refused("ab".encode("utf-16") + b"x").code == "WRONG_ENCODING"
