"""How answers and refusals look over HTTP."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from graph_service.api.errors import INTERNAL, extensions_of, status_of
from graph_service.model.errors import GraphServiceError

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
UNAUTHORIZED = 401
_JSON_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def json_response(
    body: Any,  # noqa: ANN401 - any JSON value
    status: int = 200,
    media_type: str = JSON,
    headers: dict[str, str] | None = None,
) -> Response:
    """Write a JSON answer."""
    return Response(as_json(body), status, headers, media_type)


def as_json(body: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return an answer as it goes over the wire."""
    return orjson.dumps(body, default=list, option=_JSON_OPTIONS)


def refusal(request: Request, error: GraphServiceError, *, status: int | None = None) -> Response:
    """Write an error of the whole request, in the shape of a GraphQL error wherever it happens."""
    extensions = extensions_of(error) | {"requestId": request_id(request)}
    code = status or status_of(error.code, error)
    headers = {"WWW-Authenticate": 'Bearer realm="graph-service"'} if code == UNAUTHORIZED else None
    body = {"errors": [{"message": str(error), "extensions": extensions}]}
    return json_response(body, code, media_type(request), headers)


def unexpected(request: Request) -> Response:
    """Write that something failed that should not have, and nothing more."""
    extensions = {
        "code": INTERNAL,
        "hint": "report the request id",
        "requestId": request_id(request),
    }
    body = {"errors": [{"message": "something went wrong on our side", "extensions": extensions}]}
    return json_response(body, 500, media_type(request))


def media_type(request: Request) -> str:
    """Return the type a client wants its answer in: the standard's, or plain JSON if it says so."""
    accepted = request.headers.get("accept", "").casefold()
    wants_plain = JSON in accepted and GRAPHQL_JSON not in accepted
    return JSON if wants_plain else GRAPHQL_JSON


def request_id(request: Request) -> str:
    """Return the id under which a request is logged."""
    found: str = request.scope["graph_service.request_id"]
    return found
