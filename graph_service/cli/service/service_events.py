"""Server-sent events of a service, read by a thread of their own."""

import asyncio
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Iterator

from graph_service.model.errors import StoreUnavailableError

EVENT_STREAM = "text/event-stream"
SILENT_SECONDS = 60
"""How long a stream may be silent: services show every few seconds that they are there."""

_AHEAD = 8
"""Events that are read ahead of whoever takes them."""

Event = tuple[str, str]
"""Its name and its data."""


async def server_events(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, address: str
) -> AsyncGenerator[Event, None]:
    """Yield the events a request is answered with; an answer that is none is one event ``next``.

    Raises:
        StoreUnavailableError: Nobody answers, or the stream was broken off before its end.

    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | StoreUnavailableError] = asyncio.Queue(_AHEAD)

    def read() -> None:
        for each in _read(opener, request, address):
            # Waits until there is room, so that a slow taker slows the service down.
            try:
                asyncio.run_coroutine_threadsafe(queue.put(each), loop).result()
            except (RuntimeError, asyncio.CancelledError):
                return  # the program has ended meanwhile

    # It may be waiting for the service when the program ends, which must not wait for it.
    threading.Thread(target=read, name="service-events", daemon=True).start()
    while True:
        found = await queue.get()
        if isinstance(found, StoreUnavailableError):
            raise found
        yield found


def _read(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, address: str
) -> Iterator[Event | StoreUnavailableError]:
    try:
        with opener.open(request, timeout=SILENT_SECONDS) as response:
            if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
                yield "next", response.read().decode()
                yield "complete", ""
                return
            yield from _events(response)
    except urllib.error.HTTPError as error:
        with error:
            yield "next", error.read().decode(errors="replace")
            yield "complete", ""
        return
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        reason = getattr(error, "reason", error)
        yield StoreUnavailableError(f"{address} does not answer: {reason}")
        return
    yield StoreUnavailableError(f"{address} ended the stream")


def _events(lines: Iterator[bytes]) -> Iterator[Event]:
    name = ""
    data: list[str] = []
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if not text:
            if name:
                yield name, "\n".join(data)
            name, data = "", []
        elif text.startswith("event:"):
            name = text.removeprefix("event:").strip()
        elif text.startswith("data:"):
            data.append(text.removeprefix("data:").removeprefix(" "))
