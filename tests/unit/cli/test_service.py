"""Asking a running service: whom the token goes to, and what its refusals become here."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from graph_service.cli.service.service import Service, ServiceRefusedError, problem_error
from graph_service.model.errors import (
    AmbiguousReferenceError,
    CINotFoundError,
    GraphServiceError,
    InvalidInputError,
    NotAllowedError,
    QuestionTooLargeError,
    StaleRevisionError,
    StoreUnavailableError,
)

POLL_SECONDS = 0.005


@dataclass
class Answering:
    """A server that gives one answer to everything, and notes what it was sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@contextmanager
def answering(
    status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> Iterator[Answering]:
    """Run such a server on loopback until the end of the block."""
    answer = Answering(status, body, headers or {})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer.asked.append((self.path, self.headers["Authorization"]))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815 - the name it is looked up by

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[POLL_SECONDS])
        thread.start()
        answer.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield answer
        finally:
            server.shutdown()
            thread.join()


def asked(address: str, token: str = "") -> dict[str, Any]:
    """Ask a service something."""
    return asyncio.run(Service(address, token).ask("{ estate { revision } }"))


def refusal(code: str, **more: object) -> GraphServiceError:
    """Return what a refusal with this code becomes."""
    error = {"message": "it says why", "extensions": {"code": code, **more}}
    with (
        answering(400, orjson.dumps({"errors": [error]})) as server,
        pytest.raises(GraphServiceError) as raised,
    ):
        asked(server.address)
    return raised.value


@pytest.mark.parametrize(
    ("typed", "path"),
    [("", "/graphql"), ("/", "/graphql"), ("/graphql", "/graphql"), ("/cmdb/", "/cmdb/graphql")],
)
def test_asks_below_the_path_of_the_address(typed: str, path: str) -> None:
    """A proxy may put the service below a path; its GraphQL address is as good."""
    with answering(200, b'{"data": {"estate": {"revision": 7}}}') as server:
        data = asked(server.address + typed, "gs.tok_1.secret")

    assert data == {"estate": {"revision": 7}}
    assert server.asked == [(path, "Bearer gs.tok_1.secret")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_never_takes_the_token_elsewhere(status: int) -> None:
    """A redirect is an error that names the other address, and nothing is sent there."""
    with answering(200, b'{"data": {}}') as other:
        to_other = {"Location": f"{other.address}/graphql"}
        with (
            answering(status, b"", to_other) as server,
            pytest.raises(StoreUnavailableError, match="sends callers on to") as raised,
        ):
            asked(server.address, "gs.tok_1.secret")

    assert other.asked == []
    assert other.address in str(raised.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Welcome</html>"),
        (502, b"Bad Gateway"),
        (404, b'{"detail": "Not Found"}'),
        (200, b"[]"),
        (200, b"null"),
        (200, b""),
        (200, b"\xff\xfe"),
    ],
)
def test_says_that_something_else_answers(status: int, body: bytes) -> None:
    """Another program at this address is no traceback."""
    with (
        answering(status, body) as server,
        pytest.raises(StoreUnavailableError, match="is not this service"),
    ):
        asked(server.address)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://h",
        "http://",
        "http://user:tr0ub4dor@h",
        "http://[::1",
        "http://h:99999999",
        "http://a b",
        "http://h?x=1",
        "http://h\n",
        "h:8000",
    ],
)
def test_refuses_what_is_no_address_without_repeating_it(address: str) -> None:
    """It might hold a password."""
    with pytest.raises(InvalidInputError, match="not the address of a service") as raised:
        Service(address, "")

    assert "tr0ub4dor" not in str(raised.value)


def test_a_host_that_cannot_be_is_one_that_does_not_answer() -> None:
    """A name that is too long for any name service."""
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        asked(f"http://{'a' * 300}.example")


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "naïve", "tab\t"])
def test_never_shows_a_token_that_cannot_be_sent(token: str) -> None:
    """Refused before a header is made of it."""
    with pytest.raises(InvalidInputError, match="GRAPH_SERVICE_TOKEN") as raised:
        Service("http://127.0.0.1:1", token)

    assert token not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        ("UNAUTHENTICATED", NotAllowedError),
        ("NOT_ALLOWED", NotAllowedError),
        ("AMBIGUOUS_REFERENCE", AmbiguousReferenceError),
        ("CI_NOT_FOUND", CINotFoundError),
        ("STORE_UNAVAILABLE", StoreUnavailableError),
        ("QUESTION_TOO_LARGE", QuestionTooLargeError),
        ("DEADLINE_EXCEEDED", QuestionTooLargeError),
        ("LIMIT_EXCEEDED", QuestionTooLargeError),
        ("INTERNAL", ServiceRefusedError),
        ("A_CODE_OF_A_LATER_VERSION", ServiceRefusedError),
    ],
)
def test_a_refusal_is_the_error_the_store_would_raise(
    code: str, becomes: type[GraphServiceError]
) -> None:
    """So that the exit code is the same, and the words are the service's."""
    error = refusal(code)

    assert type(error) is becomes
    assert str(error).startswith("it says why")


def test_a_refusal_tells_what_to_do() -> None:
    """The hint belongs to the message."""
    assert str(refusal("LIMIT_EXCEEDED", hint="ask for less")) == "it says why; ask for less"


def test_faults_keep_their_places_and_remedies() -> None:
    """As if the input had been read here."""
    fault = {"code": "UNKNOWN_CLASS", "message": "no such class", "place": "a.yaml:4:5"}

    error = problem_error(
        {
            "code": "VALIDATION_FAILED",
            "message": "",
            "faults": [{**fault, "hint": "did you mean X?"}, {**fault, "hint": None}],
        }
    )

    assert isinstance(error, InvalidInputError)
    assert str(error).splitlines() == [
        "a.yaml:4:5: no such class (did you mean X?)",
        "a.yaml:4:5: no such class",
    ]


def test_a_plan_that_is_outdated_names_what_moved() -> None:
    """It is planned again, as with a store."""
    error = problem_error(
        {
            "code": "PLAN_OUTDATED",
            "message": "",
            "baseRevision": 3,
            "currentRevision": 5,
            "moved": ["ci_1"],
        }
    )

    assert isinstance(error, StaleRevisionError)
    assert (error.based_on, error.current, list(error.moved)) == (3, 5, ["ci_1"])


def test_any_other_problem_keeps_its_words() -> None:
    """Also one that a later version brings."""
    error = problem_error({"code": "NOT_FOUND", "message": "there is no plan 'x'"})

    assert (type(error), str(error)) == (ServiceRefusedError, "there is no plan 'x'")
