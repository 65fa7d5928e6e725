"""Who may ask what."""

from typing import Any

import pytest

from graph_service.api.permissions import MUTATION_ROLES
from graph_service.use_cases.access import Role
from tests.api.world import ADDRESS, World

pytestmark = pytest.mark.anyio

WHO = {"query": "{ viewer { actor { id name type } roles mutations } }"}
SENT = {
    "planImport": 'planImport(input: {collector: "estate", documents: []}) { __typename }',
    "applyPlan": 'applyPlan(input: {plan: "pln_none"}) { __typename }',
    "editEstate": 'editEstate(input: {edits: [], reason: "none"}) { __typename }',
    "planBulkEdit": "planBulkEdit(input: {filter: {}, change: {}}) { __typename }",
    "applyBulkEdit": 'applyBulkEdit(input: {plan: "bep_none", reason: "x"}) { __typename }',
    "mergeCis": """mergeCis(input: {survivor: {key: "a"}, others: [{key: "b"}], reason: "none"})
      { __typename }""",
    "splitCi": 'splitCi(input: {ci: {key: "a"}, reason: "none"}) { __typename }',
    "planVocabulary": """planVocabulary(input: {document: {name: "a", content: {text: ""}}})
      { __typename }""",
    "applyVocabulary": """applyVocabulary(input: {reason: "none",
      document: {name: "a", content: {text: ""}}}) { __typename }""",
    "planPolicy": """planPolicy(input: {document: {name: "a", content: {text: ""}}})
      { __typename }""",
    "applyPolicy": """applyPolicy(input: {reason: "none",
      document: {name: "a", content: {text: ""}}}) { __typename }""",
    "handOver": 'handOver(input: {gaps: {text: "nobody"}, reason: "none"}) { __typename }',
    "statePerson": 'statePerson(input: {person: "nobody"}) { __typename }',
    "erasePerson": 'erasePerson(input: {person: "nobody", reason: "none"}) { __typename }',
    "applyWorkbook": 'applyWorkbook(input: {plan: "wbk_none", reason: "none"}) { __typename }',
    "planWorkbook": 'planWorkbook(input: {document: {name: "a.csv", content: {text: ""}}})'
    " { __typename }",
    "undoRevision": 'undoRevision(input: {revision: 1, reason: "none"}) { __typename }',
    "revertRun": 'revertRun(input: {run: "run_none", reason: "none"}) { __typename }',
    "saveQuery": 'saveQuery(input: {key: "mine", reason: "none", filter: {}}) { __typename }',
    "removeSavedQuery": 'removeSavedQuery(input: {key: "none", reason: "x"}) { __typename }',
    "confirmRedundancy": 'confirmRedundancy(input: {proposals: ["rpr_none"]}) { __typename }',
    "rejectRedundancy": """rejectRedundancy(input: {proposals: ["rpr_none"], reason: "none"})
      { __typename }""",
    "sweep": "sweep(input: {}) { __typename }",
    "createToken": 'createToken(input: {name: "x", roles: [VIEWER]}) { __typename }',
    "revokeToken": 'revokeToken(input: {token: "tok_none"}) { __typename }',
}


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer gs.tok_none.secret"},
        {"Authorization": "Basic Z3M6c2VjcmV0"},
        {"Authorization": "Bearer " + "x" * 4_000},
        {"Cookie": "graph_service_session=guessed"},
    ],
)
async def test_a_stranger_learns_nothing(service: World, header: dict[str, str]) -> None:
    """Without a token there is a 401 that says how to sign in, whatever was asked."""
    nosy: list[object] = [
        WHO,
        {"query": "{ __schema { types { name } } }"},
        {"query": "{ vie }"},
        [],
    ]
    for asked in nosy:
        response = await service.client.post("/graphql", json=asked, headers=header)

        (error,) = response.json()["errors"]
        assert response.status_code == 401
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert "viewer" not in response.text


async def test_a_viewer_sees_who_it_is(service: World) -> None:
    """The viewer says its roles and what it may call."""
    data = await service.ask(WHO["query"], role=Role.ENGINEER)

    assert data["viewer"]["actor"]["name"] == "a ENGINEER"
    assert data["viewer"]["actor"]["type"] == "TOKEN"
    assert data["viewer"]["roles"] == ["ENGINEER"]
    open_to_engineers = {name for name, roles in MUTATION_ROLES.items() if Role.ENGINEER in roles}
    assert data["viewer"]["mutations"] == sorted(open_to_engineers)
    assert {"editEstate", "planImport"} <= open_to_engineers
    assert {"editEstate", "planImport"} <= {*data["viewer"]["mutations"]}
    assert "createToken" not in data["viewer"]["mutations"]


def test_every_mutation_says_who_may_call_it() -> None:
    """The table of permissions knows every mutation, and this module tries every one."""
    from graph_service.api.schema import SCHEMA  # noqa: PLC0415 - slow to import, used here

    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None
    assert set(mutation.fields) == set(MUTATION_ROLES) == set(SENT)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("mutation", list(SENT))
async def test_mutations_are_open_to_their_roles_only(
    service: World, role: Role, mutation: str
) -> None:
    """Whoever lacks the role is refused before anything runs."""
    response = await service.send(f"mutation {{ {SENT[mutation]} }}", role=role)

    if role in MUTATION_ROLES[mutation]:
        assert "errors" not in response.json()
    else:
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "NOT_ALLOWED"
        assert response.status_code == 403
        assert "data" not in response.json()


async def test_one_forbidden_mutation_stops_the_allowed_ones(service: World) -> None:
    """Roles are checked for the whole operation first, also through fragments."""
    query = f"""mutation {{ {SENT["editEstate"]} ...More }}
        fragment More on Mutation {{ ... {{ {SENT["createToken"]} }} }}"""

    error = await service.refused(query, role=Role.ENGINEER)

    assert error["extensions"]["code"] == "NOT_ALLOWED"
    assert len(await service.services.access.tokens()) == 1  # the engineer's own


async def test_a_guarded_field_is_null_and_the_rest_is_answered(service: World) -> None:
    """A field that needs another role takes only itself down."""
    response = await service.send("{ tokens { name } viewer { roles } }", role=Role.AUDITOR)

    body = response.json()
    assert response.status_code == 200
    assert body["data"] == {"tokens": None, "viewer": {"roles": ["AUDITOR"]}}
    assert body["errors"][0]["extensions"]["code"] == "NOT_ALLOWED"


async def test_tokens_are_made_and_ended_over_the_api(service: World) -> None:
    """The secret comes once, works, and stops working when revoked."""
    made = await service.ask(
        """mutation { createToken(input: {name: "ci", roles: [VIEWER],
             expiresAt: "2096-01-01T00:00:00+02:00"}) {
             ... on TokenCreated { secret changed token { id name roles valid expiresAt } }
             ... on Problem { code message } } }""",
        role=Role.ADMIN,
    )
    created = made["createToken"]
    assert created["token"]["expiresAt"] == "2095-12-31T22:00:00.000Z"
    assert created["changed"] is False
    headers = {"Authorization": f"Bearer {created['secret']}"}
    response = await service.client.post("/graphql", json=WHO, headers=headers)
    assert response.json()["data"]["viewer"]["actor"]["name"] == "ci"

    await service.ask(
        """mutation($token: ID!) { revokeToken(input: {token: $token}) {
             ... on TokenRevoked { token { valid } } } }""",
        {"token": created["token"]["id"]},
        role=Role.ADMIN,
    )
    response = await service.client.post("/graphql", json=WHO, headers=headers)
    assert response.status_code == 401
    listed = await service.ask("{ tokens { name valid } }", role=Role.ADMIN)
    assert {"name": "ci", "valid": False} in listed["tokens"]


async def test_faults_of_a_token_are_data(service: World) -> None:
    """An input that cannot be accepted is a problem with its faults, not an error."""
    data = await service.ask(
        """mutation { createToken(input: {name: "", roles: []}) {
             ... on ValidationFailed { code faults { path code } }
             ... on Problem { message hint } } }""",
        role=Role.ADMIN,
    )

    problem = data["createToken"]
    assert problem["code"] == "VALIDATION_FAILED"
    assert [each["path"] for each in problem["faults"]] == [["name"], ["roles"]]


OWN = {"Origin": ADDRESS, "X-Graph-Service": "1"}


class TestSessions:
    """The one-time link of a service on one's own machine."""

    async def sign_in(self, service: World) -> str:
        """Use a link and return the cookie."""
        code = service.sign_in.new_code()
        response = await service.client.get("/sign-in", params={"code": code})
        assert response.status_code == 303
        assert response.headers["Location"] == "/graphql"
        cookie: str = response.headers["Set-Cookie"]
        service.client.cookies.clear()
        return cookie

    async def ask(self, service: World, cookie: str, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Ask with a cookie and return the response."""
        pair = cookie.partition(";")[0]
        return await service.client.post("/graphql", json=WHO, headers={"Cookie": pair, **headers})

    async def test_a_link_opens_a_session_for_our_own_page(self, service: World) -> None:
        """The page may ask with the cookie, its own header and its own origin."""
        cookie = await self.sign_in(service)

        response = await self.ask(service, cookie, **OWN)

        assert response.json()["data"]["viewer"]["actor"]["name"] == "whoever sits here"
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Graph-Service": "1"},
            {"Origin": ADDRESS},
            {"Origin": "http://evil.example", "X-Graph-Service": "1"},
            {"Origin": "null", "X-Graph-Service": "1"},
            {"Origin": "http://127.0.0.1:8001", "X-Graph-Service": "1"},
            {"Origin": "https://127.0.0.1:8000", "X-Graph-Service": "1"},
            {"Origin": ADDRESS, "X-Graph-Service": "1", "Sec-Fetch-Site": "cross-site"},
        ],
    )
    async def test_another_site_cannot_use_the_session(
        self, service: World, headers: dict[str, str]
    ) -> None:
        """A cookie alone, or from elsewhere, is nobody."""
        cookie = await self.sign_in(service)

        response = await self.ask(service, cookie, **headers)

        assert response.status_code == 401

    async def test_a_link_works_once(self, service: World) -> None:
        """Whoever comes second gets a page that says so, and no cookie."""
        code = service.sign_in.new_code()
        await service.client.get("/sign-in", params={"code": code})
        for again in (code, "", "guess"):
            response = await service.client.get("/sign-in", params={"code": again})
            assert response.status_code == 403
            assert "Set-Cookie" not in response.headers

    async def test_signing_out_ends_the_session(self, service: World) -> None:
        """The secret of an ended session is worth nothing."""
        cookie = await self.sign_in(service)
        pair = cookie.partition(";")[0]

        response = await service.client.post("/sign-out", headers={"Cookie": pair, **OWN})

        assert response.status_code == 204
        assert (await self.ask(service, cookie, **OWN)).status_code == 401
