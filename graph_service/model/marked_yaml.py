"""The text of a YAML file → what it says and where each part of it stands.

Files of people are read with bounds: no aliases, no endless nesting, no name twice.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place

DEPTH_MAX = 20
"""Levels of nesting; what people write by hand needs six."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The parser in C has classes of its own should a program load yaml twice, as coverage does.
_yaml: Any = getattr(yaml, "_yaml", yaml)
_STARTS = (_yaml.MappingStartEvent, _yaml.SequenceStartEvent)
_ENDS = (_yaml.MappingEndEvent, _yaml.SequenceEndEvent)
_INSTANT = "tag:yaml.org,2002:timestamp"
_TEXT = "tag:yaml.org,2002:str"
SHOWN_MAX = 60
"""Characters of what stands in a file that a message repeats."""


@dataclass(frozen=True, slots=True)
class MarkedYaml:
    """What a file says. ``marks`` has line and column of every part by its path."""

    document: str
    data: object
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: str) -> Place:
        """Return where a part stands, or the nearest part around it that is there."""
        known = path
        while known and known not in self.marks:
            known = re.sub(r"(^|\.)[^.\[\]]*$|\[\d+\]$", "", known)
        return Place(self.document, path, *self.marks.get(known, (1, 1)))

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults with line and column."""
        return [replace(each, place=self.place(each.place.path)) for each in faults]


def read_yaml(
    document: str, text: str, *, code: str, dates_as_text: bool = False
) -> tuple[MarkedYaml, list[Fault]]:
    """Read a file, and find the names that stand twice in it; ``code`` is that of its faults.

    Raises:
        InvalidInputError: It is not YAML, or not within bounds.

    """
    try:
        _check_events(document, text, code)
        loader = _Loader(text)
        node = loader.get_single_node()
        marks: dict[str, tuple[int, int]] = {}
        faults: list[Fault] = []
        if node is None:
            return MarkedYaml(document, None), faults
        walk = _Walk(document, code, marks, faults, dates_as_text=dates_as_text)
        walk.note(node, "")
        return MarkedYaml(document, loader.construct_document(node), marks), faults
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


def path_of(steps: Iterable[int | str]) -> str:
    """Return steps into a document as a path: ``cis[3].name``."""
    joined = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps)
    return joined.removeprefix(".")


def _check_events(document: str, text: str, code: str) -> None:
    """Refuse what could grow without end when it is read."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, _STARTS) - isinstance(event, _ENDS)
        if isinstance(event, _yaml.AliasEvent):
            message = f"*{str(event.anchor)[:SHOWN_MAX]} stands for something written elsewhere"
        elif depth > DEPTH_MAX:
            message = f"nested deeper than {DEPTH_MAX} levels"
        else:
            continue
        place = Place(document, "", *_spot(event.start_mark))
        raise InvalidInputError(
            [Fault(code=code, message=message, place=place, remedy="write out what is meant")]
        )


def _spot(mark: Any) -> tuple[int, int]:  # noqa: ANN401 - of either parser
    """Return line and column, from 1."""
    return mark.line + 1, mark.column + 1


@dataclass(frozen=True, slots=True)
class _Walk:
    document: str
    code: str
    marks: dict[str, tuple[int, int]]
    faults: list[Fault]
    dates_as_text: bool = field(kw_only=True)

    def note(self, node: Any, path: str) -> None:  # noqa: ANN401 - of either parser
        """Note where a part and all in it stand."""
        self.marks[path] = _spot(node.start_mark)
        if isinstance(node, _yaml.SequenceNode):
            for index, each in enumerate(node.value):
                self.note(each, f"{path}[{index}]")
        elif isinstance(node, _yaml.MappingNode):
            self._note_names(node, path)
        elif self.dates_as_text and node.tag == _INSTANT:
            node.tag = _TEXT

    def _note_names(self, node: Any, path: str) -> None:  # noqa: ANN401 - of either parser
        seen: set[str] = set()
        for name, value in node.value:
            field_name = str(name.value)[:SHOWN_MAX]
            inner = f"{path}.{field_name}".removeprefix(".")
            if field_name in seen:
                place = Place(self.document, inner, *_spot(name.start_mark))
                message = f"{field_name!r} stands here twice"
                self.faults.append(
                    Fault(code=self.code, message=message, place=place, remedy="keep one of them")
                )
            seen.add(field_name)
            self.note(value, inner)
