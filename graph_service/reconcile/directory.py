"""The directory of people as records: how it is kept, and in which state it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graph_service.model.codec import digest
from graph_service.model.delta import Expectation, GraphDelta, Record
from graph_service.model.person import (
    Erasure,
    Person,
    PersonStatement,
    facts_from_data,
    facts_to_data,
    person_of,
)
from graph_service.reconcile.ground import all_records
from graph_service.store import EstateReader, GraphStore

PERSON = "person"
"""Kind of the records, ungrouped: several data sources may speak of one person."""

DIRECTORY = ("directory", "people")
"""Kind and id of the record that says in which state the directory is."""

PERSON_CLASS = "Person"
"""What stands where a plan names a class: people have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryState:
    """In which state the directory of people is; it is written with whatever changes a person.

    ``version`` goes up by one with every write. ``sources`` have spoken of people at some time.
    ``salt`` hides the native keys of those who were erased.
    """

    version: int = 0
    sources: frozenset[str] = frozenset()
    salt: str = ""

    def after(self, writes: int, *, source: str = "", salt: str = "") -> "DirectoryState":
        """Return the state after so many writes."""
        return replace(
            self,
            version=self.version + writes,
            sources=self.sources | ({source} if source else set()),
            salt=self.salt or salt,
        )

    def forgotten(self, data_source: str, native_key: str) -> str:
        """Return by what somebody who was erased is known again, and nothing else is."""
        return digest([self.salt, data_source, native_key])


async def directory_state(store: GraphStore) -> DirectoryState:
    """Read in which state the directory is."""
    record = await store.record(*DIRECTORY)
    if record is None:
        return DirectoryState()
    data = record.data
    return DirectoryState(
        version=data["version"], sources=frozenset(data["sources"]), salt=data["salt"]
    )


def state_record(state: DirectoryState) -> Record:
    """Return the state as it is kept."""
    kind, name = DIRECTORY
    return Record(
        kind=kind,
        id=name,
        data={
            "version": state.version,
            "sources": sorted(state.sources),
            "salt": state.salt,
        },
    )


async def guarded(store: GraphStore, delta: GraphDelta) -> GraphDelta | None:
    """Return a delta that stores refuse if anybody writes to the directory before it is applied.

    ``None``: it was made for another state of the directory than there is. A delta that touches no
    person comes back as it is.
    """
    wanted = version_wanted(delta)
    if wanted is None:
        return delta
    record = await store.record(*DIRECTORY)
    if (record.data["version"] if record else 0) != wanted:
        return None
    found = Expectation(*DIRECTORY, record.data if record else None)
    return replace(delta, expected=(*delta.expected, found))


def version_wanted(delta: GraphDelta) -> int | None:
    """Return the version of the directory that a delta was made for, if it touches any person."""
    for each in delta.records:
        if (each.kind, each.id) == DIRECTORY:
            version: int = each.data["version"]
            return version - 1
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody there is, by id; ``forgotten`` has by what those who were erased are known."""

    by_id: Mapping[str, Person]
    forgotten: Collection[str] = frozenset()


async def all_people(store: EstateReader) -> People:
    """Read everybody."""
    records = await all_records(store, PERSON)
    forgotten = {text for each in records.values() for text in each.data.get("forgotten", ())}
    people = {name: person_from_record(each) for name, each in records.items()}
    return People(by_id=people, forgotten=frozenset(forgotten))


def person_record(person: Person) -> Record:
    """Return a person as they are kept."""
    said = {source: _statement_data(each) for source, each in person.said.items()}
    return Record(kind=PERSON, id=person.id, data={"said": said})


def erased_record(person: Person, erasure: Erasure, forgotten: Collection[str]) -> Record:
    """Return what is kept of somebody who was erased: that, and by what they are known again."""
    data = {
        "erased": {"at": erasure.at, "by": erasure.by, "reason": erasure.reason},
        "forgotten": sorted(forgotten),
    }
    return Record(kind=PERSON, id=person.id, data=data)


def person_from_record(record: Record) -> Person:
    """Read a person."""
    erased = record.data.get("erased")
    if erased is not None:
        return Person(id=record.id, erasure=Erasure(**erased))
    said = {source: _statement(each) for source, each in record.data["said"].items()}
    return person_of(record.id, said)


def _statement_data(statement: PersonStatement) -> dict[str, Any]:
    return {
        "nativeKey": statement.native_key,
        "facts": facts_to_data(statement.facts),
        "digest": statement.digest,
        "scope": statement.scope,
        "rank": statement.rank,
        "live": statement.live,
        "goneOn": statement.gone_on,
        "statedAt": statement.stated_at,
        "place": statement.place,
    }


def _statement(data: Mapping[str, Any]) -> PersonStatement:
    return PersonStatement(
        native_key=data["nativeKey"],
        facts=facts_from_data(data["facts"]),
        digest=data["digest"],
        scope=data["scope"],
        rank=data["rank"],
        live=data["live"],
        gone_on=data["goneOn"],
        stated_at=data["statedAt"],
        place=data["place"],
    )
