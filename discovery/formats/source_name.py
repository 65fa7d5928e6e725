"""Which names a data source may have."""

import re

from graph_service import Fault, Place

LENGTH_MAX = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

# Whatever speaks under this name outranks every other data source; documents never may.
_RESERVED = "manual"


def source_name_faults(name: str, place: Place) -> list[Fault]:
    """List what is wrong with the name of a data source."""
    problem = _problem(name)
    if not problem:
        return []
    remedy = "name the team or system that says so, as in payments-team"
    return [Fault(code="INVALID_DATA_SOURCE", message=problem, place=place, remedy=remedy)]


def _problem(name: str) -> str:
    if not name.strip():
        return "the data source has no name"
    if name.strip().casefold() == _RESERVED:
        return f"{_RESERVED} is what people state by hand, not a data source"
    if len(name) > LENGTH_MAX:
        return f"the name of the data source is longer than {LENGTH_MAX} characters"
    if _CONTROL.search(name) or name != name.strip():
        return "the name of the data source has control characters or blanks around it"
    return ""
