"""What a scalar means: YAML 1.2, and text wherever a number would lose how it was written."""

import re
from typing import Any

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_STARTS = frozenset("0123456789-~nNtf")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}")
_PREFIX = "tag:yaml.org,2002:"

TAGS = frozenset(_PREFIX + each for each in ("str", "null", "bool", "int", "float", "map", "seq"))
"""Tags whose meaning is known; every other one is somebody's extension."""


def plain(text: str) -> Any:  # noqa: ANN401 - a scalar may be any JSON scalar
    """Return the value of an unquoted scalar.

    A number or truth value is one only if writing it out again gives the same text, so whoever
    wants text gets what was written: ``NO``, ``0123``, ``1.10``, ``1e3`` and ``2026-03-01`` stay
    text, ``12`` and ``true`` do not.
    """
    if text and text[0] not in _STARTS:
        return text
    if text in _NULLS:
        return None
    if text == "true":
        return True
    if text == "false":
        return False
    if _INTEGER.fullmatch(text):
        integer = int(text)
        return integer if str(integer) == text else text
    if _DECIMAL.fullmatch(text):
        decimal = float(text)
        return decimal if repr(decimal) == text else text
    return text


def tagged(tag: str, text: str) -> Any:  # noqa: ANN401 - same
    """Return the value of a scalar with one of ``TAGS``; text that does not fit stays text."""
    if tag.endswith(":str"):
        return text
    if tag.endswith(":null"):
        return None
    return plain(text)


def as_written(value: Any) -> str | None:  # noqa: ANN401 - same
    """Return the text a scalar was written as, ``None`` for nothing and for what is no scalar."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:
            return None


def truth(value: Any) -> bool | None:  # noqa: ANN401 - same
    """Return a truth value, also where it was written ``True``; ``None`` for anything else."""
    if isinstance(value, bool):
        return value
    return {"True": True, "TRUE": True, "False": False, "FALSE": False}.get(str(value))
