"""GraphQL over HTTP, and the addresses beside it."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from graph_service.api.limits import Limits
from graph_service.model.errors import StoreUnavailableError
from graph_service.use_cases.access import Role
from tests.api.world import GRAPHQL_JSON, World, world

pytestmark = pytest.mark.anyio

REVISION = {"query": "{ estate { revision } }"}
WRONG = {"query": "{ estate { revison } }"}


async def headers(service: World, **more: str) -> dict[str, str]:
    """Return the headers of a viewer."""
    return {"Authorization": f"Bearer {await service.token(Role.VIEWER)}", **more}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, GRAPHQL_JSON),
        ("*/*", GRAPHQL_JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        ("application/json", "application/json"),
    ],
)
async def test_answers_in_the_type_that_is_asked_for(
    service: World, accept: str | None, media_type: str
) -> None:
    """The standard's own type unless a client wants plain JSON, which then always says 200."""
    sent = await headers(service, **({"Accept": accept} if accept else {}))

    right = await service.client.post("/graphql", json=REVISION, headers=sent)
    wrong = await service.client.post("/graphql", json=WRONG, headers=sent)

    assert right.headers["Content-Type"].startswith(media_type)
    assert (right.status_code, right.json()["data"]) == (200, {"estate": {"revision": 0}})
    assert wrong.status_code == (200 if media_type == "application/json" else 400)
    assert wrong.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert "data" not in wrong.json()


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"", 400),
        ("application/json", b"{", 400),
        ("application/json", b"null", 400),
        ("application/json", b'"{ viewer }"', 400),
        ("application/json", b"[]", 400),
        ("application/json", b'[{"query": "{ viewer { roles } }"}]', 400),
        ("application/json", b"{}", 400),
        ("application/json", b'{"query": null}', 400),
        ("application/json", b'{"query": 1}', 400),
        ("application/json", b'{"query": "{ viewer { roles } }", "variables": []}', 400),
        ("application/json", b'{"query": "{ viewer { roles } }", "operationName": 1}', 400),
        ("application/json", b'{"query": "{ viewer { roles } }", "operationName": "No"}', 400),
        ("application/json", b'{"query": ""}', 400),
        ("application/json", b'{"query": "{"}', 400),
        ("application/json", b"\xff\xfe", 400),
        ("application/json", b"[" * 5_000, 400),
        ("text/plain", b'{"query": "{ viewer { roles } }"}', 415),
        ("application/x-www-form-urlencoded", b"query=%7B+viewer+%7D", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"{}", 415),
    ],
)
async def test_says_what_is_wrong_with_a_request(
    service: World, content_type: str, body: bytes, status: int
) -> None:
    """Whatever is no GraphQL request gets a status and a sentence, never a failure of ours."""
    response = await service.client.post(
        "/graphql", content=body, headers=await headers(service, **{"Content-Type": content_type})
    )

    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert error["message"]
    assert error["extensions"]["code"] in {"BAD_REQUEST", "SYNTAX_ERROR"}


async def test_a_batch_is_not_answered(service: World) -> None:
    """One operation a request, so that limits hold for a request."""
    response = await service.client.post(
        "/graphql", json=[REVISION, REVISION], headers=await headers(service)
    )

    assert response.status_code == 400
    assert "one operation" in response.json()["errors"][0]["message"]


async def test_a_query_cannot_be_asked_by_a_link(service: World) -> None:
    """GET answers browsers with a page and nobody with data."""
    sent = await headers(service)

    response = await service.client.get("/graphql", params=REVISION, headers=sent)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert "data" not in response.json()


async def test_the_printed_address_leads_a_browser_to_the_page(service: World) -> None:
    """Whoever opens it sees something."""
    response = await service.client.get("/")

    assert (response.status_code, response.headers["Location"]) == (303, "/graphql")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/graphql", {"GET", "HEAD", "POST"}), ("/files", {"POST"}), ("/healthz", {"GET", "HEAD"})],
)
async def test_a_wrong_method_is_told_the_right_ones(
    service: World, path: str, methods: set[str]
) -> None:
    """All of an address, not those of one of its uses."""
    response = await service.client.delete(path)

    assert response.status_code == 405
    assert {*response.headers["Allow"].split(", ")} == methods


async def test_a_large_body_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Neither an announced length nor an endless stream gets past the limit."""
    async with world(tmp_path, limits=Limits(body_bytes=1_000)) as service:
        sent = await headers(service, **{"Content-Type": "application/json"})
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 100
                assert read < 5_000, "read on after the limit"
                yield b" " * 100

        announced = await service.client.post("/graphql", content=b" " * 1_001, headers=sent)
        streamed = await service.client.post("/graphql", content=endless(), headers=sent)
        within = orjson.dumps(REVISION).ljust(1_000)

        for response in (announced, streamed):
            assert response.status_code == 413
            assert response.json()["errors"][0]["extensions"]["limit"] == "bodyBytes"
        fits = await service.client.post("/graphql", content=within, headers=sent)
        assert fits.status_code == 200


async def test_a_question_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """Past the deadline there is an error that says so."""
    async with world(tmp_path, limits=Limits(operation_seconds=0)) as service:
        response = await service.send("{ estate { revision } }")

    assert response.status_code == 504
    assert response.json()["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:1234", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("127.0.0.1@evil.example", 421),
        ("", 421),
    ],
)
async def test_does_not_answer_under_another_name(service: World, host: str, status: int) -> None:
    """A page whose name was made to mean this machine gets nothing."""
    response = await service.client.get("/healthz", headers={"Host": host})

    assert response.status_code == status


async def test_every_response_is_fenced(service: World) -> None:
    """No sniffing, framing, caching or reading from other sites, on answers and refusals alike."""
    for path in ("/healthz", "/nowhere", "/graphql", "/metrics", "/sign-in"):
        response = await service.client.get(path)
        assert response.headers["X-Content-Type-Options"] == "nosniff", path
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'"), path
        assert response.headers["Cache-Control"] == "no-store", path
        assert response.headers["Referrer-Policy"] == "no-referrer", path
        assert "Access-Control-Allow-Origin" not in response.headers, path
        assert response.headers["X-Request-Id"].startswith("req_"), path


async def test_no_other_site_is_let_in(service: World) -> None:
    """A browser that asks whether another site may is never told yes."""
    response = await service.client.request(
        "OPTIONS",
        "/graphql",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )

    assert response.status_code == 405
    assert not [each for each in response.headers if each.casefold().startswith("access-control")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123", "kept"), ("x" * 65, ""), ("two words", ""), ("line\u2028break", "")],
)
async def test_a_request_keeps_the_id_it_came_with(service: World, given: str, kept: str) -> None:
    """A proxy's request id is used if it is one that is safe in a log."""
    response = await service.client.get("/healthz", headers=[(b"X-Request-Id", given.encode())])

    assert (response.headers["X-Request-Id"] == given) is bool(kept)


async def test_health_and_readiness(service: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alive asks nobody; ready asks the store, and says so when it does not answer."""
    await service.token(Role.VIEWER)
    ready = await service.client.get("/readyz")
    assert ready.json() == {"ready": True, "revision": 0}

    async def down(_: object) -> None:
        raise StoreUnavailableError("the store does not answer")

    monkeypatch.setattr(type(service.store), "head", down)
    assert (await service.client.get("/healthz")).json() == {"alive": True}
    gone = await service.client.get("/readyz")
    assert gone.status_code == 503
    assert gone.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
    asked = await service.send("{ estate { revision } }")
    assert asked.status_code == 503
    assert asked.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"


async def test_figures_are_for_those_who_watch_the_service(service: World) -> None:
    """An auditor's token reads them; others do not."""
    await service.send("{ estate { revision } }")
    await service.send("{ nothing }")
    for role, status in ((Role.AUDITOR, 200), (Role.ADMIN, 200), (Role.VIEWER, 403)):
        token = await service.token(role)
        response = await service.client.get(
            "/metrics", headers={"Authorization": f"Bearer {token}"}
        )
        assert response.status_code == status
    assert (await service.client.get("/metrics")).status_code == 401

    token = await service.token(Role.AUDITOR)
    text = (await service.client.get("/metrics", headers={"Authorization": f"Bearer {token}"})).text
    assert 'graph_service_operations_total{code="OK",type="query"} 1.0' in text
    assert 'graph_service_operations_total{code="INVALID_REQUEST",type="unknown"} 1.0' in text
    assert 'graph_service_requests_total{route="/graphql",status="200"} 1.0' in text


async def test_logs_have_request_ids_and_no_secrets(service: World) -> None:
    """A log line says what was asked of which address by which id, never how one signs in."""
    token = await service.token(Role.VIEWER)
    with structlog.testing.capture_logs() as lines:
        await service.client.get("/sign-in", params={"code": "a-secret-code"})
        await service.client.post(
            "/graphql",
            json={**REVISION, "variables": {"password": "a-secret-value"}},
            headers={"Authorization": f"Bearer {token}", "X-Request-Id": "mine"},
        )

    written = repr(lines)
    assert [each["path"] for each in lines] == ["/sign-in", "/graphql"]
    assert lines[1]["request_id"] == "mine"
    assert (lines[0]["actor"], lines[1]["actor"]) == (None, token.split(".")[1])
    assert "secret" not in written
    assert token not in written


async def test_a_failure_of_ours_is_logged_and_not_shown(
    service: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller gets an id to report; the log has the reason under that id, without variables."""

    async def fail(*_: object, **__: object) -> None:
        password = "hunter2"  # noqa: S105 - what must not be logged
        raise ZeroDivisionError("internal detail", len(password))

    monkeypatch.setattr(type(service.services.inventory), "cis", fail)
    with structlog.testing.capture_logs() as lines:
        response = await service.send("{ viewer { roles } estate { cis { totalCount } } }")

    body = response.json()
    assert "internal detail" not in response.text
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL"
    reported = body["errors"][0]["extensions"]["requestId"]
    (line,) = [each for each in lines if each["event"] == "field_failed"]
    assert reported == response.headers["X-Request-Id"]
    assert "ZeroDivisionError" in line["traceback"]
    assert "hunter2" not in repr({**line, "traceback": ""})


async def test_a_failure_outside_of_graphql_is_not_shown_either(
    service: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outermost place answers with an id as well."""

    async def fail(*_: object) -> None:
        raise ZeroDivisionError("internal detail")

    monkeypatch.setattr(type(service.services.access), "verify", fail)
    response = await service.client.post(
        "/graphql", json=REVISION, headers={"Authorization": "Bearer x"}
    )

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "internal detail" not in response.text


class TestFiles:
    """Documents too large for an operation."""

    async def upload(self, service: World, role: Role, content: Any = b"x") -> Any:  # noqa: ANN401
        """Send a file and return the response."""
        token = await service.token(role)
        return await service.client.post(
            "/files", content=content, headers={"Authorization": f"Bearer {token}"}
        )

    @pytest.mark.parametrize("role", list(Role))
    async def test_are_taken_from_those_who_may_import(self, service: World, role: Role) -> None:
        """Planning an import and sending its document need the same roles."""
        response = await self.upload(service, role)

        may = role in {Role.DISCOVERY, Role.ENGINEER, Role.ADMIN}
        assert response.status_code == (201 if may else 403)
        if may:
            assert response.json()["sizeBytes"] == 1

    async def test_are_not_taken_from_strangers(self, service: World) -> None:
        """Without a token there is a 401."""
        assert (await service.client.post("/files", content=b"x")).status_code == 401

    async def test_are_limited_in_size(self, tmp_path: Path) -> None:
        """A file that does not end is refused and nothing of it is kept."""
        async with world(tmp_path, limits=Limits(file_bytes=1_000)) as service:

            async def chunks() -> AsyncIterator[bytes]:
                for _ in range(11):
                    yield b" " * 100

            response = await self.upload(service, Role.ADMIN, chunks())

        assert response.status_code == 413
        assert response.json()["errors"][0]["extensions"]["limit"] == "fileBytes"


def test_this_module_leaves_logging_alone() -> None:
    """Nothing in the API configures logging: that is the program's business."""
    assert logging.getLogger("graph_service.api").handlers == []
