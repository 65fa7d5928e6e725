"""GraphiQL in a real browser that can reach nothing but this service."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from typing_extensions import override

from graph_service.api.graphiql import PAGE, STATIC
from graph_service.use_cases.access import Role
from tests.api.world import World, world

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1400,900",
    "--virtual-time-budget=10000",
)


class Announcing(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[World, str]]:
    """Serve the built page and yield the service and a link that signs in."""
    async with world(folder, pages=STATIC) as service:
        await service.draw("shop -> payments -> db")
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(service.application, lifespan="off", log_config=None)
        server = Announcing(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        await server.answers.wait()
        port = listening.getsockname()[1]
        try:
            yield service, f"http://127.0.0.1:{port}/sign-in?code={service.sign_in.new_code()}"
        finally:
            server.should_exit = True
            await task


async def page_after_loading(link: str, profile: Path) -> tuple[str, str]:
    """Open a link and return the page as it stands after its scripts ran, and the browser's log."""
    browser = next((found for each in BROWSERS if (found := shutil.which(each))), None)
    assert browser, f"no browser: install one of {', '.join(BROWSERS)}"
    process = await asyncio.create_subprocess_exec(
        browser,
        *OFFLINE,
        f"--user-data-dir={profile}",
        "--dump-dom",
        link,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        page, log = await asyncio.wait_for(process.communicate(), 90)
    finally:
        if process.returncode is None:
            process.kill()
    return page.decode(), log.decode()


async def test_graphiql_works_from_our_files_alone(tmp_path: Path) -> None:
    """It draws its editor, signs in by the link, reads the schema, and is refused nothing."""
    assert (STATIC / PAGE).is_file(), "the page is not built: make setup"
    async with served(tmp_path) as (service, link):
        page, log = await page_after_loading(link, tmp_path / "profile")
        token = await service.token(Role.AUDITOR)
        headers = {"Authorization": f"Bearer {token}"}
        figures = (await service.client.get("/metrics", headers=headers)).text

    said = re.findall(r'CONSOLE.*?"(.*)", source', log)
    assert said == []
    assert "graphiql-container" in page
    assert "WhatBreaks" in page
    assert 'graph_service_operations_total{code="OK",type="query"}' in figures
    assert "nobody is signed in" not in page
