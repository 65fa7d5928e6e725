"""docs/how-to/past-and-what-if.md says what can be asked."""

import re
from pathlib import Path

import pytest

from graph_service.model.edit import CreateCi, Edit, EditRef, SetRelationship
from tests.api.world import World
from tests.builders import ADA

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs/how-to/past-and-what-if.md").read_text("utf-8")
WHAT_IF, SINCE = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)


async def _payments(service: World) -> None:
    edits: list[Edit] = [
        *(
            CreateCi(class_name=class_name, name=key, key=key)
            for key, class_name in (("payments", "Application"), ("ledger", "Database"))
        ),
        SetRelationship(
            source=EditRef(key="payments"), type="DEPENDS_ON", target=EditRef(key="ledger")
        ),
    ]
    await service.services.editing.edit(edits, actor=ADA, reason="")


async def test_what_if_on_the_page_saves_payments(service: World) -> None:
    await _payments(service)

    data = await service.ask(WHAT_IF, {"ledger": "ledger"})

    assert data["now"]["impact"]["summary"] == {"affectedCount": 1}
    assert data["then"]["hypothetical"]
    assert data["then"]["overlayFaults"] == []
    [row] = data["then"]["impact"]["affected"]["nodes"]
    assert row == {"ci": {"name": "payments"}, "after": "DEGRADED"}


async def test_since_on_the_page_tells_what_changed_around_a_ci(service: World) -> None:
    await _payments(service)
    then = (await service.store.head()).at
    ledger = (await service.store.cis_by_key(["ledger"]))["ledger"]
    await service.services.editing.edit(
        [
            CreateCi(class_name="Application", name="fraud", key="fraud"),
            SetRelationship(
                source=EditRef(key="fraud"), type="DEPENDS_ON", target=EditRef(key="ledger")
            ),
        ],
        actor=ADA,
        reason="",
    )

    data = await service.ask(SINCE, {"then": then, "ci": ledger.id})

    assert data["before"]["impact"]["summary"]["affectedCount"] == 1
    assert data["now"]["impact"]["summary"]["affectedCount"] == 2
    found = data["now"]["difference"]
    assert (found["createdCount"], found["updatedCount"], found["retiredCount"]) == (1, 0, 0)
    assert [each["record"]["key"] for each in found["entries"]["nodes"]] == [
        "fraud -DEPENDS_ON-> ledger"
    ]
