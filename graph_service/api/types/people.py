"""People, teams, and whom CIs name."""

from collections.abc import Sequence
from datetime import date

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, ListSize
from graph_service.api.fields import field
from graph_service.api.scalars import Instant, as_instant
from graph_service.api.types.ci import CI
from graph_service.api.types.connection import Connection, Node, keyset_page
from graph_service.model import person as model
from graph_service.model.person import TeamRole, Way
from graph_service.model.vocabulary import Vocabulary
from graph_service.use_cases.people.directory import Directory, Meaning, Member, Resolution
from graph_service.use_cases.people.duties import Bearer, Duty
from graph_service.use_cases.people.ownership import Reason


@strawberry.type(description="One way to reach somebody.")
class Contact:
    """One way to reach somebody."""

    way: Way
    value: str


@strawberry.type(description="What one data source says of a person.")
class PersonSource:
    """What one data source says of a person."""

    data_source: str
    native_key: str = strawberry.field(description="What it calls them.")
    live: bool = strawberry.field(description="False: it no longer has them.")
    gone_on: date | None
    stated_at: Instant = strawberry.field(description="Since when it says the same.")
    evidence: str | None = strawberry.field(description="Where it was read.")


@strawberry.type(description="That somebody is in a team.")
class TeamMembership:
    """That somebody is in a team."""

    text: str = strawberry.field(description="As the data source names the team.")
    role: TeamRole
    team_key: str | None = strawberry.field(description="Null: no CI answers to it.")
    team_name: str | None


@strawberry.type(description="Another person, as somebody's record names them.")
class NamedPerson:
    """Another person, as a record names them."""

    text: str
    label: str = strawberry.field(description="The text itself where it means nobody.")
    person_id: strawberry.ID | None = strawberry.field(description="Null: it means nobody.")
    left: bool


@strawberry.type(
    description="Somebody in the directory. No part of the estate and of its log, so that what is "
    "known of them can be erased; teams are CIs."
)
class Person(Node):
    """Somebody in the directory."""

    name: str = strawberry.field(description="What to call them.")
    login: str | None
    contacts: list[Contact] = strawberry.field(directives=[ListSize(assumed_size=4)])
    on_call: str | None = strawberry.field(description="The link to whoever is on call for them.")
    absent_from: date | None
    absent_until: date | None = strawberry.field(description="The last day away.")
    away: bool = strawberry.field(description="Whether they are absent today.")
    left_on: date | None = strawberry.field(description="The first day gone; may be to come.")
    left: bool = strawberry.field(description="Whether they are gone today.")
    erased: bool = strawberry.field(description="What was known of them was erased on request.")
    sources: list[PersonSource] = strawberry.field(directives=[ListSize(assumed_size=3)])

    deputy: NamedPerson | None = strawberry.field(description="Who stands in for them.")
    manager: NamedPerson | None
    memberships: list[TeamMembership] = strawberry.field(
        description="The teams they are in by themselves.", directives=[ListSize(assumed_size=5)]
    )


def person(found: model.Person, directory: Directory) -> Person:
    """Show somebody."""
    facts = found.facts
    return Person(
        id=strawberry.ID(found.id),
        name=found.label,
        login=facts.login or None,
        contacts=[Contact(way=each.way, value=each.value) for each in found.contacts],
        on_call=facts.on_call or None,
        absent_from=_day(facts.absent_from),
        absent_until=_day(facts.absent_until),
        away=directory.is_away(found),
        left_on=_day(found.left_on),
        left=directory.has_left(found),
        erased=found.erasure is not None,
        sources=[
            PersonSource(
                data_source=source,
                native_key=each.native_key,
                live=each.live,
                gone_on=_day(each.gone_on),
                stated_at=as_instant(each.stated_at),
                evidence=each.place or None,
            )
            for source, each in sorted(found.said.items())
        ],
        deputy=_named(facts.deputy, directory),
        manager=_named(facts.manager, directory),
        memberships=[_membership(each, directory) for each in facts.memberships],
    )


def _named(text: str, directory: Directory) -> NamedPerson | None:
    if not text:
        return None
    found = directory.person(text)
    return NamedPerson(
        text=text,
        label=found.label if found else text,
        person_id=strawberry.ID(found.id) if found else None,
        left=found is not None and directory.has_left(found),
    )


def _membership(found: model.Membership, directory: Directory) -> TeamMembership:
    team = directory.team_called(found.team)
    return TeamMembership(
        text=found.team,
        role=found.role,
        team_key=team.key if team else None,
        team_name=team.name if team else None,
    )


@strawberry.type(
    description="Whom a text means: one person, one team, or nobody that is known. People and "
    "teams are those of today, whatever revision the text is of."
)
class Responsible:
    """Whom a text means."""

    text: str

    @field(description="What to call them; the text itself where it means nobody.")
    async def label(self, info: Info) -> str:
        """Return a name."""
        meaning = await self._meaning(info)
        if meaning.person is not None:
            return meaning.person.label
        return meaning.team.name if meaning.team else self.text

    @field()
    async def resolution(self, info: Info) -> Resolution:
        """Say what came of it."""
        return (await self._meaning(info)).resolution

    @field(description="Whether it means one person or one team.")
    async def resolved(self, info: Info) -> bool:
        """Say whether somebody is meant."""
        return (await self._meaning(info)).resolution is Resolution.RESOLVED

    @field()
    async def person(self, info: Info) -> Person | None:
        """Return the person."""
        found = (await self._meaning(info)).person
        return person(found, await self._directory(info)) if found else None

    @field()
    async def team(self, info: Info) -> CI | None:
        """Return the team."""
        return _team((await self._meaning(info)).team, info.context.services.vocabulary)

    @field(description="Whether it is somebody who has left.")
    async def left(self, info: Info) -> bool:
        """Say whether they are gone."""
        found = (await self._meaning(info)).person
        return found is not None and (await self._directory(info)).has_left(found)

    @field(
        description="Names it may have meant, where it means nobody.",
        directives=[Cost(weight=5), ListSize(assumed_size=3)],
    )
    async def near(self, info: Info) -> list[str]:
        """Find what was meant."""
        directory = await self._directory(info)
        if directory.meaning(self.text).resolution is Resolution.RESOLVED:
            return []
        return [*directory.near(self.text)]

    @field(
        description="All whom it may mean, where it is ambiguous.",
        directives=[ListSize(assumed_size=3)],
    )
    async def candidates(self, info: Info) -> list[str]:
        """List them."""
        directory = await self._directory(info)
        return [
            f"{directory.label(each)} ({each})" for each in directory.meaning(self.text).candidates
        ]

    async def _directory(self, info: Info) -> Directory:
        return (await info.context.ownership()).directory

    async def _meaning(self, info: Info) -> Meaning:
        return (await self._directory(info)).meaning(self.text)


@strawberry.type(description="A CI that somebody owns, and why.")
class Owned:
    """A CI that somebody owns, and why."""

    ci: CI
    duty: Duty
    team: CI | None = strawberry.field(description="The team it names; null: the person.")
    whole: CI | None = strawberry.field(
        description="What contains it and is owned directly; null: itself."
    )


@strawberry.type(description="Somebody in a team.")
class TeamMember:
    """Somebody in a team."""

    person: Person
    role: TeamRole
    via: CI = strawberry.field(description="The team itself, or the one within it they are in.")


@strawberry.type(description="A team: a CI, and the people in it.")
class Team:
    """A team and the people in it."""

    found: strawberry.Private[Bearer]
    directory: strawberry.Private[Directory]
    ci: CI
    outer_teams: list[CI] = strawberry.field(directives=[ListSize(assumed_size=2)])
    inner_teams: list[CI] = strawberry.field(directives=[ListSize(assumed_size=5)])

    @field(directives=[ListSize(assumed_size=2)])
    def leads(self) -> list[Person]:
        """List who leads it."""
        return [person(each, self.directory) for each in self.directory.leads(self.found.id)]

    @field(description="Who is in it or in a team within it; leads first.")
    def members(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        include_left: bool = False,  # noqa: FBT001, FBT002 - by name in GraphQL
    ) -> Connection[TeamMember]:
        """List its members."""
        found = (
            self.directory.members(self.found.id)
            if include_left
            else self.directory.active_members(self.found.id)
        )
        order = [*TeamRole]
        in_force = info.context.services.vocabulary

        def shown(each: Member) -> TeamMember:
            return TeamMember(
                person=person(each.person, self.directory),
                role=each.role,
                via=ci_of_bearer(each.via, in_force),
            )

        return keyset_page(
            info.context,
            ["members", self.found.id, include_left],
            found,
            lambda each: [order.index(each.role), each.person.label, each.person.id],
            (first, after),
            lambda page: [shown(each) for each in page],
        )


def team_page(found: Bearer, directory: Directory, in_force: Vocabulary) -> Team:
    """Show a team."""

    def shown(ids: Sequence[str]) -> list[CI]:
        teams = sorted((directory.duties.teams[each] for each in ids), key=lambda team: team.key)
        return [ci_of_bearer(each, in_force) for each in teams]

    return Team(
        found=found,
        directory=directory,
        ci=ci_of_bearer(found, in_force),
        outer_teams=shown(directory.duties.outer_teams.get(found.id, ())),
        inner_teams=shown(directory.duties.inner_teams.get(found.id, ())),
    )


@strawberry.type(description="A team that data sources put people into and that no CI is.")
class UnresolvedTeam:
    """A team that no CI is."""

    text: str
    people_count: int
    near: list[str]


def ci_of_bearer(found: Bearer, in_force: Vocabulary) -> CI:
    """Show a CI of which only what duties need is at hand; the rest is read when asked for."""
    own = found.value_bearing
    return CI(
        loaded=None,
        id=strawberry.ID(found.id),
        key=found.key,
        name=found.name,
        class_name=found.class_name,
        tier=found.tier,
        value_bearing=in_force.is_value_bearing(found.class_name) if own is None else own,
    )


def _team(found: Bearer | None, in_force: Vocabulary) -> CI | None:
    return ci_of_bearer(found, in_force) if found else None


def owned_page(
    info: Info,
    directory: Directory,
    owned: dict[str, Reason],
    question: object,
    paging: tuple[int, str | None],
) -> Connection[Owned]:
    """Cut a page out of what somebody owns."""
    in_force = info.context.services.vocabulary
    bearers, teams = directory.duties.bearers, directory.duties.teams

    def shown(ci: Bearer) -> Owned:
        reason = owned[ci.id]
        return Owned(
            ci=ci_of_bearer(ci, in_force),
            duty=reason.duty,
            team=_team(teams.get(reason.team), in_force),
            whole=_team(bearers.get(reason.whole), in_force),
        )

    found = sorted((bearers[each] for each in owned), key=lambda each: each.key)
    return keyset_page(
        info.context,
        question,
        found,
        lambda each: [each.key],
        paging,
        lambda page: [shown(each) for each in page],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
