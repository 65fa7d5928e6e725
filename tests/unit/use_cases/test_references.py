"""Which CI a reference means."""

from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import AmbiguousReferenceError, CINotFoundError
from graph_service.use_cases.inventory.references import CIRef, resolve
from tests.builders import ADA, ci, ci_id, retired_ci
from tests.unit.use_cases.stores import opened_in

pytestmark = pytest.mark.anyio

TWINS = GraphDelta(
    based_on=0,
    actor=ADA,
    cis=(ci("payments-api"), ci("payments-db"), ci("a", key="one"), ci("東京")),
)


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        (CIRef(id="ci_a"), "a"),
        (CIRef(key="one"), "a"),
        (CIRef(name="a"), "a"),
        (CIRef(text="ci_a"), "a"),
        (CIRef(text="one"), "a"),
        (CIRef(text="a"), "a"),
        (CIRef(text="東京"), "東京"),
    ],
)
async def test_finds_a_ci_by_id_key_or_name(tmp_path: Path, ref: CIRef, found: str) -> None:
    """Whatever a person has at hand."""
    async with opened_in(tmp_path) as store:
        await store.apply(TWINS)

        assert (await resolve(store, ref)).id == ci_id(found)


async def test_a_misspelt_reference_comes_with_what_it_may_have_meant(tmp_path: Path) -> None:
    """The remedy is in the error."""
    async with opened_in(tmp_path) as store:
        await store.apply(TWINS)

        with pytest.raises(CINotFoundError, match="did you mean payments-api") as caught:
            await resolve(store, CIRef(text="paymnets-api"))
    assert caught.value.near[0] == "payments-api"


async def test_a_name_that_two_have_lists_both(tmp_path: Path) -> None:
    """Names are not unique."""
    twins = (ci("x"), replace(ci("y"), name="x"))
    async with opened_in(tmp_path) as store:
        await store.apply(GraphDelta(based_on=0, actor=ADA, cis=twins))

        with pytest.raises(AmbiguousReferenceError) as caught:
            await resolve(store, CIRef(name="x"))
    assert len(caught.value.candidates) == 2


async def test_a_retired_ci_answers_to_its_key_but_not_to_its_name(tmp_path: Path) -> None:
    """Its history can still be asked for; its name may be somebody else's now."""
    async with opened_in(tmp_path) as store:
        await store.apply(GraphDelta(based_on=0, actor=ADA, cis=(ci("old", key="K-1"),)))
        gone = replace(retired_ci("old"), key="K-1")
        await store.apply(GraphDelta(based_on=1, actor=ADA, cis=(gone,)))

        assert (await resolve(store, CIRef(text="K-1"))).id == ci_id("old")
        with pytest.raises(CINotFoundError):
            await resolve(store, CIRef(name="old"))


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 10_000, "') OR 1=1 --", "`}) DETACH DELETE n //", "\0"]
)
async def test_any_text_is_only_a_text(tmp_path: Path, text: str) -> None:
    """Nothing that is typed becomes a query."""
    async with opened_in(tmp_path) as store:
        await store.apply(TWINS)

        with pytest.raises(CINotFoundError):
            await resolve(store, CIRef(text=text))
        assert len(await store.cis(["ci_a", "ci_payments-db"])) == 2
