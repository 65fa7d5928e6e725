"""Importing over GraphQL: plan, look, apply."""

from typing import Any

import pytest

from graph_service.use_cases.access import Role
from tests.api.world import World

pytestmark = pytest.mark.anyio

PLAN_IMPORT = """
mutation PlanImport($collector: String!, $documents: [DocumentInput!]!,
                    $complete: Boolean! = false) {
  planImport(input: {collector: $collector, documents: $documents, complete: $complete}) {
    ... on ImportPlanned {
      changed revision
      plans {
        id runId dataSource collector state baseRevision complete readToTheEnd changesAnything
        cis { created updated unchanged retired }
        relationships { created updated unchanged retired }
        operations(first: 50) { totalCount nodes { action recordType label className changed why } }
        unresolved { totalCount nodes { wanted typeName evidence } }
        quarantined { totalCount nodes { fault { code place message } } }
        findings { totalCount nodes { code subject message } }
        brakes { id brake observed limit heldCount message }
      }
    }
    ... on ValidationFailed { faults { path place code message hint } }
    ... on Problem { code message hint }
  }
}
"""

APPLY_PLAN = """
mutation ApplyPlan($plan: ID!, $approvals: [BrakeApprovalInput!]) {
  applyPlan(input: {plan: $plan, approvals: $approvals}) {
    ... on PlanWritten {
      revision changed revisions plan { id state } cis { created unchanged retired }
      relationships { created }
    }
    ... on HeldByBrakes { brakes { id brake heldCount message } plan { state } revisions }
    ... on PlanOutdated { baseRevision currentRevision moved }
    ... on ValidationFailed { faults { code path } }
    ... on Problem { code message hint }
  }
}
"""

SHOP = """
graph_service: 1
data_source: shop-team
cis:
  - key: shop
    class: Application
    depends_on: [db, elsewhere]
  - {key: db, class: Database, tier: 1}
"""


def documents(*texts: str) -> list[dict[str, Any]]:
    """Write documents as input."""
    return [
        {"name": f"estate-{n}.yaml", "content": {"text": text}} for n, text in enumerate(texts, 1)
    ]


async def planned(service: World, *texts: str, **variables: object) -> list[dict[str, Any]]:
    """Plan an import of estate files and return the plans."""
    data = await service.ask(
        PLAN_IMPORT,
        {"collector": "estate", "documents": documents(*texts), **variables},
        role=Role.DISCOVERY,
    )
    plans: list[dict[str, Any]] = data["planImport"]["plans"]
    return plans


async def applied(service: World, plan: str, **variables: object) -> dict[str, Any]:
    """Apply a plan and return what came of it."""
    data = await service.ask(APPLY_PLAN, {"plan": plan, **variables}, role=Role.DISCOVERY)
    result: dict[str, Any] = data["applyPlan"]
    return result


async def test_a_plan_shows_what_it_would_do_and_writes_nothing(service: World) -> None:
    """Every step, what is missing and what to look at, before anything is written."""
    (plan,) = await planned(service, SHOP)

    assert (plan["dataSource"], plan["collector"], plan["state"]) == (
        "shop-team",
        "estate",
        "PLANNED",
    )
    assert plan["cis"]["created"] == 2
    assert plan["relationships"]["created"] == 1
    labels = {each["label"] for each in plan["operations"]["nodes"]}
    assert {"shop", "db", "shop -DEPENDS_ON-> db"} == labels
    (unresolved,) = plan["unresolved"]["nodes"]
    assert unresolved["wanted"] == "elsewhere"
    assert "estate-1.yaml" in unresolved["evidence"]
    assert plan["changesAnything"] is True
    assert (await service.ask("{ estate { revision } }"))["estate"]["revision"] == 0


async def test_an_applied_plan_is_in_the_estate(service: World) -> None:
    """Applying writes revisions, keeps what nothing answers, and records the run."""
    (plan,) = await planned(service, SHOP)

    result = await applied(service, plan["id"])

    assert (result["changed"], result["revisions"]) == (True, [1])
    assert result["plan"]["state"] == "APPLIED"
    data = await service.ask(
        """query($plan: ID!, $run: ID!) { estate { revision cis { nodes { key } }
             unresolvedReferences { totalCount nodes { source wanted dataSource missing } }
             other: unresolvedReferences(dataSource: "nobody") { totalCount }
             impact(of: {states: [{ci: {key: "db"}}]}) { affected { nodes { ci { key } } }
               completeness { complete unresolvedReferenceCount } } }
           runs { totalCount nodes { planId dataSource state revisions cis { created } } }
           revisions { nodes { run actor { name } } }
           plan(id: $plan) { state } none: plan(id: "pln_none") { id }
           run(id: $run) { planId } nowhere: run(id: "run_none") { id } }""",
        {"plan": plan["id"], "run": plan["runId"]},
    )
    estate = data["estate"]
    assert [each["key"] for each in estate["cis"]["nodes"]] == ["db", "shop"]
    assert estate["unresolvedReferences"]["totalCount"] == 1
    assert estate["unresolvedReferences"]["nodes"][0]["missing"] == ["TARGET"]
    assert estate["other"]["totalCount"] == 0
    assert [each["ci"]["key"] for each in estate["impact"]["affected"]["nodes"]] == ["shop"]
    assert estate["impact"]["completeness"]["unresolvedReferenceCount"] == 1
    (run,) = data["runs"]["nodes"]
    assert (run["planId"], run["state"], run["revisions"]) == (plan["id"], "DONE", [1])
    assert data["revisions"]["nodes"][0]["run"] == plan["runId"]
    assert data["plan"]["state"] == "APPLIED"
    assert data["none"] is None
    assert data["run"] == {"planId": plan["id"]}
    assert data["nowhere"] is None


async def test_the_same_document_again_changes_nothing(service: World) -> None:
    """A second import writes no revision, and applying a plan twice is applying it once."""
    (first,) = await planned(service, SHOP)
    await applied(service, first["id"])
    assert (await applied(service, first["id"]))["changed"] is False

    (second,) = await planned(service, SHOP)
    result = await applied(service, second["id"])

    assert second["changesAnything"] is False
    assert second["cis"] == {"created": 0, "updated": 0, "unchanged": 2, "retired": 0}
    assert (result["changed"], result["revisions"], result["revision"]) == (False, [], 1)


async def test_a_plan_for_each_data_source(service: World) -> None:
    """Two teams' files in one import are two plans."""
    other = "graph_service: 1\ndata_source: other-team\ncis: [{key: web, class: Application}]\n"

    plans = await planned(service, SHOP, other)

    assert {each["dataSource"] for each in plans} == {"shop-team", "other-team"}


async def test_an_uploaded_file_is_read_like_a_text(service: World) -> None:
    """What is too large for an operation is sent first and then named; nobody else may name it."""
    headers = {"Authorization": f"Bearer {await service.token(Role.DISCOVERY)}"}
    sent = await service.client.post("/files", content=SHOP.encode(), headers=headers)
    variables = {
        "collector": "estate",
        "documents": [{"name": "shop.yaml", "content": {"fileId": sent.json()["fileId"]}}],
    }

    mine = await service.ask(PLAN_IMPORT, variables, role=Role.DISCOVERY)
    theirs = await service.ask(PLAN_IMPORT, variables, role=Role.ADMIN)

    assert mine["planImport"]["plans"][0]["cis"]["created"] == 2
    (fault,) = theirs["planImport"]["faults"]
    assert fault["code"] == "UNKNOWN_FILE"
    assert fault["path"] == ["documents", "0", "content", "fileId"]


async def test_every_fault_of_a_document_is_told_at_once(service: World) -> None:
    """Place, what is wrong and what to do, for all of them; no plan is kept."""
    text = """graph_service: 1
data_source: shop-team
cis:
  - {key: a, class: Aplication}
  - {key: b, class: Application, tier: nine}
  - {key: b, class: Application}
"""
    data = await service.ask(
        PLAN_IMPORT, {"collector": "estate", "documents": documents(text)}, role=Role.DISCOVERY
    )

    problem = data["planImport"]
    assert problem["code"] == "VALIDATION_FAILED"
    assert len(problem["faults"]) >= 3
    for fault in problem["faults"]:
        assert fault["place"].startswith("estate-1.yaml:"), fault
        assert fault["path"][0] == "cis"
    assert problem["faults"][0]["hint"]


@pytest.mark.parametrize(
    ("collector", "text", "code"),
    [
        ("estat", SHOP, "UNKNOWN_COLLECTOR"),
        ("estate", "{", "NOT_YAML"),
        ("estate", "", None),
        ("estate", "graph_service: 1", None),
        ("kubernetes", "{{ .Values.name }}: {{", None),
    ],
)
async def test_what_cannot_be_read_is_a_problem(
    service: World, collector: str, text: str, code: str | None
) -> None:
    """An input that no collector can read is data with faults, never an error of ours."""
    data = await service.ask(
        PLAN_IMPORT, {"collector": collector, "documents": documents(text)}, role=Role.DISCOVERY
    )

    problem = data["planImport"]
    if "faults" in problem:
        assert problem["code"] == "VALIDATION_FAILED"
        assert code in {None, problem["faults"][0]["code"]}
        assert problem["faults"][0]["message"]
    else:  # a collector that is not strict quarantines what it cannot read
        (plan,) = problem["plans"]
        assert plan["quarantined"]["totalCount"] >= 1
        assert plan["changesAnything"] is False


async def test_a_brake_holds_until_it_is_approved_with_a_reason(service: World) -> None:
    """What would retire most of a data source waits for a person."""
    many = "graph_service: 1\ndata_source: shop-team\ncomplete: true\ncis:\n" + "".join(
        f"  - {{key: ci-{n}, class: Application}}\n" for n in range(40)
    )
    few = "graph_service: 1\ndata_source: shop-team\ncomplete: true\ncis:\n" + "".join(
        f"  - {{key: ci-{n}, class: Application}}\n" for n in range(3)
    )
    (plan,) = await planned(service, many)
    await applied(service, plan["id"])
    (plan,) = await planned(service, few)
    assert plan["brakes"]

    held = await applied(service, plan["id"])
    assert held["code"] == "HELD_BY_BRAKES"
    assert held["plan"]["state"] == "HELD"
    assert held["revisions"] == []
    wrong = await applied(
        service, plan["id"], approvals=[{"brake": "brk_none", "reason": "because"}]
    )
    assert wrong["code"] == "VALIDATION_FAILED"

    approvals = [
        {"brake": each["id"], "reason": "moved to another team"} for each in held["brakes"]
    ]
    released = await applied(service, plan["id"], approvals=approvals)
    assert released["plan"]["state"] == "APPLIED"
    assert released["changed"] is True
    count = await service.ask("{ estate { cis { totalCount } } }")
    assert count["estate"]["cis"]["totalCount"] == 3


async def test_a_plan_that_others_overtook_says_what_moved(service: World) -> None:
    """A plan is refused if what it touches changed since it was made."""
    (plan,) = await planned(service, SHOP)
    await applied(service, plan["id"])
    changed = SHOP.replace("tier: 1", "tier: 2")
    (mine,) = await planned(service, changed)
    (theirs,) = await planned(service, SHOP.replace("tier: 1", "tier: 3"))
    await applied(service, theirs["id"])

    outdated = await applied(service, mine["id"])

    assert outdated["code"] == "PLAN_OUTDATED"
    assert (outdated["baseRevision"], outdated["currentRevision"]) == (1, 2)
    assert len(outdated["moved"]) == 1


async def test_a_plan_that_is_not_there_is_a_problem(service: World) -> None:
    """An id that nothing has is NOT_FOUND."""
    assert (await applied(service, "pln_none"))["code"] == "NOT_FOUND"


async def test_quarantined_content_is_for_those_who_mend_it(service: World) -> None:
    """Everybody sees that something could not be taken in; its content only some roles."""
    manifest = "apiVersion: v1\nkind: Service\nmetadata: {}\n"
    plan = await service.ask(
        PLAN_IMPORT,
        {"collector": "kubernetes", "documents": documents(manifest)},
        role=Role.DISCOVERY,
    )
    plan_id = plan["planImport"]["plans"][0]["id"]
    query = (
        f'{{ plan(id: "{plan_id}") {{ quarantined {{ nodes {{ fault {{ code }} record }} }} }} }}'
    )

    assert plan["planImport"]["plans"][0]["quarantined"]["totalCount"] == 1
    refused = await service.send(query, role=Role.VIEWER)
    assert refused.json()["errors"][0]["extensions"]["code"] == "NOT_ALLOWED"
    assert refused.json()["data"]["plan"]["quarantined"]["nodes"][0]["record"] is None
    allowed = await service.ask(query, role=Role.ENGINEER)
    assert allowed["plan"]["quarantined"]["nodes"][0]["fault"]["code"]
