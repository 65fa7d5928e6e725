"""/graphql: GraphQL over HTTP by POST, and the GraphiQL page for browsers."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from graph_service.api.authentication import Authentication
from graph_service.api.event_stream import EventStreams
from graph_service.api.failures import BadRequestError, LimitExceededError
from graph_service.api.graphiql import Pages
from graph_service.api.limits import Limits
from graph_service.api.metrics import Metrics
from graph_service.api.operation import Answered, GraphQLRequest, Operations
from graph_service.api.responses import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    json_response,
    media_type,
    refusal,
    request_id,
)
from graph_service.api.subscribing import Subscriptions
from graph_service.use_cases.access import Viewer

OK = 200
_REFUSED_STATUS_ALWAYS = frozenset({401, 413, 415})


class GraphQLEndpoint:
    """Answers requests to /graphql."""

    def __init__(
        self,
        operations: Operations,
        streams: EventStreams,
        authentication: Authentication,
        pages: Pages,
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self._operations = operations
        self._streams = streams
        self._subscriptions = Subscriptions(operations, limits.operation_seconds)
        self._authentication = authentication
        self._pages = pages
        self._metrics = metrics
        self._body_bytes_max = limits.body_bytes

    async def answer(self, request: Request) -> Response:
        """Answer a program by POST, a person's browser by GET."""
        return await (self._run(request) if request.method == "POST" else self._show(request))

    async def _show(self, request: Request) -> Response:
        """Show GraphiQL to a browser; queries come by POST only, so that a link cannot ask one."""
        if "text/html" in request.headers.get("accept", "").casefold():
            return self._pages.graphiql()
        error = BadRequestError("operations are sent by POST, as a JSON object", 405)
        response = refusal(request, error)
        response.headers["Allow"] = "GET, POST"
        return response

    async def _run(self, request: Request) -> Response:
        """Run an operation."""
        viewer = await self._authentication.viewer(request)
        asked = await self._read(request)
        accepted = request.headers.get("accept", "").casefold()
        if EVENT_STREAM in accepted:
            found = await self._subscribed(request, viewer, asked)
            if isinstance(found, Response):
                return found
            answer = found
            if JSON not in accepted and GRAPHQL_JSON not in accepted and answer.status == OK:
                self._metrics.operation(answer.operation, answer.code)
                return self._streams.single(answer)
        else:
            answer = await self._operations.run(asked, viewer, request_id(request))
        self._metrics.operation(answer.operation, answer.code)
        wanted = media_type(request)
        # Clients of plain JSON expect 200 for whatever was a proper request.
        status = 200 if wanted == JSON else answer.status
        return json_response(answer.body, status, wanted)

    async def _subscribed(
        self, request: Request, viewer: Viewer, asked: GraphQLRequest
    ) -> Response | Answered:
        """Return the stream of a subscription, or the answer to what is none."""
        self._streams.check(viewer)
        found = await self._subscriptions.begin(asked, viewer, request_id(request))
        if isinstance(found, Answered):
            return found
        return self._streams.response(request, viewer, found)

    async def _read(self, request: Request) -> GraphQLRequest:
        sent_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if sent_type not in {JSON, GRAPHQL_JSON}:
            # Also what keeps forms of other sites out: they cannot send this type unasked.
            raise BadRequestError("send Content-Type: application/json", 415)
        body = await self._body(request)
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequestError(f"the body is not JSON: {error}") from error
        if isinstance(data, list):
            raise BadRequestError("one operation a request; a list of them is not answered")
        return _request(data)

    async def _body(self, request: Request) -> bytes:
        most = self._body_bytes_max
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > most:
            raise LimitExceededError("bodyBytes", int(announced), most)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise LimitExceededError("bodyBytes", len(body), most)
        return bytes(body)


def _request(data: Any) -> GraphQLRequest:  # noqa: ANN401 - any JSON value
    if not isinstance(data, dict) or not isinstance(data.get("query"), str):
        raise BadRequestError('the body is a JSON object with a text "query"')
    variables, name = data.get("variables"), data.get("operationName")
    if not isinstance(variables, Mapping | None):
        raise BadRequestError('"variables" is a JSON object or null')
    if not isinstance(name, str | None):
        raise BadRequestError('"operationName" is a text or null')
    return GraphQLRequest(data["query"], variables or {}, name or None)
