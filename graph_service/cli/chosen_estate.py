"""Which estate a command asks about: of now, of the past, or as a file of edits would make it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from graph_service.cli.answers import Asked, Data
from graph_service.cli.editing.edit_file import EditFile, read_edits
from graph_service.cli.moments import moment
from graph_service.cli.session import messages
from graph_service.cli.shapes import Shape
from graph_service.model.errors import Fault
from graph_service.model.place import Place

VARIABLES = "$asOf: AsOf, $overlay: [EstateEdit!]"
"""Variables of every document that asks about an estate."""

ESTATE = "estate(asOf: $asOf, overlay: $overlay)"
"""The field they are given to."""

_OPEN = f"""
query Estate({VARIABLES}) {{
  {ESTATE} {{ revision committedAt overlayFaults {{ code message hint path place }} }}
}}"""

AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="REVISION|INSTANT",
        help="The estate as it was: 812, 2026-11-24T14:00Z, 2026-11-24 (its end) or 2d (ago).",
    ),
]
WhatIfOption = Annotated[
    Path | None,
    typer.Option(
        "--what-if",
        metavar="FILE",
        help="The estate as it would be after the edits in a file; nothing is written.",
    ),
]


@dataclass(frozen=True, slots=True)
class ChosenEstate:
    """One state of the estate, and what is to be said of it.

    ``variables`` are those of documents that ask about it; ``faults`` are of edits left out.
    """

    variables: Data = field(default_factory=dict)
    revision: int = 0
    committed_at: str | None = None
    file: EditFile | None = None
    faults: Sequence[Fault] = ()

    @property
    def shape(self) -> Shape:
        """Which estate it is, for programs."""
        return {
            "revision": self.revision,
            "committedAt": self.committed_at,
            "whatIf": self.file.read.document if self.file else None,
            "leftOut": [
                {"code": each.code, "message": each.message, "place": str(each.place)}
                for each in self.faults
            ],
        }

    def say_faults(self) -> None:
        """Say which edits were left out, and why."""
        for each in self.faults:
            messages.print(f"left out: {each}", markup=False)


def estate_words(answer: Shape) -> str:
    """Say for people of which estate an answer is."""
    if (chosen := answer.get("estate")) is None:
        return f"revision {answer['revision']}"
    then = f"revision {chosen['revision']} of {chosen['committedAt']}"
    if chosen["whatIf"] is None:
        return then
    without = " without its edits at fault" if chosen["leftOut"] else ""
    return f"{then}, what if {chosen['whatIf']}{without}"


@dataclass(frozen=True, slots=True)
class EstateChoice:
    """What the options said; nothing: the estate as it is."""

    as_of: Data | None = None
    file: EditFile | None = None

    @classmethod
    def of(cls, text: str | None, what_if: Path | None) -> "EstateChoice | None":
        """Read the options.

        Raises:
            InvalidInputError: The file of edits is none.

        """
        if text is None and what_if is None:
            return None
        then = None if text is None else moment(text, "--as-of", is_end=True)
        return cls(then, None if what_if is None else read_edits(what_if))

    async def opened(self, asked: Asked) -> ChosenEstate:
        """Settle which revision it is, so that everything asked is asked of that one."""
        overlay: list[dict[str, Any]] | None = self.file.edits if self.file else None
        data = await asked.ask(_OPEN, asOf=self.as_of, overlay=overlay)
        found = data["estate"]
        faults = [
            Fault(
                code=each["code"],
                message=each["message"],
                place=Place("input", _path(each["path"])),
                remedy=each["hint"] or "",
            )
            for each in found["overlayFaults"]
        ]
        revision = found["revision"]
        then = {"asOf": {"revision": revision}} if revision else {}
        return ChosenEstate(
            variables={**then, **({"overlay": overlay} if overlay else {})},
            revision=revision,
            committed_at=found["committedAt"],
            file=self.file,
            faults=self.file.located(faults) if self.file else faults,
        )


def _path(steps: Sequence[str]) -> str:
    return "".join(f"[{each}]" if each.isdecimal() else f".{each}" for each in steps)[1:]
