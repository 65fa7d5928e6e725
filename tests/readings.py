"""By which a test writes what a data source says, in a few words."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from graph_service.model.ci import CI, Presence
from graph_service.model.delta import GraphDelta
from graph_service.model.ids import IdGenerator
from graph_service.model.observation import (
    CIObservation,
    Event,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Reference,
    RelationshipObservation,
)
from graph_service.model.place import Place
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import packaged
from graph_service.store import Applied, CIQuery, GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.intake.import_plan import ImportPlan, ImportResult
from graph_service.use_cases.intake.intake import Intake
from tests.builders import ADA, TickingClock


class Scribe:
    """A collector of texts that a test has in its hand; it knows the line of every place."""

    name = "scribe"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Read nothing: tests make their readings themselves."""
        del request
        return []

    def locate(self, place: Place) -> Place:
        """Say that everything stands in line 7."""
        return Place(place.document, place.path, 7, 1)


SCRIBE = Scribe()


def says(
    native_key: str,
    class_name: str = "Application",
    *,
    name: str = "",
    key: str = "",
    origin: Origin = Origin.DECLARED,
    text_values: bool = False,
    **attributes: object,
) -> CIObservation:
    """Return the observation of a CI."""
    return CIObservation(
        native_key=native_key,
        class_name=class_name,
        name=name,
        key=key,
        origin=origin,
        text_values=text_values,
        attributes={
            each.replace("redundancy_", "redundancy."): v for each, v in attributes.items()
        },
        place=Place("notes.txt", f"cis[{native_key}]"),
    )


def relates(
    source: str | Reference,
    target: str | Reference,
    relationship_type: str = "DEPENDS_ON",
    *,
    origin: Origin = Origin.DECLARED,
    **attributes: object,
) -> RelationshipObservation:
    """Return the observation of a relationship; bare words are keys."""
    ends = [Reference(key=each) if isinstance(each, str) else each for each in (source, target)]
    return RelationshipObservation(
        source=ends[0],
        target=ends[1],
        type=relationship_type,
        origin=origin,
        attributes=attributes,
        place=Place("notes.txt", f"relationships[{source} {target}]"),
    )


def reading(
    *events: Event,
    data_source: str = "team",
    scope: str = "all",
    complete: bool = False,
    strict: bool = False,
    to_the_end: bool = True,
) -> Reading:
    """Return a reading of these events, which ends as it should unless told otherwise."""
    end: Iterable[Event] = [ReadToTheEnd()] if to_the_end else []
    return Reading(
        data_source=data_source,
        collector=SCRIBE.name,
        scope=scope,
        complete=complete,
        strict=strict,
        events=iter([*events, *end]),
    )


def counting_ids() -> IdGenerator:
    """Return a generator of ids that a test can foresee."""
    numbers = count(1)
    return lambda prefix: f"{prefix}_{next(numbers):06d}"


@dataclass(frozen=True, slots=True)
class Estate:
    """A store, and what writes to it."""

    store: GraphStore
    intake: Intake
    editing: Editing

    async def plan(self, *events: Event, **how: object) -> ImportPlan:
        """Plan a reading of these events."""
        return await self.intake.plan(
            reading(*events, **how),  # type: ignore[arg-type] # handed on as named
            collector=SCRIBE,
            actor=ADA,
        )

    async def take_in(self, *events: Event, **how: object) -> ImportResult:
        """Plan and apply a reading of these events."""
        return await self.apply(await self.plan(*events, **how))

    async def apply(self, plan: ImportPlan) -> ImportResult:
        """Apply a plan."""
        return await self.intake.apply(plan, actor=ADA)

    async def cis(self, *, retired: bool = True) -> dict[str, CI]:
        """Return all CIs by key."""
        page = await self.store.find_cis(CIQuery(include_retired=retired, limit=100_000))
        return {each.key: each for each in page.cis}

    async def ci(self, key: str) -> CI:
        """Return a CI by key, retired ones included."""
        return (await self.store.cis_by_key([key]))[key]

    async def relationships(self) -> set[str]:
        """Return the living relationships as ``source TYPE target``, in keys."""
        cis = {each.id: each.key for each in (await self.cis()).values()}
        found = await self.store.relationships_of(cis.keys())
        return {f"{cis[each.source]} {each.type} {cis[each.target]}" for each in found}

    async def revision(self) -> int:
        """Return the newest revision."""
        return (await self.store.head()).revision

    async def unresolved(self) -> set[str]:
        """Return what nothing answers as ``source TYPE target``."""
        found = await self.intake.unresolved()
        return {f"{each.source} {each.type} {each.target}" for each in found}

    async def unresolved_records(self) -> set[str]:
        """Return the ids of all references that nothing answers."""
        found: set[str] = set()
        after = ""
        while page := await self.intake.unresolved(after=after, limit=1_000):
            found |= {each.id for each in page}
            after = page[-1].id
        return found

    async def picture(self) -> object:
        """Return all that a person could see, without ids and instants."""
        cis = {
            each.key: (each.name, each.class_name, each.presence, dict(each.attributes))
            for each in (await self.cis()).values()
            if each.presence is not Presence.RETIRED
        }
        keys = {each.id: each.key for each in (await self.cis()).values()}
        relationships = {
            f"{keys[each.source]} {each.type} {keys[each.target]}": (
                dict(each.attributes),
                each.origin,
            )
            for each in await self.store.relationships_of(keys.keys())
        }
        return cis, relationships, await self.unresolved()


@dataclass
class Clock:
    """The clocks of one estate: one for the store, one for its writers."""

    store: TickingClock = field(default_factory=TickingClock)
    writers: TickingClock = field(default_factory=TickingClock)


@asynccontextmanager
async def opened(path: Path, ids: IdGenerator | None = None) -> AsyncIterator[Estate]:
    """Open an estate in a file."""
    clock = Clock()
    store = await open_sqlite(path, clock=clock.store)
    try:
        yield on(store, clock.writers, ids or counting_ids())
    finally:
        await store.close()


def on(store: GraphStore, clock: Callable[[], object], ids: IdGenerator) -> Estate:
    """Return the writers of a store."""
    vocabulary = packaged()
    return Estate(
        store,
        Intake(store, vocabulary, clock=clock, new_id=ids),  # type: ignore[arg-type] # a clock
        Editing(store, vocabulary, clock=clock, new_id=ids),  # type: ignore[arg-type] # a clock
    )


def events_of(plan: ImportPlan) -> Iterator[str]:
    """Yield what a plan does, one operation a line."""
    for each in plan.operations:
        yield f"{each.action} {each.label}"


class KilledError(Exception):
    """The process is gone."""


@contextmanager
def killed_after(estate: Estate, writes: int) -> Iterator[None]:
    """Let a store take so many deltas, and then no more."""
    taken = 0
    whole = type(estate.store).apply

    async def apply(self: object, delta: GraphDelta) -> Applied:
        nonlocal taken
        if taken == writes:
            raise KilledError
        taken += 1
        applied: Applied = await whole(self, delta)  # type: ignore[arg-type] # the store itself
        return applied

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(estate.store), "apply", apply)
        yield
