"""What holds for every request: an id, a log line, checked hosts, safe headers, no bare failure."""

import re
import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_service.api.errors import traceback_of
from graph_service.api.failures import BadRequestError
from graph_service.api.responses import refusal, unexpected
from graph_service.model.errors import GraphServiceError
from graph_service.model.ids import new_id

log = structlog.get_logger("graph_service.api")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Gate:
    """Outermost: names the request, refuses foreign hosts, and lets nothing fail silently.

    The query part of an address is never logged: sign-in codes stand in it.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str],
        seen: Callable[[str, int, float], None],
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        scope["graph_service.request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent = MutableHeaders(scope=message)
                sent["X-Request-Id"] = request_id
                for name, value in _HEADERS.items():
                    sent.setdefault(name, value)
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                await self._guarded(scope, receive, reply, headers)
        finally:
            seconds = time.perf_counter() - started
            self._seen(_route(scope), status, seconds)
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                actor=scope.get("graph_service.actor"),
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )

    async def _guarded(self, scope: Scope, receive: Receive, reply: Send, headers: Headers) -> None:
        request = Request(scope, receive)
        if self._hosts and _host_name(headers.get("host", "")) not in self._hosts:
            error = BadRequestError("this service does not answer under this name", 421)
            await refusal(request, error)(scope, receive, reply)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await reply(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            log.info("client_gone")
        except GraphServiceError as error:
            if started:
                raise
            await refusal(request, error)(scope, receive, reply)
        except Exception as error:
            log.error("request_failed", traceback=traceback_of(error))  # noqa: TRY400 - no variables
            if started:
                raise
            await unexpected(request)(scope, receive, reply)


def _host_name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].casefold()


def _route(scope: Scope) -> str:
    """Return which of our addresses this is: a set that no caller can grow."""
    route = scope.get("route")
    return getattr(route, "path", "other")
