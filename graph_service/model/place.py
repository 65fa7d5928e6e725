"""Where in an input something stands, so that an error can point at it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a document: its name, the path inside it and, where known, line and column.

    ``path`` reads ``cis[3].relationships[0].target``; lines and columns count from 1.
    """

    document: str
    path: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        position = ":".join(str(each) for each in (self.line, self.column) if each is not None)
        spot = f"{self.document}:{position}" if position else self.document
        return f"{spot} ({self.path})" if self.path else spot

    def inside(self, step: str) -> "Place":
        """Return the place of a part of what stands here; ``step`` is a name or ``[index]``."""
        joint = "" if step.startswith("[") or not self.path else "."
        return Place(self.document, f"{self.path}{joint}{step}", self.line, self.column)
