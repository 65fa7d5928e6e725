"""Opens an estate that is not that of now, for the fields below one root field."""

import re
from collections.abc import Sequence

from graph_service.api.context import Info, View, root_name
from graph_service.api.edit_inputs import EstateEdit
from graph_service.api.edits import readable_edits
from graph_service.api.failures import LimitExceededError
from graph_service.api.inputs import AsOf, to_as_of
from graph_service.api.loaders import Loaders
from graph_service.model.errors import Fault
from graph_service.model.revision import Head
from graph_service.use_cases.estates import estates
from graph_service.use_cases.estates.estate_view import EstateView


async def opened(
    info: Info, head: Head, as_of: AsOf | None, overlay: Sequence[EstateEdit]
) -> tuple[EstateView, list[Fault]]:
    """Open an estate; also return what is wrong with edits that were left out.

    ``head`` is the newest revision to all fields of the operation that name none.
    """
    context = info.context
    if len(overlay) > context.options.limits.edits:
        raise LimitExceededError("edits", len(overlay), context.options.limits.edits)
    edits, faults = readable_edits(overlay)
    here = estates.AsOf(revision=head.revision) if head.revision else None
    view = await context.services.estates.view(to_as_of(as_of) if as_of else here, edits)
    context.views[root_name(info)] = View(
        inventory=view.inventory,
        questions=view.questions,
        loaders=Loaders(view.inventory, lambda: None),
        seal=(view.head.revision if as_of else None, view.overlay),
        estate=view,
    )
    return view, sorted((*faults, *view.faults), key=_index)


def _index(fault: Fault) -> int:
    """Return which edit a fault is of; its path begins with ``edits[0]``."""
    found = re.match(r"edits\[(\d+)\]", fault.place.path)
    return int(found[1]) if found else 0
