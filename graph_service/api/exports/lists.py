"""Every list that can be had as a file. A new list is a row of this table."""

from graph_service.api.exports.estate_lists import (
    CIS,
    GROUPS,
    HISTORY,
    IMPACTS,
    RELATIONSHIPS,
    UNRESOLVED,
)
from graph_service.api.exports.listing import Listing
from graph_service.api.exports.record_lists import (
    LOG,
    OWNERLESS,
    PEOPLE,
    PROPOSALS,
    REVISIONS,
    RUNS,
)

LISTS: dict[str, Listing] = {
    each.name: each
    for each in (
        CIS, RELATIONSHIPS, GROUPS, UNRESOLVED, LOG, REVISIONS, RUNS, HISTORY,
        PEOPLE, OWNERLESS, PROPOSALS, *IMPACTS,
    )
}  # fmt: skip
