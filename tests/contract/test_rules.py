"""Rules in force: written like the graph, part of the log, refused when others were faster."""

from dataclasses import replace

import pytest

from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.revision import LogEntry, Operation, RecordType
from graph_service.store import GraphStore
from graph_service.store.ledger import verify
from tests.builders import ADA, ci, delta, estate, related, retired_ci

pytestmark = pytest.mark.anyio


def _rules(text: str, *, kind: str = "vocabulary", based_on: int = 0) -> GraphDelta:
    data = {"name": "acme", "version": "1", "text": text}
    return GraphDelta(
        based_on=based_on, actor=ADA, reason="words", rules=(Record(kind, kind, data),)
    )


async def test_rules_make_a_revision_that_says_what_they_were_and_are(store: GraphStore) -> None:
    await store.apply(_rules("one"))
    await store.apply(_rules("two", based_on=1))

    [first], [second] = await store.entries(1), await store.entries(2)
    assert (first.record_type, first.operation) == (RecordType.VOCABULARY, Operation.CREATED)
    assert (second.operation, second.before) == (Operation.UPDATED, {"text": "one"})
    assert second.after == {"id": "vocabulary", "name": "acme", "version": "1", "text": "two"}
    kept = await store.record("vocabulary", "vocabulary")
    assert kept is not None
    assert (kept.data["text"], kept.data["revision"]) == ("two", 2)


async def test_rules_that_are_in_force_already_make_no_revision(store: GraphStore) -> None:
    await store.apply(_rules("one"))

    applied = await store.apply(_rules("one", based_on=1))

    assert applied.revision is None


async def test_the_chain_holds_over_revisions_of_rules(store: GraphStore) -> None:
    await store.apply(estate("web -> db"))
    await store.apply(replace(_rules("one", based_on=1), cis=(ci("web", tier=1),)))
    await store.apply(_rules("p", kind="policy", based_on=2))
    revisions = await store.revisions()

    log = [(each, await store.entries(each.number)) for each in revisions]

    assert verify(log, until=await store.head()) == []
    assert [each.record_type.value for each in log[1][1]] == ["CI", "VOCABULARY"]


async def test_rules_have_a_history_of_their_own(store: GraphStore) -> None:
    await store.apply(_rules("one"))
    await store.apply(_rules("p", kind="policy", based_on=1))
    await store.apply(_rules("two", based_on=2))
    await store.apply(estate("web -> db"))

    found: list[LogEntry] = await store.history("vocabulary")

    assert [(each.revision, each.record_id) for each in found] == [
        (3, "vocabulary"),
        (1, "vocabulary"),
    ]


async def test_of_two_who_put_rules_in_force_at_once_the_second_is_refused(
    store: GraphStore,
) -> None:
    await store.apply(_rules("one"))
    await store.apply(_rules("two", based_on=1))

    with pytest.raises(StaleRevisionError, match="the vocabulary in force"):
        await store.apply(_rules("three", based_on=1))


async def test_other_writers_are_not_kept_up_by_new_rules(store: GraphStore) -> None:
    await store.apply(estate("web -> db"))
    await store.apply(_rules("one", based_on=1))

    applied = await store.apply(delta(ci("web", tier=1), based_on=1))

    assert applied.head.revision == 3


async def test_only_kinds_of_rules_are_rules(store: GraphStore) -> None:
    odd = GraphDelta(based_on=0, actor=ADA, rules=(Record("run", "run_1", {}),))

    with pytest.raises(InvalidInputError, match="not a kind of rules"):
        await store.apply(odd)


async def test_what_lives_is_counted_by_class_and_type(store: GraphStore) -> None:
    await store.apply(estate("web -> api -> db:Database; web -USES-> db"))
    await store.apply(delta(retired_ci("api"), based_on=1))

    assert await store.class_counts() == {"Application": 1, "Database": 1}
    assert await store.type_counts() == {"USES": 1}


async def test_a_store_may_be_told_of_types_before_it_holds_any(store: GraphStore) -> None:
    await store.prepare_types({"SETTLES_THROUGH"})

    await store.apply(delta(ci("a"), ci("b"), related("a", "b", "SETTLES_THROUGH")))

    assert await store.type_counts() == {"SETTLES_THROUGH": 1}
