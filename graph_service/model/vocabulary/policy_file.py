"""The text of a policy file → policies, or everything wrong with it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from graph_service.model.claim import MANUAL
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.nearest import nearest
from graph_service.model.vocabulary.policies import Policies
from graph_service.model.vocabulary.policy_rows import (
    AllowedRule,
    BrakeLimits,
    EditingRules,
    LifetimeRule,
    PolicyFile,
    PrecedenceRule,
    RequiredRule,
)
from graph_service.model.vocabulary.vocabulary import Vocabulary
from graph_service.model.vocabulary.yaml_rows import Form, read_rows

_SECTIONS: Mapping[str, type[BaseModel]] = {
    "precedence": PrecedenceRule,
    "required": RequiredRule,
    "allowed": AllowedRule,
    "time_to_live": LifetimeRule,
}
_FORM = Form(
    model=PolicyFile,
    sections=_SECTIONS,
    inner={"brakes": BrakeLimits, "editing": EditingRules},
    code="INVALID_POLICY",
    what="a policy file",
    head="begin with policy: 1, name: … and version: '1'",
)
_OWN_FIELDS = frozenset({"name", "class"})
"""What a CI has beside attributes; whom to believe about them can be settled too."""


def read_policies(document: str, text: str, vocabulary: Vocabulary) -> Policies:
    """Read policies about what a vocabulary has words for.

    Raises:
        InvalidInputError: Listing every fault of the file.

    """
    rows = read_rows(document, text, _FORM)
    said = {
        name: tuple(model.model_validate(each) for each in rows.said[name])
        for name, model in _SECTIONS.items()
    }
    faults: list[Fault] = []
    for section, found in said.items():
        for index, row in zip(rows.indexes[section], found, strict=True):
            faults += _row_faults(row, vocabulary, Place(document, f"{section}[{index}]"))
        faults += _repeated(section, found, rows.indexes[section], document)
    if faults or rows.faults:
        raise InvalidInputError([*rows.faults, *rows.located(faults)])
    brakes = rows.written.get("brakes") or {}
    editing = rows.written.get("editing") or {}
    return Policies(
        name=rows.text("name"),
        version=rows.text("version"),
        brakes=BrakeLimits.model_validate(brakes),
        editing=EditingRules.model_validate(editing),
        **said,  # type: ignore[arg-type] # section by section, of the models above
    )


def located_in_policies(document: str, text: str, faults: Iterable[Fault]) -> list[Fault]:
    """Return faults of a policy file with line and column."""
    return read_rows(document, text, _FORM).located(faults)


def _row_faults(row: Any, vocabulary: Vocabulary, place: Place) -> Iterator[Fault]:  # noqa: ANN401 - a row of any section
    if row.class_name not in vocabulary.classes:
        yield _unknown(row.class_name, "a class", vocabulary.classes, place.inside("class"))
        return
    if isinstance(row, PrecedenceRule):
        yield from _source_faults(row, place)
    if isinstance(row, LifetimeRule):
        yield from _lifetime_faults(row, place)
        return
    if isinstance(row, AllowedRule):
        named = [(row.attribute, place.inside("attribute"))]
    else:
        named = [
            (each, place.inside(f"attributes[{index}]"))
            for index, each in enumerate(row.attributes)
        ]
    # A rule about a general class may name attributes of what specialises it.
    known = {
        each
        for special in vocabulary.specialisations(row.class_name)
        for each in vocabulary.attributes(special)
    }
    if isinstance(row, PrecedenceRule):
        known |= _OWN_FIELDS
    for name, spot in named:
        if name not in known:
            yield _unknown(name, f"an attribute of {row.class_name}", known, spot)


def _source_faults(row: PrecedenceRule, place: Place) -> Iterator[Fault]:
    if MANUAL in row.sources:
        yield Fault(
            code="INVALID_POLICY",
            message=f"{MANUAL} is what people state, and comes before every data source",
            place=place.inside("sources"),
            remedy="take it out",
        )
    for name, count in Counter(row.sources).items():
        if count > 1:
            yield Fault(
                code="INVALID_POLICY",
                message=f"{name} stands {count} times in one order",
                place=place.inside("sources"),
                remedy="name each data source once",
            )


def _lifetime_faults(row: LifetimeRule, place: Place) -> Iterator[Fault]:
    if row.stale_after is None and row.retire_after is None:
        yield Fault(
            code="INVALID_POLICY",
            message="this limits nothing",
            place=place,
            remedy="write stale_after or retire_after, such as P7D",
        )
    elif row.stale_after and row.retire_after and row.retire_after <= row.stale_after:
        yield Fault(
            code="INVALID_POLICY",
            message="what is retired so soon is never stale",
            place=place.inside("retire_after"),
            remedy="let it be longer than stale_after",
        )


def _repeated(
    section: str,
    rows: Sequence[Any],
    indexes: Sequence[int],
    document: str,
) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    for index, row in zip(indexes, rows, strict=True):
        if isinstance(row, RequiredRule):
            return  # rules about different tiers may name one attribute
        if isinstance(row, AllowedRule):
            names: tuple[str, ...] = (row.attribute,)
        else:
            names = getattr(row, "attributes", ()) or ("",)
        for name in names:
            first = seen.setdefault((row.class_name, name), index)
            if first != index:
                about = f"{row.class_name}.{name}" if name else row.class_name
                yield Fault(
                    code="DUPLICATE_RULE",
                    message=f"{section}[{first}] settles {about} already",
                    place=Place(document, f"{section}[{index}]"),
                    remedy="keep one of the two",
                )


def _unknown(name: str, what: str, known: Any, place: Place) -> Fault:  # noqa: ANN401 - any names
    near = nearest(name, known)
    return Fault(
        code="UNKNOWN_CLASS" if what == "a class" else "UNKNOWN_ATTRIBUTE",
        message=f"{name} is not {what}",
        place=place,
        remedy=f"did you mean {' or '.join(near)}?" if near else "name one of the vocabulary",
    )
