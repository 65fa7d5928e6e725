"""What a caller hands over → plain JSON, so that what is sealed is what is read back.

Tuples become lists, mappings objects and enumerations their text. What JSON cannot hold, or not in
the same way everywhere, is refused.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import Fault
from graph_service.model.place import Place

NESTING_MAX = 32
"""Levels of lists and objects in a value."""

_WHOLE_NUMBERS = range(-(2**63), 2**63)


def plain_delta(delta: GraphDelta) -> GraphDelta:
    """Return the delta with all free-form values as plain as they can be made."""
    return replace(
        delta,
        cis=tuple(
            each
            if _is_plain(each.attributes)
            else replace(each, attributes=_plain(each.attributes))
            for each in delta.cis
        ),
        relationships=tuple(
            each
            if _is_plain(each.attributes)
            else replace(each, attributes=_plain(each.attributes))
            for each in delta.relationships
        ),
        claims=tuple(
            each if _is_plain(each.content) else replace(each, content=_plain(each.content))
            for each in delta.claims
        ),
        records=tuple(
            each if _is_plain(each.data) else replace(each, data=_plain(each.data))
            for each in delta.records
        ),
    )


def unplain_faults(delta: GraphDelta) -> Iterator[Fault]:
    """Yield what of a delta JSON cannot hold, with its place."""
    for subject, values in _parts(delta):
        if not _is_plain(values):
            for path, why in _reasons(values, ""):
                place = Place("delta", printable(f"{subject}.{path}" if subject else path))
                yield Fault(
                    code="NOT_JSON", message=why, place=place, remedy="give a value JSON can hold"
                )


def printable(text: str) -> str:
    """Return a text in which half characters are spelled out, so that it can be shown and kept."""
    return text.encode("utf-8", "backslashreplace").decode()


def _parts(delta: GraphDelta) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield all that is text or free-form, part by part: whose it is, and the values by name."""
    yield (
        "",
        {
            "reason": delta.reason,
            "run": delta.run,
            "change": delta.change,
            "actor": [delta.actor.id, delta.actor.name],
            "removedRecords": [[*each] for each in delta.removed_records],
        },
    )
    for ci in delta.cis:
        texts = {"id": ci.id, "key": ci.key, "name": ci.name, "class": ci.class_name}
        yield ci.id, {**texts, "attributes": ci.attributes}
    for edge in delta.relationships:
        texts = {"id": edge.id, "source": edge.source, "target": edge.target, "type": edge.type}
        yield edge.id, {**texts, "attributes": edge.attributes}
    for claim in delta.claims:
        texts = {
            "dataSource": claim.data_source,
            "nativeKey": claim.native_key,
            "subject": claim.subject,
            "digest": claim.digest,
            "scope": claim.scope,
            "observedAt": claim.observed_at,
            "run": claim.run,
            "place": claim.place,
        }
        yield claim.native_key, {**texts, "content": claim.content}
    for record in delta.records:
        texts = {"kind": record.kind, "id": record.id, "group": record.group}
        yield record.id, {**texts, "data": record.data}


def _is_plain(value: object, levels: int = NESTING_MAX) -> bool:
    """Whether a value is exactly what JSON gives back: no subclass, no half character."""
    of = type(value)
    if isinstance(value, str):
        return of is str and (value.isascii() or _is_whole_text(value))
    if value is None or of is bool:
        return True
    if of is int:
        return value in _WHOLE_NUMBERS
    if isinstance(value, float):
        return of is float and math.isfinite(value)
    if isinstance(value, dict):
        return of is dict and levels > 0 and _are_plain(value, value.values(), levels - 1)
    if isinstance(value, list):
        return of is list and levels > 0 and _are_plain((), value, levels - 1)
    return False


def _are_plain(names: Iterable[object], values: Iterable[object], levels: int) -> bool:
    for name in names:
        if type(name) is not str or not _is_plain(name):
            return False
    return all(_is_plain(each, levels) for each in values)


def _is_whole_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any, levels: int = NESTING_MAX) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with tuples, mappings and subclasses of text made plain, the rest as it is."""
    if levels < 0:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {_plain(name): _plain(each, levels - 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, levels - 1) for each in value]
    return value


def _reasons(value: object, path: str, levels: int = NESTING_MAX) -> Iterator[tuple[str, str]]:
    """Yield where a value is not plain, and why; never the value, which may be a secret."""
    if isinstance(value, dict | list):
        if not levels:
            yield path, f"is nested more than {NESTING_MAX} deep"
            return
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, each in steps:
            if isinstance(value, list):
                yield from _reasons(each, f"{path}[{step}]", levels - 1)
            elif isinstance(step, str):
                inside = f"{path}.{step}" if path else step
                if not _is_plain(step):
                    yield inside, "has a name with half a character (a lone surrogate)"
                yield from _reasons(each, inside, levels - 1)
            else:
                yield path, "has a name that is not text"
    elif not _is_plain(value):
        yield path, _why(value)


def _why(value: object) -> str:
    if isinstance(value, str):
        return "holds half a character (a lone surrogate)"
    if isinstance(value, int):
        return "is a whole number beyond 64 bits"
    if isinstance(value, float):
        return "is not a finite number"
    return f"is a {type(value).__name__}, which JSON does not know"
