"""A running service, asked over HTTP: documents in, JSON out, refusals as our own errors."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

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

Data = dict[str, Any]


class ServiceRefusedError(GraphServiceError):
    """The service refused for a reason that has no error of its own here; the message says why."""

    code = "REFUSED"


class Service:
    """One service and the token it is asked with."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
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
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._token = token

    async def ask(self, document: str, **variables: object) -> Data:
        """Send a GraphQL document and return its data.

        Raises:
            GraphServiceError: Whatever the service refused for.

        """
        body = orjson.dumps({"query": document, "variables": variables})
        answer = await self._post("/graphql", body, JSON_TYPE)
        if answer.get("errors"):
            raise _error(answer["errors"][0])
        data: Data = answer["data"]
        return data

    async def upload(self, document: bytes) -> str:
        """Send a document ahead and return the id it is then named by."""
        answer = await self._post("/files", document, "application/octet-stream")
        if answer.get("errors"):
            raise _error(answer["errors"][0])
        return str(answer["fileId"])

    async def _post(self, path: str, body: bytes, media_type: str) -> Data:
        headers = {"Content-Type": media_type, "Accept": JSON_TYPE}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self._address + path, body, headers)  # noqa: S310 - http or https, checked
        return await asyncio.to_thread(self._exchange, request)

    def _exchange(self, request: urllib.request.Request) -> Data:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - same
                text = response.read()
        except urllib.error.HTTPError as error:
            text = error.read()
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise StoreUnavailableError(
                f"{self._address} does not answer: {reason}; is the service running there?"
            ) from error
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise StoreUnavailableError(f"{self._address} is not this service") from error
        if not isinstance(answer, dict):
            raise StoreUnavailableError(f"{self._address} is not this service")
        return answer


def problem_error(problem: Mapping[str, Any]) -> GraphServiceError:
    """Return the error that a problem of a mutation stands for."""
    message = problem["message"]
    match problem["code"]:
        case "VALIDATION_FAILED":
            return InvalidInputError([_fault(each) for each in problem["faults"]])
        case "PLAN_OUTDATED" | "STALE_REVISION":
            return StaleRevisionError(
                problem["baseRevision"], problem["currentRevision"], problem["moved"]
            )
    return ServiceRefusedError(message)


def _fault(fault: Mapping[str, Any]) -> Fault:
    return Fault(
        code=fault["code"],
        message=fault["message"],
        place=Place(fault["place"]),
        remedy=fault["hint"] or "",
    )


def _error(error: Mapping[str, Any]) -> GraphServiceError:
    extensions: Mapping[str, Any] = error.get("extensions", {})
    message: str = error["message"]
    if hint := extensions.get("hint"):
        message = f"{message}; {hint}"
    match extensions.get("code"):
        case "UNAUTHENTICATED":
            return NotAllowedError(f"{message} (GRAPH_SERVICE_TOKEN is what is sent)")
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
