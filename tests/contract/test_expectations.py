"""A delta may expect records around the graph to stand as its writer found them."""

from dataclasses import replace

import pytest

from graph_service.model.delta import Expectation, Record
from graph_service.model.errors import StaleRevisionError
from graph_service.store import GraphStore
from tests.builders import delta, estate

pytestmark = pytest.mark.anyio

FOUND = {"asked": "first", "count": 1}
RECORD = Record("idempotency", "idk_1", FOUND)


async def test_a_delta_is_taken_when_what_it_expects_stands(store: GraphStore) -> None:
    nothing = Expectation("idempotency", "idk_1", None)
    await store.apply(replace(estate("web"), records=(RECORD,), expected=(nothing,)))

    as_found = Expectation("idempotency", "idk_1", FOUND)
    applied = await store.apply(replace(estate("db", based_on=1), expected=(as_found,)))

    assert applied.head.revision == 2


@pytest.mark.parametrize("data", [None, {**FOUND, "count": 2}])
async def test_a_delta_is_refused_when_a_record_moved(
    store: GraphStore, data: dict[str, object] | None
) -> None:
    """Whatever it touches of the graph; nothing of it is written, records included."""
    await store.apply(replace(estate("web"), records=(RECORD,)))
    late = replace(
        estate("db", based_on=1),
        records=(replace(RECORD, data={"asked": "second"}),),
        expected=(Expectation("idempotency", "idk_1", data),),
    )

    with pytest.raises(StaleRevisionError, match="idempotency idk_1"):
        await store.apply(late)

    assert (await store.head()).revision == 1
    assert await store.record("idempotency", "idk_1") == RECORD


async def test_a_delta_of_records_alone_can_expect_too(store: GraphStore) -> None:
    missing = Expectation("plan", "pln_1", {"state": "PLANNED"})

    with pytest.raises(StaleRevisionError, match="plan pln_1"):
        await store.apply(replace(delta(), records=(RECORD,), expected=(missing,)))

    assert await store.record("idempotency", "idk_1") is None
