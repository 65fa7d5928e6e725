"""Two vocabularies → the rows by which they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from graph_service.model.vocabulary import AttributeDefinition, CIClass, Vocabulary

MEANING_FREE = frozenset({"label", "description", "unit", "sensitive", "verb", "inverse_verb"})
"""Fields of rows that change how things are shown, and nothing else."""


class Section(StrEnum):
    """What a row of a vocabulary is."""

    CLASS = "CLASS"
    ATTRIBUTE = "ATTRIBUTE"
    RELATIONSHIP_TYPE = "RELATIONSHIP_TYPE"
    OPERATION = "OPERATION"


class RowAction(StrEnum):
    """What becomes of a row."""

    ADD = "ADD"
    CHANGE = "CHANGE"
    REMOVE = "REMOVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One row that is not the same in both. ``fields`` names what differs of a row that stays.

    ``name`` is that of the row; of an attribute it is ``Class.attribute``. ``path`` is where it
    stands in the later file, or its section where it stands there no longer.
    """

    action: RowAction
    section: Section
    name: str
    fields: tuple[str, ...] = ()
    path: str


_SECTIONS = (
    (Section.CLASS, "classes"),
    (Section.RELATIONSHIP_TYPE, "relationship_types"),
    (Section.OPERATION, "operations"),
)


def differences(
    before: Vocabulary, after: Vocabulary, paths: Mapping[tuple[str, str], str]
) -> list[RowDifference]:
    """Return what differs, section by section; ``paths`` says where rows stand in their file.

    They are by the name of the section in the file and that of the row.
    """
    found: list[RowDifference] = []
    for section, name in _SECTIONS:
        old: Mapping[str, BaseModel] = getattr(before, name)
        new: Mapping[str, BaseModel] = getattr(after, name)
        for row in sorted({*old, *new}):
            path = paths.get((name, row), name)
            found += _of_row(section, row, old.get(row), new.get(row), path)
    return found


def _of_row(
    section: Section, name: str, old: BaseModel | None, new: BaseModel | None, path: str
) -> Iterator[RowDifference]:
    if old is None or new is None:
        action = RowAction.ADD if old is None else RowAction.REMOVE
        yield RowDifference(action=action, section=section, name=name, path=path)
        return
    if fields := _fields(old, new):
        yield RowDifference(
            action=RowAction.CHANGE, section=section, name=name, fields=fields, path=path
        )
    if isinstance(old, CIClass) and isinstance(new, CIClass):
        yield from _of_attributes(name, old, new, path)


def _of_attributes(
    class_name: str, old: CIClass, new: CIClass, path: str
) -> Iterator[RowDifference]:
    before = {each.name: each for each in old.attributes}
    after = {each.name: (index, each) for index, each in enumerate(new.attributes)}
    for name in sorted({*before, *after}):
        index, row = after.get(name, (-1, None))
        spot = f"{path}.attributes" + (f"[{index}]" if row else "")
        yield from _of_row(Section.ATTRIBUTE, f"{class_name}.{name}", before.get(name), row, spot)


def _fields(old: BaseModel, new: BaseModel) -> tuple[str, ...]:
    left, right = old.model_dump(mode="json"), new.model_dump(mode="json")
    return tuple(
        sorted(name for name in left if name != "attributes" and left[name] != right[name])
    )


def is_compatible(old: AttributeDefinition, new: AttributeDefinition) -> bool:
    """Whether every value of one definition is one of the other, at a glance."""
    meaning = {"type", "list", "values", "minimum", "maximum"}
    return old.model_dump(include=meaning) == new.model_dump(include=meaning)
