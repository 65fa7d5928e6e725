"""Labels of CIs follow their classes when these come to specialise something else."""

from collections.abc import Awaitable, Callable, Sequence
from typing import LiteralString

from graph_service.model.revision import Head
from graph_service.store.neo4j.transactions import Transaction, value

CIS_AT_ONCE = 2_500

# Retired CIs have no labels of classes: they get them with the delta that brings them back.
_ADD: LiteralString = """
MATCH (n:CI {class: $class}) USING INDEX n:CI(class)
WHERE NOT n:Retired AND any(label IN $labels WHERE NOT label IN labels(n))
WITH n LIMIT $limit
SET n:$($labels)
RETURN count(*)
"""
_EXACT: LiteralString = """
MATCH (n:CI {class: $class}) USING INDEX n:CI(class)
WHERE NOT n:Retired AND (
  any(label IN $labels WHERE NOT label IN labels(n))
  OR any(label IN labels(n) WHERE label <> 'CI' AND NOT label IN $labels))
WITH n LIMIT $limit
REMOVE n:$([label IN labels(n) WHERE label <> 'CI'])
SET n:$($labels)
RETURN count(*)
"""


def relabelling(
    class_name: str, labels: Sequence[str], *, others_stay: bool
) -> Callable[[Transaction, Head], Awaitable[tuple[int, bool]]]:
    """Return what labels some of the CIs of a class that are not labelled so yet.

    It says how many they were, and whether it has written.
    """
    query = _ADD if others_stay else _EXACT

    async def some(tx: Transaction, _: Head) -> tuple[int, bool]:
        asked = {"class": class_name, "labels": [*labels], "limit": CIS_AT_ONCE}
        changed = int(await value(tx, query, **asked))
        return changed, changed > 0

    return some
