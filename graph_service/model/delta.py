"""The one way to write: a delta, applied whole or not at all, which becomes one revision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor, RecordType

DELTA_RECORDS_MAX = 5_000
"""Most CIs, relationships and claims' subjects that one delta may name.

What goes along with a CI that it retires, the CI's relationships, is not counted.
"""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that is not part of the graph: a run, a plan, a token, an unresolved reference.

    ``kind`` and ``id`` name it; ``group`` is an indexed text to list by (the data source of a run,
    the plan of a part); ``data`` is any JSON object.
    """

    kind: str
    id: str
    data: Mapping[str, Any]
    group: str = ""


RULES: Mapping[str, RecordType] = {
    "vocabulary": RecordType.VOCABULARY,
    "policy": RecordType.POLICY,
}
"""Kinds of records that say how the estate is read; what is in force has the kind as its id too."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a writer found of a record that is not part of the graph: its data, ``None`` if none."""

    kind: str
    id: str
    data: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphDelta:
    """After-images of everything one write touches.

    ``based_on`` is the revision it was computed from; the store refuses it if a record it touches,
    or an end of a relationship it writes, changed since. ``own_revisions`` were written by the
    same run after ``based_on`` and do not count as somebody else's.

    A CI or relationship whose presence is RETIRED is retired; retiring a CI retires its
    relationships along with it. A claim whose ``live`` is false is withdrawn. Every claim's subject
    is in this delta or in the store. ``records`` and ``removed_records`` (kind, id) are written in
    the same transaction but are not part of the log; a delta of records alone makes no revision.
    ``rules`` are the vocabulary or the policies that this revision puts in force (kinds and ids
    are those of ``RULES``): records too, but part of the log, and kept with their ``revision``.
    ``expected`` are records that must stand as they were found, or the store refuses the delta.
    """

    based_on: int
    actor: Actor
    reason: str = ""
    run: str | None = None
    change: str | None = None
    own_revisions: frozenset[int] = frozenset()
    cis: tuple[CI, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    claims: tuple[Claim, ...] = ()
    records: tuple[Record, ...] = ()
    removed_records: tuple[tuple[str, str], ...] = field(default=())
    rules: tuple[Record, ...] = ()
    expected: tuple[Expectation, ...] = ()

    @property
    def size(self) -> int:
        """How many graph records it touches."""
        return len(
            {each.id for each in self.cis}
            | {each.id for each in self.relationships}
            | {each.subject for each in self.claims}
        )
