"""A running service, asked over HTTP: documents in, JSON out, refusals as our own errors."""

import asyncio
import http.client
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from typing_extensions import override

from graph_service.cli.answers import Asked, Data
from graph_service.cli.service.service_events import EVENT_STREAM, server_events
from graph_service.config import PREFIX
from graph_service.model.errors import (
    AmbiguousReferenceError,
    CINotFoundError,
    Fault,
    GraphServiceError,
    InvalidInputError,
    NotAllowedError,
    QuestionTooLargeError,
    StaleRevisionError,
    StoreUnavailableError,
)
from graph_service.model.place import Place

TIMEOUT_SECONDS = 600
JSON_TYPE = "application/json"


class ServiceRefusedError(GraphServiceError):
    """The service refused for a reason that has no error of its own here; the message says why."""

    code = "REFUSED"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: whoever answers with another address must not be sent the token."""

    @override
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Service(Asked):
    """One service and the token it is asked with."""

    def __init__(self, address: str, token: str) -> None:
        self._address = _checked_address(address)
        self._token = _checked_token(token)
        self._opener = urllib.request.build_opener(_NoRedirects)

    @override
    async def ask(self, document: str, **variables: object) -> Data:
        """Send a GraphQL document and return its data.

        Raises:
            GraphServiceError: Whatever the service refused for.

        """
        body = orjson.dumps({"query": document, "variables": variables})
        answer = await self._post("/graphql", body, JSON_TYPE, expected="data")
        data: Data = answer["data"]
        return data

    @override
    async def upload(self, document: bytes) -> str:
        """Send a document ahead and return the id it is then named by."""
        sent_as = "application/octet-stream"
        answer = await self._post("/files", document, sent_as, expected="fileId")
        return str(answer["fileId"])

    @override
    async def follow(self, document: str, **variables: object) -> AsyncGenerator[Data, None]:
        """Subscribe; one that breaks off is for the caller to begin again where it was."""
        body = orjson.dumps({"query": document, "variables": variables})
        request = self._request("/graphql", body, JSON_TYPE, f"{EVENT_STREAM}, {JSON_TYPE}")
        async for event, text in server_events(self._opener, request, self._address):
            if event == "complete":
                return
            answer = orjson.loads(text)
            if answer.get("errors"):
                raise error_of(answer["errors"][0])
            data: Data = answer["data"]
            yield data

    async def _post(self, path: str, body: bytes, media_type: str, *, expected: str) -> Data:
        request = self._request(path, body, media_type, JSON_TYPE)
        text = await asyncio.to_thread(self._exchange, request)
        try:
            answer = orjson.loads(text)
        except orjson.JSONDecodeError:
            answer = None
        if isinstance(answer, dict) and answer.get("errors"):
            raise error_of(answer["errors"][0])
        if not isinstance(answer, dict) or answer.get(expected) is None:
            raise StoreUnavailableError(f"what answers at {self._address} is not this service")
        return answer

    def _request(
        self, path: str, body: bytes, media_type: str, accepted: str
    ) -> urllib.request.Request:
        headers = {"Content-Type": media_type, "Accept": accepted}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return urllib.request.Request(self._address + path, body, headers)  # noqa: S310 - http or https, checked

    def _exchange(self, request: urllib.request.Request) -> bytes:
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                answer: bytes = response.read()
        except urllib.error.HTTPError as error:
            with error:
                if elsewhere := error.headers.get("Location"):
                    message = f"{self._address} sends callers on to {elsewhere}; name that address"
                    raise StoreUnavailableError(message) from None
                return error.read()
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = getattr(error, "reason", error)
            raise StoreUnavailableError(
                f"{self._address} does not answer: {reason}; is the service running there?"
            ) from error
        return answer


def _checked_address(address: str) -> str:
    """Return the address to which paths are added; a service may stand below a path of a proxy."""
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, is_one = urlsplit(""), False
    is_plain = address.isprintable() and not any(sign in address for sign in " @?#")
    if not (is_one and is_plain):
        raise InvalidInputError(
            [
                Fault(
                    code="INVALID_ADDRESS",
                    message="this is not the address of a service",
                    place=Place("--server"),
                    remedy="http://HOST:PORT or https://HOST:PORT, without user or password",
                )
            ]
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/').removesuffix('/graphql')}"


def _checked_token(token: str) -> str:
    """Return a token that can be sent; one that cannot is not shown."""
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise InvalidInputError(
        [
            Fault(
                code="INVALID_SETTING",
                message="this is not a token",
                place=Place("environment", f"{PREFIX}TOKEN"),
                remedy="it is one word, as graph-service token create printed it",
            )
        ]
    )


def problem_error(problem: Mapping[str, Any]) -> GraphServiceError:
    """Return the error that a problem of a mutation stands for."""
    message = problem["message"]
    match problem["code"]:
        case "VALIDATION_FAILED":
            return InvalidInputError([_fault(each) for each in problem["faults"]])
        case "PLAN_OUTDATED" | "STALE_REVISION":
            moved = StaleRevisionError(
                problem["baseRevision"], problem["currentRevision"], problem["moved"]
            )
            return _worded(moved, message)
    return ServiceRefusedError(message)


def _fault(fault: Mapping[str, Any]) -> Fault:
    return Fault(
        code=fault["code"],
        message=fault["message"],
        place=Place(fault["place"]),
        remedy=fault["hint"] or "",
    )


def error_of(error: Mapping[str, Any]) -> GraphServiceError:
    """Return the error of ours that an entry of ``errors`` stands for."""
    extensions: Mapping[str, Any] = error.get("extensions", {})
    message = str(error.get("message", "refused without a reason"))
    if extensions.get("code") == "UNAUTHENTICATED":
        return NotAllowedError(
            f"{message}; {PREFIX}TOKEN is what is sent: graph-service token create makes one"
        )
    if hint := extensions.get("hint"):
        message = f"{message}; {hint}"
    match extensions.get("code"):
        case "NOT_ALLOWED":
            return NotAllowedError(message)
        case "AMBIGUOUS_REFERENCE":
            return _worded(AmbiguousReferenceError("", extensions.get("candidates", ())), message)
        case "CI_NOT_FOUND":
            return _worded(CINotFoundError(""), message)
        case "STORE_UNAVAILABLE":
            return StoreUnavailableError(message)
        case "QUESTION_TOO_LARGE" | "DEADLINE_EXCEEDED" | "LIMIT_EXCEEDED":
            return QuestionTooLargeError(message)
    return ServiceRefusedError(message)


def _worded(error: GraphServiceError, message: str) -> GraphServiceError:
    """Give an error the words of the service, which knows more."""
    error.args = (message,)
    return error
