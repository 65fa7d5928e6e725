"""Everything in one operation is read at one revision."""

from typing import Any

import pytest

from graph_service.api.operation import ATTEMPTS_MAX
from graph_service.use_cases.inventory.inventory import Inventory
from tests.api.world import World
from tests.builders import ci, delta

pytestmark = pytest.mark.anyio

QUERY = """{ first: estate { revision cis { totalCount revision } }
  second: estate { revision impact(of: {states: [{ci: {key: "a"}}]}) { revision } }
  status { storeRevision ciCount } }"""


def writing_while_read(service: World, times: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let somebody write after the first so many reads; return the list of reads, as it grows."""
    reads: list[int] = []
    cis = Inventory.cis

    async def read_and_written(self: Inventory, query: Any) -> Any:  # noqa: ANN401 - passed on
        page = await cis(self, query)
        reads.append(len(page.cis))
        if len(reads) <= times:
            head = await service.store.head()
            await service.store.apply(delta(ci(f"new-{len(reads)}"), based_on=head.revision))
        return page

    monkeypatch.setattr(Inventory, "cis", read_and_written)
    return reads


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_is_read_again_when_the_estate_moved(
    service: World, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who writes in between delays an answer, and never mixes two revisions in it."""
    await service.draw("a -> b")
    reads = writing_while_read(service, times, monkeypatch)

    data = await service.ask(QUERY)

    now = 1 + times
    assert len(reads) == 1 + times
    assert data["first"] == {"revision": now, "cis": {"totalCount": 2 + times, "revision": now}}
    assert data["second"] == {"revision": now, "impact": {"revision": now}}
    assert data["status"] == {"storeRevision": now, "ciCount": 2 + times}


async def test_gives_up_when_the_estate_never_rests(
    service: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some attempts the caller is told, rather than given a mixture."""
    await service.draw("a -> b")
    reads = writing_while_read(service, 100, monkeypatch)

    response = await service.send(QUERY)

    assert len(reads) == ATTEMPTS_MAX
    assert response.status_code == 503
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "ESTATE_MOVED"
    assert error["extensions"]["hint"]
