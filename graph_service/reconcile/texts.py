"""What text may stand in the estate: any script, in one spelling, without invisible commands."""

import re
import unicodedata
from dataclasses import dataclass

NAME_BYTES_MAX = 10_240
"""Longest key or name, in UTF-8."""

TEXT_BYTES_MAX = 1_000_000
"""Longest text value of an attribute, in UTF-8."""

REASON_LENGTH_MAX = 4_000
"""Longest reason, in characters."""

SHOWN_MAX = 60
"""How much of a value a message repeats."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a value cannot be taken, and what to do about it."""

    message: str
    remedy: str = ""


def name_or_misfit(text: object) -> str | Misfit:
    """Return a key or name in the form in which equal ones are equal: NFC, no blanks around it.

    Control characters are refused rather than dropped: two keys must not become one unseen.
    """
    if not isinstance(text, str):
        return Misfit(f"{shown(text)} is not text", "put it in quotes")
    if not (text.isascii() and text.isprintable()):
        if found := _CONTROLS.search(text):
            return _control_misfit(found)
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    if not text:
        return Misfit("is empty", "give it at least one character that can be seen")
    if len(text) * 4 > NAME_BYTES_MAX and (size := len(text.encode())) > NAME_BYTES_MAX:
        return Misfit(f"is {size:,} bytes long", f"shorten it to {NAME_BYTES_MAX:,} bytes")
    return text


def text_misfit(text: str) -> Misfit | None:
    """Return what is wrong with a text value; lines and tabs are allowed in it."""
    if not text.isprintable() and (found := _CONTROLS_BUT_LINES.search(text)):
        return _control_misfit(found)
    if len(text) * 4 > TEXT_BYTES_MAX and (size := len(text.encode())) > TEXT_BYTES_MAX:
        return Misfit(f"is {size:,} bytes long", f"shorten it to {TEXT_BYTES_MAX:,} bytes")
    return None


def reason_misfit(text: str) -> Misfit | None:
    """Return what is wrong with a reason or the like: text of some lines at most."""
    if len(text) > REASON_LENGTH_MAX:
        remedy = f"shorten it to {REASON_LENGTH_MAX:,}; a change record has room for more"
        return Misfit(f"is {len(text):,} characters long", remedy)
    return text_misfit(text)


def shown(value: object) -> str:
    """Return a value as a message may repeat it: short, and nothing in it that acts."""
    text = value if isinstance(value, str) else repr(value)
    cut = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
    return ascii(cut) if _CONTROLS.search(cut) else repr(cut) if isinstance(value, str) else cut


def _control_misfit(found: re.Match[str]) -> Misfit:
    return Misfit(
        f"has the control character U+{ord(found[0]):04X} as its character {found.start() + 1}",
        "take it out",
    )
