"""Entries of an LDAP directory as JSON → people, their teams, and the teams themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from discovery.people.entries import Entry, plain_dn
from graph_service import (
    CIObservation,
    Event,
    Fault,
    Membership,
    PersonFacts,
    PersonObservation,
    Place,
    Reference,
    RelationshipObservation,
    TeamRole,
    Unreadable,
)

_GROUPS = frozenset({"group", "groupofnames", "groupofuniquenames", "posixgroup", "groupofmembers"})
_PEOPLE = frozenset({"person", "inetorgperson", "organizationalperson", "user", "posixaccount"})
_MEMBERS = ("member", "uniquemember")
_DISABLED_BIT = 2


@dataclass(slots=True)
class LdapEntries:
    """All entries of a reading: groups name people that stand in other documents.

    ``teams``: groups become CIs of class Team, and groups within groups relationships. Otherwise
    they only say who is in which team.
    """

    teams: bool = False
    _people: list[tuple[Entry, Place]] = field(default_factory=list)
    _groups: list[tuple[Entry, Place]] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _others: int = 0

    @property
    def other_count(self) -> int:
        """How many entries are neither people nor groups."""
        return self._others

    def add(self, entry: Entry, place: Place) -> None:
        """Take one entry in."""
        classes = {each.lower() for each in entry.all("objectclass")}
        if classes & _GROUPS or (not classes and entry.has(*_MEMBERS, "memberuid")):
            self._groups.append((entry, place))
        elif "computer" not in classes and (
            classes & _PEOPLE or (not classes and entry.has("uid", "samaccountname", "mail"))
        ):
            self._people.append((entry, place))
        else:
            self._others += 1

    def events(self) -> Iterator[Event]:
        """Say what all entries together say."""
        groups = self._named_groups()
        joined = self._joined(groups)
        for entry, place in self._people:
            yield _person(entry, place, groups, joined)
        if self.teams:
            yield from _teams(groups)
        yield from (Unreadable(each) for each in self._faults)

    def _named_groups(self) -> dict[str, tuple[Entry, Place]]:
        groups: dict[str, tuple[Entry, Place]] = {}
        for entry, place in self._groups:
            name = plain_dn(entry.first("dn", "distinguishedname"))
            if name:
                groups.setdefault(name, (entry, place))
            else:
                remedy = "export the dn with each entry"
                message = "this group has no dn"
                fault = Fault(code="MISSING_FIELD", message=message, place=place, remedy=remedy)
                self._faults.append(fault)
        return groups

    def _joined(self, groups: dict[str, tuple[Entry, Place]]) -> dict[str, list[Membership]]:
        """Return who is in which group, by dn and by login, as the groups have it."""
        joined: dict[str, list[Membership]] = {}
        for entry, _ in groups.values():
            dn = entry.first("dn", "distinguishedname")
            for member in entry.all(*_MEMBERS):
                joined.setdefault(plain_dn(member), []).append(Membership(dn))
            for login in entry.all("memberuid"):
                joined.setdefault(_login_key(login), []).append(Membership(dn))
            for lead in entry.all("owner", "managedby"):
                joined.setdefault(plain_dn(lead), []).append(Membership(dn, TeamRole.LEAD))
        return joined


def _login_key(login: str) -> str:
    return f"login {login.lower()}"


def _person(
    entry: Entry,
    place: Place,
    groups: dict[str, tuple[Entry, Place]],
    joined: dict[str, list[Membership]],
) -> PersonObservation:
    dn = entry.first("dn", "distinguishedname")
    login = entry.first("uid", "samaccountname", "userprincipalname")
    own = [Membership(_as_written(each, groups)) for each in entry.all("memberof", "ismemberof")]
    named = [*joined.get(plain_dn(dn), ()), *joined.get(_login_key(login), ())]
    return PersonObservation(
        native_key=entry.first("entryuuid", "objectguid", "ipauniqueid", "nsuniqueid")
        or plain_dn(dn)
        or login.lower(),
        facts=PersonFacts(
            login=login,
            name=entry.first("displayname", "cn", "name"),
            mails=_once(entry.all("mail"), _proxies(entry)),
            phones=_once(entry.all("telephonenumber"), entry.all("mobile")),
            dn=dn,
            manager=entry.first("manager"),
            **_closed(entry),
            memberships=tuple(dict.fromkeys([*own, *named])),
        ),
        place=place,
    )


def _as_written(dn: str, groups: dict[str, tuple[Entry, Place]]) -> str:
    """Return a group's dn as its own entry writes it, so that a membership is said once."""
    known = groups.get(plain_dn(dn))
    return known[0].first("dn", "distinguishedname") if known else dn


def _proxies(entry: Entry) -> list[str]:
    found = (each.partition(":") for each in entry.all("proxyaddresses"))
    return [address for scheme, _, address in found if scheme.lower() == "smtp"]


def _once(*lists: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for each in (each for some in lists for each in some):
        seen.setdefault(each.casefold(), each)
    return tuple(seen.values())


def _closed(entry: Entry) -> dict[str, Any]:
    """Say whether an account is closed, and since when if the directory tells.

    Active Directory says that an account is disabled, never since when; then the day on which the
    entry last changed is the best there is.
    """
    flags = entry.first("useraccountcontrol")
    is_disabled = flags.isascii() and flags.isdigit() and bool(int(flags[:10]) & _DISABLED_BIT)
    if not (is_disabled or entry.first("nsaccountlock").upper() == "TRUE"):
        return {}
    changed = entry.first("whenchanged", "modifytimestamp")[: len("20261124")]
    if len(changed) == len("20261124") and changed.isascii() and changed.isdigit():
        return {"left_on": f"{changed[:4]}-{changed[4:6]}-{changed[6:]}"}
    return {"has_gone": True}


def _teams(groups: dict[str, tuple[Entry, Place]]) -> Iterator[Event]:
    for name, (entry, place) in groups.items():
        called = entry.first("cn", "name", "ou") or name
        about = entry.first("description")
        yield CIObservation(
            native_key=entry.first("dn", "distinguishedname"),
            class_name="Team",
            name=called,
            key=f"team-{called.lower().replace(' ', '-')}",
            attributes={"description": about} if about else {},
            place=place,
        )
    drawn: set[tuple[str, str]] = set()
    for name, (entry, place) in groups.items():
        for member in entry.all(*_MEMBERS):
            inner = plain_dn(member)
            if inner in groups and inner != name and (name, inner) not in drawn:
                drawn.add((name, inner))
                yield RelationshipObservation(
                    type="CONTAINS",
                    source=Reference(key=entry.first("dn", "distinguishedname")),
                    target=Reference(key=groups[inner][0].first("dn", "distinguishedname")),
                    place=place,
                )
