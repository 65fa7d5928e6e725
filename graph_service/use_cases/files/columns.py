"""A list as a table: its columns, and what a file says about itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from graph_service.model.vocabulary import AttributeDefinition, AttributeType

CellValue = str | int | float | bool | date | datetime | timedelta | None
"""What can stand in a cell. ``None`` is the empty cell."""


class FileFormat(StrEnum):
    """How something is written to a file; also the file's suffix. Lists are never GraphML."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    XLSX = "xlsx"
    GRAPHML = "graphml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: where its value is in a row, and what values it takes.

    ``path`` leads into a row of the answer. ``definition`` says how a value looks in a cell.
    ``is_open`` columns may be edited in a workbook that comes back, and a null in them is a
    statement that there is none unless ``is_null_silence``; elsewhere a null says nothing.
    ``choices`` is what a person may pick there, where that is a closed set.
    """

    name: str
    path: tuple[str, ...]
    definition: AttributeDefinition
    is_open: bool = False
    is_null_silence: bool = False
    choices: tuple[str, ...] = ()

    def value(self, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value, or ABSENT
        """Return what a row says here; ``ABSENT`` when it says nothing at all."""
        found: Any = row
        for step in self.path:
            if not isinstance(found, Mapping) or step not in found:
                return ABSENT
            found = found[step]
        return found


class _Absent:
    """Nobody says anything: not the same as a statement that there is none."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def column(
    name: str,
    *path: str,
    type: AttributeType = AttributeType.TEXT,  # noqa: A002 - the vocabulary's word
    many: bool = False,
    unit: str = "",
    about: str = "",
) -> Column:
    """Declare a column that is no attribute of the vocabulary; the path defaults to its name."""
    definition = AttributeDefinition(
        name="column", type=type, list=many, unit=unit, description=about
    )
    return Column(name=name, path=path or (name,), definition=definition)


def open_column(definition: AttributeDefinition, *path: str) -> Column:
    """Declare a column that may be edited, of a value whose null says nothing."""
    return Column(
        name=definition.name,
        path=path or (definition.name,),
        definition=definition,
        is_open=True,
        is_null_silence=True,
        choices=() if definition.list else definition.values,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file says of itself, so that nobody takes it for more than it is.

    ``revision`` is the one all rows were read at. ``is_whole`` is false when a limit cut rows off;
    ``unknown`` are CIs that were asked about and that nothing answers to.
    """

    list: str
    title: str
    revision: int
    exported_at: str
    filter: str = ""
    row_count: int = 0
    total_count: int | None = None
    hidden_ci_count: int = 0
    is_whole: bool = True
    unknown: Sequence[str] = ()
    notes: Sequence[str] = ()

    def shape(self) -> dict[str, Any]:
        """Return it under the names programs know it by."""
        return {
            "list": self.list,
            "revision": self.revision,
            "exportedAt": self.exported_at,
            "filter": self.filter,
            "rowCount": self.row_count,
            "totalCount": self.total_count,
            "hiddenCiCount": self.hidden_ci_count,
            "complete": self.is_whole and not self.unknown,
            "unknown": [*self.unknown],
            "notes": [*self.notes],
        }
