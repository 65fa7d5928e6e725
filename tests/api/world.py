"""A service in this process over a store of its own, and those who ask it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from discovery.collectors.estate import COLLECTOR as ESTATE
from discovery.collectors.kubernetes import COLLECTOR as KUBERNETES
from graph_service.api.application import Limits, Options, Services, SignIn, asgi_application
from graph_service.api.graphiql import Pages
from graph_service.api.services import services
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import packaged
from graph_service.store import GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.access import Access, Role, Viewer
from graph_service.use_cases.product import joined
from tests.builders import ADA, TickingClock, estate

ADDRESS = "http://127.0.0.1:8000"
CURSOR_KEY = b"a key that seals the cursors of tests"
GRAPHQL_JSON = "application/graphql-response+json"


def services_over(store: GraphStore) -> Services:
    """Join the real use cases over a store."""
    return services(
        joined(store, packaged(), clock=TickingClock()),
        Access(store, {1: b"pepper of tests"}),
        {each.name: each for each in (ESTATE, KUBERNETES)},
    )


@dataclass
class World:
    """A running application and a client of it."""

    store: GraphStore
    services: Services
    application: Starlette
    client: httpx2.AsyncClient
    sign_in: SignIn
    options: Options
    tokens: dict[Role, str] = field(default_factory=dict)

    async def token(self, role: Role) -> str:
        """Return a token of a role, made the first time it is asked for."""
        if role not in self.tokens:
            _, text = await self.services.access.create(f"a {role}", [role], by=ADA)
            self.tokens[role] = text
        return self.tokens[role]

    async def send(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        role: Role = Role.VIEWER,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send an operation and return the response."""
        token = await self.token(role)
        return await self.client.post(
            "/graphql",
            json={"query": query, "variables": dict(variables or {})},
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
        )

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, *, role: Role = Role.VIEWER
    ) -> Any:  # noqa: ANN401 - JSON
        """Send an operation that has to succeed and return its data."""
        body = (await self.send(query, variables, role=role)).json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def refused(
        self, query: str, variables: Mapping[str, Any] | None = None, *, role: Role = Role.VIEWER
    ) -> dict[str, Any]:
        """Send an operation that has to fail and return its first error."""
        body = (await self.send(query, variables, role=role)).json()
        error: dict[str, Any] = body["errors"][0]
        return error

    async def draw(self, drawing: str) -> None:
        """Add to the estate."""
        head = await self.store.head()
        await self.store.apply(estate(drawing, based_on=head.revision))


@asynccontextmanager
async def world(
    folder: Path,
    *,
    limits: Limits | None = None,
    pages: Path | None = None,
    follow_seconds: float = 0.5,
    beat_seconds: float = 15.0,
) -> AsyncIterator[World]:
    """Run an application over an empty store in a folder."""
    store = await open_sqlite(folder / "estate.db", clock=TickingClock())
    offered = services_over(store)
    sign_in = SignIn(Viewer(actor=Actor("local", "whoever sits here"), roles=frozenset(Role)))
    options = Options(
        cursor_key=CURSOR_KEY,
        version="0.0",
        limits=limits or Limits(),
        follow_seconds=follow_seconds,
        beat_seconds=beat_seconds,
    )
    application = asgi_application(
        offered,
        options,
        sign_in=sign_in,
        pages=Pages(pages or folder / "pages"),
    )
    transport = httpx2.ASGITransport(app=application)
    try:
        async with (
            application.router.lifespan_context(application),
            httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client,
        ):
            yield World(store, offered, application, client, sign_in, options)
    finally:
        await store.close()
