"""What every store promises, in the words of the domain."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from typing_extensions import override

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.condition import EVERYTHING as EVERY_CI
from graph_service.model.condition import (
    Attribute,
    Condition,
    OfClass,
    OneOf,
    StartsWith,
    Text,
    both,
)
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, RecordType, Revision
from graph_service.store.log_query import EVERYTHING, LogQuery
from graph_service.store.topology import CIColumns, RelationshipColumns


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a delta: the head after it, and its revision unless nothing differed.

    ``keys`` are the keys the store assigned to CIs that came without one, by CI id.
    """

    head: Head
    revision: Revision | None
    keys: Mapping[CIId, str] = field(default_factory=dict)


class CIOrder(StrEnum):
    """What lists of CIs are in order of; ties by name (by code point), then id.

    TIER: those of no tier come last in either direction. UPDATED_AT: the revision that last
    changed the CI's own record.
    """

    NAME = "NAME"
    KEY = "KEY"
    CLASS = "CLASS"
    TIER = "TIER"
    UPDATED_AT = "UPDATED_AT"


Position = tuple[str | int | None, ...]
"""Where a CI is in an order: what it is in order of, its name and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CIQuery:
    """Which CIs, in what order, and which page of them.

    All conditions hold; an empty one is no condition. ``where`` is settled (``model.condition``)
    and names no attribute with quotation marks, backslashes or control characters. What stands
    beside it is short for a condition: ``classes`` are exact names, ``text`` is words as in
    ``Text``. ``after`` is the ``position_of`` the last CI of the previous page.
    """

    where: Condition = EVERY_CI
    classes: frozenset[str] = frozenset()
    tiers: frozenset[int] = frozenset()
    environments: frozenset[str] = frozenset()
    name_prefix: str = ""
    text: str = ""
    include_retired: bool = False
    order: CIOrder = CIOrder.NAME
    descending: bool = False
    after: Position | None = None
    limit: int = 50

    @property
    def condition(self) -> Condition:
        """Everything it asks of a CI but its presence."""
        said: list[Condition] = [self.where]
        if self.classes:
            said.append(OfClass(self.classes))
        if self.tiers:
            said.append(Attribute("tier", OneOf(tuple(sorted(self.tiers)))))
        if self.environments:
            said.append(Attribute("environment", OneOf(tuple(sorted(self.environments)))))
        if self.name_prefix:
            said.append(Attribute("name", StartsWith(self.name_prefix)))
        if self.text:
            said.append(Text(self.text))
        return both(*said)


def position_of(ci: CI, order: CIOrder) -> Position:
    """Return where a CI is in an order."""
    match order:
        case CIOrder.NAME:
            return ci.name, ci.id
        case CIOrder.KEY:
            return ci.key, ci.id
        case CIOrder.CLASS:
            return ci.class_name, ci.name, ci.id
        case CIOrder.TIER:
            tier = ci.attributes.get("tier")
            return tier if type(tier) is int else None, ci.name, ci.id
        case CIOrder.UPDATED_AT:
            return ci.revision, ci.name, ci.id


@dataclass(frozen=True, slots=True)
class CIPage:
    """One page of CIs."""

    cis: Sequence[CI]
    has_next: bool


@dataclass(frozen=True, slots=True)
class ClaimIndex:
    """What a data source has said so far, as columns: enough to see that nothing changed."""

    native_key: Sequence[str]
    subject: Sequence[str]
    scope: Sequence[str]
    digest: Sequence[str]
    live: Sequence[bool]


class EstateReader(Protocol):
    """The reading half of a store, for one state of the estate.

    A store is one, of the estate as it is now. All methods may raise ``StoreUnavailableError``, and
    ``StoreUnusableError`` when what is stored turns out to be damaged.
    """

    async def head(self) -> Head:
        """Return the revision that this is the estate of."""
        ...

    async def cis(self, ids: Collection[str]) -> dict[CIId, CI]:
        """Return those of these CIs that exist, retired ones included."""
        ...

    async def cis_by_key(self, keys: Collection[str]) -> dict[str, CI]:
        """Return those CIs that have one of these keys, retired ones included."""
        ...

    async def cis_by_name(self, name: str, limit: int = 10) -> list[CI]:
        """Return CIs of exactly this name that are not retired, by id."""
        ...

    async def find_cis(self, query: CIQuery) -> CIPage:
        """Return one page of the CIs that meet a query."""
        ...

    async def count_cis(self, query: CIQuery) -> int:
        """Return how many CIs meet a query, whatever the page."""
        ...

    async def former_names(self, ids: Collection[str]) -> dict[CIId, tuple[str, ...]]:
        """Return the names that these CIs had before and have no more, sorted; if any."""
        ...

    async def words_like(self, word: str, limit: int = 5) -> list[str]:
        """Return words that CIs are or were called by and that look like another, nearest first.

        They differ from it in one letter, or in two if it has eight or more; of words of fewer than
        three letters there are none. Words that only retired CIs have may be among them.
        """
        ...

    async def relationships(self, ids: Collection[str]) -> dict[RelationshipId, Relationship]:
        """Return those of these relationships that exist, retired ones included."""
        ...

    async def relationships_of(
        self, ci_ids: Collection[str], *, include_retired: bool = False
    ) -> list[Relationship]:
        """Return all relationships that have one of these CIs as an end, by id."""
        ...

    async def claims(self, data_source: str, native_keys: Collection[str]) -> dict[str, Claim]:
        """Return the claims of a data source under these native keys."""
        ...

    async def claims_of(self, subjects: Collection[str]) -> dict[str, list[Claim]]:
        """Return the claims about these CIs and relationships, by data source and native key."""
        ...

    async def revisions(
        self, *, after: int = 0, limit: int = 50, newest_first: bool = False
    ) -> list[Revision]:
        """Return revisions above ``after`` (below it when newest first; 0 is no bound)."""
        ...

    async def entries(self, revision: int) -> list[LogEntry]:
        """Return the entries of one revision in their sequence."""
        ...

    async def history(
        self, subject: str, *, before: tuple[int, int] | None = None, limit: int = 20
    ) -> list[LogEntry]:
        """Return entries that concern a CI, a relationship or rules, newest first.

        Rules are asked for by their kind.

        ``before`` is the (revision, sequence) of the last entry of the previous page.
        """
        ...

    async def record(self, kind: str, record_id: str) -> Record | None:
        """Return a record that is not part of the graph."""
        ...

    async def records(
        self, kind: str, *, group: str | None = None, after: str = "", limit: int = 100
    ) -> list[Record]:
        """Return records of a kind, ordered by id, those after the given id."""
        ...


class GraphStore(EstateReader, Protocol):
    """Durable home of the estate, its claims, its log, and the records around it.

    Reads see whole revisions only. All methods may raise ``StoreUnavailableError``, and
    ``StoreUnusableError`` when what is stored turns out to be damaged.
    """

    @property
    def address(self) -> str:
        """Where it is, without secrets, as a person would type it."""
        ...

    async def apply(self, delta: GraphDelta) -> Applied:
        """Write all of a delta or none of it, as one revision.

        A delta under which nothing differs makes no revision.

        Raises:
            StaleRevisionError: A record it touches, or an end of a relationship it writes, was
                changed after ``based_on`` by another run; or a record is not as it expects.
            InvalidInputError: It contradicts itself or the store: a key that another CI has, an end
                that is missing or retired, a changed end or type, a value JSON cannot hold, more
                records than a delta may have.

        """
        ...

    async def claim_index(self, data_source: str) -> ClaimIndex:
        """Return all claims of a data source, by native key."""
        ...

    async def entries_after(self, revision: int, limit: int) -> list[LogEntry]:
        """Return entries of later revisions in order, whole revisions only.

        At least one revision where there is one, and no further ones that would bring the total
        above ``limit``.
        """
        ...

    async def as_of(self, revision: int, ids: Collection[str]) -> dict[str, CI | Relationship]:
        """Return those of these CIs and relationships that a revision had, as they were then.

        Retired ones are among them; the revision of each is the one that had last changed it.
        """
        ...

    async def changed(self, record_type: RecordType, *, after: int, until: int) -> list[str]:
        """Return the ids of the records of a type that revisions wrote above one, up to another.

        In order of the ids.
        """
        ...

    async def entries_of(self, ids: Collection[str], *, after: int) -> list[LogEntry]:
        """Return what later revisions did to these CIs and relationships themselves, in order."""
        ...

    async def log_size(self, revision: int) -> int:
        """Return how many entries the log has up to a revision and with it."""
        ...

    def topology(self) -> AsyncIterator[Head | CIColumns | RelationshipColumns]:
        """Stream the living graph of one revision: its head first, then CIs, then relationships."""
        ...

    async def class_counts(self) -> Mapping[str, int]:
        """Return how many living CIs there are of each class."""
        ...

    async def type_counts(self) -> Mapping[str, int]:
        """Return how many living relationships there are of each type."""
        ...

    async def prepare_types(self, types: Collection[str]) -> None:
        """Make ready to hold relationships of these types, where that takes anything."""
        ...

    async def relabel(self, lineages: Mapping[str, Sequence[str]], *, others_stay: bool) -> int:
        """Label the living CIs of these classes by their lineages; return how many were not.

        For stores that label. Each has the labels of its class's lineage then, and with
        ``others_stay`` those it had before as well. Done some thousand at a time: stopped in
        between, what was done stands, and the next call goes on.
        """
        ...

    @override
    async def revisions(
        self,
        *,
        after: int = 0,
        limit: int = 50,
        newest_first: bool = False,
        query: LogQuery = EVERYTHING,
    ) -> list[Revision]:
        """Return revisions above ``after`` (below it when newest first; 0 is no bound).

        Those of which an entry meets the query.
        """
        ...

    async def revision_count(self, query: LogQuery = EVERYTHING) -> int:
        """Return how many revisions have an entry that meets a query."""
        ...

    async def log(
        self,
        query: LogQuery,
        *,
        after: tuple[int, int] | None = None,
        limit: int = 50,
        newest_first: bool = False,
    ) -> list[LogEntry]:
        """Return entries that meet a query, in the order of the log or against it.

        ``after`` is the (revision, sequence) of the last entry of the previous page; there need not
        be an entry at that place.
        """
        ...

    async def log_count(self, query: LogQuery) -> int:
        """Return how many entries meet a query."""
        ...

    @override
    async def records(
        self,
        kind: str,
        *,
        group: str | None = None,
        after: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> list[Record]:
        """Return records of a kind, ordered by id, those after the given id.

        ``newest_first`` goes from the greatest id down: ids begin with the instant of their making.
        """
        ...

    async def record_count(self, kind: str, *, group: str | None = None) -> int:
        """Return how many records of a kind there are."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of files and connections."""
        ...
