"""The text of a vocabulary file → its rows, and everything wrong with its form, with places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.marked_yaml import SHOWN_MAX, MarkedYaml, path_of, read_yaml
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
_INNER: Mapping[str, type[BaseModel]] = {
    **SECTIONS,
    "attributes": AttributeDefinition,
    "group": DefaultGroup,
}
_CODE = "INVALID_VOCABULARY"
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
    text: MarkedYaml

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults with line and column."""
        return self.text.located(faults)


def read_file(document: str, text: str) -> ReadFile:
    """Read a vocabulary file.

    Raises:
        InvalidInputError: It is not YAML, or nothing of it has the form of a vocabulary.

    """
    read, faults = read_yaml(document, text, code=_CODE)
    data = read.data
    if not isinstance(data, dict):
        message = "a vocabulary is a mapping" if text.strip() else "this file is empty"
        raise InvalidInputError([_fault(Place(document, "", 1, 1), message, _HEAD)])
    dropped: dict[str, set[int]] = {name: set() for name in SECTIONS}
    try:
        VocabularyFile.model_validate(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            place = read.place(path_of(each["loc"]))
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
    return ReadFile(document, file, indexes, frozenset(named), faults, read)


def _text(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name)
    return found if isinstance(found, str) else ""


def _fault(place: Place, message: str, remedy: str) -> Fault:
    return Fault(code=_CODE, message=message, place=place, remedy=remedy)


def _said(sort: str, steps: Sequence[int | str], error: Mapping[str, Any]) -> tuple[str, str]:
    """Return in plain words what is wrong with a field, and what to do about it."""
    names = [each for each in steps if isinstance(each, str)]
    field = names[-1] if names else "this"
    written = repr(str(error["input"])[:SHOWN_MAX])
    if sort == "extra_forbidden":
        model = _INNER[names[-2]] if len(names) > 1 else VocabularyFile
        near = nearest(field, model.model_fields)
        known = ", ".join(sorted(model.model_fields))
        remedy = f"did you mean {' or '.join(near)}?" if near else f"there are {known}"
        return f"there is no field {field[:SHOWN_MAX]!r}", remedy
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
