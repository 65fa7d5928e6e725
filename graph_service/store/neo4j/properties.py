"""What all records share as properties: texts too long for an index, JSON, composed keys."""

import hashlib
from collections.abc import Mapping
from typing import Any

from graph_service.model.codec import canonical

Properties = dict[str, Any]

INDEXED_LENGTH = 250
"""Code points of a text that stand in an index; its keys may not exceed some 8,000 bytes."""


def indexable(text: str) -> str:
    """Return as much of a text as an index holds."""
    return text[:INDEXED_LENGTH]


def uid_of(*parts: str) -> str:
    """Return the short text that stands for a key of several parts of any length."""
    return hashlib.sha256(canonical(parts)).hexdigest()


def put_text(properties: Properties, name: str, text: str) -> None:
    """Put the beginning of a text where an index finds it, and beside it all of a longer one."""
    properties[name] = indexable(text)
    if len(text) > INDEXED_LENGTH:
        properties[_whole(name)] = text


def whole_text(properties: Mapping[str, Any], name: str) -> str:
    """Read what ``put_text`` wrote."""
    text: str = properties.get(_whole(name)) or properties[name]
    return text


def _whole(name: str) -> str:
    return f"whole{name[0].upper()}{name[1:]}"


def as_json(value: object) -> str:
    """Write a JSON value as the text of a property."""
    return canonical(value).decode()
