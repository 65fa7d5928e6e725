"""GraphQL documents and their data, whoever answers: a store in this process, or a service."""

import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from importlib.metadata import version

import orjson
from typing_extensions import override

from graph_service.api.limits import Limits
from graph_service.api.operation import Answered, GraphQLRequest, Operations
from graph_service.api.responses import as_json
from graph_service.api.services import Options, services
from graph_service.api.subscribing import Subscriptions
from graph_service.api.uploads import Uploads
from graph_service.bootstrap import collectors
from graph_service.cli.answers import Asked, Data
from graph_service.cli.service.service import error_of
from graph_service.cli.store_answers import person
from graph_service.use_cases.access import Access, Role, Viewer
from graph_service.use_cases.product import Product

_UNLIMITED = 2**31 - 1
_PLENTY_SECONDS = 24 * 3600.0


class WithinProcess(Asked):
    """The API over a store that this process has opened, without a network or a limit between.

    Whoever may open the store may do everything to it, so the viewer has all roles.
    """

    def __init__(self, product: Product) -> None:
        limits = Limits(
            file_bytes=2**40,
            cost=_UNLIMITED,
            edits=_UNLIMITED,
            causes=_UNLIMITED,
            operation_seconds=_PLENTY_SECONDS,
            import_seconds=_PLENTY_SECONDS,
        )
        options = Options(
            cursor_key=secrets.token_bytes(32), version=version("graph-service"), limits=limits
        )
        # Tokens are made by commands of their own, with the secret that seals them.
        access = Access(product.store, {1: secrets.token_bytes(32)})
        self._uploads = Uploads(limits.file_bytes)
        self._operations = Operations(
            services(product, access, collectors()[0]), options, self._uploads
        )
        self._subscriptions = Subscriptions(self._operations, _PLENTY_SECONDS)
        self._viewer = Viewer(actor=person(), roles=frozenset(Role))

    @override
    async def ask(self, document: str, **variables: object) -> Data:
        """Run a document here; the answer is what would go over the wire."""
        asked = GraphQLRequest(document, orjson.loads(orjson.dumps(variables)), None)
        answered = await self._operations.run(asked, self._viewer, "")
        if answered.body.get("errors"):
            raise error_of(answered.body["errors"][0])
        data: Data = orjson.loads(as_json(answered.body))["data"]
        return data

    @override
    async def follow(self, document: str, **variables: object) -> AsyncGenerator[Data, None]:
        """Subscribe here; what others write is found by looking at the store."""
        asked = GraphQLRequest(document, orjson.loads(orjson.dumps(variables)), None)
        found = await self._subscriptions.begin(asked, self._viewer, "")
        if isinstance(found, Answered):
            raise error_of(found.body["errors"][0])
        async with aclosing(found):
            async for each in found:
                if each.body.get("errors"):
                    raise error_of(each.body["errors"][0])
                data: Data = orjson.loads(as_json(each.body))["data"]
                yield data

    @override
    async def upload(self, document: bytes) -> str:
        """Keep a document for an operation that follows."""

        async def all_at_once() -> AsyncIterator[bytes]:
            yield document

        return (await self._uploads.keep(self._viewer.actor.id, all_at_once())).id

    def clear(self) -> None:
        """Drop the documents that were handed over."""
        self._uploads.clear()
