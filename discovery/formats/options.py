"""The options of a request: those there are, and none that would do nothing."""

from collections.abc import Sequence

from discovery.formats.nearest import hint
from graph_service import Fault, Place, ReadingRequest


def option_faults(request: ReadingRequest, options: Sequence[str]) -> list[Fault]:
    """List the options a collector does not have."""
    return [
        Fault(
            code="INVALID_OPTION",
            message=f"there is no option {each[:60]!r}",
            place=Place(each[:60]),
            remedy=hint(each, options, "" if options else "this collector has none"),
        )
        for each in request.options
        if each not in options
    ]
