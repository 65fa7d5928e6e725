"""The columns of a list of CIs: what all have, and the attributes of their classes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph_service.api.exports.listing import Listing
from graph_service.model.condition import TAG_PREFIX
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary import AttributeDefinition, AttributeType
from graph_service.model.vocabulary.vocabulary import ROOT, nearest
from graph_service.use_cases.files.ci_table import OPEN_FIELDS, TAGS, attribute_column, tag_texts
from graph_service.use_cases.files.columns import Column, open_column

VOCABULARY = """
query Columns {
  estate { vocabulary { ciClasses { name abstract lineage
    attributes { name description type unit allowedValues list minimum maximum }
  } } }
}"""

USUAL = (
    "description", "tier", "environment", "lifecycle", "owner", "supportGroup",
    "technicalContact", "country", "region", "rtoMinutes", "rpoMinutes",
)  # fmt: skip
"""Attributes that a table of CIs shows unless others are asked for."""

EVERY = "all"


def ci_columns(
    listing: Listing,
    vocabulary: Mapping[str, Any],
    *,
    named: Sequence[str],
    classes: Sequence[str],
    is_nested: bool,
) -> tuple[Column, ...]:
    """Return the columns of a list of CIs.

    ``named`` are attributes in the order they are wanted in, or ``all``; without any, the usual
    ones and those of the ``classes`` the list is limited to. ``is_nested`` puts the attributes into
    one column as an object, as JSON has them, unless some are named.

    Raises:
        InvalidInputError: A name that no class of the vocabulary knows.

    """
    rows = vocabulary["ciClasses"]
    known = definitions(rows)
    fixed = {each.name: each for each in listing.columns}
    _refuse_unknown(named, [*known, *fixed, TAGS, EVERY])
    if is_nested and not named:
        attributes: Iterable[Column] = [_NESTED]
    else:
        wanted = _wanted(rows, known, named, classes)
        open_ones = {each: attribute_column(known[each]) for each in wanted if each in known}
        open_ones |= {TAGS: TAGS_COLUMN} if TAGS in wanted else {}
        attributes = [open_ones[each] for each in wanted if each in open_ones]
    concrete = tuple(sorted(each["name"] for each in rows if not each["abstract"]))
    front = [
        Column(
            name=name,
            path=fixed[name].path,
            definition=fixed[name].definition,
            is_open=name in OPEN_FIELDS,
            choices=concrete if name == "class" else (),
        )
        for name in ("key", "name", "class")
    ]
    return (*front, *attributes, fixed["revision"], fixed["id"])


TAGS_COLUMN = open_column(
    AttributeDefinition(name=TAGS, list=True, description="Tags, each name or name=value")
)


def with_tags(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a CI with its tags as they stand in a cell."""
    tags = {
        name: str(value)
        for name, value in node["values"].items()
        if name.startswith(TAG_PREFIX) and value is not None
    }
    return {**node, TAGS: tag_texts(tags) or None}


_NESTED = Column(
    name="attributes",
    path=("values",),
    definition=AttributeDefinition(name="attributes", type=AttributeType.JSON),
)


def _wanted(
    rows: Sequence[Mapping[str, Any]],
    known: Mapping[str, AttributeDefinition],
    named: Sequence[str],
    classes: Sequence[str],
) -> list[str]:
    if EVERY in named:
        return [*USUAL, *sorted(known.keys() - {*USUAL}), TAGS]
    if named:
        return [*dict.fromkeys(named)]
    own = {each["name"] for row in rows if row["name"] == ROOT for each in row["attributes"]}
    further = [
        each["name"]
        for row in rows
        if not {*classes}.isdisjoint(row["lineage"])
        for each in row["attributes"]
        if each["name"] not in own
    ]
    return [*USUAL, *dict.fromkeys(further), TAGS]


def definitions(rows: Sequence[Mapping[str, Any]]) -> dict[str, AttributeDefinition]:
    """Return every attribute there is by name, as the first class by name defines it."""
    known: dict[str, AttributeDefinition] = {}
    for row in sorted(rows, key=lambda each: str(each["name"])):
        for each in row["attributes"]:
            known.setdefault(
                each["name"],
                AttributeDefinition(
                    name=each["name"],
                    type=AttributeType(each["type"]),
                    description=each["description"],
                    unit=each["unit"] or "",
                    values=tuple(each["allowedValues"] or ()),
                    list=each["list"],
                    minimum=each["minimum"],
                    maximum=each["maximum"],
                ),
            )
    return known


def _refuse_unknown(named: Sequence[str], known: Sequence[str]) -> None:
    faults = []
    for each in named:
        if each not in known:
            near = nearest(each, known)
            faults.append(
                Fault(
                    code="UNKNOWN_ATTRIBUTE",
                    message=f"no class has an attribute {each!r}",
                    place=Place("--columns"),
                    remedy=f"did you mean {' or '.join(near)}?" if near else "",
                )
            )
    if faults:
        raise InvalidInputError(faults)
