"""When a CI was last seen, by whom, and whether that is too long ago."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.instants import instant_text
from graph_service.model.vocabulary import Lifetime, Vocabulary
from graph_service.reconcile.sightings import (
    SIGHTING,
    Sighting,
    sighting_id,
    sighting_of,
)
from graph_service.store import EstateReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How long ago a CI was last seen.

    ``last_seen_at`` is empty of a CI that only people speak of: nobody looks at it. ``stale``: it
    was not seen for longer than its class allows, since ``stale_since``. ``unverified_by`` are data
    sources that spoke of it once and no longer do.
    """

    last_seen_at: str = ""
    last_source: str = ""
    stale: bool = False
    stale_since: str = ""
    unverified_by: tuple[str, ...] = ()


Sightings = Mapping[str, Sighting]
"""Looks at scopes of data sources, by the ids of their records."""


async def sightings_for(store: EstateReader, claims: Iterable[Claim]) -> Sightings:
    """Read the last looks at everything that claims come from."""
    wanted = {
        sighting_id(each.data_source, each.scope) for each in claims if each.data_source != MANUAL
    }
    found = {each: sighting_of(await store.record(SIGHTING, each)) for each in sorted(wanted)}
    return {id_: each for id_, each in found.items() if each is not None}


def freshness_of(
    ci: CI, claims: Sequence[Claim], sightings: Sightings, life: Lifetime, now: datetime
) -> Freshness:
    """Return how fresh a CI is, given all claims about it, also those that are withdrawn."""
    living = [each for each in claims if each.live and each.data_source != MANUAL]
    speaking = {each.data_source for each in living}
    former = {each.data_source for each in claims if not each.live and each.data_source != MANUAL}
    unverified = tuple(sorted(former - speaking))
    if not living:
        return Freshness(stale=ci.presence is Presence.STALE, unverified_by=unverified)
    seen, source = max((last_seen(each, sightings), each.data_source) for each in living)
    since = ""
    if life.stale_after is not None:
        ends = datetime.fromisoformat(seen) + life.stale_after
        since = instant_text(ends) if ends <= now else ""
    return Freshness(
        last_seen_at=seen,
        last_source=source,
        stale=bool(since),
        stale_since=since,
        unverified_by=unverified,
    )


def last_seen(claim: Claim, sightings: Sightings) -> str:
    """Return when a live claim was last made, at the latest when it was first made so."""
    sighting = sightings.get(sighting_id(claim.data_source, claim.scope))
    seen = sighting.seen_at(claim) if sighting else claim.observed_at
    return max(seen, claim.observed_at)


async def freshness(
    store: EstateReader, vocabulary: Vocabulary, ci: CI, now: datetime
) -> Freshness:
    """Return how fresh a CI is."""
    claims = (await store.claims_of([ci.id])).get(ci.id, [])
    return freshness_of(
        ci, claims, await sightings_for(store, claims), lifetime_of(vocabulary, ci), now
    )


def lifetime_of(vocabulary: Vocabulary, ci: CI) -> Lifetime:
    """Return how long a CI is believed unseen; one of a class that is gone, for ever."""
    if ci.class_name not in vocabulary.classes:
        return Lifetime()
    return vocabulary.policies.lifetime(vocabulary.lineage(ci.class_name))
