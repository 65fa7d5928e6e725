"""Who is who, who owns what, and what lost its owner."""

from datetime import date
from typing import Any

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, ListSize, Needs
from graph_service.api.errors import problem
from graph_service.api.fields import field, mutation
from graph_service.api.inputs import UNSET, given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.types.connection import Connection, checked_first, keyset_page
from graph_service.api.types.ownerless import (
    ErasePersonInput,
    ErasePersonResult,
    HandOverInput,
    HandOverPreview,
    HandOverResult,
    OwnerGap,
    OwnerGapFilter,
    PersonWritten,
    StatePersonInput,
    StatePersonResult,
    gap_key,
    hand_over_preview,
    person_erased,
    shown_gaps,
    to_gap_filter,
)
from graph_service.api.types.people import (
    Owned,
    Person,
    Team,
    UnresolvedTeam,
    owned_page,
    person,
    team_page,
)
from graph_service.api.written import estate_written, nothing_written
from graph_service.model import person as model
from graph_service.model.errors import AmbiguousReferenceError, GraphServiceError
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import Bearer
from graph_service.use_cases.people.ownerless import UNRESOLVED, GapFilter, gaps_of


@strawberry.input(description="Which people. Fields all hold.")
class PersonFilter:
    """Which people."""

    text: str | None = strawberry.field(
        default=UNSET, description="In a name, login or mail address; capitals do not count."
    )
    team: str | None = strawberry.field(
        default=UNSET, description="In this team or one within it: its id, key or name."
    )
    left: bool | None = UNSET
    away: bool | None = strawberry.field(default=UNSET, description="Absent today.")


@strawberry.type
class PeopleQueries:
    """Reading the directory."""

    @field(description="Everybody in the directory, by name.", directives=[Cost(weight=5)])
    async def people(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        filter: PersonFilter | None = None,  # noqa: A002 - the contract's word
    ) -> Connection[Person]:
        """List people."""
        directory = (await info.context.ownership()).directory
        asked = filter or PersonFilter()
        found = _filtered(directory, asked)
        question = ["people", *(given(getattr(asked, each)) for each in _FIELDS)]
        return keyset_page(
            info.context,
            question,
            found,
            _person_key,
            (first, after),
            lambda page: [person(each, directory) for each in page],
        )

    @field(
        description="One person by anything they are called: an id, login, mail address, LDAP name "
        "or name. Null: nobody is; ambiguous: an error with all whom it may mean.",
        directives=[Cost(weight=5)],
    )
    async def person(self, info: Info, ref: str) -> Person | None:
        """Look somebody up."""
        directory = (await info.context.ownership()).directory
        meaning = directory.meaning(ref.strip())
        if len(meaning.candidates) > 1:
            labels = [f"{directory.label(each)} ({each})" for each in meaning.candidates]
            raise AmbiguousReferenceError(ref, labels)
        return person(meaning.person, directory) if meaning.person else None

    @field(
        description="Names that a misspelt one may have meant, nearest first.",
        directives=[Cost(weight=10), ListSize(assumed_size=3)],
    )
    async def names_like(self, info: Info, text: str) -> list[str]:
        """Find who was meant."""
        return [*(await info.context.ownership()).directory.near(text)]

    @field(description="A team by its id, key, LDAP name or name.", directives=[Cost(weight=5)])
    async def team(self, info: Info, ref: str) -> Team | None:
        """Look a team up."""
        directory = (await info.context.ownership()).directory
        found = directory.duties.teams.get(ref) or directory.team_called(ref.strip())
        return team_page(found, directory, info.context.services.vocabulary) if found else None

    @field(description="All teams, by key.", directives=[Cost(weight=5)])
    async def teams(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[Team]:
        """List teams."""
        directory = (await info.context.ownership()).directory
        in_force = info.context.services.vocabulary
        found = sorted(directory.duties.teams.values(), key=lambda each: each.key)

        def key(each: Bearer) -> list[Any]:
            return [each.key]

        return keyset_page(
            info.context,
            ["teams"],
            found,
            key,
            (first, after),
            lambda page: [team_page(each, directory, in_force) for each in page],
        )

    @field(
        description="Teams that data sources put people into and that no CI is, most people first.",
        directives=[Cost(weight=10)],
    )
    async def unresolved_teams(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[UnresolvedTeam]:
        """List them."""
        directory = (await info.context.ownership()).directory
        return keyset_page(
            info.context,
            ["unresolvedTeams"],
            directory.unresolved_teams,
            lambda each: [-len(each.people), each.text],
            (first, after),
            lambda page: [
                UnresolvedTeam(text=each.text, people_count=len(each.people), near=[*each.near])
                for each in page
            ],
        )

    @field(
        description="Everything that a person or a team owns, by key, and why. Null: nobody is "
        "called that; ambiguous: an error with all whom it may mean.",
        directives=[Cost(weight=10)],
    )
    async def owned(
        self, info: Info, by: str, first: int = 50, after: str | None = None
    ) -> Connection[Owned] | None:
        """List what somebody owns."""
        ownership = await info.context.ownership()
        directory = ownership.directory
        meaning = directory.meaning(by.strip())
        if len(meaning.candidates) > 1:
            labels = [f"{directory.label(each)} ({each})" for each in meaning.candidates]
            raise AmbiguousReferenceError(by, labels)
        if meaning.person is not None:
            owned, owner = ownership.owned_by_person(meaning.person.id), meaning.person.id
        elif meaning.team is not None:
            owned, owner = ownership.owned_by_team(meaning.team.id), meaning.team.id
        else:
            return None
        return owned_page(info, directory, owned, ["owned", owner], (first, after))

    @field(
        description="What lost its owner: CIs that name somebody who has left, nobody knows, an "
        "empty team or nobody, with an heir where one can be proposed; most critical first.",
        directives=[Cost(weight=50)],
    )
    async def ownerless(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        filter: OwnerGapFilter | None = None,  # noqa: A002 - the contract's word
    ) -> Connection[OwnerGap]:
        """List what lost its owner."""
        return await _gaps(info, to_gap_filter(filter), (first, after))

    @field(
        description="Texts on CIs that mean nobody, or several, with names they may have meant.",
        directives=[Cost(weight=50)],
    )
    async def unresolved_owners(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[OwnerGap]:
        """List them."""
        return await _gaps(info, GapFilter(problems=UNRESOLVED), (first, after))

    @field(
        description="What handing over would do: who takes what over, what becomes of the CIs, and "
        "what to know first. An error where there is nothing to hand over.",
        directives=[Cost(weight=50)],
    )
    async def hand_over_preview(
        self, info: Info, gaps: OwnerGapFilter, heir: str | None = None, first: int = 50
    ) -> HandOverPreview:
        """Try handing over."""
        context = info.context
        first = checked_first(first, context.options.limits.page_size)
        ownership = await context.ownership()
        context.now.reading()
        found = await context.services.handing_over.preview(
            to_gap_filter(gaps), heir=heir or "", actor=context.viewer.actor
        )
        context.pin.saw(found.edits.revision)
        in_force = context.services.vocabulary
        return hand_over_preview(found, ownership.directory, in_force, first)


@strawberry.type
class PeopleMutations:
    """Writing about people, and whom CIs name."""

    @mutation(
        description="Name heirs on all CIs that lost somebody, as one revision.",
        directives=[Needs(roles=[*MUTATION_ROLES["handOver"]])],
    )
    async def hand_over(self, info: Info, input: HandOverInput) -> HandOverResult:  # noqa: A002 - the contract's word
        """Hand over what lost its owner."""
        try:
            result = await info.context.services.handing_over.hand_over(
                to_gap_filter(input.gaps),
                heir=given(input.heir) or "",
                actor=info.context.viewer.actor,
                reason=input.reason,
                seal=given(input.seal) or "",
                idempotency_key=given(input.idempotency_key),
            )
        except GraphServiceError as error:
            return problem(error)
        return estate_written(result)

    @mutation(
        description="State an absence, deputy, manager, on-call link or last day by hand; it "
        "outranks what directories say.",
        directives=[Needs(roles=[*MUTATION_ROLES["statePerson"]])],
    )
    async def state_person(self, info: Info, input: StatePersonInput) -> StatePersonResult:  # noqa: A002 - the contract's word
        """State something of somebody."""
        who_is_who = info.context.services.who_is_who
        try:
            found = await who_is_who.state(
                input.person, _facts(input), actor=info.context.viewer.actor
            )
        except GraphServiceError as error:
            return problem(error)
        directory = await who_is_who.directory()
        return PersonWritten(**await nothing_written(info.context), person=person(found, directory))

    @mutation(
        description="Erase what is known of a person. Their id stays, and CIs that named them by "
        "text name that.",
        directives=[Needs(roles=[*MUTATION_ROLES["erasePerson"]])],
    )
    async def erase_person(self, info: Info, input: ErasePersonInput) -> ErasePersonResult:  # noqa: A002 - the contract's word
        """Erase somebody."""
        services = info.context.services
        try:
            found = await services.who_is_who.erase(
                input.person, actor=info.context.viewer.actor, reason=input.reason
            )
        except GraphServiceError as error:
            return problem(error)
        return person_erased(found, (await services.store.head()).revision)


_FIELDS = ("text", "team", "left", "away")
_STATED = ("absent_from", "absent_until", "deputy", "manager", "on_call", "left_on")


def _filtered(directory: Directory, asked: PersonFilter) -> list[model.Person]:
    text = (given(asked.text) or "").casefold()
    people = [*directory.people.values()]
    if team := given(asked.team):
        bearer = directory.duties.teams.get(team) or directory.team_called(team)
        people = [each.person for each in directory.members(bearer.id)] if bearer else []
        people = [*{each.id: each for each in people}.values()]
    left, away = given(asked.left), given(asked.away)
    found = (
        each
        for each in people
        if (left is None or directory.has_left(each) is left)
        and (away is None or directory.is_away(each) is away)
        and (not text or _has_text(each, text))
    )
    return sorted(found, key=_person_key)


def _has_text(found: model.Person, text: str) -> bool:
    facts = found.facts
    return any(text in each.casefold() for each in (facts.name, facts.login, *facts.mails))


def _person_key(found: model.Person) -> list[Any]:
    return [found.label, found.id]


def _facts(asked: StatePersonInput) -> dict[str, str]:
    facts = {}
    for name in _STATED:
        value = getattr(asked, name)
        if value is not UNSET:
            facts[name] = value.isoformat() if isinstance(value, date) else value or ""
    return facts


async def _gaps(
    info: Info, wanted: GapFilter, paging: tuple[int, str | None]
) -> Connection[OwnerGap]:
    ownership = await info.context.ownership()
    question = [
        "ownerless",
        *(sorted(each) for each in (wanted.ids, wanted.problems)),
        *(sorted(wanted.duties), wanted.text),
    ]
    return keyset_page(
        info.context,
        question,
        gaps_of(ownership, wanted),
        gap_key,
        paging,
        lambda page: shown_gaps(page, ownership.directory, info.context.services.vocabulary),
    )
