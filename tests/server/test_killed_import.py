"""An import that is killed leaves whole revisions, an intact log, and a way on."""

import asyncio
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from graph_service.bootstrap import open_store
from graph_service.config import Settings
from graph_service.store import CIQuery, GraphStore
from graph_service.store.chain import verify
from tests.server.program import PROGRAM, Program

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.anyio]

CIS = 6_000
"""Enough for several revisions, which hold five thousand records each."""


@pytest.fixture
def large_estate(tmp_path: Path) -> Path:
    """Write a chain of applications, each needing the next."""
    file = tmp_path / "large.yaml"
    rows = [
        f"  - {{key: app-{number}, class: Application, depends_on: [app-{number + 1}]}}\n"
        for number in range(CIS - 1)
    ]
    file.write_text(
        "graph_service: 1\ndata_source: large\ncomplete: true\ncis:\n"
        + "".join(rows)
        + f"  - {{key: app-{CIS - 1}, class: Application}}\n",
        "utf-8",
    )
    return file


async def killed_after_the_first_revision(program: Program, file: Path, store: GraphStore) -> None:
    """Start an import and kill it, so that it cannot clean up, as soon as something is written."""
    with subprocess.Popen(  # noqa: ASYNC220 - the loop has nothing else to do meanwhile
        [PROGRAM, "import", "estate", file],
        env=program.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while (await store.head()).revision == 0:
            assert process.poll() is None, "the import ended before it wrote anything"
            await asyncio.sleep(0)
        process.send_signal(signal.SIGKILL)


async def faults_of_the_log(store: GraphStore) -> list[str]:
    """Return what is wrong with the chain of all revisions."""
    revisions = await store.revisions(limit=1_000)
    log = [(each, await store.entries(each.number)) for each in revisions]
    return [str(each) for each in verify(log, until=await store.head())]


async def needs(store: GraphStore) -> Mapping[str, list[str]]:
    """Return what every living CI needs, by keys."""
    page = await store.find_cis(CIQuery(limit=2 * CIS))
    keys = {each.id: each.key for each in page.cis}
    found: dict[str, list[str]] = {key: [] for key in keys.values()}
    for each in await store.relationships_of(list(keys)):
        found[keys[each.source]].append(keys[each.target])
    return found


async def check_that_a_second_run_finishes(program: Program, file: Path) -> None:
    """Kill an import, look at what it left, and run it again to its end."""
    given = {"GRAPH_SERVICE_STORE": program.store, **program.environment}
    store = await open_store(Settings.from_environment(given))
    try:
        await killed_after_the_first_revision(program, file, store)
        half = await store.head()

        assert await faults_of_the_log(store) == []
        assert len(await needs(store)) in range(1, CIS + 1)

        again = program.started("import", "estate", file, "--format", "json")

        assert again.code == 0, again.err
        assert (await store.head()).revision > half.revision
        assert await faults_of_the_log(store) == []
        assert await needs(store) == {
            f"app-{number}": [f"app-{number + 1}"] if number < CIS - 1 else []
            for number in range(CIS)
        }
        third = program.started("import", "estate", file, "--format", "json")
        assert third.json["revisions"] == []
    finally:
        await store.close()


async def test_a_killed_import_is_finished_by_running_it_again(
    program: Program, large_estate: Path
) -> None:
    """Whole revisions only, the chain intact, and in the end what one run would have made."""
    await check_that_a_second_run_finishes(program, large_estate)


async def test_the_same_holds_on_neo4j(on_neo4j: Program, large_estate: Path) -> None:
    """Whichever store an import is killed over."""
    await check_that_a_second_run_finishes(on_neo4j, large_estate)
