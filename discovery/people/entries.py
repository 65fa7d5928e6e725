"""The values of an LDAP entry, however the JSON was written: flat, or below ``attributes``."""

from collections.abc import Iterator, Mapping
from typing import Any

_INSIDE = ("attributes", "attrs")


class Entry:
    """One entry; names of attributes are known in any case, single values and lists alike."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        values: dict[str, list[str]] = {}
        for name, value in _flat(raw):
            # Options such as cn;lang-de are the same attribute said again.
            plain = name.partition(";")[0].strip().lower()
            values.setdefault(plain, []).extend(_texts(value))
        self._values = values

    def all(self, *names: str) -> list[str]:
        """Return all values of the first of these attributes that has any."""
        return next((self._values[each] for each in names if self._values.get(each)), [])

    def first(self, *names: str) -> str:
        """Return the first value of the first of these attributes that has any."""
        return next(iter(self.all(*names)), "")

    def has(self, *names: str) -> bool:
        """Whether it has any of these attributes."""
        return any(each in self._values for each in names)


def _flat(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in raw.items():
        if name.lower() in _INSIDE and isinstance(value, dict):
            yield from value.items()
        elif name.lower() in _INSIDE and isinstance(value, list):
            # As ldapjs writes it: [{"type": "uid", "values": [...]}].
            for each in value:
                if isinstance(each, dict) and "type" in each:
                    yield str(each["type"]), each.get("values", each.get("vals", []))
        else:
            yield name, value


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [str(value)]
    return [str(value).upper()] if isinstance(value, bool) else []


def plain_dn(text: str) -> str:
    """Return a distinguished name in the form in which equal ones are equal."""
    return ",".join(
        "=".join(side.strip() for side in part.split("=", 1)) for part in parts_of(text)
    ).lower()


def parts_of(text: str) -> list[str]:
    """Split a distinguished name at its commas, those behind a backslash excepted."""
    parts, part, escaped = [], "", False
    for sign in text:
        if sign == "," and not escaped:
            parts.append(part)
            part = ""
        else:
            part += sign
        escaped = sign == "\\" and not escaped
    return [each.strip() for each in (*parts, part)]
