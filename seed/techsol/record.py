"""One CI, or one relationship, as a piece of an estate file."""

import json
import re
from collections.abc import Iterable, Mapping

Value = int | float | str | tuple[str, ...]

# What YAML reads back as the same text, also inside braces.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./()-]+)*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}

ALL_ACTIVE = "mode: ACTIVE_ACTIVE"


def to(type_name: str, target: str, **details: Value) -> str:
    """Return a relationship from the CI it is written in."""
    more = "".join(f", {name}: {_text(value)}" for name, value in details.items())
    return f"{{type: {type_name}, target: {target}{more}}}"


def between(source: str, type_name: str, target: str) -> str:
    """Return a relationship in the long form, for the end of the file."""
    return f"  - {{source: {source}, type: {type_name}, target: {target}}}\n"


def ci(
    key: str,
    class_name: str,
    relationships: Iterable[str] = (),
    *,
    name: str | None = None,
    groups: Mapping[str, str] | None = None,
    of_class: Mapping[str, Value] | None = None,
    **common: Value | None,
) -> str:
    """Return a CI: ``common`` are attributes that any CI has, ``of_class`` those of its class.

    ``groups`` are redundancy groups with their rules as they stand between the braces.
    """
    lines = [f"  - key: {key}\n    class: {class_name}\n"]
    if name is not None:
        lines.append(f"    name: {_text(name)}\n")
    lines += [
        f"    {each}: {_text(value)}\n" for each, value in common.items() if value is not None
    ]
    if of_class:
        inside = ", ".join(f"{each}: {_text(value)}" for each, value in of_class.items())
        lines.append(f"    attributes: {{{inside}}}\n")
    if groups:
        inside = ", ".join(f"{each}: {{{rule}}}" for each, rule in groups.items())
        lines.append(f"    redundancy: {{{inside}}}\n")
    related = [f"      - {each}\n" for each in relationships]
    if related:
        lines += ["    relationships:\n", *related]
    return "".join(lines)


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_text(each) for each in value)}]"
    if not isinstance(value, str):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
