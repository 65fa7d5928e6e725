"""YAML → values with places, within limits, a part at a time."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from discovery.formats.marked import Mark, MarkedMapping, MarkedSequence, Step, joined, place_of
from discovery.formats.yaml_faults import (
    UnreadableYamlError,
    stopping_fault,
    syntax_fault,
    template_fault,
)
from discovery.formats.yaml_parser import YamlError, events, parser
from discovery.formats.yaml_scalars import TAGS, plain, tagged
from graph_service import Fault, Place

DEPTH_MAX = 64
UNFOLDED_MAX = 1_000_000
UNFOLDED_RATIO_MAX = 10
"""Values that aliases may add to a stream: so many, and so many for each that is written out.

A small file must not become a huge one; a large one may say a few things often.
"""

_MERGE = "<<"
_STARTS = frozenset({events.MappingStartEvent, events.SequenceStartEvent})
_ENDS = frozenset({events.MappingEndEvent, events.SequenceEndEvent})
_SURROGATES = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


class YamlReading:
    """A cursor over one YAML stream.

    What can be read past (a duplicate key, an unknown tag) is gathered in ``faults``; what cannot
    raises ``UnreadableYamlError``. ``content`` is UTF-8; ``first_line`` is how many lines stand
    before it in the document.
    """

    def __init__(self, content: bytes, document: str, first_line: int = 0) -> None:
        self.faults: list[Fault] = []
        self._content = content
        self._document = document
        self._first_line = first_line
        self._stream = BytesIO(_joined_surrogates(content))
        self._parser = parser(self._stream)
        self._anchors: dict[str, tuple[Any, int] | None] = {}
        self._steps: list[Step] = []
        self._built = 0
        self._unfolded = 0
        self._event()  # the stream begins

    @property
    def bytes_read(self) -> int:
        """How much of the content the parser has taken in."""
        return self._stream.tell()

    def next_document(self) -> bool:
        """Move to the next document of the stream; whether there is one."""
        if type(self._peek()) is events.DocumentEndEvent:
            self._event()
        if type(self._peek()) is events.StreamEndEvent:
            return False
        self._event()  # the document begins
        self._anchors.clear()
        return True

    @property
    def mark(self) -> Mark:
        """Where the next value stands."""
        return self._moved(self._peek().start_mark)

    @property
    def at_mapping(self) -> bool:
        """Whether the next value is a mapping."""
        return type(self._peek()) is events.MappingStartEvent

    @property
    def at_sequence(self) -> bool:
        """Whether the next value is a sequence."""
        return type(self._peek()) is events.SequenceStartEvent

    def entries(self) -> Iterator[tuple[str, Mark]]:
        """Walk the mapping at the cursor. Take each value before asking for the next key."""
        self._event()
        seen: dict[str, Mark] = {}
        while type(self._peek()) is not events.MappingEndEvent:
            key, mark = self._key(seen)
            value_mark = self.mark
            if key is None:
                self.value()
                continue
            seen[key] = mark
            self._steps.append(key)
            yield key, value_mark
            self._steps.pop()
        self._event()

    def items(self) -> Iterator[int]:
        """Walk the sequence at the cursor. Take each value before asking for the next."""
        self._event()
        index = 0
        while type(self._peek()) is not events.SequenceEndEvent:
            self._steps.append(index)
            yield index
            self._steps.pop()
            index += 1
        self._event()

    def value(self) -> Any:  # noqa: ANN401 - any JSON value, mappings and sequences marked
        """Build the value at the cursor."""
        event = self._event()
        kind = type(event)
        if kind is events.ScalarEvent:
            self._built += 1
            if event.anchor is None and event.tag is None:
                return plain(event.value) if event.implicit[0] else event.value
            return self._anchored(event, self._scalar(event), 1)
        if kind is events.AliasEvent:
            return self._alias(event)
        if len(self._steps) >= DEPTH_MAX:
            raise self._too_deep(event)
        before = self._built + self._unfolded
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._check_tag(event)
        built = self._mapping(event) if kind is events.MappingStartEvent else self._sequence(event)
        return self._anchored(event, built, self._built + self._unfolded - before)

    def skip(self) -> None:
        """Pass the value at the cursor without building it, its aliases and tags unseen."""
        depth = 0
        while True:
            event = self._event()
            depth += type(event) in _STARTS
            depth -= type(event) in _ENDS
            if depth > DEPTH_MAX:
                raise self._too_deep(event)
            if not depth:
                return

    def place(self, mark: Mark, *steps: Step) -> Place:
        """Return the place of a part of what is being read."""
        return place_of(self._document, joined("", *self._steps, *steps), mark)

    def _mapping(self, start: Any) -> MarkedMapping:  # noqa: ANN401 - the parser is untyped
        self._built += 1
        mapping = MarkedMapping(self._moved(start.start_mark))
        merged: list[Any] = []
        keys: dict[str, Mark] = {}
        while type(self._peek()) is not events.MappingEndEvent:
            key, mark = self._key(keys)
            value_mark = self.mark
            self._steps.append("?" if key is None else key)
            value = self.value()
            self._steps.pop()
            if key is None:
                continue
            if key == _MERGE:
                merged.append((value, mark))
                continue
            keys[key] = mark
            mapping[key] = value
            mapping.marks[key] = value_mark
        self._event()
        for value, mark in merged:
            self._merge(mapping, value, mark)
        return mapping

    def _sequence(self, start: Any) -> MarkedSequence:  # noqa: ANN401 - same
        self._built += 1
        sequence = MarkedSequence(self._moved(start.start_mark))
        while type(self._peek()) is not events.SequenceEndEvent:
            sequence.marks.append(self.mark)
            self._steps.append(len(sequence))
            sequence.append(self.value())
            self._steps.pop()
        self._event()
        return sequence

    def _key(self, seen: dict[str, Mark]) -> tuple[str | None, Mark]:
        event = self._peek()
        mark = self._moved(event.start_mark)
        if type(event) is not events.ScalarEvent:
            self.value()
            if type(event) is events.MappingStartEvent and event.flow_style:
                self.faults.append(template_fault(self.place(mark)))
            else:
                self._fault("COMPLEX_KEY", "a name must be text", mark, "write it as plain text")
            return None, mark
        self._event()
        self._built += 1
        key = event.value
        if key in seen:
            self._fault(
                "DUPLICATE_NAME",
                f"{_shown(key)} stands here twice; first on line {seen[key].line + 1}",
                mark,
                "keep one of them",
                key,
            )
            return None, mark
        if event.anchor is not None:
            self._anchors[event.anchor] = (key, 1)
        return key, mark

    def _merge(self, mapping: MarkedMapping, value: Any, mark: Mark) -> None:  # noqa: ANN401 - same
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, MarkedMapping):
                self._fault("MERGE", "<< takes a mapping, or a list of them", mark)
                continue
            for key in each.keys() - mapping.keys():
                mapping.marks[key] = each.marks[key]
            for key, inherited in each.items():
                mapping.setdefault(key, inherited)

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401 - same
        if event.tag is None:
            return plain(event.value) if event.implicit[0] else event.value
        self._check_tag(event)
        return tagged(event.tag, event.value) if event.tag != "!" else event.value

    def _alias(self, event: Any) -> Any:  # noqa: ANN401 - same
        name = event.anchor
        if name not in self._anchors:
            raise self._stop("UNKNOWN_ALIAS", f"*{_shown(name)} names nothing before it", event)
        known = self._anchors[name]
        if known is None:
            raise self._stop("ALIAS_CYCLE", f"*{_shown(name)} contains itself", event)
        value, size = known
        self._unfolded += size
        if self._unfolded > UNFOLDED_MAX + UNFOLDED_RATIO_MAX * self._built:
            message = f"aliases unfold to {self._unfolded:,} values so far; that has no end"
            raise self._stop("ALIAS_BOMB", message, event)
        return value

    def _anchored(self, event: Any, value: Any, size: int) -> Any:  # noqa: ANN401 - same
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, size)
        return value

    def _check_tag(self, event: Any) -> None:  # noqa: ANN401 - same
        if event.tag not in TAGS and event.tag not in {None, "!"}:
            mark = self._moved(event.start_mark)
            message = f"the tag {_shown(event.tag)} has no meaning here"
            self._fault("UNKNOWN_TAG", message, mark, "write the value without it")

    def _peek(self) -> Any:  # noqa: ANN401 - same
        try:
            return self._parser.peek_event()
        except YamlError as error:
            raise self._unreadable(error) from error

    def _event(self) -> Any:  # noqa: ANN401 - same
        try:
            return self._parser.get_event()
        except YamlError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> UnreadableYamlError:
        return UnreadableYamlError(
            syntax_fault(error, self._content, self._document, self._first_line)
        )

    def _too_deep(self, event: Any) -> UnreadableYamlError:  # noqa: ANN401 - same
        return self._stop("TOO_DEEP", f"nested deeper than {DEPTH_MAX} levels", event)

    def _stop(self, code: str, message: str, event: Any) -> UnreadableYamlError:  # noqa: ANN401 - same
        place = self.place(self._moved(event.start_mark))
        return UnreadableYamlError(stopping_fault(code, message, place))

    def _fault(self, code: str, message: str, mark: Mark, remedy: str = "", *steps: Step) -> None:
        place = self.place(mark, *steps)
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))

    def _moved(self, mark: Any) -> Mark:  # noqa: ANN401 - same
        return mark if not self._first_line else _MovedMark(mark, self._first_line)


class _MovedMark:
    """A mark in a part of a document, counted from the beginning of the whole."""

    __slots__ = ("_lines", "_mark")

    def __init__(self, mark: Mark, lines: int) -> None:
        self._mark = mark
        self._lines = lines

    @property
    def line(self) -> int:
        return self._mark.line + self._lines

    @property
    def column(self) -> int:
        return self._mark.column


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")  # noqa: PLR2004 - fits a line


def _joined_surrogates(content: bytes) -> bytes:
    """Write JSON's pairs of UTF-16 escapes as YAML's single one; JSON is YAML but for these."""
    if content[:64].lstrip()[:1] not in {b"{", b"["} or b"\\u" not in content:
        return content

    def one(match: re.Match[bytes]) -> bytes:
        pair = bytes.fromhex((match[2] + match[3]).decode())
        return match[1] + rf"\U{ord(pair.decode('utf-16-be')):08X}".encode()

    return _SURROGATES.sub(one, content)
