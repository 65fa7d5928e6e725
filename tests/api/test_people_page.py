"""docs/how-to/people.md says what can be asked and written about people over GraphQL."""

import re
from pathlib import Path

import pytest

from graph_service.model.edit import CreateCi
from graph_service.use_cases.access import Role
from tests.api.world import World
from tests.builders import ADA

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs/how-to/people.md").read_text("utf-8")
WHO_ANSWERS, WHAT_WOULD_BE, HAND_OVER = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
GONE = {
    "sub": "gone",
    "preferred_username": "aweaver",
    "name": "Ada Weaver",
    "email": "a@x.example",
}


async def _payments_of_somebody_who_left(service: World) -> str:
    who_is_who = service.services.who_is_who
    gone = await who_is_who.signed_in(GONE, issuer="id.example", actor=ADA)
    lead = {"sub": "lead", "preferred_username": "lead", "name": "Lea Lead", "groups": ["payers"]}
    heir = await who_is_who.signed_in(lead, issuer="id.example", actor=ADA)
    await who_is_who.state("aweaver", {"left_on": "2020-01-01", "manager": heir.id}, actor=ADA)
    attributes = {"owner": "Ada Weaver", "approvers": ["nobody"]}
    edits = [CreateCi(class_name="Application", name="p", key="payments", attributes=attributes)]
    await service.services.editing.edit(edits, actor=ADA, reason="")
    return gone.id


async def test_who_answers_for_a_ci(service: World) -> None:
    gone = await _payments_of_somebody_who_left(service)

    found = (await service.ask(WHO_ANSWERS))["estate"]["ci"]

    assert found["owner"]["left"] is True
    assert found["owner"]["person"]["id"] == gone
    assert found["approvers"] == [{"label": "nobody", "resolution": "UNKNOWN"}]


async def test_what_was_previewed_is_handed_over(service: World) -> None:
    """Shown first, then done as shown; the same seal again finds nothing to do."""
    await _payments_of_somebody_who_left(service)

    shown = (await service.ask(WHAT_WOULD_BE))["handOverPreview"]
    done = await service.ask(HAND_OVER, {"seal": shown["seal"]}, role=Role.ENGINEER)
    again = await service.ask(HAND_OVER, {"seal": shown["seal"]}, role=Role.ENGINEER)

    assert (shown["gapCount"], shown["leftCount"]) == (1, 0)
    assert [each["heir"]["label"] for each in shown["gaps"]] == ["Lea Lead"]
    assert [each["label"] for each in shown["edits"]["changes"]] == ["payments"]
    assert done["handOver"]["updatedCount"] == 1
    assert again["handOver"]["code"] == "VALIDATION_FAILED"


async def test_what_is_known_otherwise_by_now_is_stale(service: World) -> None:
    await _payments_of_somebody_who_left(service)
    shown = (await service.ask(WHAT_WOULD_BE))["handOverPreview"]
    who_is_who = service.services.who_is_who
    other = {"sub": "other", "preferred_username": "other", "name": "Otto Other"}
    heir = await who_is_who.signed_in(other, issuer="id.example", actor=ADA)
    await who_is_who.state("aweaver", {"manager": heir.id}, actor=ADA)

    refused = await service.ask(HAND_OVER, {"seal": shown["seal"]}, role=Role.ENGINEER)

    assert refused["handOver"]["code"] == "STALE_REVISION"
