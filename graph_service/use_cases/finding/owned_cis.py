"""``owned-by:`` in a condition → the attributes, relationships and CIs that it means.

Any estate can be asked, that of the past and one that edits would make: its own CIs and
relationships say who owns what; who is who is known as of today.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable

from graph_service.model.claim import MANUAL
from graph_service.model.condition import (
    AnyOf,
    Attribute,
    Condition,
    End,
    IsCI,
    OneOf,
    Ref,
    RefBy,
    Related,
)
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.directory import all_people
from graph_service.store import CIQuery, EstateReader
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import (
    OWNING,
    OWNING_TEAMS,
    PAGE,
    TEAM,
    TIES,
    Bearer,
    Duties,
    Duty,
    bearer_of,
    is_kept,
)
from graph_service.use_cases.people.ownership import Ownership

Owning = Callable[[], Awaitable[Ownership]]
"""Tells who owns what in one estate."""


async def ownership_of(estate: EstateReader, vocabulary: Vocabulary, *, today: str) -> Ownership:
    """Read all of an estate that says who owns what; people are those of today."""
    bearers: dict[str, Bearer] = {}
    ties: dict[str, tuple[str, str, str]] = {}
    after: tuple[str, str] | None = None
    while True:
        page = await estate.find_cis(CIQuery(limit=PAGE, after=after))
        bearers.update((each.id, bearer_of(each)) for each in page.cis)
        for each in await estate.relationships_of([ci.id for ci in page.cis]):
            if is_kept(each.type):
                ties[each.id] = (each.source, each.type, each.target)
        if not page.has_next:
            break
        after = (page.cis[-1].name, page.cis[-1].id)
    duties = Duties(
        revision=(await estate.head()).revision,
        bearers=bearers,
        ties=ties,
        team_classes=vocabulary.specialisations(TEAM),
    )
    people = await all_people(estate)
    aliases = await team_aliases(estate, duties)
    return Ownership(
        directory=Directory(people=people.by_id, duties=duties, aliases=aliases, today=today)
    )


async def team_aliases(estate: EstateReader, duties: Duties) -> list[tuple[str, str]]:
    """Return what data sources call teams, each with the team's id."""
    claims = await estate.claims_of(sorted(duties.teams))
    return [
        (each.native_key, team)
        for team, said in claims.items()
        for each in said
        if each.live and each.data_source != MANUAL
    ]


def owned_condition(ownership: Ownership, text: str) -> Condition | None:
    """Return what it means to be owned by somebody; ``None``: nobody or several are called that.

    It names texts as the CIs have them, and the CIs themselves only where they inherit: so it
    stays short.
    """
    directory = ownership.directory
    meaning = directory.meaning(text.strip())
    if meaning.person is not None:
        owned = ownership.owned_by_person(meaning.person.id)
        teams = directory.all_teams_of(meaning.person.id) if owned else set()
        people = {meaning.person.id} if owned else set()
    elif meaning.team is not None:
        owned = ownership.owned_by_team(meaning.team.id)
        teams, people = directory.teams_within(meaning.team.id), set()
    else:
        return None
    found: list[Condition] = [*_by_text(directory, people, teams)]
    for relationship_type, duty in sorted(TIES.items()):
        found += (
            Related(frozenset({relationship_type}), End.SOURCE, Ref(RefBy.ID, team))
            for team in sorted(teams)
            if (duty, team) in directory.duties.by_team
        )
    inherited = sorted(ci for ci, reason in owned.items() if reason.whole)
    if inherited:
        found.append(IsCI(tuple(Ref(RefBy.ID, each) for each in inherited)))
    return AnyOf(tuple(found))


def _by_text(directory: Directory, people: set[str], teams: set[str]) -> list[Condition]:
    texts: defaultdict[Duty, list[str]] = defaultdict(list)
    for duty, text in directory.duties.by_name:
        meaning = directory.meaning(text)
        is_person = duty in OWNING and meaning.person is not None and meaning.person.id in people
        is_team = duty in OWNING_TEAMS and meaning.team is not None and meaning.team.id in teams
        if is_person or is_team:
            texts[duty].append(text)
    return [
        Attribute(duty.value, OneOf(tuple(sorted(texts[duty])))) for duty in Duty if texts[duty]
    ]
