"""Owning, against a slow and obvious twin; and duties that follow the log, against fresh ones."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.delta import GraphDelta
from graph_service.model.person import Person, PersonStatement, person_of
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import packaged
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import CurrentDuties, Duties, bearer_of
from graph_service.use_cases.people.ownership import Ownership
from tests.builders import ci, ci_id, delta, related
from tests.people import TODAY, Office, office, somebody

laws = settings(max_examples=150, deadline=None)

PEOPLE = ("ada", "bob", "cid")
TEAMS = ("red", "blue", "grey")
THINGS = ("a", "b", "c", "d", "e")
NAMES = (*PEOPLE, *TEAMS, "nobody")

names = st.sampled_from(NAMES)
things = st.dictionaries(
    st.sampled_from(THINGS),
    st.fixed_dictionaries(
        {},
        optional={
            "owner": names,
            "serviceOwner": names,
            "supportGroup": names,
            "technicalContact": names,
            "approvers": st.lists(names, max_size=2),
        },
    ),
    min_size=2,
)
ties = st.sets(
    st.one_of(
        st.tuples(st.sampled_from(THINGS), st.just("CONTAINS"), st.sampled_from(THINGS)),
        st.tuples(
            st.sampled_from(THINGS),
            st.sampled_from(["OWNED_BY", "MANAGED_BY"]),
            st.sampled_from(TEAMS),
        ),
        st.tuples(
            st.sampled_from(TEAMS),
            st.sampled_from(["CONTAINS", "MEMBER_OF"]),
            st.sampled_from(TEAMS),
        ),
    ).filter(lambda each: each[0] != each[2]),
    max_size=9,
)
memberships = st.dictionaries(
    st.sampled_from(PEOPLE), st.sets(st.sampled_from(TEAMS)), min_size=len(PEOPLE)
)
leavers = st.sets(st.sampled_from(PEOPLE), max_size=1)


def is_in(person: str, team: str, world: "World", seen: frozenset[str] = frozenset()) -> bool:
    """Whether somebody is in a team, or in one within it."""
    if team in world.teams_of[person]:
        return True
    inner = {
        target if relationship_type == "CONTAINS" else source
        for source, relationship_type, target in world.ties
        if source in TEAMS and team == (source if relationship_type == "CONTAINS" else target)
    }
    return any(is_in(person, each, world, seen | {team}) for each in inner - seen - {team})


def owns(person: str, thing: str, world: "World", seen: frozenset[str] = frozenset()) -> bool:
    """Whether somebody owns a thing, asked the way a person would explain it."""
    if person in world.left:
        return False
    said = world.things.get(thing, {})
    if person in {said.get("owner"), said.get("serviceOwner")}:
        return True
    teams = {said.get(each) for each in ("owner", "serviceOwner", "supportGroup")} & {*TEAMS}
    teams |= {
        target
        for source, relationship_type, target in world.ties
        if source == thing and relationship_type in {"OWNED_BY", "MANAGED_BY"}
    }
    if any(is_in(person, str(each), world) for each in teams):
        return True
    wholes = {
        source for source, kind_of, target in world.ties if (kind_of, target) == ("CONTAINS", thing)
    }
    return any(owns(person, each, world, seen | {thing}) for each in wholes - seen - {thing})


class World:
    """What was drawn."""

    def __init__(
        self,
        drawn: Mapping[str, Mapping[str, object]],
        between: set[tuple[str, str, str]],
        teams_of: Mapping[str, set[str]],
        left: set[str],
    ) -> None:
        self.things = drawn
        self.ties = {each for each in between if each[0] in drawn or each[0] in TEAMS}
        self.ties = {each for each in self.ties if each[2] in drawn or each[2] in TEAMS}
        self.teams_of = teams_of
        self.left = left

    def records(self) -> list[CI | Relationship]:
        """Return it as records of an estate."""
        return [
            *(ci(name, "Team") for name in TEAMS),
            *(replace(ci(name), attributes=said) for name, said in self.things.items()),
            *(related(source, target, type_) for source, type_, target in sorted(self.ties)),
        ]


def ownership_of(world: World) -> Ownership:
    """Return what the product makes of a world."""
    people = {}
    for name in PEOPLE:
        said = somebody(
            name, *sorted(world.teams_of[name]), left_on=TODAY if name in world.left else ""
        )
        statement = PersonStatement(native_key=name, facts=said.facts, digest="")
        people[f"psn_{name}"] = person_of(f"psn_{name}", {"hr": statement})
    records = world.records()
    duties = Duties(
        revision=1,
        bearers={each.id: bearer_of(each) for each in records if isinstance(each, CI)},
        ties={
            each.id: (each.source, each.type, each.target)
            for each in records
            if isinstance(each, Relationship)
        },
        team_classes=frozenset({"Team"}),
    )
    return Ownership(directory=Directory(people=people, duties=duties, today=TODAY))


def _check(ownership: Ownership, person: Person, name: str, world: World) -> None:
    for thing in (*world.things, *TEAMS):
        expected = owns(name, thing, world)
        assert ownership.owns(person.id, ci_id(thing)) == expected, (name, thing)
        if name in world.left:
            continue
        # The same from the other side: from the CI to those it names.
        named = ownership.owner_ids(ci_id(thing))
        teams = ownership.directory.all_teams_of(person.id)
        assert (person.id in named or not teams.isdisjoint(named)) == expected


@laws
@given(things, ties, memberships, leavers)
def test_owning_is_what_a_person_would_say_it_is(
    drawn: dict[str, dict[str, object]],
    between: set[tuple[str, str, str]],
    teams_of: dict[str, set[str]],
    left: set[str],
) -> None:
    world = World(drawn, between, teams_of, left)
    ownership = ownership_of(world)

    for name in PEOPLE:
        person = ownership.directory.person(name)
        assert person is not None
        _check(ownership, person, name, world)


def _picture(duties: Duties) -> object:
    return duties.revision, duties.bearers, duties.ties


async def _followed(worlds: list[World]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder) / "estate.db") as opened:
            current = CurrentDuties(opened.store, packaged())
            for world in worlds:
                await _become(opened, world)
                followed = await current.duties()
                fresh = await CurrentDuties(opened.store, packaged()).duties()
                assert _picture(followed) == _picture(fresh)


async def _become(opened: Office, world: World) -> None:
    """Make the estate this world: what it does not have is retired."""
    head = await opened.store.head()
    wanted = {each.id: each for each in world.records()}
    duties = await CurrentDuties(opened.store, packaged()).duties()
    gone = [each for each in duties.bearers if each not in wanted]
    cis = (await opened.store.cis(gone)).values()
    retired = [replace(each, presence=Presence.RETIRED) for each in cis]
    write: GraphDelta = delta(*wanted.values(), *retired, based_on=head.revision)
    await opened.store.apply(write)


worlds = st.builds(World, things, ties, st.just({}), st.just(set()))


@settings(max_examples=10, deadline=None)
@given(st.lists(worlds, min_size=2, max_size=4))
def test_duties_that_follow_the_log_are_those_read_afresh(drawn: list[World]) -> None:
    asyncio.run(_followed(drawn))
