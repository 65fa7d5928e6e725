"""Who is who: people and teams by whatever they are called, and who is in which team."""

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from graph_service.model.person import Person, TeamRole
from graph_service.use_cases.people.duties import Bearer, Duties, closure

NEAR_MAX = 3
_NEAR_CUTOFF = 0.75
_NEAR_LENGTH_MAX = 200


class Resolution(StrEnum):
    """What came of looking somebody up."""

    RESOLVED = "RESOLVED"
    UNKNOWN = "UNKNOWN"
    AMBIGUOUS = "AMBIGUOUS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Whom a text means: one person, one team, or nobody that is known.

    ``candidates`` are the ids of all whom an ambiguous text may mean.
    """

    text: str
    resolution: Resolution
    person: Person | None = None
    team: Bearer | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a team, what they are in it, and the team itself if that is one within it."""

    person: Person
    role: TeamRole
    via: Bearer


@dataclass(frozen=True, slots=True)
class UnresolvedTeam:
    """A team that data sources put people into and that no CI is."""

    text: str
    people: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Everybody there is and every team, on one day.

    ``aliases`` are native keys of teams (their names in an LDAP directory, for example), as
    (native key, team id).
    """

    people: Mapping[str, Person]
    duties: Duties
    aliases: Sequence[tuple[str, str]] = ()
    today: str

    # Who is meant -------------------------------------------------------------------------------

    def meaning(self, text: str) -> Meaning:
        """Return whom a text means: an id first, then keys, logins and addresses, then names."""
        known = self._meanings.get(text)
        if known is None:
            known = self._meanings[text] = self._looked_up(text)
        return known

    def person(self, text: str) -> Person | None:
        """Return the person whom a text means, if it is one."""
        return self.meaning(text).person

    def near(self, text: str, *, teams_only: bool = False) -> tuple[str, ...]:
        """Return what people and teams are called that a misspelt text may have meant."""
        labels = self._team_labels if teams_only else self._labels
        index = self._team_words if teams_only else self._words
        wanted = _folded(text)[:_NEAR_LENGTH_MAX]
        known: dict[str, str] = {}
        # Most names have no letter in common where it counts: comparing those costs time only.
        for beginning in dict.fromkeys(_beginnings(wanted)):
            for each in index.get(beginning, ()):
                known[each] = labels[each]
                known[_turned(each)] = labels[each]
        found = difflib.get_close_matches(_turned(wanted), known, NEAR_MAX, _NEAR_CUTOFF)
        found += difflib.get_close_matches(wanted, known, NEAR_MAX, _NEAR_CUTOFF)
        return tuple(dict.fromkeys(known[each] for each in found))[:NEAR_MAX]

    def has_left(self, person: Person) -> bool:
        """Whether somebody is gone today."""
        return person.has_left(self.today)

    def is_away(self, person: Person) -> bool:
        """Whether somebody is absent today."""
        return person.absence.covers(self.today)

    def label(self, reference: str) -> str:
        """Return what the person or team of an id is called."""
        team = self.duties.teams.get(reference)
        if team is not None:
            return team.name
        person = self.people.get(reference)
        return person.label if person else reference

    # Who is in which team -----------------------------------------------------------------------

    def members(self, team: str) -> list[Member]:
        """Return who is in a team or in a team within it, nobody twice in one role; leads first."""
        found: dict[tuple[str, TeamRole], Member] = {}
        for one in self._inwards(team):
            for person_id, role in self._direct.get(one, ()):
                known = Member(self.people[person_id], role, self.duties.teams[one])
                if (person_id, role) not in found or one == team:
                    found[person_id, role] = known
        order = [*TeamRole]
        return sorted(
            found.values(),
            key=lambda each: (order.index(each.role), each.person.label, each.person.id),
        )

    def active_members(self, team: str) -> list[Member]:
        """Return those of its members who have not left."""
        return [each for each in self.members(team) if not self.has_left(each.person)]

    def leads(self, team: str) -> list[Person]:
        """Return who leads a team itself and has not left."""
        found = (
            self.people[person_id]
            for person_id, role in self._direct.get(team, ())
            if role is TeamRole.LEAD
        )
        return sorted(
            (each for each in found if not self.has_left(each)),
            key=lambda each: (each.label, each.id),
        )

    def teams_of(self, person: str) -> list[tuple[str, TeamRole]]:
        """Return the teams that somebody is in by themselves, by id, and what they are there."""
        return self._teams.get(person, [])

    def all_teams_of(self, person: str) -> set[str]:
        """Return the teams that somebody is in, those around their teams included."""
        direct = (team for team, _ in self.teams_of(person))
        return closure(direct, self.duties.outer_teams)

    def teams_within(self, team: str) -> set[str]:
        """Return a team and all teams in it, at any depth."""
        return closure([team], self.duties.inner_teams)

    @cached_property
    def knows_members(self) -> bool:
        """Whether anybody is known to be in any team: else no team can be said to be empty."""
        return bool(self._direct)

    @cached_property
    def unresolved_teams(self) -> list[UnresolvedTeam]:
        """The teams that people are said to be in and that no CI is, most people first."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for person in self.people.values():
            if not self.has_left(person):
                for each in person.facts.memberships:
                    if self.team_called(each.team) is None:
                        found[each.team].append(person.id)
        return sorted(
            (
                UnresolvedTeam(text, tuple(dict.fromkeys(ids)), self.near(text, teams_only=True))
                for text, ids in found.items()
            ),
            key=lambda each: (-len(each.people), each.text),
        )

    def team_called(self, text: str) -> Bearer | None:
        """Return the team that a text means; of an LDAP name, its first part counts as well."""
        found = self._team_ids(_folded(text))
        if not found and "=" in text:
            first = text.partition(",")[0].partition("=")[2]
            found = self._team_ids(_folded(first))
        return self.duties.teams[next(iter(found))] if len(found) == 1 else None

    # Indices ------------------------------------------------------------------------------------

    @cached_property
    def _meanings(self) -> dict[str, Meaning]:
        return {}

    def _looked_up(self, text: str) -> Meaning:
        if text in self.people:
            return _one(text, person=self.people[text])
        if text in self.duties.teams:
            return _one(text, team=self.duties.teams[text])
        folded = _folded(text)
        for people, teams in (
            (self._by_handle.get(folded, ()), self._teams_by_handle.get(folded, ())),
            (self._by_name.get(folded, ()), self._teams_by_name.get(folded, ())),
        ):
            found = (*dict.fromkeys((*people, *teams)),)
            if len(found) == 1:
                person = self.people.get(found[0])
                return _one(text, person=person, team=self.duties.teams.get(found[0]))
            # Somebody who left has a namesake who is here: that is whom a name means today.
            here = [each for each in found if each in teams or self._is_here(each)]
            if len(here) == 1:
                person = self.people.get(here[0])
                return _one(text, person=person, team=self.duties.teams.get(here[0]))
            if found:
                return Meaning(text=text, resolution=Resolution.AMBIGUOUS, candidates=found)
        team = self.team_called(text)
        if team is not None:
            return _one(text, team=team)
        return Meaning(text=text, resolution=Resolution.UNKNOWN)

    def _is_here(self, person_id: str) -> bool:
        return not self.has_left(self.people[person_id])

    @cached_property
    def _by_handle(self) -> dict[str, list[str]]:
        """People by login, mail address, LDAP name and native key."""
        return _index(
            (handle, person.id)
            for person in self.people.values()
            for handle in (
                person.facts.login,
                person.facts.dn,
                *person.facts.mails,
                *(each.native_key for each in person.said.values()),
            )
        )

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _index((each.facts.name, each.id) for each in self.people.values())

    @cached_property
    def _teams_by_handle(self) -> dict[str, list[str]]:
        own = ((each.key, each.id) for each in self.duties.teams.values())
        return _index((*own, *self.aliases))

    @cached_property
    def _teams_by_name(self) -> dict[str, list[str]]:
        return _index((each.name, each.id) for each in self.duties.teams.values())

    def _team_ids(self, folded: str) -> Sequence[str]:
        return self._teams_by_handle.get(folded) or self._teams_by_name.get(folded) or ()

    @cached_property
    def _people_labels(self) -> dict[str, str]:
        return {
            _folded(text): text
            for each in self.people.values()
            if not each.erasure
            for text in (each.facts.name, each.facts.login)
            if text
        }

    @cached_property
    def _team_labels(self) -> dict[str, str]:
        return {
            _folded(text): text
            for each in self.duties.teams.values()
            for text in (each.name, each.key)
        }

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {**self._people_labels, **self._team_labels}

    @cached_property
    def _words(self) -> dict[str, list[str]]:
        return _by_beginning(self._labels)

    @cached_property
    def _team_words(self) -> dict[str, list[str]]:
        return _by_beginning(self._team_labels)

    @cached_property
    def _teams(self) -> dict[str, list[tuple[str, TeamRole]]]:
        found: dict[str, list[tuple[str, TeamRole]]] = {}
        for person in self.people.values():
            named = ((self.team_called(each.team), each.role) for each in person.facts.memberships)
            if teams := list(dict.fromkeys((team.id, role) for team, role in named if team)):
                found[person.id] = teams
        return found

    @cached_property
    def _direct(self) -> dict[str, list[tuple[str, TeamRole]]]:
        found: defaultdict[str, list[tuple[str, TeamRole]]] = defaultdict(list)
        for person_id, teams in self._teams.items():
            for team, role in teams:
                found[team].append((person_id, role))
        return dict(found)

    def _inwards(self, team: str) -> list[str]:
        """Return a team, then the teams within it, in the order of their keys."""
        inner = self.teams_within(team) - {team}
        return [team, *sorted(inner, key=lambda each: self.duties.teams[each].key)]


def _one(text: str, *, person: Person | None = None, team: Bearer | None = None) -> Meaning:
    return Meaning(text=text, resolution=Resolution.RESOLVED, person=person, team=team)


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for text, name in pairs:
        if text:
            found.setdefault(_folded(text), {})[name] = None
    return {text: list(names) for text, names in found.items()}


def _folded(text: str) -> str:
    """Return a text as it is compared: capitals, accents' spelling and blanks do not count."""
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if "=" in plain and "," in plain:
        # An LDAP name, in which blanks around signs mean nothing.
        plain = ",".join(each.strip() for each in plain.split(","))
        plain = "=".join(each.strip() for each in plain.split("="))
    return plain


def _beginnings(folded: str) -> list[str]:
    """Return how the words of a text begin."""
    return [word[:2] for word in folded.replace(",", " ").replace(".", " ").split()]


def _by_beginning(labels: Iterable[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for label in labels:
        for beginning in dict.fromkeys(_beginnings(label)):
            found[beginning].append(label)
    return dict(found)


def _turned(folded: str) -> str:
    """Return a name in an order of its own, for those that are written the other way round."""
    return " ".join(sorted(folded.replace(",", " ").split()))
