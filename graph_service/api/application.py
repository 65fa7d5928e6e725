"""The HTTP application: every address it answers, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from graph_service.api.authentication import COOKIE, Authentication
from graph_service.api.event_stream import EventStreams
from graph_service.api.exports.endpoint import ExportEndpoint
from graph_service.api.failures import BadRequestError
from graph_service.api.graphiql import Pages, plain_page
from graph_service.api.graphql_http import GraphQLEndpoint
from graph_service.api.limits import Limits
from graph_service.api.metrics import MEDIA_TYPE, Metrics
from graph_service.api.middleware import Gate
from graph_service.api.operation import Operations
from graph_service.api.permissions import METRICS_ROLES, UPLOAD_ROLES
from graph_service.api.responses import json_response, refusal
from graph_service.api.services import LOOPBACK_HOSTS, Options, Services
from graph_service.api.sign_in import SignIn
from graph_service.api.uploads import KEPT_SECONDS, Uploads
from graph_service.model.errors import NotAllowedError, StoreUnavailableError

__all__ = ["LOOPBACK_HOSTS", "Limits", "Options", "Services", "SignIn", "asgi_application"]

READY_SECONDS = 1.0


def asgi_application(
    services: Services,
    options: Options,
    *,
    sign_in: SignIn | None = None,
    pages: Pages | None = None,
) -> Starlette:
    """Return the application over these use cases.

    With ``sign_in`` a browser on this machine may use a one-time link instead of a token.
    """
    return _Application(services, options, sign_in, pages or Pages()).starlette()


class _Application:
    """Joins the addresses to what answers them."""

    def __init__(
        self, services: Services, options: Options, sign_in: SignIn | None, pages: Pages
    ) -> None:
        self._services = services
        self._options = options
        self._sign_in = sign_in
        self._pages = pages
        self._metrics = Metrics()
        self._uploads = Uploads(options.limits.file_bytes)
        self._operations = Operations(services, options, self._uploads)
        self._authentication = Authentication(services.access, sign_in)

    def starlette(self) -> Starlette:
        """Return the application."""
        graphql = GraphQLEndpoint(
            self._operations,
            EventStreams(self._authentication, self._options, self._metrics),
            self._authentication,
            self._pages,
            self._metrics,
            self._options.limits,
        )
        exports = ExportEndpoint(self._operations, self._authentication)
        gate = Middleware(Gate, hosts=self._options.hosts, seen=self._metrics.request)
        return Starlette(
            routes=[
                Route("/", self.front_door, methods=["GET"]),
                Route("/graphql", graphql.answer, methods=["GET", "POST"]),
                Route("/graphiql/{name}", self.page_file, methods=["GET"]),
                Route("/exports", exports.answer, methods=["POST"]),
                Route("/files", self.upload, methods=["POST"]),
                Route("/sign-in", self.signed_in, methods=["GET"]),
                Route("/sign-out", self.signed_out, methods=["POST"]),
                Route("/healthz", self.alive, methods=["GET"]),
                Route("/readyz", self.ready, methods=["GET"]),
                Route("/metrics", self.figures, methods=["GET"]),
            ],
            middleware=[gate],
            exception_handlers={404: _not_found, 405: _wrong_method},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._options.stopping.set()
            await self._operations.settle()
            self._uploads.clear()

    async def front_door(self, _: Request) -> Response:
        """Lead a person who opens the address that was printed to the page there is."""
        return RedirectResponse("/graphql", 303)

    async def page_file(self, request: Request) -> Response:
        """Serve a file that the GraphiQL page is made of."""
        found = self._pages.file(request.path_params["name"])
        return found or refusal(request, BadRequestError("there is no such file", 404))

    async def upload(self, request: Request) -> Response:
        """Take in a document that is too large for an operation; the body is the document."""
        viewer = await self._authentication.viewer(request)
        if not viewer.has_one_of(UPLOAD_ROLES):
            raise NotAllowedError(f"this needs one of the roles {', '.join(UPLOAD_ROLES)}")
        kept = await self._uploads.keep(viewer.actor.id, request.stream())
        body = {"fileId": kept.id, "sizeBytes": kept.size, "keptSeconds": int(KEPT_SECONDS)}
        return json_response(body, 201)

    async def signed_in(self, request: Request) -> Response:
        """Turn a one-time code into a session and go on to the page."""
        code = request.query_params.get("code", "")
        secret = self._sign_in.redeem(code) if self._sign_in else None
        if self._sign_in is None or secret is None:
            text = (
                "This link was used already, or has expired. Start the service again for another."
            )
            return plain_page("Not signed in", text, 403)
        response = RedirectResponse("/graphql", 303)
        response.set_cookie(
            COOKIE,
            secret,
            max_age=int(self._sign_in.session_seconds),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def signed_out(self, request: Request) -> Response:
        """End the session of this browser."""
        await self._authentication.viewer(request)
        if self._sign_in is not None:
            self._sign_in.end(request.cookies.get(COOKIE, ""))
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    async def alive(self, _: Request) -> Response:
        """Say that the process answers; asks nobody else."""
        return json_response({"alive": True})

    async def ready(self, request: Request) -> Response:
        """Say whether the store answers within a second."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                head = await self._services.store.head()
        except StoreUnavailableError as error:
            return refusal(request, error)
        except TimeoutError:
            late = StoreUnavailableError("the store does not answer within a second")
            return refusal(request, late)
        return json_response({"ready": True, "revision": head.revision})

    async def figures(self, request: Request) -> Response:
        """Show figures to those who watch the service."""
        viewer = await self._authentication.viewer(request)
        if not viewer.has_one_of(METRICS_ROLES):
            raise NotAllowedError(f"this needs one of the roles {', '.join(METRICS_ROLES)}")
        return Response(self._metrics.text(), media_type=MEDIA_TYPE)


async def _not_found(request: Request, _: Exception) -> Response:
    return refusal(request, BadRequestError("there is nothing at this address", 404))


async def _wrong_method(request: Request, error: Exception) -> Response:
    response = refusal(request, BadRequestError("this address is not used with this method", 405))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response
