"""POST /exports: any list or cone as a file, for programs and pages that have no shell."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from graph_service.api.authentication import Authentication
from graph_service.api.exports.asked import ExportRequest, checked
from graph_service.api.exports.writing import write_export
from graph_service.api.failures import BadRequestError, LimitExceededError
from graph_service.api.operation import GraphQLRequest, Operations
from graph_service.api.responses import as_json, request_id
from graph_service.model.errors import GraphServiceError
from graph_service.use_cases.access import Viewer
from graph_service.use_cases.files.columns import About, FileFormat
from graph_service.use_cases.impact.cone_direction import ConeDirection

AT_ONCE_MAX = 4
"""Exports that one process makes at a time."""

ABOUT_HEADER = "Graph-Service-About"
_BODY_BYTES_MAX = 262_144
_MEMORY_BYTES = 8 * 1024 * 1024
_CHUNK = 256 * 1024
_MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.JSON: "application/json",
    FileFormat.JSONL: "application/x-ndjson",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.GRAPHML: "application/graphml+xml",
}


class _Body(BaseModel):
    """What is posted; the filter and asOf are as GraphQL takes them."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: Annotated[str, Field(alias="list", max_length=100)]
    file_format: Annotated[FileFormat, Field(alias="format")]
    of: Annotated[list[str], Field(max_length=1_000)] = []
    filter: dict[str, Any] = {}
    columns: list[str] = []
    direction: ConeDirection = ConeDirection.BOTH
    max_hops: Annotated[int | None, Field(alias="maxHops", ge=1)] = None
    impact: bool = False
    mark: Annotated[bool, Field(alias="byteOrderMark")] = False
    as_of: Annotated[dict[str, Any] | None, Field(alias="asOf")] = None


class AskFailedError(GraphServiceError):
    """A question behind an export was refused; ``code`` is that of the refusal."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc] # one of many, told apart by the client alone


class ExportEndpoint:
    """Answers requests to /exports. A file is made whole before any of it is sent."""

    def __init__(self, operations: Operations, authentication: Authentication) -> None:
        self._operations = operations
        self._authentication = authentication
        self._running = 0

    async def answer(self, request: Request) -> Response:
        """Make a file and send it."""
        viewer = await self._authentication.viewer(request)
        body = await _read(request)
        asked = checked(
            ExportRequest(
                name=body.name,
                file_format=body.file_format,
                of=body.of,
                filter=body.filter,
                shown_filter=json.dumps(body.filter) if body.filter else "",
                columns=body.columns,
                direction=body.direction,
                max_hops=body.max_hops,
                impact=body.impact,
                has_mark=body.mark,
            ),
            is_of_now=body.as_of is None,
        )
        if self._running >= AT_ONCE_MAX:
            raise LimitExceededError("exports", self._running + 1, AT_ONCE_MAX)
        estate = {"asOf": body.as_of} if body.as_of else {}
        self._running += 1
        # In memory while it is small, then in a file that nobody else can open.
        stream: IO[bytes] = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - closed when it is sent
        try:
            ask = _Asking(self._operations, viewer, request_id(request))
            about = await write_export(ask, asked, stream, lambda *_: None, estate=estate)
        except BaseException:
            stream.close()
            raise
        finally:
            self._running -= 1
        return _sent(stream, about, asked)


class _Asking:
    """Asks the questions behind an export with the rights of whoever wants it."""

    def __init__(self, operations: Operations, viewer: Viewer, request_id: str) -> None:
        self._operations = operations
        self._viewer = viewer
        self._request_id = request_id

    async def __call__(self, document: str, **variables: object) -> dict[str, Any]:
        """Return the data of a document."""
        asked = GraphQLRequest(document, variables, None)
        answered = await self._operations.run(asked, self._viewer, self._request_id)
        if errors := answered.body.get("errors"):
            raise AskFailedError(errors[0]["message"], errors[0]["extensions"]["code"])
        data: dict[str, Any] = orjson.loads(as_json(answered.body))["data"]
        return data


async def _read(request: Request) -> _Body:
    sent_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if sent_type != "application/json":
        raise BadRequestError("send Content-Type: application/json", 415)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _BODY_BYTES_MAX:
            raise LimitExceededError("bodyBytes", len(content), _BODY_BYTES_MAX)
    try:
        return _Body.model_validate_json(bytes(content))
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}"
            for each in error.errors()[:10]
        )
        raise BadRequestError(said) from error


def _sent(stream: IO[bytes], about: About, asked: ExportRequest) -> Response:
    size = stream.tell()
    stream.seek(0)
    return StreamingResponse(
        _chunks(stream),
        media_type=_MEDIA_TYPES[asked.file_format],
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{asked.name}.{asked.file_format}"',
            ABOUT_HEADER: json.dumps(about.shape())[:8_000],
        },
        background=BackgroundTask(stream.close),
    )


async def _chunks(stream: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(stream.read, _CHUNK):
        yield chunk
