"""What the columns of a CSV file mean."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discovery.formats.nearest import hint
from graph_service import Fault, InvalidInputError, Place, common_attribute_names

CI_COLUMNS = ("key", "class", "name")
RELATIONSHIP_COLUMNS = (
    "source",
    "type",
    "target",
    "strength",
    "channels",
    "tolerance_minutes",
    "group",
    "role",
    "uplink",
    "evidence",
    "protocol",
    "port",
)
KNOWN = (*CI_COLUMNS, *RELATIONSHIP_COLUMNS)
_ENDS = frozenset({"source", "target"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file, by position; an empty name is a column without a header."""

    names: Sequence[str]
    are_relationships: bool


def column_map(text: str) -> dict[str, str]:
    """Read the option ``map``: ``hostname=key,kind=class``, their header first.

    Raises:
        InvalidInputError: It is not of that form.

    """
    renamed: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        theirs, sign, ours = (part.strip() for part in each.partition("="))
        if not (theirs and sign and ours) or theirs in renamed:
            message = f"{each[:60]!r} does not say which column is which"
            remedy = "write their header first, as in hostname=key,kind=class"
            fault = Fault(code="INVALID_OPTION", message=message, place=Place("map"), remedy=remedy)
            raise InvalidInputError([fault])
        renamed[theirs] = ours
    return renamed


def columns_of(
    header: Sequence[str], renamed: Mapping[str, str], document: str, line: int, given: str
) -> Columns:
    """Give the columns our names; ``given``: the class of every CI, so that no column need say it.

    Raises:
        InvalidInputError: Listing every header that is wrong.

    """
    names = [_ours(renamed.get(each, each)) for each in header]
    spoken = {*names}
    are_relationships = spoken >= _ENDS or ("source" in spoken and "key" not in spoken)
    wanted = ["source", "type", "target"] if are_relationships else ["key"]
    if not (are_relationships or given):
        wanted.append("class")
    faults = [
        *_repeated(names, document, line),
        *_missing(spoken, wanted, document, line),
        *(_unknown(names, document, line) if are_relationships else ()),
        *_unused(renamed, header, document),
    ]
    if faults:
        raise InvalidInputError(faults)
    return Columns(names, are_relationships)


def _ours(name: str) -> str:
    """Our own columns are known in any case; attributes are written as the vocabulary has them."""
    folded = name.strip().lower().replace(" ", "_")
    return folded if folded in KNOWN else name.strip()


def _repeated(names: Sequence[str], document: str, line: int) -> list[Fault]:
    counted = Counter(each for each in names if each)
    return [
        Fault(
            code="DUPLICATE_NAME",
            message=f"{count} columns are called {name[:60]!r}",
            place=Place(document, name, line),
            remedy="keep one of them, or give the others another name",
        )
        for name, count in counted.items()
        if count > 1
    ]


def _missing(spoken: set[str], wanted: Sequence[str], document: str, line: int) -> list[Fault]:
    found = sorted(each[:60] for each in spoken if each)[:10]
    known = {*KNOWN, *common_attribute_names()}
    meant = next((each for each in found if each not in known), "hostname")
    return [
        Fault(
            code="MISSING_COLUMN",
            message=f"there is no column {each}; there are: {', '.join(found)}",
            place=Place(document, "", line),
            remedy=f"add it, or say which it is with the option map, as in {meant}={each}",
        )
        for each in wanted
        if each not in spoken
    ]


def _unknown(names: Sequence[str], document: str, line: int) -> list[Fault]:
    return [
        Fault(
            code="UNKNOWN_FIELD",
            message=f"a relationship has no column {name[:60]!r}",
            place=Place(document, name, line),
            remedy=hint(name, RELATIONSHIP_COLUMNS),
        )
        for name in names
        if name and name not in RELATIONSHIP_COLUMNS
    ]


def _unused(renamed: Mapping[str, str], header: Sequence[str], document: str) -> list[Fault]:
    return [
        Fault(
            code="INVALID_OPTION",
            message=f"the option map speaks of a column {theirs[:60]!r}, which is not there",
            place=Place(document),
            remedy=hint(theirs, (each for each in header if each)),
        )
        for theirs in renamed
        if theirs not in header
    ]
