"""Erasing what is known of a person, and saying where it may still stand."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_service.model.claim import MANUAL
from graph_service.model.codec import canonical
from graph_service.model.delta import Record
from graph_service.model.person import Erasure, Person
from graph_service.reconcile.directory import DirectoryState, erased_record, state_record
from graph_service.reconcile.ground import all_records
from graph_service.reconcile.plan_codec import PLAN, PLAN_PART
from graph_service.store import GraphStore
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import names_of

CLAIMS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What came of an erasure.

    ``replaced`` is how many CIs named them by text and now name their id; ``still_said_by`` are
    data sources that go on naming them on CIs; ``plans_dropped`` are kept plans that spoke of them.
    """

    person: str
    revision: int | None
    replaced: int
    still_said_by: tuple[str, ...]
    plans_dropped: tuple[str, ...]


async def plans_about(store: GraphStore, person: Person) -> dict[str, list[str]]:
    """Return the kept plans in which somebody stands, with their parts."""
    facts = person.facts
    texts = (person.id, facts.name, facts.login, facts.dn, *facts.mails)
    wanted = [canonical(each) for each in texts if each]
    parts: dict[str, list[str]] = {}
    named: set[str] = set()
    for each in (await all_records(store, PLAN_PART)).values():
        parts.setdefault(each.group, []).append(each.id)
        if each.group not in named:
            text = canonical(each.data)
            if any(one in text for one in wanted):
                named.add(each.group)
    return {plan: parts[plan] for plan in sorted(named)}


def forgetting(
    person: Person, before: DirectoryState, plans: Mapping[str, Sequence[str]], erasure: Erasure
) -> tuple[tuple[Record, ...], tuple[tuple[str, str], ...]]:
    """Return the records that stay of somebody, and those that go."""
    state = before.after(1, salt=secrets.token_hex(16))
    forgotten = [
        state.forgotten(source, each.native_key)
        for source, each in person.said.items()
        if source != MANUAL
    ]
    removed = [(PLAN_PART, part) for parts in plans.values() for part in parts]
    removed += [(PLAN, plan) for plan in plans]
    return (erased_record(person, erasure, forgotten), state_record(state)), tuple(removed)


async def still_said_by(
    store: GraphStore, person: Person, directory: Directory, cis: Sequence[str]
) -> tuple[str, ...]:
    """Return the data sources whose own words still name somebody on these CIs."""
    found: set[str] = set()
    for start in range(0, len(cis), CLAIMS_AT_ONCE):
        claims = await store.claims_of(cis[start : start + CLAIMS_AT_ONCE])
        for each in (one for said in claims.values() for one in said):
            if each.data_source != MANUAL and _names(each.content, person, directory):
                found.add(each.data_source)
    return tuple(sorted(found))


def _names(content: Mapping[str, Any], person: Person, directory: Directory) -> bool:
    named = names_of(content.get("attributes") or {})
    return any(directory.person(text) is person for texts in named.values() for text in texts)
