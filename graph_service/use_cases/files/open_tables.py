"""Which lists come back when they were edited, by what they are known, and why others do not."""

from collections.abc import Collection
from dataclasses import dataclass

from graph_service.reconcile.redundancy import GROUP_RULES
from graph_service.reconcile.validation import RELATIONSHIP_ATTRIBUTES
from graph_service.use_cases.files.ci_table import FIELDS, TAGS


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTable:
    """A list that comes back. ``names`` are its columns by what they mean.

    A sheet is one when its header has all columns of one of ``known_by``. ``fixed`` are columns
    that say which record a row is about; ``shown`` follow from others: they are passed over.
    """

    name: str
    known_by: tuple[frozenset[str], ...]
    fixed: tuple[str, ...]
    open: tuple[str, ...]
    shown: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are understood."""
        return (*self.open, *self.fixed)

    def is_of(self, header: Collection[str]) -> bool:
        """Whether a sheet with these columns (case folded) is this list."""
        return any(each <= {*header} for each in self.known_by)


RELATIONSHIPS = OpenTable(
    name="relationships",
    known_by=(frozenset({"source", "type", "target"}),),
    fixed=("source", "type", "target", "revision", "id"),
    open=tuple(RELATIONSHIP_ATTRIBUTES),
    shown=("origin",),
)

GROUPS = OpenTable(
    name="groups",
    known_by=(frozenset({"dependant", "group"}),),
    fixed=("dependant", "group", "revision"),
    open=tuple(GROUP_RULES),
    shown=("dependantName", "kKnown", "needed", "n", "slack", "members", "findings"),
)


def ci_table(attributes: Collection[str]) -> OpenTable:
    """Return the list of CIs, with these attributes."""
    return OpenTable(
        name="cis",
        known_by=(frozenset({"key"}), frozenset({"id"}), frozenset({"name", "class"})),
        fixed=FIELDS,
        open=(*attributes, TAGS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTable:
    """A list that is only to read: by which columns it is known, and where its rows are edited."""

    name: str
    known_by: frozenset[str]
    reason: str


_ANSWER = "it is an answer about the estate, not something anybody states"
_PAST = "it says what was done, and that does not change"

CLOSED = (
    *(
        ClosedTable(name=name, known_by=frozenset({"hops", "path"}), reason=_ANSWER)
        for name in ("affected", "saved", "reached-only", "already-affected")
    ),
    ClosedTable(name="log", known_by=frozenset({"sequence", "recordid"}), reason=_PAST),
    ClosedTable(name="history", known_by=frozenset({"differences", "record"}), reason=_PAST),
    ClosedTable(name="revisions", known_by=frozenset({"hash", "records"}), reason=_PAST),
    ClosedTable(name="runs", known_by=frozenset({"collector", "state"}), reason=_PAST),
    ClosedTable(
        name="unresolved",
        known_by=frozenset({"datasource", "missing"}),
        reason="it is mended by creating the CIs that are missing, in a list of CIs",
    ),
    ClosedTable(
        name="people",
        known_by=frozenset({"login", "memberships"}),
        reason="people come from their directory: import people",
    ),
    ClosedTable(
        name="ownerless",
        known_by=frozenset({"duty", "problem"}),
        reason="owners are edited in a list of CIs, or handed over: people hand-over",
    ),
    ClosedTable(
        name="redundancy-proposals",
        known_by=frozenset({"confidence", "dependant"}),
        reason="proposals are confirmed or rejected: graph-service redundancy",
    ),
)
"""Every list that does not come back."""


def closed_reason(name: str) -> str:
    """Return why a list does not come back; empty when it does."""
    return next((each.reason for each in CLOSED if each.name == name), "")
