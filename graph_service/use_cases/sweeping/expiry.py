"""Values that people stated until an instant: taken out once that has come."""

from dataclasses import replace
from datetime import datetime

from graph_service.model.claim import MANUAL, Claim
from graph_service.model.delta import GraphDelta
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.instants import instant_text
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.batches import Cover, deltas_of
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import PARTIAL
from graph_service.reconcile.ground import learn_cis
from graph_service.reconcile.resolution import in_batches
from graph_service.reconcile.terms import TERMS, ended_attributes
from graph_service.store import GraphStore

REASON = "values stated until now have ended"


async def expire_claims(
    store: GraphStore,
    vocabulary: Vocabulary,
    now: datetime,
    *,
    actor: Actor,
    new_id: IdGenerator = new_id,
) -> list[GraphDelta]:
    """Return what takes out the values whose end has come; the next claim surfaces.

    Apply the deltas in their order. Empty when there is nothing to do.
    """
    head = await store.head()
    at = instant_text(now)
    draft = Draft(vocabulary)
    ended = await _ended(store, at)
    await learn_cis(store, draft, {each.subject for each in ended})
    for claim in ended:
        draft.state(_without(claim, {*ended_attributes(claim, at)}))
    cover = Cover(
        based_on=head.revision,
        actor=actor,
        reason=REASON,
        run=None,
        milliseconds=int(now.timestamp() * 1000),
        salt=new_id("exp"),
    )
    return deltas_of(draft.take(), cover)


async def _ended(store: GraphStore, now: str) -> list[Claim]:
    index = await store.claim_index(MANUAL)
    spoken = (
        key
        for key, subject, live in zip(index.native_key, index.subject, index.live, strict=True)
        if live and subject.startswith("ci_")
    )
    found: list[Claim] = []
    for some in in_batches(spoken):
        claims = await store.claims(MANUAL, some)
        found += (each for each in claims.values() if any(ended_attributes(each, now)))
    return found


def _without(claim: Claim, names: set[str]) -> Claim:
    content = dict(claim.content)
    for part in ("attributes", TERMS):
        content[part] = {k: v for k, v in content.get(part, {}).items() if k not in names}
    says_nothing = content.get(PARTIAL) and not (
        content["attributes"] or content.get("name") or content.get("class")
    )
    return replace(claim, content=content, live=not says_nothing)
