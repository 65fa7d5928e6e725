"""People: who they are, whom they stand in for, and which teams they are in.

People are no CIs and no part of the log: what is known of them can be erased. Teams are CIs.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from graph_service.model.place import Place


class TeamRole(StrEnum):
    """What somebody is in a team."""

    LEAD = "LEAD"
    MEMBER = "MEMBER"
    ON_CALL = "ON_CALL"


class Way(StrEnum):
    """How somebody can be reached."""

    MAIL = "MAIL"
    PHONE = "PHONE"
    ON_CALL = "ON_CALL"


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody: an address, a number, the link to whoever is on call."""

    way: Way
    value: str


@dataclass(frozen=True, slots=True)
class Membership:
    """That somebody is in a team, which is named as the data source names it."""

    team: str
    role: TeamRole = TeamRole.MEMBER


@dataclass(frozen=True, slots=True)
class Absence:
    """Days, both included, on which somebody is away (``YYYY-MM-DD``; empty: open on that side)."""

    first: str
    last: str

    def covers(self, day: str) -> bool:
        """Whether they are away on a day."""
        return bool(self.first or self.last) and self.first <= day <= (self.last or day)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is said of a person. All of it is optional; what is not said is empty.

    ``dn`` is their name in an LDAP directory. ``manager`` and ``deputy`` name other people by
    anything that people are known by. ``on_call`` is a link. ``absent_from``, ``absent_until`` and
    ``left_on`` are days (``YYYY-MM-DD``); the last one is the first day on which they are gone.
    ``has_gone``: they are, and nobody says since when.
    """

    login: str = ""
    name: str = ""
    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    dn: str = ""
    manager: str = ""
    on_call: str = ""
    deputy: str = ""
    absent_from: str = ""
    absent_until: str = ""
    left_on: str = ""
    has_gone: bool = False
    memberships: tuple[Membership, ...] = ()

    @property
    def label(self) -> str:
        """What to call them."""
        return self.name or self.login or next(iter(self.mails), "") or self.dn


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonObservation:
    """A person as a data source sees them; ``native_key`` is what it calls them for good."""

    native_key: str
    facts: PersonFacts
    place: Place


MANUAL_RANK, DIRECTORY_RANK, SIGN_IN_RANK = 0, 1, 2
"""Whose word about a person counts more: lower ranks first, then the data source's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonStatement:
    """The last thing one data source said about a person.

    ``live`` is false once a complete reading no longer had them, on the day ``gone_on``. Nobody is
    kept in the organisation by having signed in (``SIGN_IN_RANK``), or by what is said by hand.
    ``stated_at`` is when this was first said in these words.
    """

    native_key: str
    facts: PersonFacts
    digest: str
    scope: str = "all"
    rank: int = DIRECTORY_RANK
    live: bool = True
    gone_on: str = ""
    stated_at: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """That what was known of a person was erased: when, by whom and why."""

    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as all data sources together see them; ``facts`` are merged from ``said``.

    ``left_on`` is the first day on which they are gone, empty while nobody says so; it may be to
    come. ``erasure``: only the id is left, so that what referred to them still means somebody.
    """

    id: str
    said: Mapping[str, PersonStatement] = field(default_factory=dict)
    facts: PersonFacts = PersonFacts()
    left_on: str = ""
    erasure: Erasure | None = None

    @property
    def label(self) -> str:
        """What to call them."""
        return "erased person" if self.erasure else self.facts.label or self.id

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """How they can be reached."""
        facts = self.facts
        return (
            *(Contact(Way.MAIL, each) for each in facts.mails),
            *(Contact(Way.PHONE, each) for each in facts.phones),
            *((Contact(Way.ON_CALL, facts.on_call),) if facts.on_call else ()),
        )

    @property
    def absence(self) -> Absence:
        """When they are away."""
        return Absence(self.facts.absent_from, self.facts.absent_until)

    def has_left(self, day: str) -> bool:
        """Whether they are gone on a day."""
        return self.erasure is not None or bool(self.left_on and self.left_on <= day)


def person_of(person_id: str, said: Mapping[str, PersonStatement]) -> Person:
    """Return a person as statements by data source make them.

    Each fact is that of the first data source that says it, hand first, then directories, then
    sign-ins; memberships are those of all together. What is no longer live counts only while
    nothing is. Somebody has left when a live data source says since when, or when directories had
    them and none has them any more.
    """
    ranked = [said[name] for name in sorted(said, key=lambda name: (said[name].rank, name))]
    directories = [each for each in ranked if each.rank == DIRECTORY_RANK]
    living = [each for each in ranked if each.live]
    is_gone = bool(directories) and not any(each.live for each in directories)
    # Of somebody who is gone, what the directories knew last is still the best there is.
    speaking = ranked if is_gone else living or ranked
    left_on = next((left for left in map(_left_on, living) if left), "")
    if is_gone and not left_on:
        left_on = max(_left_on(each) or each.gone_on for each in directories)
    return Person(id=person_id, said=said, facts=_merged(speaking, left_on), left_on=left_on)


def _left_on(statement: PersonStatement) -> str:
    facts = statement.facts
    return facts.left_on or (statement.stated_at[: len("2026-11-24")] if facts.has_gone else "")


def _merged(ranked: list[PersonStatement], left_on: str) -> PersonFacts:
    merged: dict[str, Any] = {}
    for each in ranked:
        for name, value in _said(each.facts).items():
            merged.setdefault(name, value)
    seen: dict[tuple[str, TeamRole], Membership] = {}
    for each in ranked:
        for one in each.facts.memberships:
            seen.setdefault((one.team.casefold(), one.role), one)
    return PersonFacts(**{**merged, "memberships": tuple(seen.values()), "left_on": left_on})


_AWAY = ("absent_from", "absent_until")


def _said(facts: PersonFacts) -> dict[str, Any]:
    """Return what is said; an absence is one fact, of which no part comes from somebody else."""
    names = facts.__slots__
    said = {name: getattr(facts, name) for name in names if getattr(facts, name)}
    if any(name in said for name in _AWAY):
        said |= {name: getattr(facts, name) for name in _AWAY}
    return said


def facts_to_data(facts: PersonFacts) -> dict[str, Any]:
    """Write facts as JSON, without what is not said."""
    data = {name: value for name, value in asdict(facts).items() if value}
    data |= {name: list(data[name]) for name in ("mails", "phones") if name in data}
    if facts.memberships:
        data["memberships"] = [[each.team, each.role.value] for each in facts.memberships]
    return data


def facts_from_data(data: Mapping[str, Any]) -> PersonFacts:
    """Read what ``facts_to_data`` wrote."""
    lists = {name: tuple(data[name]) for name in ("mails", "phones") if name in data}
    memberships = tuple(
        Membership(team, TeamRole(role)) for team, role in data.get("memberships", ())
    )
    return PersonFacts(**{**data, **lists, "memberships": memberships})
