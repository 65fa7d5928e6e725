"""The text of a vocabulary file → its rows, and everything wrong with its form, with places."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.rows import (
    ATTRIBUTE_PATTERN,
    CLASS_PATTERN,
    STATE_PATTERN,
    TYPE_PATTERN,
    AttributeDefinition,
    CIClass,
    DefaultGroup,
    OperationType,
    RelationshipType,
    VocabularyFile,
)
from graph_service.model.vocabulary.vocabulary import nearest

SECTIONS: Mapping[str, type[BaseModel]] = {
    "classes": CIClass,
    "relationship_types": RelationshipType,
    "operations": OperationType,
}
DEPTH_MAX = 20
"""Levels of nesting; a vocabulary needs six."""

_INNER: Mapping[str, type[BaseModel]] = {
    **SECTIONS,
    "attributes": AttributeDefinition,
    "group": DefaultGroup,
}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The parser in C has classes of its own should a program load yaml twice, as coverage does.
_yaml: Any = getattr(yaml, "_yaml", yaml)
_STARTS = (_yaml.MappingStartEvent, _yaml.SequenceStartEvent)
_ENDS = (_yaml.MappingEndEvent, _yaml.SequenceEndEvent)
_SHOWN_MAX = 60
_HEAD = "begin with vocabulary: 1, name: … and version: '1'"

_FORMS = {
    CLASS_PATTERN: "begin with a capital, go on with letters and digits, as in WebServer",
    TYPE_PATTERN: "write capitals, digits and underscores, as in DEPENDS_ON",
    ATTRIBUTE_PATTERN: "begin with a small letter, go on with letters and digits, as in rackUnit",
    STATE_PATTERN: "allowed: UP, AT_RISK, DEGRADED, DOWN",
}
_WORDS = {
    "missing": ("{field} is missing", "write it"),
    "model_type": ("{field} must be a mapping", "write names with a value each"),
    "model_attributes_type": ("{field} must be a mapping", "write names with a value each"),
    "tuple_type": ("{field} must be a list", "begin each part with a dash"),
    "string_type": ("{field} must be text", "put it into quotes"),
    "bool_parsing": ("{field} must be true or false", "write one of the two"),
    "bool_type": ("{field} must be true or false", "write one of the two"),
    "int_parsing": ("{field} must be a whole number", "write digits, without quotes"),
    "int_type": ("{field} must be a whole number", "write digits, without quotes"),
    "float_parsing": ("{field} must be a number", "write digits, without quotes"),
    "float_type": ("{field} must be a number", "write digits, without quotes"),
}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What stands in a vocabulary file.

    ``file`` has the rows that have their proper form, ``indexes`` where each stood in its section.
    ``named`` are the classes whose rows have not, but whose names are known.
    """

    document: str
    file: VocabularyFile
    indexes: Mapping[str, Sequence[int]]
    named: frozenset[str]
    faults: Sequence[Fault]
    marks: Mapping[str, tuple[int, int]]

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults with line and column."""
        return [replace(each, place=_located(each.place, self.marks)) for each in faults]


def read_file(document: str, text: str) -> ReadFile:
    """Read a vocabulary file.

    Raises:
        InvalidInputError: It is not YAML, or nothing of it has the form of a vocabulary.

    """
    data, marks, faults = _loaded(document, text)
    if not isinstance(data, dict):
        message = "a vocabulary is a mapping" if text.strip() else "this file is empty"
        raise InvalidInputError([_fault(Place(document, "", 1, 1), message, _HEAD)])
    dropped: dict[str, set[int]] = {name: set() for name in SECTIONS}
    try:
        VocabularyFile.model_validate(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            place = _located(Place(document, _path(each["loc"])), marks)
            faults.append(_fault(place, *_said(each["type"], each["loc"], each)))
            if len(each["loc"]) > 1 and each["loc"][0] in dropped:
                dropped[str(each["loc"][0])].add(int(each["loc"][1]))
    said = {name: data[name] if isinstance(data.get(name), list) else [] for name in SECTIONS}
    indexes = {
        name: [index for index in range(len(said[name])) if index not in dropped[name]]
        for name in SECTIONS
    }
    file = VocabularyFile.model_validate(
        {
            "vocabulary": 1,
            "name": _text(data, "name"),
            "version": _text(data, "version"),
            **{name: [said[name][index] for index in indexes[name]] for name in SECTIONS},
        }
    )
    named = {_text(each, "name") for each in said["classes"] if isinstance(each, dict)}
    return ReadFile(document, file, indexes, frozenset(named), faults, marks)


def _text(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name)
    return found if isinstance(found, str) else ""


def _loaded(document: str, text: str) -> tuple[object, dict[str, tuple[int, int]], list[Fault]]:
    """Return what the text says, where each part of it stands, and names that stand twice."""
    try:
        _check_events(document, text)
        loader = _Loader(text)
        node = loader.get_single_node()
        marks: dict[str, tuple[int, int]] = {}
        faults: list[Fault] = []
        if node is None:
            return None, marks, faults
        _note_marks(node, "", marks, faults, document)
        return loader.construct_document(node), marks, faults
    except (_yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(document, "", *(_spot(mark) if mark else ()))
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        fault = Fault(
            code="NOT_YAML",
            message=f"not readable as YAML: {problem}",
            place=place,
            remedy="check the indentation, quotes and brackets on this line and just before it",
        )
        raise InvalidInputError([fault]) from error


def _check_events(document: str, text: str) -> None:
    """Refuse what could grow without end when it is read."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, _STARTS) - isinstance(event, _ENDS)
        if isinstance(event, _yaml.AliasEvent):
            message = f"*{str(event.anchor)[:_SHOWN_MAX]} stands for something written elsewhere"
        elif depth > DEPTH_MAX:
            message = f"nested deeper than {DEPTH_MAX} levels"
        else:
            continue
        place = Place(document, "", *_spot(event.start_mark))
        raise InvalidInputError([_fault(place, message, "write out what is meant")])


def _spot(mark: Any) -> tuple[int, int]:  # noqa: ANN401 - of either parser
    """Return line and column, from 1."""
    return mark.line + 1, mark.column + 1


def _note_marks(
    node: Any,  # noqa: ANN401 - of either parser
    path: str,
    marks: dict[str, tuple[int, int]],
    faults: list[Fault],
    document: str,
) -> None:
    marks[path] = _spot(node.start_mark)
    if isinstance(node, _yaml.SequenceNode):
        for index, each in enumerate(node.value):
            _note_marks(each, f"{path}[{index}]", marks, faults, document)
    elif isinstance(node, _yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            field = str(name.value)[:_SHOWN_MAX]
            inner = f"{path}.{field}".removeprefix(".")
            if field in seen:
                place = Place(document, inner, *_spot(name.start_mark))
                faults.append(_fault(place, f"{field!r} stands here twice", "keep one of them"))
            seen.add(field)
            _note_marks(value, inner, marks, faults, document)


def _located(place: Place, marks: Mapping[str, tuple[int, int]]) -> Place:
    path = place.path
    while path and path not in marks:
        path = re.sub(r"(^|\.)[^.\[\]]*$|\[\d+\]$", "", path)
    line, column = marks.get(path, (1, 1))
    return Place(place.document, place.path, line, column)


def _path(steps: Iterable[int | str]) -> str:
    joined = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps)
    return joined.removeprefix(".")


def _fault(place: Place, message: str, remedy: str) -> Fault:
    return Fault(code="INVALID_VOCABULARY", message=message, place=place, remedy=remedy)


def _said(sort: str, steps: Sequence[int | str], error: Mapping[str, Any]) -> tuple[str, str]:
    """Return in plain words what is wrong with a field, and what to do about it."""
    names = [each for each in steps if isinstance(each, str)]
    field = names[-1] if names else "this"
    written = repr(str(error["input"])[:_SHOWN_MAX])
    if sort == "extra_forbidden":
        model = _INNER[names[-2]] if len(names) > 1 else VocabularyFile
        near = nearest(field, model.model_fields)
        known = ", ".join(sorted(model.model_fields))
        remedy = f"did you mean {' or '.join(near)}?" if near else f"there are {known}"
        return f"there is no field {field[:_SHOWN_MAX]!r}", remedy
    if sort == "enum":
        allowed = error["ctx"]["expected"]
        return f"{field} cannot be {written}", f"allowed: {allowed}"
    if sort == "string_pattern_mismatch":
        pattern = error["ctx"]["pattern"]
        return f"{field} cannot be {written}", _FORMS.get(pattern, f"it has the form {pattern}")
    if sort in _WORDS:
        message, remedy = _WORDS[sort]
        return message.format(field=field), remedy
    message = str(error["msg"])
    return f"{field}: {message[:1].lower()}{message[1:]}", f"not {written}"
