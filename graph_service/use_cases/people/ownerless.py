"""What lost its owner: CIs that name somebody who is gone, nobody knows, or an empty team.

Every gap comes with an heir where one can be proposed, and with the reason for that.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph_service.model.codec import digest
from graph_service.model.person import Person
from graph_service.use_cases.people.directory import Directory, Meaning, Resolution
from graph_service.use_cases.people.duties import OWNING_TEAMS, TIES, Bearer, Duty, closure
from graph_service.use_cases.people.ownership import Ownership

_MANAGERS_MAX = 20


class Problem(StrEnum):
    """What is wrong with whom a CI names."""

    LEFT = "LEFT"
    UNKNOWN = "UNKNOWN"
    AMBIGUOUS = "AMBIGUOUS"
    EMPTY_TEAM = "EMPTY_TEAM"
    NOBODY = "NOBODY"


UNRESOLVED = (Problem.UNKNOWN, Problem.AMBIGUOUS)
"""Texts that mean nobody, or several."""


@dataclass(frozen=True, slots=True)
class Heir:
    """Who could take over, by id and by what people call them, and why they are proposed."""

    id: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """CIs that lost the same somebody, of whom the same heir could take over.

    ``text`` is what the CIs say, empty where they name nobody; ``label`` is whom it means.
    ``near`` are names that a text nobody knows may have meant. ``tie`` is the type of relationship
    by which they name a team; empty: they name them in an attribute. ``cis`` come worst tier first.
    """

    problem: Problem
    duty: Duty
    text: str
    label: str
    near: tuple[str, ...] = ()
    heir: Heir | None = None
    tie: str = ""
    cis: tuple[Bearer, ...]

    @property
    def id(self) -> str:
        """By what it is named again, for as long as it is there."""
        heir = self.heir.id if self.heir else ""
        of = self.label if self.problem is Problem.NOBODY else self.text
        return f"gap_{digest([self.problem, self.duty, of, self.tie, heir])[:16]}"

    @property
    def worst_tier(self) -> int | None:
        """The most critical tier among them."""
        return min((each.tier for each in self.cis if each.tier is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFilter:
    """Which gaps: those of these ids, problems and duties, of this text; empty: all."""

    ids: Collection[str] = ()
    problems: Collection[Problem] = ()
    duties: Collection[Duty] = ()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether all gaps are among them."""
        return not (self.ids or self.problems or self.duties or self.text)

    def as_data(self) -> list[Any]:
        """Return by what it is seen that the same is asked for."""
        return [*(sorted(each) for each in (self.ids, self.problems, self.duties)), self.text]

    def holds(self, problem: Problem, duty: Duty, text: str) -> bool:
        """Whether a gap may be among them, as far as its id is not asked for."""
        return (
            (not self.problems or problem in self.problems)
            and (not self.duties or duty in self.duties)
            and (not self.text or text == self.text)
        )


def gaps_of(ownership: Ownership, wanted: GapFilter) -> list[Gap]:
    """Return all gaps, most critical first, then those of most CIs."""
    directory = ownership.directory
    found: list[Gap] = []
    for each in _losses(ownership):
        if wanted.holds(each.problem, each.duty, each.text):
            found += (
                gap for gap in _by_heir(directory, each) if not wanted.ids or gap.id in wanted.ids
            )
    return sorted(
        found,
        key=lambda each: (
            9 if each.worst_tier is None else each.worst_tier,
            -len(each.cis),
            each.problem,
            each.duty,
            each.text,
            each.tie,
            each.heir.id if each.heir else "",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Loss:
    """Somebody who is lost to CIs, before heirs are looked for."""

    problem: Problem
    duty: Duty
    text: str
    label: str
    cis: list[str]
    tie: str = ""


def _losses(ownership: Ownership) -> Iterable[_Loss]:
    directory = ownership.directory
    duties = directory.duties
    for (duty, text), cis in duties.by_name.items():
        meaning = directory.meaning(text)
        problem = problem_of(directory, meaning)
        if problem is not None:
            yield _Loss(problem, duty, text, _label(directory, meaning), cis)
    ties = {duty: name for name, duty in TIES.items()}
    for (duty, team), cis in duties.by_team.items():
        if _is_empty(directory, team):
            bearer = duties.teams[team]
            yield _Loss(Problem.EMPTY_TEAM, duty, bearer.key, bearer.name, cis, ties[duty])
    lost: defaultdict[str, list[str]] = defaultdict(list)
    for each in duties.bearers.values():
        if each.class_name not in duties.team_classes and not _names_anybody(ownership, each.id):
            lost[each.class_name].append(each.id)
    for class_name, cis in lost.items():
        yield _Loss(Problem.NOBODY, Duty.OWNER, "", class_name, cis)


def problem_of(directory: Directory, meaning: Meaning) -> Problem | None:
    """Return what is wrong with whom a text means, if anything."""
    if meaning.resolution is Resolution.UNKNOWN:
        return Problem.UNKNOWN
    if meaning.resolution is Resolution.AMBIGUOUS:
        return Problem.AMBIGUOUS
    if meaning.person is not None:
        return Problem.LEFT if directory.has_left(meaning.person) else None
    is_empty = meaning.team is not None and _is_empty(directory, meaning.team.id)
    return Problem.EMPTY_TEAM if is_empty else None


def _is_empty(directory: Directory, team: str) -> bool:
    """Whether nobody is in a team any more; not known while nobody is known to be in any."""
    return directory.knows_members and not directory.active_members(team)


def _names_anybody(ownership: Ownership, ci: str) -> bool:
    """Whether a CI, or what contains it, names anybody for a duty by which it is owned."""
    duties = ownership.directory.duties
    bearer = duties.bearers[ci]
    if any(each in bearer.named for each in OWNING_TEAMS) or ci in duties.tied:
        return True
    return bool(duties.wholes.get(ci)) and bool(ownership.owner_ids(ci))


def _label(directory: Directory, meaning: Meaning) -> str:
    if meaning.person is not None:
        return meaning.person.label
    if meaning.team is not None:
        return meaning.team.name
    return ", ".join(directory.label(each) for each in meaning.candidates) or meaning.text


def _by_heir(directory: Directory, loss: _Loss) -> list[Gap]:
    bearers = directory.duties.bearers
    heirs = _Heirs(directory, loss.problem, loss.text)
    sorted_out: defaultdict[Heir | None, list[Bearer]] = defaultdict(list)
    for each in loss.cis:
        sorted_out[heirs.heir(bearers[each])].append(bearers[each])
    near = directory.near(loss.text) if loss.problem is Problem.UNKNOWN else ()
    return [
        Gap(
            problem=loss.problem,
            duty=loss.duty,
            text=loss.text,
            label=loss.label,
            near=near,
            heir=heir,
            tie=loss.tie,
            cis=tuple(
                sorted(some, key=lambda each: (9 if each.tier is None else each.tier, each.key))
            ),
        )
        for heir, some in sorted_out.items()
    ]


class _Heirs:
    """Proposes who takes over what one somebody leaves behind.

    The nearest comes first: who leads the team that owns or supports the CI, or that team; who led
    a team together with whoever is gone; their manager, or the manager's; their deputy. For a text
    that nobody knows, whoever is called almost so.
    """

    def __init__(self, directory: Directory, problem: Problem, text: str) -> None:
        self._directory = directory
        self._problem = problem
        self._text = text
        self._gone = directory.person(text) if problem is Problem.LEFT else None
        self._common = self._of_person() if self._gone else self._of_text()

    def heir(self, ci: Bearer) -> Heir | None:
        """Return who could take over a CI."""
        if self._problem is Problem.UNKNOWN and self._common:
            return self._common
        return self._of_teams(ci) or self._common

    def _of_teams(self, ci: Bearer) -> Heir | None:
        """Propose the lead of a team that looks after the CI or what contains it, or that team."""
        directory, duties = self._directory, self._directory.duties
        named = self._teams_named(ci)
        for whole in sorted(closure([ci.id], duties.wholes) - {ci.id}):
            if whole in duties.bearers:
                named += self._teams_named(duties.bearers[whole])
        for team in dict.fromkeys(named):
            if _is_empty(directory, team):
                continue
            called = directory.duties.teams[team].name
            for lead in directory.leads(team):
                return Heir(lead.id, lead.label, f"leads {called}, which looks after it")
            return Heir(team, called, "looks after it; nobody is known to lead it")
        return None

    def _teams_named(self, ci: Bearer) -> list[str]:
        meanings = (
            self._directory.meaning(text)
            for duty in (Duty.OWNER, Duty.SUPPORT)
            for text in ci.named.get(duty, ())
        )
        tied = self._directory.duties.tied.get(ci.id, ())
        named = [each.team.id for each in meanings if each.team]
        return named + [
            team for duty in (Duty.OWNER, Duty.SUPPORT) for of, team in tied if of is duty
        ]

    def _of_person(self) -> Heir | None:
        gone = self._gone
        if gone is None or gone.erasure:
            return None
        return self._of_their_teams(gone) or self._of_managers(gone) or self._of_deputy(gone)

    def _of_their_teams(self, gone: Person) -> Heir | None:
        for team, _ in self._directory.teams_of(gone.id):
            for lead in self._directory.leads(team):
                called = self._directory.duties.teams[team].name
                return Heir(lead.id, lead.label, f"leads {called}, in which {gone.label} was")
        return None

    def _of_managers(self, gone: Person) -> Heir | None:
        seen, below = {gone.id}, gone
        for _ in range(_MANAGERS_MAX):
            above = self._directory.person(below.facts.manager) if below.facts.manager else None
            if above is None or above.id in seen:
                return None
            if not self._directory.has_left(above):
                whose = gone.label if below is gone else f"{below.label}, who has left as well"
                return Heir(above.id, above.label, f"was the manager of {whose}")
            seen.add(above.id)
            below = above
        return None

    def _of_deputy(self, gone: Person) -> Heir | None:
        deputy = self._directory.person(gone.facts.deputy) if gone.facts.deputy else None
        if deputy is None or self._directory.has_left(deputy):
            return None
        return Heir(deputy.id, deputy.label, f"stood in for {gone.label}")

    def _of_text(self) -> Heir | None:
        """Propose whoever is called almost so, or the team around an empty one."""
        directory = self._directory
        if self._problem is Problem.UNKNOWN:
            near = directory.near(self._text)
            meaning = directory.meaning(near[0]) if len(near) == 1 else None
            if meaning and problem_of(directory, meaning) is None:
                of = meaning.person or meaning.team
                if of is not None:
                    return Heir(of.id, directory.label(of.id), f"is called almost {self._text}")
        if self._problem is Problem.EMPTY_TEAM:
            team = directory.team_called(self._text)
            for outer in directory.duties.outer_teams.get(team.id, ()) if team else ():
                if not _is_empty(directory, outer):
                    return Heir(outer, directory.label(outer), "is the team around it")
        return None
