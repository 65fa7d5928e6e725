"""The page for browsers: from files of our own, or plain words."""

import re
from pathlib import Path

import pytest

from graph_service.api.graphiql import MEDIA_TYPES, PAGE, STATIC
from tests.api.world import World, world

pytestmark = pytest.mark.anyio

CONSOLE = Path(__file__).parents[2] / "console"
HTML = {"Accept": "text/html,application/xhtml+xml"}


async def test_without_its_files_the_page_says_so(service: World) -> None:
    """A checkout in which the page was not built still answers a browser, in words."""
    response = await service.client.get("/graphql", headers=HTML)

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "make setup" in response.text
    assert "<script" not in response.text


async def test_the_page_loads_only_what_we_serve(tmp_path: Path) -> None:
    """Every address in the page is a file of ours, and the browser is told to load nothing else."""
    async with world(tmp_path, pages=CONSOLE) as service:
        response = await service.client.get("/graphql", headers=HTML)

    loaded = re.findall(r'(?:src|href)="([^"]*)"', response.text)
    files = [each for each in loaded if each != "data:,"]
    assert files
    assert {each.removeprefix("/graphiql/") for each in files} == set(MEDIA_TYPES)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_only_files_of_the_page_are_served(tmp_path: Path) -> None:
    """No name reaches anything else of the disk."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "graphiql-page.js").write_text("'use strict';")
    async with world(tmp_path, pages=folder) as service:
        served = await service.client.get("/graphiql/graphiql-page.js")
        assert served.text == "'use strict';"
        assert served.headers["Content-Type"].startswith("text/javascript")
        for name in ("../secret.txt", "..%2fsecret.txt", PAGE, "react.js", "estate.db", ""):
            assert (await service.client.get(f"/graphiql/{name}")).status_code == 404, name


def test_the_lock_names_no_registry() -> None:
    """Whoever builds the page uses their own registry; checksums vouch for the content."""
    lock = (CONSOLE / "package-lock.json").read_text("utf-8")

    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 50


def test_our_page_script_sends_what_a_session_needs() -> None:
    """The header that other sites cannot send is in the page's requests."""
    script = (CONSOLE / "graphiql-page.js").read_text("utf-8")

    assert '"X-Graph-Service"' in script
    assert 'fetch("/graphql"' in script
    assert "http:" not in script
    assert "https:" not in script


def test_the_folder_of_the_page_is_not_in_the_repository() -> None:
    """It is built by console/assemble.py, from pinned packages."""
    ignored = (CONSOLE.parent / ".gitignore").read_text("utf-8").splitlines()

    assert f"/{STATIC.relative_to(CONSOLE.parent)}/" in ignored
