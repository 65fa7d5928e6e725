"""A database of before there were former names is brought up to date when it is opened."""

from dataclasses import replace

import pytest

from graph_service.model.condition import Attribute, OneOf, Text
from graph_service.store import CIQuery, GraphStore
from graph_service.store.neo4j import open_neo4j
from tests.builders import TickingClock, ci, ci_id, delta
from tests.servers.neo4j_server import Neo4jAddress

pytestmark = [pytest.mark.anyio, pytest.mark.neo4j]

UNDONE = (
    "MATCH (n:CI) REMOVE n.`find.names`, n.`find.facts`, n.`find.formerNames` SET n.words = ' '",
    "MATCH (n:Migration {number: 3}) DELETE n",
    "DROP INDEX ci_name_words",
    "DROP INDEX ci_revision",
)


async def test_an_older_database_is_searched_like_a_new_one(empty_neo4j: Neo4jAddress) -> None:
    async def opened() -> GraphStore:
        return await open_neo4j(
            empty_neo4j.address,
            user=empty_neo4j.user,
            password=empty_neo4j.password,
            database=empty_neo4j.database,
            clock=TickingClock(),
        )

    store = await opened()
    first = ci("billing", aliases=["Books"], ports=[80, 443])
    await store.apply(delta(first, ci("web")))
    await store.apply(delta(replace(first, name="invoices"), based_on=1))
    await store.close()
    with empty_neo4j.driver() as driver:
        for each in UNDONE:
            driver.execute_query(each, database_=empty_neo4j.database)

    store = await opened()
    try:
        for where in (
            Text("billing", of_names=True),
            Text("books"),
            Attribute("ports", OneOf((443,))),
        ):
            page = await store.find_cis(CIQuery(where=where))
            assert [each.key for each in page.cis] == ["billing"]
        assert await store.former_names([ci_id("billing")]) == {ci_id("billing"): ("billing",)}
    finally:
        await store.close()
