"""Vocabulary files → the vocabulary in force, every fault at once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.rows import (
    AttributeType,
    CIClass,
    ImpactFlow,
    VocabularyFile,
)
from graph_service.model.vocabulary.vocabulary import ROOT, Vocabulary, nearest

RESERVED_ATTRIBUTES = frozenset(
    {"id", "uid", "key", "class", "presence", "revision", "ordinal", "redundancy", "nested"}
)
"""Names the stores and the API use themselves."""

_SECTIONS = ("classes", "relationship_types", "operations")
_Row = TypeVar("_Row", bound=BaseModel)


@cache
def packaged() -> Vocabulary:
    """Return the vocabulary that comes with the product."""
    document = "vocabulary.yaml"
    text = resources.files("graph_service.model.vocabulary").joinpath(document).read_text("utf-8")
    base = Vocabulary(version="", classes={}, relationship_types={}, operations={})
    vocabulary = _joined(base, _parsed(document, text), document)
    names = (*vocabulary.classes, *vocabulary.relationship_types, *vocabulary.operations)
    return Vocabulary(
        version=vocabulary.version,
        classes=vocabulary.classes,
        relationship_types=vocabulary.relationship_types,
        operations=vocabulary.operations,
        packaged_names=frozenset(names),
    )


def common_attribute_names() -> frozenset[str]:
    """Return the attributes that CIs of every class have. No extension can add to them."""
    return frozenset(packaged().attributes(ROOT))


def extended(base: Vocabulary, document: str, text: str) -> Vocabulary:
    """Add an organisation's own rows to a vocabulary.

    Rows may be added, never replaced: a packaged name means the same everywhere.

    Raises:
        InvalidInputError: Listing every fault of the file.

    """
    return _joined(base, _parsed(document, text), document)


def _parsed(document: str, text: str) -> VocabularyFile:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(document, "", mark and mark.line + 1, mark and mark.column + 1)
        message = f"not readable as YAML: {getattr(error, 'problem', None) or error}"
        raise InvalidInputError([Fault(code="NOT_YAML", message=message, place=place)]) from error
    try:
        return VocabularyFile.model_validate(data)
    except ValidationError as error:
        raise InvalidInputError(
            [
                Fault(
                    code="INVALID_VOCABULARY",
                    message=each["msg"],
                    place=Place(document, _path(each["loc"])),
                )
                for each in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _path(steps: Iterable[int | str]) -> str:
    joined = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps)
    return joined.removeprefix(".")


def _joined(base: Vocabulary, file: VocabularyFile, document: str) -> Vocabulary:
    def rows(section: str) -> dict[str, _Row]:
        return {**getattr(base, section), **{each.name: each for each in getattr(file, section)}}

    classes: dict[str, CIClass] = rows("classes")
    faults = [
        *_repeated(base, file, document),
        *(
            fault
            for index, each in enumerate(file.classes)
            for fault in _class_faults(each, classes, Place(document, f"classes[{index}]"))
        ),
        *_type_faults(file, document),
    ]
    if faults:
        raise InvalidInputError(faults)
    return Vocabulary(
        version="+".join(each for each in (base.version, f"{file.name}-{file.version}") if each),
        classes=classes,
        relationship_types=rows("relationship_types"),
        operations=rows("operations"),
        packaged_names=base.packaged_names,
    )


def _repeated(base: Vocabulary, file: VocabularyFile, document: str) -> Iterator[Fault]:
    for section in _SECTIONS:
        counted = Counter(each.name for each in getattr(file, section))
        for index, each in enumerate(getattr(file, section)):
            if each.name in getattr(base, section) or counted[each.name] > 1:
                yield Fault(
                    code="DUPLICATE_NAME",
                    message=f"{each.name} is defined already",
                    place=Place(document, f"{section}[{index}].name"),
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
            yield Fault(code="RESERVED_NAME", message=f"{each.name} is a reserved name", place=spot)
        if each.name in inherited:
            yield Fault(
                code="DUPLICATE_NAME",
                message=f"{row.name} inherits an attribute {each.name} already",
                place=spot,
            )
        if (each.type is AttributeType.ENUM) != bool(each.values):
            yield Fault(
                code="ENUM_VALUES",
                message="an ENUM, and only an ENUM, lists its values",
                place=spot,
            )


def _type_faults(file: VocabularyFile, document: str) -> Iterator[Fault]:
    for index, each in enumerate(file.relationship_types):
        if each.group is not None and each.impact is ImpactFlow.NEITHER:
            yield Fault(
                code="GROUP_WITHOUT_IMPACT",
                message=f"{each.name} joins a group but carries no impact",
                place=Place(document, f"relationship_types[{index}].group"),
                remedy="give it a direction, or take the group away",
            )
