"""Who is named on CIs, for what: the attributes and relationships that make somebody responsible.

Kept in memory for the whole living estate and moved along by the log, because whoever leaves, is
misspelt or owns something is looked for from their side.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.codec import ci_from_data
from graph_service.model.revision import Head, LogEntry, RecordType
from graph_service.model.vocabulary import Vocabulary
from graph_service.store import (
    CIColumns,
    CIOrder,
    CIQuery,
    GraphStore,
    Position,
    RelationshipColumns,
    position_of,
)

TEAM = "Team"
"""The class of CIs that people are members of."""

PAGE = 5_000
_REVISIONS_FOLLOWED_MAX = 200
_ENTRIES_READ = 10_000


class Duty(StrEnum):
    """What somebody is for a CI; the value is the attribute that names them."""

    OWNER = "owner"
    SERVICE_OWNER = "serviceOwner"
    SUPPORT = "supportGroup"
    CONTACT = "technicalContact"
    APPROVER = "approvers"


_DUTIES = (*Duty,)

OWNING = (Duty.OWNER, Duty.SERVICE_OWNER)
"""Duties by which a person owns a CI."""

OWNING_TEAMS = (*OWNING, Duty.SUPPORT)
"""Duties by which the members of a team own a CI."""

TIES = {"OWNED_BY": Duty.OWNER, "MANAGED_BY": Duty.SUPPORT}
"""Relationship types that name a team, from the CI to it."""

WHOLE = "CONTAINS"
MEMBER = "MEMBER_OF"
_KEPT_TYPES = frozenset({*TIES, WHOLE, MEMBER})


def is_kept(relationship_type: str) -> bool:
    """Whether relationships of a type say anything about duties."""
    return relationship_type in _KEPT_TYPES


@dataclass(frozen=True, slots=True)
class Bearer:
    """A CI as far as duties go: what it is called, and whom it names for what.

    ``value_bearing`` is what it says itself, if anything.
    """

    id: str
    key: str
    name: str
    class_name: str
    tier: int | None
    value_bearing: bool | None = None
    named: Mapping[Duty, tuple[str, ...]] = field(default_factory=dict)


def names_of(attributes: Mapping[str, Any]) -> dict[Duty, tuple[str, ...]]:
    """Return whom attributes name, for what; a list names several."""
    named = {}
    for duty in _DUTIES:
        # A member of a string enumeration is looked up as the attribute it names.
        value = attributes.get(duty)
        if value is None:
            continue
        values = value if isinstance(value, list) else (value,)
        texts = tuple(each for each in values if isinstance(each, str) and each.strip())
        if texts:
            named[duty] = texts
    return named


def bearer_of(ci: CI) -> Bearer:
    """Return a CI as far as duties go."""
    return Bearer(
        id=ci.id,
        key=ci.key,
        name=ci.name,
        class_name=ci.class_name,
        tier=ci.tier,
        value_bearing=ci.attributes.get("valueBearing"),
        named=names_of(ci.attributes),
    )


@dataclass(frozen=True, kw_only=True)
class Duties:
    """Everything that makes somebody responsible, at one revision.

    ``bearers`` are all living CIs by id. ``ties`` are living relationships (source, type, target)
    by id, of the types that name a team, put a part into a whole or a team into a team.
    """

    revision: int
    bearers: Mapping[str, Bearer]
    ties: Mapping[str, tuple[str, str, str]]
    team_classes: frozenset[str]

    @cached_property
    def teams(self) -> dict[str, Bearer]:
        """All living teams, by id."""
        return {
            name: each
            for name, each in self.bearers.items()
            if each.class_name in self.team_classes
        }

    @cached_property
    def by_name(self) -> dict[tuple[Duty, str], list[str]]:
        """The CIs that name somebody for something, by both."""
        found: defaultdict[tuple[Duty, str], list[str]] = defaultdict(list)
        for each in self.bearers.values():
            for duty, texts in each.named.items():
                for text in texts:
                    found[duty, text].append(each.id)
        return dict(found)

    @cached_property
    def by_team(self) -> dict[tuple[Duty, str], list[str]]:
        """The CIs that name a team by a relationship, by duty and the team's id."""
        found: defaultdict[tuple[Duty, str], list[str]] = defaultdict(list)
        for source, relationship_type, target in self.ties.values():
            if relationship_type in TIES and target in self.teams and source in self.bearers:
                found[TIES[relationship_type], target].append(source)
        return dict(found)

    @cached_property
    def tied(self) -> dict[str, list[tuple[Duty, str]]]:
        """The teams that each CI names by a relationship, by the CI's id."""
        found: defaultdict[str, list[tuple[Duty, str]]] = defaultdict(list)
        for (duty, team), cis in self.by_team.items():
            for each in cis:
                found[each].append((duty, team))
        return dict(found)

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        """What each whole contains directly."""
        return self._ends(WHOLE, 0)

    @cached_property
    def wholes(self) -> dict[str, list[str]]:
        """What contains each part directly."""
        return self._ends(WHOLE, 2)

    def _ends(self, relationship_type: str, end: int) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for tie in self.ties.values():
            if tie[1] == relationship_type:
                found[tie[end]].append(tie[2 - end])
        return dict(found)

    @cached_property
    def outer_teams(self) -> dict[str, list[str]]:
        """The teams that each team is in directly: they contain it, or it is a member of them."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for source, relationship_type, target in self.ties.values():
            if source in self.teams and target in self.teams:
                if relationship_type == WHOLE:
                    found[target].append(source)
                elif relationship_type == MEMBER:
                    found[source].append(target)
        return dict(found)

    @cached_property
    def inner_teams(self) -> dict[str, list[str]]:
        """The teams that are in each team directly."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for inner, outers in self.outer_teams.items():
            for outer in outers:
                found[outer].append(inner)
        return dict(found)


def closure(start: Iterable[str], steps: Mapping[str, Sequence[str]]) -> set[str]:
    """Return everything that steps lead to from a start, the start included; circles end."""
    reached = {*start}
    frontier = [*reached]
    while frontier:
        frontier = [
            each
            for each in {step for one in frontier for step in steps.get(one, ())}
            if each not in reached
        ]
        reached.update(frontier)
    return reached


class CurrentDuties:
    """Hands out the duties of the estate as it is now; whoever asks at once shares the work."""

    def __init__(self, store: GraphStore, vocabulary: Vocabulary) -> None:
        self._store = store
        self._team_classes = vocabulary.specialisations(TEAM)
        self._duties: Duties | None = None
        self._turn = asyncio.Lock()

    async def duties(self) -> Duties:
        """Return them as of a revision that is not older than this call."""
        head = await self._store.head()
        async with self._turn:
            known = self._duties
            if known is None or not 0 <= head.revision - known.revision <= _REVISIONS_FOLLOWED_MAX:
                known = await self._loaded()
            elif known.revision < head.revision:
                known = await self._followed(known)
            self._duties = known
            return known

    async def _loaded(self) -> Duties:
        # The log tells what is written while this is read: reading it twice changes nothing.
        head = await self._store.head()
        bearers = await self._bearers()
        ties: dict[str, tuple[str, str, str]] = {}
        ids: dict[int, str] = {}
        async for part in self._store.topology():
            if isinstance(part, CIColumns):
                ids.update(zip(part.ordinal, part.id, strict=True))
            elif isinstance(part, RelationshipColumns):
                _add_ties(ties, part, ids)
            elif isinstance(part, Head):
                head = head if head.revision <= part.revision else part
        return await self._followed(self._made(head.revision, bearers, ties))

    async def _bearers(self) -> dict[str, Bearer]:
        bearers: dict[str, Bearer] = {}
        after: Position | None = None
        while True:
            page = await self._store.find_cis(CIQuery(limit=PAGE, after=after))
            bearers.update((each.id, bearer_of(each)) for each in page.cis)
            if not page.has_next:
                return bearers
            after = position_of(page.cis[-1], CIOrder.NAME)

    async def _followed(self, known: Duties) -> Duties:
        bearers, ties, revision = dict(known.bearers), dict(known.ties), known.revision
        while entries := await self._store.entries_after(revision, _ENTRIES_READ):
            for each in entries:
                _follow(each, bearers, ties)
            revision = entries[-1].revision
        return self._made(revision, bearers, ties)

    def _made(
        self,
        revision: int,
        bearers: Mapping[str, Bearer],
        ties: Mapping[str, tuple[str, str, str]],
    ) -> Duties:
        return Duties(
            revision=revision, bearers=bearers, ties=ties, team_classes=self._team_classes
        )


def _add_ties(
    ties: dict[str, tuple[str, str, str]], part: RelationshipColumns, ids: Mapping[int, str]
) -> None:
    rows = zip(part.id, part.source, part.type, part.target, strict=True)
    ties.update(
        (name, (ids[source], relationship_type, ids[target]))
        for name, source, relationship_type, target in rows
        if relationship_type in _KEPT_TYPES
    )


def _follow(
    entry: LogEntry, bearers: dict[str, Bearer], ties: dict[str, tuple[str, str, str]]
) -> None:
    after = entry.after
    is_retired = after["presence"] == Presence.RETIRED
    if entry.record_type is RecordType.CI:
        if is_retired:
            bearers.pop(entry.record_id, None)
        else:
            bearers[entry.record_id] = bearer_of(ci_from_data(after))
    elif after["type"] in _KEPT_TYPES:
        if is_retired:
            ties.pop(entry.record_id, None)
        else:
            ties[entry.record_id] = (after["source"], after["type"], after["target"])
