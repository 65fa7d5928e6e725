"""Labels follow the vocabulary: what was begun is finished, whoever began it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from graph_service.model.delta import GraphDelta, Record
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.store import GraphStore

RELABELLING = "relabelling"
"""Kind of the record that says that labels of some classes may not be right yet."""

OTHERS_FOLLOW = timedelta(minutes=1)
"""By when every replica has taken up a vocabulary; until then one may label by the former."""


def relabelling_record(classes: Sequence[str], at: str) -> Record:
    """Return the note that labels of these classes are to be looked at again."""
    return Record(RELABELLING, RELABELLING, {"classes": [*classes], "since": at})


async def finish_relabelling(
    store: GraphStore, vocabulary: Vocabulary, *, clock: Callable[[], datetime], actor: Actor
) -> int:
    """Put labels right that a change of the vocabulary left behind; return how many CIs had them.

    The note is removed once all replicas must have taken the vocabulary up.
    """
    note = await store.record(RELABELLING, RELABELLING)
    if note is None:
        return 0
    lineages = {
        each: vocabulary.lineage(each)
        for each in note.data["classes"]
        if each in vocabulary.classes
    }
    is_over = datetime.fromisoformat(note.data["since"]) + OTHERS_FOLLOW < clock()
    count = await store.relabel(lineages, others_stay=False)
    if is_over:
        await store.apply(
            GraphDelta(based_on=0, actor=actor, removed_records=((RELABELLING, RELABELLING),))
        )
    return count
