"""What a caller hands over → plain JSON, so that what is sealed is what is read back.

Tuples become lists, mappings objects and enumerations their text. What JSON cannot hold, or not in
the same way everywhere, is refused.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place

NESTING_MAX = 32
"""Levels of lists and objects in a value."""

_WHOLE_NUMBERS = range(-(2**63), 2**63)
_LEVELS_OF_ORJSON = 254  # it writes no deeper; with levels added it finds what is too deep for us
_AS_IS = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_STRICT_INTEGER
)


def plain_delta(delta: GraphDelta) -> GraphDelta:
    """Return a delta with plain values only; stores do so before they look anything of it up.

    Raises:
        InvalidInputError: JSON cannot hold one of its values.

    """
    if _is_plain_as_a_whole([values for _, values in _parts(delta)]):
        return delta
    plain = replace(
        delta,
        cis=tuple(replace(each, attributes=_plain(each.attributes)) for each in delta.cis),
        relationships=tuple(
            replace(each, attributes=_plain(each.attributes)) for each in delta.relationships
        ),
        claims=tuple(replace(each, content=_plain(each.content)) for each in delta.claims),
        records=tuple(replace(each, data=_plain(each.data)) for each in delta.records),
        rules=tuple(replace(each, data=_plain(each.data)) for each in delta.rules),
    )
    if faults := [*_faults(plain)]:
        raise InvalidInputError(faults)
    return plain


def _faults(delta: GraphDelta) -> Iterator[Fault]:
    for subject, values in _parts(delta):
        for path, why in _reasons(values, ""):
            place = Place("delta", printable(f"{subject}.{path}" if subject else path))
            yield Fault(
                code="NOT_JSON", message=why, place=place, remedy="give a value JSON can hold"
            )


def printable(text: str) -> str:
    """Return a text in which half characters are spelled out, so that it can be shown and kept."""
    return text.encode("utf-8", "backslashreplace").decode()


def askable(text: str) -> str:
    """Return a text one can ask for; half characters, which nothing stored has, are replaced."""
    return text if text.isascii() else text.encode(errors="replace").decode()


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
    for each in delta.relationships:
        texts = {"id": each.id, "source": each.source, "target": each.target, "type": each.type}
        yield each.id, {**texts, "attributes": each.attributes}
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
    for record in (*delta.records, *delta.rules):
        texts = {"kind": record.kind, "id": record.id, "group": record.group}
        yield record.id, {**texts, "data": record.data}


def _is_plain_as_a_whole(parts: list[dict[str, object]]) -> bool:
    """Whether all values come back from JSON as they are: one look that settles most deltas.

    Whole numbers beyond 53 bits fail it, though some are plain; they get the closer look.
    """
    wrapped: list[object] = [*parts]
    for _ in range(_LEVELS_OF_ORJSON - NESTING_MAX - 1):
        wrapped = [wrapped]
    try:
        return bool(orjson.loads(orjson.dumps(wrapped, option=_AS_IS)) == wrapped)
    except TypeError:
        return False


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
    if isinstance(value, dict | list) and not levels:
        yield path, f"is nested more than {NESTING_MAX} deep"
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _reasons(each, f"{path}[{index}]", levels - 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            if isinstance(name, str):
                inside = f"{path}.{name}" if path else name
                yield from ((inside, f"has a name that {why}") for _, why in _reasons(name, ""))
                yield from _reasons(each, inside, levels - 1)
            else:
                yield path, "has a name that is not text"
    elif why := _why(value):
        yield path, why


def _why(value: object) -> str:
    """Say why JSON cannot hold a single value, or nothing if it can."""
    if isinstance(value, str):
        return "" if _is_whole_text(value) else "holds half a character (a lone surrogate)"
    if isinstance(value, int):
        return "" if value in _WHOLE_NUMBERS else "is a whole number beyond 64 bits"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is not a finite number"
    return "" if value is None else f"is a {type(value).__name__}, which JSON does not know"
