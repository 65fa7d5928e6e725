"""The same system, imported into both stores, gives the same answer through every door."""

import re
from pathlib import Path
from typing import Any

import pytest

from seed.techsol import people, techsol
from tests.server.program import Program
from tests.server.test_one_answer import token

pytestmark = [pytest.mark.server, pytest.mark.neo4j]

MANIFESTS = """\
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: basket}
    spec: &basket
      selector: {matchLabels: {app: basket}}
      template:
        metadata: {labels: {app: basket}}
        spec:
          containers:
            - {name: main, image: "basket:1", env: [{name: REDIS, value: "redis:6379"}]}
  - apiVersion: v1
    kind: Service
    metadata: {name: basket}
    spec: {selector: {app: basket}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis}
spec:
  selector: {matchLabels: {app: redis}}
  template:
    metadata: {labels: {app: redis}}
    spec: {containers: [{name: main, image: "redis:8"}]}
---
apiVersion: v1
kind: Service
metadata: {name: redis}
spec: {selector: {app: redis}, ports: [{port: 6379}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: main
          image: "shop:1"
          env:
            - {name: BASKET_URL, value: "http://basket/v1"}
            - {name: ADVICE_ADDR, value: "advice:9000"}
"""


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """Write a shop of three workloads that calls one that is nowhere."""
    file = tmp_path / "shop.yaml"
    file.write_text(MANIFESTS, "utf-8")
    return file


def without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what is drawn by chance in each store."""
    lists = ("affected", "saved", "reachedOnly", "alreadyAffected")
    rows = {
        name: [{k: v for k, v in each.items() if k != "id"} for each in answer[name]]
        for name in lists
    }
    return {k: v for k, v in answer.items() if k != "answerDigest"} | rows


def test_both_stores_give_the_same_answer(
    program: Program, on_neo4j: Program, manifests: Path
) -> None:
    """Dependants, hops, paths and what is missing; a second import writes nothing in either."""
    answers, again = [], []
    for each in (program, on_neo4j):
        imported = each("import", "kubernetes", manifests, "--format", "json")
        assert imported.code == 0, imported.err
        answers.append(without_ids(each("impact", "redis", "--format", "json").json))
        again.append(each("import", "kubernetes", manifests, "--format", "json").json["revisions"])

    assert answers[0] == answers[1]
    assert again == [[], []]
    assert [(each["key"], each["hops"]) for each in answers[0]["affected"]] == [
        ("basket", 1),
        ("shop", 2),
    ]
    assert answers[0]["completeness"]["unresolvedReferenceCount"] == 1


def test_the_demonstration_company_loads_in_both_stores(
    program: Program, on_neo4j: Program, tmp_path: Path
) -> None:
    """TechSol with its people: the same losses, heirs, owned CIs and impact."""
    estate, staff = tmp_path / "techsol.yaml", tmp_path / "people.csv"
    estate.write_text("".join(techsol(400, 1)), "utf-8")
    staff.write_text("".join(people(400, 1)), "utf-8")
    questions = (
        ("ownerless", "--heirs"),
        ("team", "engineering"),
        ("find", "--where", "owned-by:ts00004"),
    )
    answers = []
    for each in (program, on_neo4j):
        assert each("import", "estate", estate).code == 0
        assert each("import", "people", staff, "--source", "hr", "--complete").code == 0
        lost = without_ids(each("impact", "site-fra1", "--format", "json").json)
        said = (re.sub("ci_[0-9a-f]+", "", each(*question).out) for question in questions)
        answers.append([lost, *said])

    assert answers[0] == answers[1]
    assert all(answers[0])


def test_a_service_on_neo4j_answers_like_the_command_line(
    on_neo4j: Program, manifests: Path
) -> None:
    """GraphQL over the server store."""
    on_neo4j("import", "kubernetes", manifests)
    with on_neo4j.serving() as served:
        asking = on_neo4j.asking(served.address, token(on_neo4j))
        theirs = asking("impact", "redis", "--format", "json")

    assert theirs.out == on_neo4j("impact", "redis", "--format", "json").out


def test_a_shared_store_needs_the_pepper_of_its_replicas(on_neo4j: Program) -> None:
    """Or tokens of one replica would not open the next."""
    bare = Program(
        on_neo4j.store,
        {k: v for k, v in on_neo4j.environment.items() if "PEPPER" not in k},
    )

    done = bare("token", "create", "--name", "x", "--role", "VIEWER")

    assert (done.code, "GRAPH_SERVICE_TOKEN_PEPPER_FILE" in done.err) == (1, True)


def test_a_wrong_password_is_said_without_being_shown(on_neo4j: Program) -> None:
    """The address, what to mend, and no secret."""
    wrong = Program(
        on_neo4j.store, {**on_neo4j.environment, "GRAPH_SERVICE_NEO4J_PASSWORD": "tr0ub4dor"}
    )

    done = wrong("revisions")

    assert done.code == 1
    assert "GRAPH_SERVICE_NEO4J_PASSWORD" in done.err
    assert "tr0ub4dor" not in done.err
