"""Looking into a document: the shape one expects, or a fault where it is another."""

from typing import Any

from discovery.formats.marked import Mark, MarkedMapping, MarkedSequence, Step, joined, place_of
from discovery.formats.yaml_scalars import as_written
from graph_service import Fault, Place

_REMEDIES = {
    "a mapping": "write names with a value each, as in name: value",
    "a list": "begin each part with a dash",
}


class Part:
    """A part of a document. What is absent is empty; what has the wrong shape is a fault."""

    __slots__ = ("_document", "_mark", "faults", "path", "value")

    def __init__(
        self,
        value: Any,  # noqa: ANN401 - any JSON value
        document: str,
        path: str,
        mark: Mark,
        faults: list[Fault],
    ) -> None:
        self.value = value
        self.path = path
        self.faults = faults
        self._document = document
        self._mark = mark

    @property
    def place(self) -> Place:
        """Where it stands."""
        return place_of(self._document, self.path, self._mark)

    def at(self, *steps: str) -> "Part":
        """Return the part that names lead to, through mappings."""
        part = self
        for step in steps:
            part = part._step(step)
        return part

    def __bool__(self) -> bool:
        return self.value is not None

    @property
    def is_mapping(self) -> bool:
        """Whether it has names with something under each."""
        return isinstance(self.value, MarkedMapping)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.value, MarkedSequence)

    def apart(self, faults: list[Fault]) -> "Part":
        """Return the same part, whose faults from here on are counted by themselves."""
        return Part(self.value, self._document, self.path, self._mark, faults)

    def items(self) -> list[tuple[str, "Part"]]:
        """Return the entries of a mapping."""
        if self._is(MarkedMapping, "a mapping"):
            return [(name, self._inner(self.value[name], name)) for name in self.value]
        return []

    def parts(self) -> list["Part"]:
        """Return the parts of a list."""
        if self._is(MarkedSequence, "a list"):
            return [self._inner(each, index) for index, each in enumerate(self.value)]
        return []

    def text(self) -> str:
        """Return text as it was written."""
        text = as_written(self.value)
        if text is None and self.value is not None:
            self.fault("MALFORMED", f"{self._name} must be text", "write one value")
        return text or ""

    def texts(self) -> dict[str, str]:
        """Return a mapping of names to text."""
        return {name: part.text() for name, part in self.items()}

    def integer(self) -> int | None:
        """Return a whole number; anything else is none, as with a port that is a name."""
        text = self.text()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004 - fits 32 bits

    def flag(self) -> bool:
        """Whether it says true."""
        return self.value is True

    def fault(self, code: str, message: str, remedy: str = "") -> None:
        """Note something wrong with it."""
        self.faults.append(Fault(code=code, message=message, place=self.place, remedy=remedy))

    def _step(self, name: str) -> "Part":
        if not self._is(MarkedMapping, "a mapping"):
            return self._inner(None, name)
        return self._inner(self.value.get(name), name)

    def _inner(self, value: Any, step: Step) -> "Part":  # noqa: ANN401 - same
        mark = self._mark
        if isinstance(self.value, MarkedMapping):
            mark = self.value.marks.get(str(step), mark)
        elif isinstance(self.value, MarkedSequence) and isinstance(step, int):
            mark = self.value.marks[step]
        return Part(value, self._document, joined(self.path, step), mark, self.faults)

    def _is(self, wanted: type[Any], called: str) -> bool:
        if self.value is None:
            return False
        if not isinstance(self.value, wanted):
            self.fault("MALFORMED", f"{self._name} must be {called}", _REMEDIES[called])
            return False
        return True

    @property
    def _name(self) -> str:
        return self.path.rpartition(".")[2]
