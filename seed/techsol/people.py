"""Who works at TechSol, as a list of people for ``import people``: the same bytes for a size.

Whoever the estate names is in it, some of them gone, some away, each team with its lead.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from seed.techsol.dice import Dice
from seed.techsol.geography import COUNTRIES
from seed.techsol.names import person_name
from seed.techsol.organisation import ENGINEERING, TEAMS, team_name
from seed.techsol.services import PEOPLE, SERVICES, team_of

COLUMNS = (
    "id", "login", "name", "mail", "phone", "team", "manager", "deputy", "absent_from",
    "absent_until", "left_on", "on_call",
)  # fmt: skip

PAYMENTS_OWNER = next(each.owner for each in SERVICES if each.key == "payments")
RECORDS_OWNER = next(each.owner for each in SERVICES if each.key == "patient-records")
LEFT_ON = {
    PAYMENTS_OWNER: "2026-09-30",
    RECORDS_OWNER: "2026-10-31",
    "Pilar Guadamar": "2026-08-31",
    "Bruno Serralhar": "2027-01-31",
}
"""Who is gone, or going, of those whom people know by name."""

_AWAY = {"Jörg Weidenbach": ("2026-11-16", "2026-12-11"), "Noor van Eikhorst": ("2026-11-23", "")}
_CIS_PER_PERSON = 20
_EMPTY_TEAM = "archive"
_OLD_TEAM = "Cards Competence Centre"
_LEFT_PERCENT, _AWAY_PERCENT = 6, 4


@dataclass(frozen=True, slots=True)
class _Person:
    number: int
    name: str
    team: str
    role: str = ""
    manager: int = 0
    deputy: int = 0
    absent_from: str = ""
    absent_until: str = ""
    left_on: str = ""

    @property
    def login(self) -> str:
        """What they sign in as."""
        return f"ts{self.number:05}"


def people_count(size: int) -> int:
    """Return how many people an estate of so many CIs has at least."""
    return max(4 * len(TEAMS), size // _CIS_PER_PERSON)


def people(size: int, seed: int) -> Iterator[str]:
    """Write the list, its header first."""
    yield _row(COLUMNS)
    for each in _everybody(size, seed):
        team = f"{team_name(each.team)}: {each.role}" if each.role else team_name(each.team)
        if each.number % 41 == 0:
            team = f"{team}; {_OLD_TEAM}"
        yield _row(
            (
                str(10_000 + each.number),
                each.login,
                each.name,
                f"{each.login}@techsol.example",
                f"+49 69 555 {each.number:05}",
                team,
                str(10_000 + each.manager) if each.manager else "",
                f"ts{each.deputy:05}" if each.deputy else "",
                each.absent_from,
                each.absent_until,
                each.left_on,
                f"https://on-call.techsol.example/{each.team}" if each.role == "LEAD" else "",
            )
        )


def _everybody(size: int, seed: int) -> Iterator[_Person]:
    """One manager of them all, a lead and a deputy a team, whom the estate names, the rest."""
    dice = Dice(seed, "people")
    teams = [each for each in TEAMS if each != ENGINEERING]
    yield _Person(1, person_name("IE", 0), ENGINEERING, "LEAD")
    number = 1
    leads: dict[str, int] = {}
    for index, team in enumerate(teams):
        number += 2
        leads[team] = number - 1
        gone = "2026-06-30" if team == _EMPTY_TEAM else ""
        names = [person_name(COUNTRIES[(index + n) % len(COUNTRIES)], 1 + index) for n in (0, 7)]
        yield _Person(number - 1, names[0], team, "LEAD", manager=1, deputy=number, left_on=gone)
        yield _Person(number, names[1], team, "ON_CALL", manager=number - 1, left_on=gone)
    staffed = [each for each in teams if each != _EMPTY_TEAM]
    owners = {each.owner: team_of(each) for each in SERVICES}
    for name in PEOPLE:
        number += 1
        team = owners.get(name) or dice.pick(staffed)
        first, last = _AWAY.get(name, ("", ""))
        yield _Person(
            number,
            name,
            team,
            manager=leads[team],
            deputy=leads[team] + 1,
            absent_from=first,
            absent_until=last,
            left_on=LEFT_ON.get(name, ""),
        )
    while number < people_count(size):
        number += 1
        team = dice.pick(staffed)
        country = COUNTRIES[number % len(COUNTRIES)]
        person = _Person(
            number,
            person_name(country, 20 + number // len(COUNTRIES)),
            team,
            manager=leads[team],
        )
        yield _with_fate(person, dice)


def _with_fate(person: _Person, dice: Dice) -> _Person:
    if dice.happens(_LEFT_PERCENT):
        return replace(person, left_on=f"2026-{1 + dice.below(10):02}-{1 + dice.below(28):02}")
    if dice.happens(_AWAY_PERCENT):
        first = 1 + dice.below(20)
        return replace(
            person, absent_from=f"2026-11-{first:02}", absent_until=f"2026-12-{first:02}"
        )
    return person


def _row(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
