"""The redundancy groups of a CI."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.model.vocabulary import packaged
from graph_service.store import GraphStore
from graph_service.use_cases.inventory.inventory import Inventory
from graph_service.use_cases.inventory.redundancy_groups import RedundancyGroup, groups_of
from graph_service.use_cases.inventory.references import CIRef
from tests.builders import estate
from tests.unit.use_cases.stores import opened_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[GraphStore]:
    async with opened_in(tmp_path) as found:
        yield found


async def groups(store: GraphStore, drawing: str) -> dict[str, RedundancyGroup]:
    await store.apply(estate(drawing))
    inventory = Inventory(store, packaged())
    pay = await inventory.ci(CIRef(key="pay"))
    outwards, inwards = await inventory.neighbours(pay)
    return {each.name: each for each in groups_of(pay, [*outwards, *inwards], packaged())}


@pytest.mark.parametrize(
    ("rules", "members", "expected"),
    [
        ('{"k":1}', "", (1, True, 1, 2, 1)),
        ('{"k":1,"kFull":2}', "", (1, True, 2, 2, 1)),
        ('{"percent":50}', "", (1, True, 1, 2, 1)),
        ('{"percent":51}', "", (2, True, 2, 2, 0)),
        ("{}", "", (2, False, 2, 2, 0)),
        ('{"k":3}', "", (3, True, 3, 2, -1)),
        ('{"k":1}', "(lifecycle=PLANNED)", (1, True, 1, 1, 0)),
    ],
)
async def test_k_of_n(
    store: GraphStore, rules: str, members: str, expected: tuple[int, bool, int, int, int]
) -> None:
    """Members in service count; where nobody says how many are needed, all of them are."""
    found = await groups(
        store,
        f"""pay:Application(redundancy.db={rules}) -[DEPENDS_ON group=db]-> pg1:Database
            pay -[DEPENDS_ON group=db role=STANDBY]-> pg2:Database{members}
            pay -> mail""",
    )

    db = found["db"]
    assert (db.k, db.k_known, db.k_full, db.n, db.slack) == expected
    assert [(each.ci.key, each.is_standby) for each in db.members] == [
        ("pg1", False),
        ("pg2", True),
    ]


async def test_groups_that_are_only_declared_or_only_joined_are_shown(store: GraphStore) -> None:
    """And what is odd about them, each with its own."""
    found = await groups(
        store,
        """pay:Application(redundancy.dns={"k":1}) -[DEPENDS_ON group=db]-> pg1:Database
           pay -USES-> pg1""",
    )

    assert [*found] == ["db", "dns"]
    assert [each.code for each in found["dns"].findings] == ["GROUP_WITHOUT_MEMBERS"]
    assert [each.code for each in found["db"].findings] == ["UNKNOWN_K", "GROUP_DEFEATED"]
    assert found["dns"].members == ()
