"""By which a test fills a directory of people in a few words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from graph_service.model.observation import Event
from graph_service.model.person import (
    Membership,
    Person,
    PersonFacts,
    PersonObservation,
    TeamRole,
)
from graph_service.model.place import Place
from graph_service.model.vocabulary import packaged
from graph_service.reconcile.directory import all_people
from graph_service.store import GraphStore
from graph_service.use_cases.intake.import_plan import ImportPlan, ImportResult
from graph_service.use_cases.people.handing_over import HandingOver
from graph_service.use_cases.people.who_is_who import WhoIsWho
from tests.builders import TickingClock, estate
from tests.readings import Estate, counting_ids, on, opened

TODAY = "2026-03-01"
"""The day on which tests take place, as their clocks have it."""


def somebody(native_key: str, *teams: str, **facts: object) -> PersonObservation:
    """Return the observation of a person whose login is the native key unless given.

    A team may have a role behind a colon: ``payments:LEAD``.
    """
    memberships = []
    for each in teams:
        team, _, role = each.partition(":")
        memberships.append(Membership(team, TeamRole(role or "MEMBER")))
    said = {"login": native_key, "memberships": tuple(memberships), **facts}
    return PersonObservation(
        native_key=native_key,
        facts=PersonFacts(**said),  # type: ignore[arg-type] # handed on as named
        place=Place("people.csv", "", 2),
    )


@dataclass(frozen=True, slots=True)
class Office:
    """An estate with its directory."""

    estate: Estate
    who_is_who: WhoIsWho
    handing_over: HandingOver

    @property
    def store(self) -> GraphStore:
        """Where everything is kept."""
        return self.estate.store

    async def draw(self, drawing: str) -> None:
        """Add to the estate."""
        head = await self.store.head()
        await self.store.apply(estate(drawing, based_on=head.revision))

    async def plan(self, *events: Event, source: str = "hr", complete: bool = True) -> ImportPlan:
        """Plan a reading of people."""
        return await self.estate.plan(*events, data_source=source, complete=complete)

    async def take_in(
        self, *events: Event, source: str = "hr", complete: bool = True
    ) -> ImportResult:
        """Plan and apply a reading of people."""
        return await self.estate.apply(await self.plan(*events, source=source, complete=complete))

    async def people(self) -> dict[str, Person]:
        """Return everybody by what they are called."""
        found = (await all_people(self.store)).by_id.values()
        return {each.label: each for each in found}

    async def here(self) -> set[str]:
        """Return what those are called who have not left."""
        people = (await self.people()).items()
        return {label for label, each in people if not each.has_left(TODAY)}


def office_on(store: GraphStore) -> Office:
    """Return what writes to a store, and asks it about people."""
    ids = counting_ids()
    clock = TickingClock()
    made = on(store, clock, ids)
    who_is_who = WhoIsWho(store, packaged(), made.editing, clock=clock, new_id=ids)
    return Office(made, who_is_who, HandingOver(who_is_who.ownership, made.editing))


@asynccontextmanager
async def office(path: Path) -> AsyncIterator[Office]:
    """Open an office in a file."""
    async with opened(path) as made:
        yield office_on(made.store)
