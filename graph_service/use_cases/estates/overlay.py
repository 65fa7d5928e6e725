"""Edits → the estate as it would be after them, computed as if they were written, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta
from graph_service.model.edit import Edit
from graph_service.model.errors import Fault
from graph_service.model.ids import IdGenerator, derived_id
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor, ActorType, Head
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection.projected import Images
from graph_service.reconcile.batches import Cover, delta_of
from graph_service.reconcile.terms import Author
from graph_service.store import EstateReader
from graph_service.store.ledger import Touched, keys_in_question, settle
from graph_service.store.plain import plain_delta
from graph_service.use_cases.editing.edit_computing import (
    DraftedEdits,
    changes_of,
    digest_of,
    drafted,
)
from graph_service.use_cases.estates.hypothetical_estate import HypotheticalEstate, Outcome

NOBODY = Actor("overlay", "overlay", ActorType.SYSTEM)
"""Who would have written what nobody writes."""

_Record = TypeVar("_Record", CI, Relationship)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """An estate with edits put over it. ``faults`` are those of edits that were left out.

    ``digest`` names the edits; ``images`` are the records that differ.
    """

    digest: str
    estate: EstateReader
    images: Images
    faults: tuple[Fault, ...]


async def overlaid(
    base: EstateReader, vocabulary: Vocabulary, edits: Sequence[tuple[int, Edit]]
) -> Overlay:
    """Put edits over an estate, in order; those at fault are left out, and the rest applies.

    Each comes with its index in the list that people know, by which faults name it.

    CIs that the edits create get the same ids whenever the same edits are asked about, and no store
    has these.

    Raises:
        InvalidInputError: More than one revision can take.
        StoreUnavailableError: The store does not answer.

    """
    head = await base.head()
    at = datetime.fromisoformat(head.at) if head.at else datetime.fromtimestamp(0, UTC)
    digest = digest_of([each for _, each in edits])
    done, faults = await _without_faults(base, vocabulary, edits, digest, at)
    changes = await changes_of(base, vocabulary, done, at=at)
    cover = Cover(
        based_on=head.revision,
        actor=NOBODY,
        reason="",
        run=None,
        milliseconds=int(at.timestamp() * 1000),
        salt=digest,
    )
    outcome = await _outcome(base, plain_delta(delta_of(changes, cover)), head)
    return Overlay(
        digest=digest,
        estate=HypotheticalEstate(base, outcome),
        images=Images(digest, [*outcome.cis.values()], [*outcome.relationships.values()]),
        faults=tuple(faults),
    )


async def _without_faults(
    base: EstateReader,
    vocabulary: Vocabulary,
    edits: Sequence[tuple[int, Edit]],
    digest: str,
    at: datetime,
) -> tuple[DraftedEdits, list[Fault]]:
    """Do the edits that can be done. One that leans on one at fault is at fault itself."""
    faults: list[tuple[int, Fault]] = []
    remaining = [*edits]
    while True:
        done = await drafted(
            base,
            vocabulary,
            remaining,
            at=at,
            names=names_of(digest),
            author=Author(NOBODY, ""),
        )
        if not done.faults:
            ordered = sorted(faults, key=lambda each: each[0])
            return done, [fault for _, fault in ordered]
        faults += done.faults
        at_fault = {index for index, _ in done.faults}
        remaining = [each for each in remaining if each[0] not in at_fault]


def names_of(digest: str) -> IdGenerator:
    """Return the ids that an overlay draws, in the order in which it needs them."""
    numbers = count()
    return lambda prefix: derived_id(prefix, "overlay", digest, str(next(numbers)))


async def _outcome(base: EstateReader, delta: GraphDelta, head: Head) -> Outcome:
    """Return what a store would write, the versions of records as they are without it."""
    touched = await _touched_by(base, delta, head)
    settled = settle(delta, touched, head, head.at)
    return Outcome(
        cis={each.id: _of_version(each, touched.cis.get(each.id)) for each in settled.cis},
        relationships={
            each.id: _of_version(each, touched.relationships.get(each.id))
            for each in settled.relationships
        },
        claims={(each.data_source, each.native_key): each for each in settled.claims},
        records={(each.kind, each.id): each for each in delta.records},
        removed_records=frozenset(delta.removed_records),
    )


def _of_version(record: _Record, known: _Record | None) -> _Record:
    return replace(record, revision=known.revision if known else 0)


async def _touched_by(base: EstateReader, delta: GraphDelta, head: Head) -> Touched:
    """Read what a delta concerns; see ``Touched``."""
    claims = await _claims_in(base, delta)
    subjects = {each.subject for each in (*claims.values(), *delta.claims)}
    retired = [each.id for each in delta.cis if each.presence is Presence.RETIRED]
    named = {each.id for each in delta.relationships}
    related = {each for each in subjects if each.startswith("rel_")}
    along = await base.relationships_of(retired)
    others = await base.relationships(named | related)
    relationships = {str(each.id): each for each in (*along, *others.values())}
    keyed = await base.cis_by_key(keys_in_question(delta, head))
    ends = {
        end
        for each in (*delta.relationships, *relationships.values())
        for end in (each.source, each.target)
    }
    wanted = {each.id for each in delta.cis} | {each for each in subjects if each not in related}
    found = (await base.cis({*wanted, *ends})).values()
    return Touched(
        cis={str(each.id): each for each in (*keyed.values(), *found)},
        relationships=relationships,
        claims=claims,
        keys={key: each.id for key, each in keyed.items()},
    )


async def _claims_in(base: EstateReader, delta: GraphDelta) -> dict[tuple[str, str], Claim]:
    native_keys: dict[str, set[str]] = {}
    for each in delta.claims:
        native_keys.setdefault(each.data_source, set()).add(each.native_key)
    found: dict[tuple[str, str], Claim] = {}
    for data_source, keys in sorted(native_keys.items()):
        known = await base.claims(data_source, keys)
        found |= {(data_source, key): each for key, each in known.items()}
    return found
