"""Conditions ↔ JSON: the form that saved queries keep and the shape of GraphQL's ``CIFilter``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graph_service.model.condition.text_reading import condition_of_text
from graph_service.model.condition.tree import (
    EVERYTHING,
    TAG_PREFIX,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    Contains,
    End,
    Exists,
    Incomplete,
    IsCI,
    KnownTo,
    Match,
    Not,
    OfClass,
    OneOf,
    Orphan,
    OwnedBy,
    Ref,
    RefBy,
    Related,
    Saved,
    Stale,
    StartsWith,
    Text,
    ValueBearing,
    Within,
)
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest

Json = Any
Read = Callable[[Json, Place], Condition | None]

_LEVELS_MAX = 50


class _Misread(Exception):  # noqa: N818 - caught where faults are gathered
    def __init__(self, message: str, place: Place, remedy: str = "") -> None:
        super().__init__(message)
        self.fault = Fault(code="BAD_CONDITION", message=message, place=place, remedy=remedy)


def condition_to_data(condition: Condition) -> dict[str, Json]:
    """Write a condition as JSON."""
    match condition:
        case AllOf(of):
            return {"all": [condition_to_data(each) for each in of]} if of else {}
        case AnyOf(of):
            return {"any": [condition_to_data(each) for each in of]}
        case Not(what):
            return {"not": condition_to_data(what)}
    if type(condition) in _FLAG_NAMES:
        return {_FLAG_NAMES[type(condition)]: True}
    if isinstance(condition, Text):
        return {"called" if condition.of_names else "text": condition.text}
    name, write = _WRITERS[type(condition)]
    return {name: write(condition)}


def _related_to_data(leaf: Related) -> dict[str, Json]:
    said = {
        "types": sorted(leaf.types) or None,
        "end": leaf.end and leaf.end.value,
        "to": leaf.to and _ref_to_data(leaf.to),
    }
    return {name: value for name, value in said.items() if value is not None}


def _moment_to_data(leaf: ChangedSince) -> dict[str, Json]:
    return {"revision" if isinstance(leaf.moment, int) else "instant": leaf.moment}


_FLAG_NAMES: dict[type, str] = {
    Stale: "stale",
    Orphan: "orphan",
    Conflicting: "conflicting",
    Incomplete: "incomplete",
    ValueBearing: "valueBearing",
}


def _ref_to_data(ref: Ref) -> dict[str, Json]:
    return {ref.by.value: ref.value}


def _match_to_data(match_: Match) -> dict[str, Json]:
    match match_:
        case OneOf((value,)):
            return {"equals": value}
        case OneOf(values):
            return {"oneOf": [*values]}
        case Contains(text):
            return {"contains": text}
        case StartsWith(text):
            return {"startsWith": text}
        case AtLeast(value):
            return {"atLeast": value}
        case AtMost(value):
            return {"atMost": value}
        case Exists():
            return {"exists": True}


_WRITERS: dict[type, tuple[str, Callable[[Json], Json]]] = {
    IsCI: ("refs", lambda leaf: [_ref_to_data(each) for each in leaf.refs]),
    OfClass: ("classes", lambda leaf: sorted(leaf.names)),
    Attribute: (
        "attribute",
        lambda leaf: {"name": leaf.name, "is": _match_to_data(leaf.match)},
    ),
    Related: ("related", _related_to_data),
    Within: ("within", lambda leaf: _ref_to_data(leaf.place)),
    KnownTo: ("dataSources", lambda leaf: sorted(leaf.data_sources)),
    ChangedSince: ("changedSince", _moment_to_data),
    Saved: ("savedQuery", lambda leaf: leaf.key),
    OwnedBy: ("ownedBy", lambda leaf: leaf.who),
}


def condition_of_data(data: Json, place: Place) -> Condition:
    """Read a condition from JSON.

    Fields of one object all hold; a field that is null or an empty list says nothing.

    Raises:
        InvalidInputError: Listing everything in it that is no condition.

    """
    faults: list[Fault] = []
    condition = _object(data, place, faults, _LEVELS_MAX)
    if faults:
        raise InvalidInputError(faults)
    return condition


def _object(data: Json, place: Place, faults: list[Fault], levels: int) -> Condition:
    if not isinstance(data, Mapping) or levels == 0:
        what = "is no object of conditions" if levels else "is nested too deeply"
        faults.append(_Misread(what, place, 'write {"classes": ["Server"]}').fault)
        return EVERYTHING
    found: list[Condition] = []
    for name, value in data.items():
        inside = place.inside(name)
        if value is None:
            continue
        if name in {"all", "any"}:
            found.extend(_several(name, value, inside, faults, levels))
        elif name == "not":
            found.append(Not(_object(value, inside, faults, levels - 1)))
        else:
            try:
                read = _field(name, place)(value, inside)
            except _Misread as error:
                faults.append(error.fault)
            except InvalidInputError as error:
                faults.extend(error.faults)
            else:
                found.extend([] if read is None else [read])
    return found[0] if len(found) == 1 else AllOf(tuple(found))


def _several(
    name: str, value: Json, place: Place, faults: list[Fault], levels: int
) -> Iterable[Condition]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        faults.append(_Misread("is no list", place, "write [{…}, {…}]").fault)
        return
    parts = tuple(
        _object(each, place.inside(f"[{index}]"), faults, levels - 1)
        for index, each in enumerate(value)
    )
    yield AllOf(parts) if name == "all" else AnyOf(parts)


def _field(name: str, place: Place) -> Read:
    if name not in _FIELDS:
        near = nearest(name, _FIELDS, 1)
        remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(_FIELDS)}"
        raise _Misread(f"{name[:60]!r} is no condition", place, remedy)
    return _FIELDS[name]


def _texts(value: Json, place: Place) -> list[str]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise _Misread("is no list of texts", place, 'write ["…"]')
    return [*value]


def _values(value: Json, place: Place) -> list[str | int | float | bool]:
    if not isinstance(value, list | tuple):
        value = [value]
    if not all(isinstance(each, str | int | float) for each in value):
        raise _Misread("compares with something that is no text, number or truth value", place)
    return [*value]


def _attribute_in(name: str) -> Read:
    def read(value: Json, place: Place) -> Condition | None:
        values = _values(value, place)
        return Attribute(name, OneOf(tuple(values))) if values else None

    return read


def _flag(leaf: Condition) -> Read:
    def read(value: Json, place: Place) -> Condition | None:
        if not isinstance(value, bool):
            raise _Misread("is neither true nor false", place)
        return leaf if value else Not(leaf)

    return read


def _classes(value: Json, place: Place) -> Condition | None:
    names = _texts(value, place)
    return OfClass(frozenset(names)) if names else None


def _data_sources(value: Json, place: Place) -> Condition | None:
    names = _texts(value, place)
    return KnownTo(frozenset(names)) if names else None


def _ref(value: Json, place: Place) -> Ref:
    if isinstance(value, str):
        return Ref(RefBy.TEXT, value)
    if not isinstance(value, Mapping):
        raise _Misread("names no CI", place, 'write {"key": "…"}')
    said = [(name, each) for name, each in value.items() if each is not None]
    if len(said) != 1 or said[0][0] not in {*RefBy} or not isinstance(said[0][1], str):
        raise _Misread("names no CI", place, f"give exactly one of {', '.join(RefBy)}")
    return Ref(RefBy(said[0][0]), said[0][1])


def _refs(value: Json, place: Place) -> Condition | None:
    if not isinstance(value, list | tuple):
        raise _Misread("is no list of CIs", place, 'write [{"key": "…"}]')
    refs = [_ref(each, place.inside(f"[{index}]")) for index, each in enumerate(value)]
    return IsCI(tuple(refs)) if refs else None


def _within(value: Json, place: Place) -> Condition:
    return Within(_ref(value, place))


def _tag(value: Json, place: Place) -> Condition:
    match value:
        case str() | {"name": str()}:
            name = value if isinstance(value, str) else value["name"]
            wanted = None if isinstance(value, str) else value.get("value")
            if wanted is not None and not isinstance(wanted, str):
                raise _Misread("has a value that is no text", place)
            return Attribute(TAG_PREFIX + name, Exists() if wanted is None else OneOf((wanted,)))
    raise _Misread("is no tag", place, 'write {"name": "…", "value": "…"}')


def _attribute(value: Json, place: Place) -> Condition:
    match value:
        case {"name": str(name), "is": Mapping() as said}:
            given = [(word, each) for word, each in said.items() if each is not None]
            if len(given) == 1 and given[0][0] in _MATCHES:
                word, wanted = given[0]
                inside = place.inside(f"is.{word}")
                if word == "exists":
                    return _flag(Attribute(name, Exists()))(wanted, inside) or EVERYTHING
                return Attribute(name, _MATCHES[word](wanted, inside))
            raise _Misread(
                "compares in no way", place, f"give exactly one of {', '.join(_MATCHES)}"
            )
    raise _Misread("is no condition on an attribute", place, 'write {"name": "…", "is": {…}}')


def _one_text(value: Json, place: Place) -> str:
    if not isinstance(value, str):
        raise _Misread("is no text", place, "put it in quotes")
    return value


def _bound(value: Json, place: Place) -> str | int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Misread("is no number, date or instant", place)
    return value


def _one_value(value: Json, place: Place) -> Match:
    if isinstance(value, list | tuple):
        raise _Misread("is a list", place, "ask for one element, or use oneOf")
    return OneOf(tuple(_values(value, place)))


_MATCHES: dict[str, Callable[[Json, Place], Match]] = {
    "equals": _one_value,
    "oneOf": lambda value, place: OneOf(tuple(_values(value, place))),
    "contains": lambda value, place: Contains(_one_text(value, place)),
    "startsWith": lambda value, place: StartsWith(_one_text(value, place)),
    "atLeast": lambda value, place: AtLeast(_bound(value, place)),
    "atMost": lambda value, place: AtMost(_bound(value, place)),
    "exists": lambda _value, _place: Exists(),
}


def _related(value: Json, place: Place) -> Condition:
    if not isinstance(value, Mapping):
        raise _Misread("is no relationship", place, 'write {"types": ["…"], "to": {"key": "…"}}')
    if strange := sorted({*value} - {"types", "end", "to"}):
        raise _Misread(f"has {strange[0]!r}", place, "it may have types, end and to")
    end, to = value.get("end"), value.get("to")
    if end is not None and end not in {*End}:
        raise _Misread(f"{end!r} is no end", place, "write SOURCE or TARGET")
    types = _texts(value.get("types") or [], place.inside("types"))
    return Related(
        frozenset(types),
        None if end is None else End(end),
        None if to is None else _ref(to, place.inside("to")),
    )


def _changed_since(value: Json, place: Place) -> Condition:
    match value:
        case {"revision": int(moment)} if not isinstance(moment, bool):
            return ChangedSince(moment)
        case {"instant": str(moment)}:
            return ChangedSince(moment)
    raise _Misread("is no moment", place, 'write {"revision": 41} or {"instant": "…"}')


def _name_prefix(value: Json, place: Place) -> Condition | None:
    return Attribute("name", StartsWith(value)) if _one_text(value, place) else None


def _text(value: Json, place: Place) -> Condition | None:
    return Text(value) if _one_text(value, place) else None


def _called(value: Json, place: Place) -> Condition | None:
    return Text(value, of_names=True) if _one_text(value, place) else None


def _owned_by(value: Json, place: Place) -> Condition | None:
    found = tuple(OwnedBy(each) for each in _texts(value, place))
    return found[0] if len(found) == 1 else AnyOf(found) if found else None


_FIELDS: dict[str, Read] = {
    "refs": _refs,
    "classes": _classes,
    "text": _text,
    "called": _called,
    "namePrefix": _name_prefix,
    "lifecycle": _attribute_in("lifecycle"),
    "operational": _attribute_in("operationalState"),
    "environments": _attribute_in("environment"),
    "tiers": _attribute_in("tier"),
    "owners": _attribute_in("owner"),
    "supportGroups": _attribute_in("supportGroup"),
    "ownedBy": _owned_by,
    "countries": _attribute_in("country"),
    "regions": _attribute_in("region"),
    "within": _within,
    "tag": _tag,
    "attribute": _attribute,
    "related": _related,
    "dataSources": _data_sources,
    "stale": _flag(Stale()),
    "orphan": _flag(Orphan()),
    "conflicting": _flag(Conflicting()),
    "incomplete": _flag(Incomplete()),
    "valueBearing": _flag(ValueBearing()),
    "changedSince": _changed_since,
    "savedQuery": lambda value, place: Saved(_one_text(value, place)),
    "where": lambda value, place: condition_of_text(_one_text(value, place), place),
}
