"""``${NAME}`` in values: filled in with what the request says, never from our own environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.formats.parts import Part
from graph_service import Place

UNKNOWN = "\x00"
"""Stands where a variable has neither value nor default. No name and no host has this in it."""

_DEPTH_MAX = 20
_DOLLAR = re.compile(r"\$(?:(?P<plain>\$)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<brace>\{))?")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<rule>:?[-?+])|(?=\}))")
_BRACES = re.compile(r"\$\$|\$\{|\}")
_UNKNOWN_PORT = re.compile(f":{UNKNOWN}(?=[/,;\\s]|$)")


class _MalformedError(Exception):
    """A ``$`` begins no variable. The text is never shown: it may be a password."""


@dataclass(slots=True)
class Variables:
    """What variables are worth; ``missing`` gathers those without a value, by first place."""

    values: Mapping[str, str]
    missing: dict[str, Place] = field(default_factory=dict)

    def text(self, part: Part) -> str:
        """Return a part's text filled in, with ``UNKNOWN`` where nobody said a value."""
        text = part.text()
        if "$" not in text:
            return text
        try:
            return self._filled(text, part.place, 0)
        except _MalformedError:
            part.fault(
                "INVALID_VARIABLE",
                "a $ here begins no variable",
                "write ${NAME}, ${NAME:-default}, or $$ for a $ that is meant as such",
            )
            return ""

    def known(self, part: Part) -> str:
        """Return a part's text, empty if any of it is unknown: half a name is another name."""
        text = self.text(part)
        return "" if UNKNOWN in text else text

    def _filled(self, text: str, place: Place, depth: int) -> str:
        if depth > _DEPTH_MAX:
            raise _MalformedError
        pieces: list[str] = []
        at = 0
        while found := _DOLLAR.search(text, at):
            pieces.append(text[at : found.start()])
            at = found.end()
            if found["plain"]:
                pieces.append("$")
            elif found["name"]:
                pieces.append(self._value(found["name"], place))
            elif found["brace"]:
                end = _closing(text, at)
                pieces.append(self._inside(text[at : end + 1], place, depth))
                at = end + 1
            else:
                raise _MalformedError
        return "".join((*pieces, text[at:]))

    def _inside(self, text: str, place: Place, depth: int) -> str:
        """Fill in what stands between ``${`` and, at the end of ``text``, ``}``."""
        found = _INSIDE.match(text)
        if found is None:
            raise _MalformedError
        name, rule, word = found["name"], found["rule"] or "", text[found.end() : -1]
        value = self.values.get(name)
        is_set = bool(value) if rule.startswith(":") else value is not None
        match rule[-1:]:
            case "-" if not is_set:
                return self._filled(word, place, depth + 1)
            case "+":
                return self._filled(word, place, depth + 1) if is_set else ""
            case "?" if not is_set:
                self.missing.setdefault(name, place)
                return UNKNOWN
            case _:
                return self._value(name, place)

    def _value(self, name: str, place: Place) -> str:
        if name not in self.values:
            self.missing.setdefault(name, place)
        return self.values.get(name, UNKNOWN)


def _closing(text: str, at: int) -> int:
    depth = 1
    for each in _BRACES.finditer(text, at):
        depth += {"${": 1, "}": -1}.get(each[0], 0)
        if not depth:
            return each.start()
    raise _MalformedError


def without_unknown_ports(value: str) -> str:
    """Return a value in which a host whose port nobody said still is a host."""
    return _UNKNOWN_PORT.sub("", value)
