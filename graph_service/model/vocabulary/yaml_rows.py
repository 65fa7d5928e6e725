"""The text of a YAML file → rows of a given form, and everything wrong with that, with places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.marked_yaml import SHOWN_MAX, MarkedYaml, path_of, read_yaml
from graph_service.model.place import Place
from graph_service.model.vocabulary.nearest import nearest
from graph_service.model.vocabulary.rows import (
    ATTRIBUTE_PATTERN,
    CLASS_PATTERN,
    STATE_PATTERN,
    TYPE_PATTERN,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a file has to look like.

    ``sections`` are the lists of rows in ``model``, ``inner`` the models of rows within rows;
    ``what`` and ``head`` are how its faults call it and how it begins.
    """

    model: type[BaseModel]
    sections: Mapping[str, type[BaseModel]]
    inner: Mapping[str, type[BaseModel]]
    code: str
    what: str
    head: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What stands in a file of some form.

    ``said`` has, section by section, the rows that have their proper form, ``indexes`` where each
    stood; ``written`` is everything as it was written.
    """

    document: str
    said: Mapping[str, Sequence[Any]]
    indexes: Mapping[str, Sequence[int]]
    written: Mapping[str, Any]
    faults: Sequence[Fault]
    read: MarkedYaml

    def text(self, name: str) -> str:
        """Return a text from the head of the file, empty where there is none."""
        found = self.written.get(name)
        return found if isinstance(found, str) else ""

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults with line and column."""
        return self.read.located(faults)


def read_rows(document: str, text: str, form: Form) -> Rows:
    """Read a file of some form.

    Raises:
        InvalidInputError: It is not YAML, or nothing of it has the form.

    """
    read, faults = read_yaml(document, text, code=form.code)
    data = read.data
    if not isinstance(data, dict):
        message = f"{form.what} is a mapping" if text.strip() else "this file is empty"
        place = Place(document, "", 1, 1)
        raise InvalidInputError([_fault(form, place, message, form.head)])
    dropped: dict[str, set[int]] = {name: set() for name in form.sections}
    try:
        form.model.model_validate(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            place = read.place(path_of(each["loc"]))
            faults.append(_fault(form, place, *_said(form, each["type"], each["loc"], each)))
            if len(each["loc"]) > 1 and each["loc"][0] in dropped:
                dropped[str(each["loc"][0])].add(int(each["loc"][1]))
    said = {name: data[name] if isinstance(data.get(name), list) else [] for name in form.sections}
    indexes = {
        name: [index for index in range(len(said[name])) if index not in dropped[name]]
        for name in form.sections
    }
    rows = {name: [said[name][index] for index in indexes[name]] for name in form.sections}
    return Rows(document, rows, indexes, data, faults, read)


def _fault(form: Form, place: Place, message: str, remedy: str) -> Fault:
    return Fault(code=form.code, message=message, place=place, remedy=remedy)


def _said(
    form: Form, sort: str, steps: Sequence[int | str], error: Mapping[str, Any]
) -> tuple[str, str]:
    """Return in plain words what is wrong with a field, and what to do about it."""
    names = [each for each in steps if isinstance(each, str)]
    field = names[-1] if names else "this"
    written = repr(str(error["input"])[:SHOWN_MAX])
    if sort == "extra_forbidden":
        within = {**form.sections, **form.inner}
        model = within[names[-2]] if len(names) > 1 else form.model
        fields = [each.alias or name for name, each in model.model_fields.items()]
        near = nearest(field, fields)
        known = ", ".join(sorted(fields))
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
    if sort in {"too_short", "string_too_short"}:
        return f"{field} is empty", "write at least one"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{field}: {message[:1].lower()}{message[1:]}", f"not {written}"
