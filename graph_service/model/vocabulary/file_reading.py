"""The text of a vocabulary file → its rows, and everything wrong with its form, with places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from graph_service.model.errors import Fault
from graph_service.model.vocabulary.rows import (
    AttributeDefinition,
    CIClass,
    DefaultGroup,
    OperationType,
    RelationshipType,
    VocabularyFile,
)
from graph_service.model.vocabulary.yaml_rows import Form, Rows, read_rows

SECTIONS: Mapping[str, type[BaseModel]] = {
    "classes": CIClass,
    "relationship_types": RelationshipType,
    "operations": OperationType,
}

_FORM = Form(
    model=VocabularyFile,
    sections=SECTIONS,
    inner={"attributes": AttributeDefinition, "group": DefaultGroup},
    code="INVALID_VOCABULARY",
    what="a vocabulary",
    head="begin with vocabulary: 1, name: … and version: '1'",
)


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
    rows: Rows

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults with line and column."""
        return self.rows.located(faults)


def read_file(document: str, text: str) -> ReadFile:
    """Read a vocabulary file.

    Raises:
        InvalidInputError: It is not YAML, or nothing of it has the form of a vocabulary.

    """
    rows = read_rows(document, text, _FORM)
    file = VocabularyFile.model_validate(
        {"vocabulary": 1, "name": rows.text("name"), "version": rows.text("version"), **rows.said}
    )
    classes = rows.written.get("classes")
    written = classes if isinstance(classes, list) else []
    named = [each.get("name") for each in written if isinstance(each, dict)]
    known = frozenset(each for each in named if isinstance(each, str))
    return ReadFile(document, file, rows.indexes, known, rows.faults, rows)
