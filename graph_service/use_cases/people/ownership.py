"""Who owns what, defined once: for filters, for permissions, for pages of people and teams.

Somebody owns a CI if they are its owner or service owner; if they are in the team that owns or
supports it, or in a team within that; or if they own something that contains it, at any depth.
Whoever has left owns nothing. docs/semantics.md says the same, with examples.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import OWNING, OWNING_TEAMS, Duty, closure


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody owns a CI: by which duty, through which team, inherited from which whole.

    ``team`` is the id of the team that the CI names, empty where it names the person. ``whole`` is
    the id of the CI that is owned directly, empty where that is the CI itself.
    """

    duty: Duty
    team: str = ""
    whole: str = ""


_DUTIES = [*Duty]


def _order(item: tuple[tuple[Duty, str], list[str]]) -> tuple[int, str]:
    """Put the strongest duty first: the reason shown is the same however the estate was read."""
    (duty, text), _ = item
    return _DUTIES.index(duty), text


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """Who owns what, on one day and at one revision of the estate."""

    directory: Directory

    def owns(self, person: str, ci: str) -> bool:
        """Whether a person, by id, owns a CI, by id."""
        return ci in self.owned_by_person(person)

    def owned_by_person(self, person: str) -> dict[str, Reason]:
        """Return everything somebody owns, with a reason for each."""
        known = self._owned.get(person)
        if known is None:
            known = self._owned[person] = self._found_for_person(person)
        return known

    def owned_by_team(self, team: str) -> dict[str, Reason]:
        """Return everything a team, or a team within it, owns or supports."""
        return self._inherited(self._of_teams(sorted(self.directory.teams_within(team))))

    def owner_ids(self, ci: str) -> set[str]:
        """Return the people and teams that a CI, or something that contains it, names as owning.

        Who is in the teams is not looked at.
        """
        duties = self.directory.duties
        found: set[str] = set()
        for each in closure([ci], duties.wholes):
            bearer = duties.bearers.get(each)
            if bearer is None:
                continue
            for duty, texts in bearer.named.items():
                found.update(self._named(duty, texts))
            found.update(team for _, team in duties.tied.get(each, ()))
        return found

    def _named(self, duty: Duty, texts: Iterable[str]) -> Iterable[str]:
        for text in texts:
            meaning = self.directory.meaning(text)
            if meaning.person and duty in OWNING and not self.directory.has_left(meaning.person):
                yield meaning.person.id
            elif meaning.team and duty in OWNING_TEAMS:
                yield meaning.team.id

    @cached_property
    def _owned(self) -> dict[str, dict[str, Reason]]:
        return {}

    @cached_property
    def _direct(self) -> dict[str, dict[str, Reason]]:
        """What people and teams are named on themselves, by their id."""
        found: dict[str, dict[str, Reason]] = {}
        duties = self.directory.duties
        for (duty, text), cis in sorted(duties.by_name.items(), key=_order):
            for owner in self._named(duty, [text]):
                reason = Reason(duty, owner if owner in duties.teams else "")
                owned = found.setdefault(owner, {})
                for each in cis:
                    owned.setdefault(each, reason)
        for (duty, team), cis in sorted(duties.by_team.items(), key=_order):
            owned = found.setdefault(team, {})
            for each in cis:
                owned.setdefault(each, Reason(duty, team))
        return found

    def _found_for_person(self, person_id: str) -> dict[str, Reason]:
        person = self.directory.people.get(person_id)
        if person is None or self.directory.has_left(person):
            return {}
        direct = dict(self._direct.get(person_id, {}))
        for ci, reason in self._of_teams(sorted(self.directory.all_teams_of(person_id))).items():
            direct.setdefault(ci, reason)
        return self._inherited(direct)

    def _of_teams(self, teams: Iterable[str]) -> dict[str, Reason]:
        found: dict[str, Reason] = {}
        for team in teams:
            for ci, reason in self._direct.get(team, {}).items():
                found.setdefault(ci, reason)
        return found

    def _inherited(self, direct: dict[str, Reason]) -> dict[str, Reason]:
        """Add what is contained in what is owned, the nearest whole as the reason."""
        duties = self.directory.duties
        found = dict(direct)
        frontier = list(direct)
        while frontier:
            reached = []
            for whole in sorted(frontier):
                reason = found[whole]
                for part in duties.parts.get(whole, ()):
                    if part not in found and part in duties.bearers:
                        found[part] = Reason(reason.duty, reason.team, reason.whole or whole)
                        reached.append(part)
            frontier = reached
        return found
