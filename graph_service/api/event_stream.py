"""Subscriptions over HTTP: each a stream of server-sent events (GraphQL over SSE, distinct)."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from graph_service.api.authentication import Authentication
from graph_service.api.errors import formatted, wrapped
from graph_service.api.failures import LimitExceededError, UnauthenticatedError
from graph_service.api.metrics import Metrics
from graph_service.api.operation import Answered
from graph_service.api.responses import EVENT_STREAM, as_json, request_id
from graph_service.api.services import Options
from graph_service.model.errors import StoreUnavailableError
from graph_service.use_cases.access import Viewer

SUBSCRIPTIONS_MAX = 20
"""Subscriptions that one token or session may have open at once."""

_HEADERS = {"X-Accel-Buffering": "no"}
_BEAT = b":\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"


class EventStreams:
    """Streams what subscriptions are answered with, and ends them when it is time.

    An event is executed when the one before it has been taken, so a slow reader costs no memory.
    Between events a comment is sent now and then, and whoever subscribed is looked at again: who
    may no longer ask gets nothing more.
    """

    def __init__(self, authentication: Authentication, options: Options, metrics: Metrics) -> None:
        self._authentication = authentication
        self._options = options
        self._metrics = metrics
        self._open: Counter[str] = Counter()

    def check(self, viewer: Viewer) -> None:
        """Refuse if a viewer has as many open as one may.

        Raises:
            LimitExceededError: It has.

        """
        count = self._open[viewer.actor.id]
        if count >= SUBSCRIPTIONS_MAX:
            raise LimitExceededError("subscriptions", count + 1, SUBSCRIPTIONS_MAX)

    def response(
        self, request: Request, viewer: Viewer, answers: AsyncGenerator[Answered, None]
    ) -> StreamingResponse:
        """Begin to answer."""
        self._open[viewer.actor.id] += 1

        def ended() -> None:
            self._open[viewer.actor.id] -= 1
            if not self._open[viewer.actor.id]:
                del self._open[viewer.actor.id]

        return _Stream(self._stream(request, answers), ended)

    def single(self, answer: Answered) -> StreamingResponse:
        """Answer what is no subscription, for a client that reads nothing but events."""

        async def one() -> AsyncIterator[bytes]:
            yield _next(answer)
            yield _COMPLETE

        return StreamingResponse(one(), media_type=EVENT_STREAM, headers=_HEADERS)

    async def _stream(
        self, request: Request, answers: AsyncGenerator[Answered, None]
    ) -> AsyncGenerator[bytes, None]:
        # Whoever waits for the first event is told at once that there is a stream.
        yield _BEAT
        stopping = asyncio.create_task(self._options.stopping.wait())
        try:
            async with (
                aclosing(answers),
                aclosing(self._parts(request, answers, stopping)) as parts,
            ):
                async for each in parts:
                    yield each
        finally:
            stopping.cancel()

    async def _parts(
        self,
        request: Request,
        answers: AsyncGenerator[Answered, None],
        stopping: asyncio.Task[Any],
    ) -> AsyncGenerator[bytes, None]:
        """Yield events as they come; in silence, and when it is time, see whether to go on."""
        loop, beat = asyncio.get_running_loop(), self._options.beat_seconds
        checked_at = loop.time()
        coming = asyncio.ensure_future(anext(answers, None))
        try:
            while True:
                await asyncio.wait(
                    {coming, stopping}, timeout=beat, return_when=asyncio.FIRST_COMPLETED
                )
                if stopping.done():
                    return  # without an end: whoever reads on comes back for the rest
                if loop.time() - checked_at >= beat:
                    checked_at = loop.time()
                    if refusal := await self._refusal(request):
                        yield _next(refusal) + _COMPLETE
                        return
                if not coming.done():
                    yield _BEAT
                    continue
                answer = coming.result()
                if answer is None:
                    yield _COMPLETE
                    return
                self._metrics.operation(answer.operation, answer.code)
                yield _next(answer)
                coming = asyncio.ensure_future(anext(answers, None))
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming

    async def _refusal(self, request: Request) -> Answered | None:
        """Return why whoever subscribed may no longer read, or ``None``."""
        try:
            await self._authentication.viewer(request)
        except UnauthenticatedError as error:
            shown = formatted(wrapped(error), request_id(request))
            return Answered({"errors": [shown]}, 401, error.code, "subscription")
        except StoreUnavailableError:
            return None  # nobody can tell now; looked at again with the next beat
        return None


class _Stream(StreamingResponse):
    """A stream that lets go of what it holds, however it ends, begun or not."""

    def __init__(self, content: AsyncGenerator[bytes, None], ended: Callable[[], None]) -> None:
        super().__init__(content, media_type=EVENT_STREAM, headers=_HEADERS)
        self._content = content
        self._ended = ended

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()
            await self._content.aclose()


def _next(answer: Answered) -> bytes:
    position = b"id: %d\n" % answer.position if answer.position is not None else b""
    return b"event: next\n" + position + b"data: " + as_json(answer.body) + b"\n\n"
