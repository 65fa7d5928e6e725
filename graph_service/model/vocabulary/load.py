"""Vocabulary files → the vocabulary in force, every fault at once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from pydantic import BaseModel

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.file_reading import SECTIONS, ReadFile, read_file
from graph_service.model.vocabulary.rows import (
    AttributeType,
    CIClass,
    ImpactFlow,
)
from graph_service.model.vocabulary.vocabulary import ROOT, Vocabulary, nearest

RESERVED_ATTRIBUTES = frozenset(
    {"id", "uid", "key", "class", "presence", "revision", "ordinal", "redundancy", "nested"}
)
"""Names the stores and the API use themselves."""

_Row = TypeVar("_Row", bound=BaseModel)


@cache
def packaged() -> Vocabulary:
    """Return the vocabulary that comes with the product."""
    document = "vocabulary.yaml"
    text = resources.files("graph_service.model.vocabulary").joinpath(document).read_text("utf-8")
    base = Vocabulary(version="", classes={}, relationship_types={}, operations={})
    vocabulary = _joined(base, read_file(document, text))
    names = (*vocabulary.classes, *vocabulary.relationship_types, *vocabulary.operations)
    return Vocabulary(
        version=vocabulary.version,
        classes=vocabulary.classes,
        relationship_types=vocabulary.relationship_types,
        operations=vocabulary.operations,
        packaged_names=frozenset(names),
    )


def places_of_rows(document: str, text: str) -> dict[tuple[str, str], str]:
    """Return where rows stand in a file, by section and name.

    Raises:
        InvalidInputError: It is not a vocabulary file at all.

    """
    read = read_file(document, text)
    return {
        (section, row.name): place.path
        for section in SECTIONS
        for row, place in _placed(read, section)
    }


def located_in(document: str, text: str, faults: Iterable[Fault]) -> list[Fault]:
    """Return faults of a vocabulary file with line and column."""
    return read_file(document, text).located(faults)


def common_attribute_names() -> frozenset[str]:
    """Return the attributes that CIs of every class have. No extension can add to them."""
    return frozenset(packaged().attributes(ROOT))


def extended(base: Vocabulary, document: str, text: str) -> Vocabulary:
    """Add an organisation's own rows to a vocabulary.

    Rows may be added, never replaced: a packaged name means the same everywhere.

    Raises:
        InvalidInputError: Listing every fault of the file.

    """
    return _joined(base, read_file(document, text))


def _joined(base: Vocabulary, read: ReadFile) -> Vocabulary:
    file = read.file

    def rows(section: str) -> dict[str, _Row]:
        return {**getattr(base, section), **{each.name: each for each in getattr(file, section)}}

    classes: dict[str, CIClass] = rows("classes")
    # A class whose row has a fault of its own is no reason to call it unknown.
    known = {**dict.fromkeys(read.named, classes[ROOT]), **classes} if ROOT in classes else classes
    faults = [
        *_repeated(base, read),
        *(
            fault
            for each, place in _placed(read, "classes")
            for fault in _class_faults(each, known, place)
        ),
        *_type_faults(read),
    ]
    if faults or read.faults:
        raise InvalidInputError([*read.faults, *read.located(faults)])
    return Vocabulary(
        version="+".join(each for each in (base.version, f"{file.name}-{file.version}") if each),
        classes=classes,
        relationship_types=rows("relationship_types"),
        operations=rows("operations"),
        packaged_names=base.packaged_names,
    )


def _placed(read: ReadFile, section: str) -> Iterator[tuple[Any, Place]]:
    """Yield the rows of a section, each with its place."""
    for index, row in zip(read.indexes[section], getattr(read.file, section), strict=True):
        yield row, Place(read.document, f"{section}[{index}]")


def _repeated(base: Vocabulary, read: ReadFile) -> Iterator[Fault]:
    for section in SECTIONS:
        counted = Counter(each.name for each in getattr(read.file, section))
        for each, place in _placed(read, section):
            if each.name in getattr(base, section) or counted[each.name] > 1:
                yield Fault(
                    code="DUPLICATE_NAME",
                    message=f"{each.name} is defined already",
                    place=place.inside("name"),
                    remedy="choose a name of your own; packaged rows keep their meaning",
                )


def _class_faults(row: CIClass, classes: dict[str, CIClass], place: Place) -> Iterator[Fault]:
    seen = {row.name}
    general = row.extends
    while general is not None:
        if general not in classes:
            hint = ", ".join(nearest(general, classes))
            yield Fault(
                code="UNKNOWN_CLASS",
                message=f"{row.name} extends {general}, which is not a class",
                place=place.inside("extends"),
                remedy=f"did you mean {hint}?" if hint else "name a class of the vocabulary",
            )
            return
        if general in seen:
            yield Fault(
                code="CLASS_CYCLE",
                message=f"{row.name} extends itself through {general}",
                place=place.inside("extends"),
                remedy="name a more general class",
            )
            return
        seen.add(general)
        general = classes[general].extends
    if row.extends is None and row.name != ROOT:
        yield Fault(
            code="NO_LINEAGE",
            message=f"{row.name} extends nothing",
            place=place.inside("extends"),
            remedy="every class but CI extends another",
        )
    inherited = {each.name for name in seen - {row.name} for each in classes[name].attributes}
    for index, each in enumerate(row.attributes):
        spot = place.inside(f"attributes[{index}]")
        if each.name in RESERVED_ATTRIBUTES:
            message, remedy = f"{each.name} is a reserved name", "choose another name"
            yield Fault(code="RESERVED_NAME", message=message, place=spot, remedy=remedy)
        if each.name in inherited:
            yield Fault(
                code="DUPLICATE_NAME",
                message=f"{row.name} inherits an attribute {each.name} already",
                place=spot,
                remedy="take it out, or choose another name",
            )
        if (each.type is AttributeType.ENUM) != bool(each.values):
            yield Fault(
                code="ENUM_VALUES",
                message="an ENUM, and only an ENUM, lists its values",
                place=spot,
                remedy="list them under values:" if not each.values else "write type: ENUM",
            )


def _type_faults(read: ReadFile) -> Iterator[Fault]:
    for each, place in _placed(read, "relationship_types"):
        if each.group is not None and each.impact is ImpactFlow.NEITHER:
            yield Fault(
                code="GROUP_WITHOUT_IMPACT",
                message=f"{each.name} joins a group but carries no impact",
                place=place.inside("group"),
                remedy="give it a direction, or take the group away",
            )
