"""Values that remember where they stood in their document."""

from typing import Any, Protocol

from graph_service import Place


class Mark(Protocol):
    """A position as the parser counts it: from 0."""

    @property
    def line(self) -> int:
        """Line."""
        ...

    @property
    def column(self) -> int:
        """Column, in characters."""
        ...


class MarkedMapping(dict[str, Any]):
    """A mapping; ``marks`` has where each value stands, ``mark`` where it stands itself."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: dict[str, Mark] = {}


class MarkedSequence(list[Any]):
    """A sequence; as ``MarkedMapping``."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []


Step = str | int


def joined(path: str, *steps: Step) -> str:
    """Write a path: ``cis[3].relationships[0].target``."""
    for step in steps:
        joint = "." if path else ""
        path += f"[{step}]" if isinstance(step, int) else f"{joint}{step}"
    return path


def place_of(document: str, path: str, mark: Mark) -> Place:
    """Return the place of what stands at a mark."""
    return Place(document, path, mark.line + 1, mark.column + 1)


def unmarked(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a plain copy, as attributes hold it."""
    match value:
        case dict():
            return {name: unmarked(each) for name, each in value.items()}
        case list():
            return [unmarked(each) for each in value]
        case _:
            return value
