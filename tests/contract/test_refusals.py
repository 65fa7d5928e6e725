"""What no store accepts, and what it says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from graph_service.model.ci import Presence
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta, Record
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.revision import Actor
from graph_service.store import GraphStore
from tests.builders import ci, claim_about, delta, estate, related, retired_ci

pytestmark = pytest.mark.anyio


def _with_attribute(value: object) -> GraphDelta:
    return delta(ci("new", value=value), based_on=1)


TOO_DEEP: Any = "leaf"
for _ in range(40):
    TOO_DEEP = [TOO_DEEP]

REFUSED: dict[str, tuple[GraphDelta, str, str]] = {
    "too many records": (
        delta(*(ci(f"n{each}") for each in range(DELTA_RECORDS_MAX + 1)), based_on=1),
        "DELTA_TOO_LARGE",
        "",
    ),
    "a CI twice": (delta(ci("new"), ci("new", tier=1), based_on=1), "DUPLICATE_RECORD", "ci_new"),
    "a claim twice": (
        delta(ci("new"), claim_about(ci("new")), claim_about(ci("new"), a=1), based_on=1),
        "DUPLICATE_RECORD",
        "cmdb ci_new",
    ),
    "a record twice": (
        replace(delta(based_on=1), records=(Record("run", "r", {}), Record("run", "r", {}))),
        "DUPLICATE_RECORD",
        "run r",
    ),
    "a record kept and removed": (
        replace(
            delta(based_on=1), records=(Record("run", "r", {}),), removed_records=(("run", "r"),)
        ),
        "DUPLICATE_RECORD",
        "run r",
    ),
    "too long an id": (delta(ci("n" * 300), based_on=1), "ID_TOO_LONG", "ci_" + "n" * 247),
    "an id with a control character": (
        delta(ci("a\x00b"), based_on=1),
        "INVALID_ID",
        "ci_a\x00b",
    ),
    "too long a class": (delta(ci("new", "C" * 251), based_on=1), "INVALID_CLASS", "ci_new"),
    "too long a kind": (
        replace(delta(based_on=1), records=(Record("k" * 251, "r", {}),)),
        "INVALID_KIND",
        "k" * 250,
    ),
    "a type that is no name": (
        delta(replace(related("web", "db"), type="]->() DELETE n //"), based_on=1),
        "INVALID_TYPE",
        related("web", "db").id,
    ),
    "a key that another CI has": (
        delta(ci("new", key="web"), based_on=1),
        "KEY_TAKEN",
        "ci_new",
    ),
    "a key that a retired CI had": (
        delta(ci("new", key="gone"), based_on=1),
        "KEY_TAKEN",
        "ci_new",
    ),
    "one key for two": (
        delta(ci("a", key="same"), ci("b", key="same"), based_on=1),
        "KEY_TAKEN",
        "ci_a",
    ),
    "another key": (delta(ci("web", key="www"), based_on=1), "KEY_CHANGED", "ci_web"),
    "a CI in relation to itself": (
        delta(related("web", "web"), based_on=1),
        "SELF_LOOP",
        related("web", "web").id,
    ),
    "an end that is nowhere": (
        delta(related("web", "nowhere"), based_on=1),
        "DANGLING",
        related("web", "nowhere").id,
    ),
    "a retired relationship with an end that is nowhere": (
        delta(related("web", "nowhere", presence=Presence.RETIRED), based_on=1),
        "DANGLING",
        related("web", "nowhere").id,
    ),
    "an end that is retired": (
        delta(related("web", "gone"), based_on=1),
        "DANGLING",
        related("web", "gone").id,
    ),
    "an end that it retires": (
        delta(retired_ci("web"), related("web", "api"), based_on=1),
        "DANGLING",
        related("web", "api").id,
    ),
    "another target": (
        delta(replace(related("web", "api"), target=ci("db").id), based_on=1),
        "ENDS_CHANGED",
        related("web", "api").id,
    ),
    "another type": (
        delta(replace(related("web", "api"), type="USES"), based_on=1),
        "ENDS_CHANGED",
        related("web", "api").id,
    ),
    "a claim about nothing": (
        delta(claim_about(ci("nowhere")), based_on=1),
        "DANGLING",
        "ci_nowhere",
    ),
    "a revision to come": (delta(ci("new"), based_on=7), "REVISION_UNKNOWN", ""),
    "no number": (_with_attribute(float("nan")), "NOT_JSON", "ci_new.attributes.value"),
    "infinity": (_with_attribute([1, float("inf")]), "NOT_JSON", "ci_new.attributes.value[1]"),
    "too large a number": (_with_attribute(2**63), "NOT_JSON", "ci_new.attributes.value"),
    "half a character": (_with_attribute("\ud800"), "NOT_JSON", "ci_new.attributes.value"),
    "half a character in a name": (
        delta(replace(ci("new"), name="a\udfff"), based_on=1),
        "NOT_JSON",
        "ci_new.name",
    ),
    "a name that is no text": (_with_attribute({1: "a"}), "NOT_JSON", "ci_new.attributes.value"),
    "a set": (_with_attribute({"a"}), "NOT_JSON", "ci_new.attributes.value"),
    "a value nested too deep": (
        _with_attribute(TOO_DEEP),
        "NOT_JSON",
        "ci_new.attributes.value" + "[0]" * 30,
    ),
    "half a character in a reason": (
        replace(delta(ci("new"), based_on=1), reason="\ud800"),
        "NOT_JSON",
        "reason",
    ),
    "half a character in a claim": (
        delta(
            ci("new"),
            replace(claim_about(ci("new")), content={"a": "\ud800"}),
            based_on=1,
        ),
        "NOT_JSON",
        "ci_new.content.a",
    ),
    "half a character in a record": (
        replace(delta(based_on=1), records=(Record("run", "r", {"a": "\ud800"}),)),
        "NOT_JSON",
        "r.data.a",
    ),
}


@pytest.mark.parametrize("title", REFUSED)
async def test_a_delta_is_refused_with(store: GraphStore, title: str) -> None:
    """Every refusal has a code, names its subject and leaves the store as it was."""
    refused, code, subject = REFUSED[title]
    await store.apply(
        delta(ci("web"), ci("api"), ci("db"), retired_ci("gone"), related("web", "api"))
    )
    before = await store.head()

    with pytest.raises(InvalidInputError) as refusal:
        await store.apply(refused)

    assert (code, subject) in {(each.code, each.place.path) for each in refusal.value.faults}
    assert await store.head() == before
    assert await store.cis([ci("new").id]) == {}


async def test_all_faults_are_told_at_once(store: GraphStore) -> None:
    await store.apply(estate("web"))
    faulty = delta(
        ci("a", key="web"), related("a", "a"), related("a", "nowhere"), ci("b"), ci("b"), based_on=1
    )

    with pytest.raises(InvalidInputError) as refusal:
        await store.apply(faulty)

    assert {each.code for each in refusal.value.faults} == {
        "KEY_TAKEN",
        "SELF_LOOP",
        "DANGLING",
        "DUPLICATE_RECORD",
    }


async def test_a_fault_never_shows_the_value(store: GraphStore) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await store.apply(delta(ci("web", password={"hunter2"})))

    assert "hunter2" not in str(refusal.value)


ADA_AND_BOB: dict[str, tuple[GraphDelta, GraphDelta, list[str]]] = {
    "a CI": (delta(ci("web", tier=1), based_on=1), delta(ci("web", tier=2), based_on=1), ["web"]),
    "a relationship": (
        delta(related("web", "api", port=1), based_on=1),
        delta(related("web", "api", port=2), based_on=1),
        ["web DEPENDS_ON api"],
    ),
    "an end": (
        delta(ci("web", tier=1), based_on=1),
        delta(related("web", "db"), based_on=1),
        ["web"],
    ),
    "an end that was retired": (
        delta(retired_ci("db"), based_on=1),
        delta(related("web", "db"), based_on=1),
        ["db"],
    ),
    "what a claim is about": (
        delta(claim_about(ci("web"), a=1), based_on=1),
        delta(claim_about(ci("web"), a=2), based_on=1),
        ["web"],
    ),
    "a relationship that would be retired along": (
        delta(related("web", "api", port=1), based_on=1),
        delta(retired_ci("web"), based_on=1),
        ["web DEPENDS_ON api"],
    ),
    "the holder of a key": (
        delta(ci("other", key="new"), based_on=1),
        delta(ci("new"), based_on=1),
        ["new"],
    ),
    "a CI that both create": (
        delta(ci("new", tier=1), based_on=1),
        delta(ci("new", tier=2), based_on=1),
        ["new"],
    ),
    "a native key that both meet for the first time": (
        delta(ci("b"), replace(claim_about(ci("b")), native_key="new"), based_on=1),
        delta(ci("a"), replace(claim_about(ci("a")), native_key="new"), based_on=1),
        ["b"],
    ),
}


@pytest.mark.parametrize("title", ADA_AND_BOB)
async def test_a_delta_is_stale_when_somebody_else_changed(store: GraphStore, title: str) -> None:
    """The refusal names what moved, and nothing of the delta is kept."""
    adas, bobs, moved = ADA_AND_BOB[title]
    await store.apply(estate("web -> api; db"))
    await store.apply(adas)
    before = await store.head()

    with pytest.raises(StaleRevisionError) as refusal:
        await store.apply(replace(bobs, actor=Actor("usr_bob", "Bob")))

    assert list(refusal.value.moved) == moved
    assert (refusal.value.based_on, refusal.value.current) == (1, 2)
    assert await store.head() == before


async def test_a_run_may_go_on_from_its_own_revisions(store: GraphStore) -> None:
    await store.apply(estate("web; api"))
    await store.apply(delta(ci("web", tier=1), based_on=1))

    applied = await store.apply(
        replace(delta(related("web", "api"), based_on=1), own_revisions=frozenset({2}))
    )

    assert applied.head.revision == 3


async def test_what_somebody_changed_elsewhere_does_not_matter(store: GraphStore) -> None:
    await store.apply(estate("web -> api; db"))
    await store.apply(delta(ci("db", tier=1), based_on=1))

    applied = await store.apply(delta(ci("web", tier=2), related("web", "api", port=1), based_on=1))

    assert applied.head.revision == 3


@pytest.mark.parametrize(
    "odd",
    [lambda: (1, 2, ("a",)), lambda: {"deep": ({"x": ()},)}],
    ids=["tuples", "tuples inside objects"],
)
async def test_what_json_can_hold_in_another_form_is_kept_in_that_form(
    store: GraphStore, odd: Callable[[], object]
) -> None:
    await store.apply(delta(ci("web", value=odd())))

    again = await store.apply(delta(ci("web", value=odd()), based_on=1))

    assert again.revision is None


async def test_the_smallest_and_largest_numbers_are_kept(store: GraphStore) -> None:
    numbers = {"a": 2**63 - 1, "b": -(2**63), "c": 5e-324, "d": 1.7976931348623157e308, "e": -0.0}
    await store.apply(delta(replace(ci("web"), attributes=numbers)))

    found = (await store.cis([ci("web").id]))[ci("web").id].attributes
    assert {name: repr(value) for name, value in found.items()} == {
        name: repr(value) for name, value in numbers.items()
    }
