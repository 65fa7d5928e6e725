"""What the columns of a list of people mean, whatever they are called."""

from collections import Counter
from collections.abc import Mapping, Sequence

from discovery.formats.nearest import hint
from graph_service import Fault, InvalidInputError, Place

COLUMNS = (
    "id", "login", "name", "mail", "phone", "team", "role", "manager", "on_call", "deputy",
    "absent_from", "absent_until", "left_on",
)  # fmt: skip

_OTHER_NAMES = {
    "id": ("employee_id", "employee_number", "employeenumber", "personnel_number"),
    "login": ("uid", "user", "username", "user_name", "account", "samaccountname"),
    "name": ("cn", "display_name", "displayname", "full_name"),
    "mail": ("email", "e-mail", "mails", "emails", "mail_address"),
    "phone": ("phones", "telephone", "mobile", "telephonenumber"),
    "team": ("teams", "group", "groups", "department"),
    "role": ("roles", "team_role"),
    "manager": ("supervisor", "reports_to"),
    "on_call": ("oncall", "on_call_link"),
    "deputy": ("substitute", "delegate", "stand_in"),
    "absent_from": ("away_from", "absence_start"),
    "absent_until": ("away_until", "absence_end"),
    "left_on": ("left", "leaving_date", "last_day", "end_date"),
}
_OURS = {other: ours for ours, others in _OTHER_NAMES.items() for other in (ours, *others)}
KNOWN = tuple(_OURS)


def columns_of(
    header: Sequence[str], renamed: Mapping[str, str], document: str, line: int
) -> list[str]:
    """Return our name of every column; empty where it says nothing about people.

    Raises:
        InvalidInputError: No column tells people apart, two say the same, or ``renamed`` speaks of
            columns that are not there.

    """
    names = [_ours(renamed.get(each, each)) for each in header]
    faults = [
        Fault(
            code="DUPLICATE_NAME",
            message=f"{count} columns say {name}",
            place=Place(document, name, line),
            remedy="keep one of them, or give the others another name",
        )
        for name, count in Counter(each for each in names if each).items()
        if count > 1
    ]
    if not {"id", "login", "mail"} & {*names}:
        found = ", ".join(each[:60] for each in header if each) or "none"
        faults.append(
            Fault(
                code="MISSING_COLUMN",
                message=f"no column tells people apart; there are: {found}",
                place=Place(document, "", line),
                remedy="say which is id or login with the option map, as in Personalnr=id",
            )
        )
    faults += _unused(renamed, header, document)
    if faults:
        raise InvalidInputError(faults)
    return names


def ignored(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the columns that say nothing about people."""
    return [theirs for theirs, ours in zip(header, names, strict=True) if theirs and not ours]


def _ours(name: str) -> str:
    return _OURS.get(name.strip().lower().replace(" ", "_"), "")


def _unused(renamed: Mapping[str, str], header: Sequence[str], document: str) -> list[Fault]:
    faults = [
        Fault(
            code="INVALID_OPTION",
            message=f"the option map speaks of a column {theirs[:60]!r}, which is not there",
            place=Place(document),
            remedy=hint(theirs, (each for each in header if each)),
        )
        for theirs in renamed
        if theirs not in header
    ]
    faults += [
        Fault(
            code="INVALID_OPTION",
            message=f"people have no column {ours[:60]!r}",
            place=Place("map"),
            remedy=hint(ours, COLUMNS),
        )
        for ours in renamed.values()
        if not _ours(ours)
    ]
    return faults
