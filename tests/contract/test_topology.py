"""The living graph as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from graph_service.model.ci import Presence
from graph_service.model.errors import StoreUnavailableError
from graph_service.model.revision import Head
from graph_service.store import CIColumns, GraphStore, RelationshipColumns
from tests.builders import ci, ci_id, delta, estate, related, retired_ci
from tests.contract.conftest import EmptyStore

pytestmark = pytest.mark.anyio


@dataclass
class Drawn:
    """A topology put together again."""

    heads: list[Head] = field(default_factory=list)
    cis: dict[str, list[Any]] = field(default_factory=dict)
    relationships: set[tuple[Any, ...]] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    ordinals: list[int] = field(default_factory=list)


async def _drawn(store: GraphStore) -> Drawn:
    drawn, keys = Drawn(), dict[int, str]()
    async for chunk in store.topology():
        match chunk:
            case Head():
                drawn.heads.append(chunk)
            case CIColumns():
                keys |= zip(chunk.ordinal, chunk.key, strict=True)
                drawn.ordinals += chunk.ordinal
                drawn.stale |= {chunk.key[each] for each in chunk.stale}
                drawn.cis |= {
                    key: row
                    for key, *row in zip(
                        chunk.key,
                        chunk.id,
                        chunk.name,
                        chunk.class_name,
                        _read(chunk.attributes),
                        strict=True,
                    )
                }
            case RelationshipColumns():
                ends = ([keys[each] for each in side] for side in (chunk.source, chunk.target))
                rows = zip(*ends, chunk.type, chunk.origin, chunk.attributes, strict=True)
                drawn.relationships |= {*rows}
                drawn.stale |= {chunk.id[each] for each in chunk.stale}
    return drawn


def _read(columns: Sequence[str | None]) -> list[Any]:
    return [each and orjson.loads(each) for each in columns]


async def test_an_empty_estate_is_a_head_and_nothing_else(store: GraphStore) -> None:
    assert [chunk async for chunk in store.topology()] == [Head()]


async def test_it_is_the_living_graph(store: GraphStore) -> None:
    await store.apply(estate("web:Server -> api -[USES port=443]-> db; web -> gone; lost"))
    await store.apply(delta(retired_ci("gone"), retired_ci("lost"), based_on=1))

    drawn = await _drawn(store)

    assert drawn.heads == [await store.head()]
    assert {key: each[:3] for key, each in drawn.cis.items()} == {
        "web": [ci_id("web"), "web", "Server"],
        "api": [ci_id("api"), "api", "Application"],
        "db": [ci_id("db"), "db", "Application"],
    }
    assert drawn.relationships == {
        ("web", "api", "DEPENDS_ON", "DECLARED", None),
        ("api", "db", "USES", "DECLARED", '{"port":443}'),
    }


async def test_cis_bring_the_attributes_that_impact_needs(store: GraphStore) -> None:
    group = {"k": 2, "mode": "auto"}
    attributes = {
        "tier": 1,
        "lifecycle": "LIVE",
        "operationalState": "UP",
        "valueBearing": True,
        "environment": "prod",
        "redundancy.db": group,
        "description": "not needed",
    }
    await store.apply(delta(replace(ci("web"), attributes=attributes), ci("api", owner="Ada")))

    drawn = await _drawn(store)

    del attributes["description"]
    assert drawn.cis["web"][3] == attributes
    assert drawn.cis["api"][3] is None


async def test_ordinals_are_given_once_in_order_of_creation(store: GraphStore) -> None:
    await store.apply(estate("a; b; c"))
    await store.apply(delta(retired_ci("b"), based_on=1))
    await store.apply(delta(ci("d"), ci("a", tier=1), based_on=2))
    after_retiring = (await _drawn(store)).ordinals
    await store.apply(delta(ci("b"), based_on=3))

    assert sorted(after_retiring) == [1, 3, 4]
    assert sorted((await _drawn(store)).ordinals) == [1, 2, 3, 4]
    assert (await store.head()).next_ordinal == 5


async def test_stale_records_are_part_of_it_and_marked(store: GraphStore) -> None:
    between = replace(related("web", "api"), presence=Presence.STALE)
    await store.apply(delta(ci("web", presence=Presence.STALE), ci("api"), between))

    drawn = await _drawn(store)

    assert drawn.stale == {"web", between.id}
    assert set(drawn.cis) == {"web", "api"}


async def test_what_changed_is_drawn_as_it_is_now(store: GraphStore) -> None:
    await store.apply(estate("web(tier=1) -[USES port=1]-> api; web -> gone"))
    await store.apply(delta(replace(ci("web", "Server", tier=2), name="Web"), based_on=1))
    await store.apply(delta(related("web", "api", "USES"), based_on=2))
    gone = replace(related("web", "gone"), presence=Presence.RETIRED)
    await store.apply(delta(gone, based_on=3))

    drawn = await _drawn(store)

    assert drawn.cis["web"] == [ci_id("web"), "Web", "Server", {"tier": 2}]
    assert drawn.relationships == {("web", "api", "USES", "DECLARED", None)}


async def test_it_shows_one_revision_however_long_it_takes(store: GraphStore) -> None:
    """A reader in the middle of it does not see what is written meanwhile."""
    await store.apply(estate("web -> api"))
    stream = store.topology()
    head = await anext(stream)

    await store.apply(delta(ci("new"), related("new", "api"), based_on=1))

    assert head == Head(1, (await store.revisions())[0].at, (await store.revisions())[0].hash, 3)
    rest = [chunk async for chunk in stream]
    assert [set(each.key) for each in rest if isinstance(each, CIColumns)] == [{"web", "api"}]


async def test_who_leaves_in_the_middle_of_it_disturbs_nobody(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))

    for _ in range(20):
        stream = store.topology()
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # all stores stream by generators

    assert (await _drawn(store)).relationships != set()
    assert (await store.apply(delta(ci("db"), based_on=1))).head.revision == 2


async def test_it_ends_with_the_store(empty_store: EmptyStore) -> None:
    """Who is still reading when the store is closed is told so, or has it all."""
    async with empty_store() as store:
        await store.apply(estate("web -> api"))
        stream = store.topology()
        await anext(stream)
        await store.close()

        try:
            rest = [chunk async for chunk in stream]
        except StoreUnavailableError:
            rest = []

    assert len(rest) in {0, 2}
