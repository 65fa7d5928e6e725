"""What may be said of a person, in the form in which equal things are equal."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from graph_service.model.errors import Fault
from graph_service.model.person import Membership, PersonObservation
from graph_service.model.place import Place
from graph_service.reconcile.texts import Misfit, name_or_misfit, shown

_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_LINK = re.compile(r"(https?://|tel:|sips?:|mailto:)\S+", re.IGNORECASE)
_TEXTS = ("login", "name", "dn", "manager", "deputy")
_DAYS = ("absent_from", "absent_until", "left_on")


def plain_person(said: PersonObservation, faults: list[Fault]) -> PersonObservation:
    """Return what is said of a person with its texts in one spelling; note all that is wrong.

    The value that is wrong is never repeated: it is about somebody.
    """
    place, facts = said.place, said.facts
    texts: dict[str, Any] = {
        name: _text(getattr(facts, name), place.inside(name), faults) for name in _TEXTS
    }
    days: dict[str, Any] = {
        name: _day(getattr(facts, name), place.inside(name), faults) for name in _DAYS
    }
    if days["absent_from"] and days["absent_until"] and days["absent_until"] < days["absent_from"]:
        message = "the absence ends before it begins"
        remedy = "exchange the two days, or mend one"
        faults.append(_fault("OUT_OF_RANGE", message, place.inside("absent_until"), remedy))
    plain = replace(
        facts,
        **texts,
        **days,
        mails=_each(facts.mails, _MAIL, "a mail address", place.inside("mail"), faults),
        phones=_each(facts.phones, None, "a number", place.inside("phone"), faults),
        on_call=_link(facts.on_call, place.inside("on_call"), faults),
        memberships=_memberships(facts.memberships, place.inside("team"), faults),
    )
    native_key = _text(said.native_key, place.inside("id"), faults)
    if not (native_key or faults):
        message = "nothing says who this is"
        remedy = "give it an id or a login that stays the same"
        faults.append(_fault("MISSING_FIELD", message, place.inside("id"), remedy))
    if not (plain.label or faults):
        message = "nobody could be told by this"
        remedy = "give at least one of name, login, mail"
        faults.append(_fault("MISSING_FIELD", message, place.inside("name"), remedy))
    return replace(said, native_key=native_key, facts=plain)


def _text(text: str, place: Place, faults: list[Fault]) -> str:
    if not text or not text.strip():
        return ""
    plain = name_or_misfit(text)
    if isinstance(plain, Misfit):
        faults.append(_fault("INVALID_TEXT", f"this {plain.message}", place, plain.remedy))
        return ""
    return plain


def _day(text: str, place: Place, faults: list[Fault]) -> str:
    plain = _text(text, place, faults)
    if not plain:
        return ""
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        message = f"{shown(plain)} is not a day"
        faults.append(_fault("INVALID_VALUE", message, place, "write it as 2026-11-24"))
        return ""


def _each(
    texts: Iterable[str],
    pattern: re.Pattern[str] | None,
    wanted: str,
    place: Place,
    faults: list[Fault],
) -> tuple[str, ...]:
    plain = dict.fromkeys(_text(each, place, faults) for each in texts)
    plain.pop("", None)
    if pattern is not None and any(not pattern.fullmatch(each) for each in plain):
        remedy = "put several between semicolons"
        faults.append(_fault("INVALID_VALUE", f"this is not {wanted}", place, remedy))
    return tuple(plain)


def _link(text: str, place: Place, faults: list[Fault]) -> str:
    plain = _text(text, place, faults)
    if plain and not _LINK.fullmatch(plain):
        remedy = "begin it with https://, tel:, sip: or mailto:"
        faults.append(_fault("INVALID_VALUE", "this is not a link", place, remedy))
    return plain


def _memberships(
    memberships: Iterable[Membership], place: Place, faults: list[Fault]
) -> tuple[Membership, ...]:
    plain = (Membership(_text(each.team, place, faults), each.role) for each in memberships)
    return tuple(dict.fromkeys(each for each in plain if each.team))


def _fault(code: str, message: str, place: Place, remedy: str) -> Fault:
    return Fault(code=code, message=message, place=place, remedy=remedy)
