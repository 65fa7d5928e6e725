"""What is claimed of CIs → what they are by the policies in force, without asking sources again."""

from collections.abc import AsyncIterator, Sequence

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import StaleRevisionError
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.draft import Change, Draft
from graph_service.store import CIOrder, CIQuery, GraphStore, Position, position_of

RECOMPUTING = "recomputing"
"""Kind of the record that says that values may not follow from the policies in force yet."""

PAGE = 1_000
CHANGES_AT_ONCE = 5_000
ATTEMPTS_MAX = 5

Looked = tuple[CI, Sequence[Claim], Change | None]
"""A living CI, what is claimed of it, and what would become of it."""


async def looked_at(
    store: GraphStore, vocabulary: Vocabulary, classes: frozenset[str]
) -> AsyncIterator[list[Looked]]:
    """Yield all living CIs of these classes, page by page, with what policies make of them."""
    after: Position | None = None
    has_next = True
    while has_next:
        page = await store.find_cis(CIQuery(classes=classes, after=after, limit=PAGE))
        living = [each for each in page.cis if each.presence is not Presence.RETIRED]
        claims = await store.claims_of([each.id for each in living])
        draft = Draft(vocabulary)
        claimed = [each for each in living if claims.get(each.id)]
        draft.learn(cis=claimed, claims={each.id: claims[each.id] for each in claimed})
        for each in claimed:
            draft.revisit(each.id)
        changes = {each.after.id: each for each in draft.pending()}
        yield [(each, claims.get(each.id, ()), changes.get(each.id)) for each in living]
        has_next = page.has_next
        if page.cis:
            after = position_of(page.cis[-1], CIOrder.NAME)


async def recompute(
    store: GraphStore,
    vocabulary: Vocabulary,
    classes: frozenset[str],
    *,
    actor: Actor,
    reason: str,
) -> int:
    """Write what policies make of CIs and is not so yet; return how many were written.

    Each revision has whole CIs, at most 5,000. Stopped in between, the next call goes on.
    """
    total = 0
    waiting: list[CI] = []
    base = (await store.head()).revision
    own: set[int] = set()

    async def write() -> None:
        nonlocal total, waiting
        delta = GraphDelta(
            based_on=base,
            actor=actor,
            reason=reason,
            own_revisions=frozenset(own),
            cis=tuple(waiting),
        )
        applied = await store.apply(delta)
        if applied.revision is not None:
            own.add(applied.revision.number)
            total += len(waiting)
        waiting = []

    async for page in looked_at(store, vocabulary, classes):
        waiting += [
            change.after
            for _, _, change in page
            if change is not None and isinstance(change.after, CI)
        ]
        if len(waiting) > CHANGES_AT_ONCE - PAGE:
            await write()
    if waiting:
        await write()
    return total


async def finish_recomputing(
    store: GraphStore, vocabulary: Vocabulary, *, actor: Actor, reason: str
) -> int:
    """Bring values in line with policies where an application of these broke off.

    Returns how many CIs were written. CIs that others write meanwhile are looked at again.
    """
    note = await store.record(RECOMPUTING, RECOMPUTING)
    if note is None:
        return 0
    classes = frozenset(note.data["classes"])
    total = 0
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            total += await recompute(store, vocabulary, classes, actor=actor, reason=reason)
            break
        except StaleRevisionError:
            if attempt == ATTEMPTS_MAX:
                raise
    await store.apply(
        GraphDelta(based_on=0, actor=actor, removed_records=((RECOMPUTING, RECOMPUTING),))
    )
    return total


def recomputing_record(classes: frozenset[str]) -> Record:
    """Return the note that CIs of these classes are to be looked at again."""
    return Record(RECOMPUTING, RECOMPUTING, {"classes": sorted(classes)})
