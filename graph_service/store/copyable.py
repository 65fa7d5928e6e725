"""What a store promises beside ``GraphStore``, so that it can be copied and proven equal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, Revision
from graph_service.store.graph_store import GraphStore

Stretch = Sequence[tuple[Revision, Sequence[LogEntry]]]
"""Revisions that follow one another, each with all of its entries."""


@dataclass(frozen=True, slots=True)
class NumberedCI:
    """A CI, and the ordinal it was given for good."""

    ordinal: int
    ci: CI


Held = NumberedCI | Relationship | Claim | Record
"""One thing that a store holds."""

Taker = Callable[[Head | Sequence[Held]], None]
"""What is handed a store's contents, part by part; a head means that they begin (again)."""


class CopyableStore(GraphStore, Protocol):
    """A store whose log can be written to, and whose contents can be read, as they are."""

    async def append(self, stretch: Stretch) -> Head:
        """Write revisions of another store as they were: numbers, instants, hashes, entries.

        All of them or none. CIs, relationships, claims and ordinals become what the log says.

        Raises:
            InvalidInputError: The stretch does not follow the head of this store, its hashes are
                not those of what it says, or it contradicts what stands here.

        """
        ...

    async def read_out(self, take: Taker, *, records_only: bool = False) -> None:
        """Hand over all that the store holds at one moment, retired CIs and relationships included.

        First the head, then lists of things in no promised order; ``records_only`` leaves out the
        graph. Where reading has to begin anew there is another head. ``take`` is called from
        another thread. A store may keep its writers waiting meanwhile.
        """
        ...
