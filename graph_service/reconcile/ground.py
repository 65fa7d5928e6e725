"""What the store holds before a reading is listened to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.delta import Record
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head
from graph_service.reconcile.deferred import UNRESOLVED
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import RETIREMENT
from graph_service.reconcile.merging import absorbed_by
from graph_service.reconcile.quarantine import QUARANTINED
from graph_service.reconcile.resolution import in_batches
from graph_service.store import ClaimIndex, EstateReader, GraphStore

PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The state a plan is computed from.

    ``denied`` are CIs and relationships that a person says are no more. ``deferred`` are the
    references of all data sources that nothing answered, ``quarantined`` the records of this one
    that could not be taken in, both by id.
    """

    head: Head
    index: ClaimIndex
    denied: frozenset[str]
    deferred: Mapping[str, Record]
    quarantined: Mapping[str, Record]


async def ground(store: GraphStore, data_source: str) -> Ground:
    """Read it. The head comes first: what is written meanwhile makes the plan outdated."""
    head = await store.head()
    return Ground(
        head=head,
        index=await store.claim_index(data_source),
        denied=await denied(store),
        deferred=await all_records(store, UNRESOLVED),
        quarantined=await all_records(store, QUARANTINED, data_source),
    )


async def denied(store: GraphStore) -> frozenset[str]:
    """Return the subjects that a person says are no more."""
    by_hand = await store.claim_index(MANUAL)
    return frozenset(
        subject
        for key, subject, live in zip(
            by_hand.native_key, by_hand.subject, by_hand.live, strict=True
        )
        if live and key.startswith(RETIREMENT)
    )


async def all_records(
    store: EstateReader, kind: str, group: str | None = None
) -> dict[str, Record]:
    """Return all records of a kind, by id."""
    found: dict[str, Record] = {}
    after = ""
    while page := await store.records(kind, group=group, after=after, limit=PAGE):
        found.update((each.id, each) for each in page)
        after = page[-1].id
    return found


async def learn_cis(store: EstateReader, draft: Draft, ids: Iterable[str]) -> None:
    """Teach a draft these CIs and what is claimed of them."""
    for some in in_batches(set(ids)):
        known: dict[str, Sequence[Claim]] = dict.fromkeys(some, ())
        cis: Iterable[CI] = (await store.cis(some)).values()
        draft.learn(cis=cis, claims={**known, **await store.claims_of(some)})


async def learn_relationships(store: EstateReader, draft: Draft, ids: Iterable[str]) -> None:
    """Teach a draft those of these relationships that exist, and what is claimed of them."""
    for some in in_batches(set(ids)):
        found = await store.relationships(some)
        await _learn_relationships(store, draft, list(found.values()))


async def learn_relationships_of(store: EstateReader, draft: Draft, ci_ids: Iterable[str]) -> None:
    """Teach a draft the living relationships of these CIs, what is claimed of them, both ends."""
    ends: set[str] = set()
    for some in in_batches(set(ci_ids)):
        found = await store.relationships_of(some)
        await _learn_relationships(store, draft, found)
        ends.update(end for each in found for end in (each.source, each.target))
    await learn_keys(store, draft, ends - draft.cis.keys())


async def learn_merges(store: EstateReader, draft: Draft, ids: Collection[str]) -> None:
    """Teach a draft all that a merge or a split of these CIs may touch.

    That is whoever was merged into them before, all their relationships, retired ones included, and
    those these would become.
    """
    family = {*ids}
    pending = family
    while pending:
        await learn_cis(store, draft, pending)
        pending = {
            each for known in pending for each in absorbed_by(draft.claims.get(known, ()))
        } - family
        family |= pending
    drawn: dict[str, Relationship] = {}
    for some in in_batches(family):
        found = await store.relationships_of(some, include_retired=True)
        drawn |= {each.id: each for each in found}
    await _learn_relationships(store, draft, [*drawn.values()])
    become = {
        str(relationship_id(source, each.type, target))
        for each in drawn.values()
        for source in _may_be(each.source, family)
        for target in _may_be(each.target, family)
    }
    await learn_relationships(store, draft, become - drawn.keys())
    ends = {end for each in drawn.values() for end in (each.source, each.target)}
    await learn_keys(store, draft, ends - draft.cis.keys())


def _may_be(end: CIId, family: Collection[str]) -> Iterable[CIId]:
    """Return which CIs of a family an end of a relationship may come to be."""
    return [CIId(each) for each in family] if end in family else [end]


async def learn_keys(store: EstateReader, draft: Draft, ids: Iterable[str]) -> None:
    """Teach a draft these CIs without what is claimed of them: what they are called."""
    for some in in_batches(ids):
        draft.learn(cis=(await store.cis(some)).values())


async def _learn_relationships(
    store: EstateReader, draft: Draft, found: Sequence[Relationship]
) -> None:
    for some in in_batches({each.id for each in found}):
        draft.learn(claims=await store.claims_of(some))
    draft.learn(relationships=found)
