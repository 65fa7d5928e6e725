"""A client that reads an answer while it is being written, straight from the application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph_service.use_cases.access import Role
from tests.api.world import ADDRESS, World

WAIT_SECONDS = 20.0


@dataclass
class Stream:
    """One answer: its status once it begins, and its events as they come.

    Nothing more is taken from the application than is asked for here.
    """

    _messages: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(1))
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    media_type: str = ""
    _buffer: bytes = b""
    beats: int = 0
    is_over: bool = False

    async def begin(self) -> None:
        """Wait until it begins."""
        start = await self._message()
        self.status = start["status"]
        self.media_type = dict(start["headers"])[b"content-type"].decode()

    async def event(self) -> tuple[str, Any]:
        """Return the next event: its name and what it says; ``("", None)`` when it is over."""
        while True:
            while b"\n\n" in self._buffer:
                text, _, self._buffer = self._buffer.partition(b"\n\n")
                if text.startswith(b":"):
                    self.beats += 1
                    continue
                fields = dict(line.split(": ", 1) for line in text.decode().split("\n") if line)
                data = fields.get("data", "")
                return fields["event"], orjson.loads(data) if data else None
            if self.is_over:
                return "", None
            await self._more()

    async def data(self) -> Any:  # noqa: ANN401 - JSON
        """Return the data of the next event, which has to be one."""
        name, said = await self.event()
        assert name == "next", (name, said)
        assert "errors" not in said, said["errors"]
        return said["data"]

    async def beat(self) -> None:
        """Wait until the stream shows that it is there, though it has nothing to say."""
        before = self.beats
        while self.beats == before:
            assert b"event" not in self._buffer
            self.beats += self._buffer.count(b":\n\n")
            self._buffer = b""
            if self.beats == before:
                await self._more()

    async def body(self) -> Any:  # noqa: ANN401 - JSON
        """Return all of an answer that is no stream."""
        while not self.is_over:
            await self._more()
        return orjson.loads(self._buffer)

    async def _more(self) -> None:
        message = await self._message()
        self._buffer += message.get("body", b"")
        self.is_over = not message.get("more_body", False)

    async def _message(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_SECONDS):
            return await self._messages.get()


@asynccontextmanager
async def subscribed(
    world: World,
    query: str,
    *,
    role: Role = Role.VIEWER,
    token: str = "",
    accept: str = "text/event-stream",
) -> AsyncIterator[Stream]:
    """Send an operation and read its answer; the client leaves at the end of the block."""
    token = token or await world.token(role)
    headers = {
        "host": ADDRESS.removeprefix("http://"),
        "content-type": "application/json",
        "accept": accept,
        "authorization": f"Bearer {token}",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    stream = Stream()
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if not sent:
            sent = True
            body = orjson.dumps({"query": query})
            return {"type": "http.request", "body": body, "more_body": False}
        await stream._gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        await stream._messages.put(message)

    running = asyncio.create_task(world.application(scope, receive, send))  # type: ignore[arg-type] # ASGI is not typed this closely
    try:
        await stream.begin()
        yield stream
    finally:
        stream._gone.set()
        async with asyncio.timeout(WAIT_SECONDS):
            while not running.done():
                # What is under way for a client that has left is taken by nobody.
                with suppress(asyncio.QueueEmpty):
                    stream._messages.get_nowait()
                await asyncio.wait({running}, timeout=0.01)
            await running
