"""The story estate answers as its own head says it does."""

from pathlib import Path

import pytest

from discovery.collectors.estate import COLLECTOR
from graph_service import ReadingRequest
from graph_service.model.impact_state import DOWN
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.use_cases.impact.impact_answer import ImpactAnswer, Outcome
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.references import CIRef
from seed.__main__ import main
from tests.builders import ADA
from tests.readings import Estate, opened

pytestmark = pytest.mark.anyio


async def story(estate: Estate, path: Path) -> Questions:
    """Import the story as anybody would."""
    main(["story", "-o", str(path)])
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[path]))
    plan = await estate.intake.plan(reading, collector=COLLECTOR, actor=ADA)
    await estate.apply(plan)
    assert not plan.findings
    vocabulary = packaged()
    return Questions(estate.store, CurrentEstate(estate.store, vocabulary), vocabulary)


def states(answer: ImpactAnswer) -> dict[str, str]:
    """Return what becomes of every CI that is reached."""
    affected = {each.ci.key: each.after.name for each in answer.rows(Outcome.AFFECTED)}
    saved = {each.ci.key: "saved" for each in answer.rows(Outcome.SAVED)}
    return affected | saved


async def test_the_loss_of_a_host(tmp_path: Path) -> None:
    """One database down, the cluster without a member to spare, the rest saved."""
    async with opened(tmp_path / "estate.db") as estate:
        questions = await story(estate, tmp_path / "story.yaml")

        answer = await questions.impact([(CIRef(key="host-1"), DOWN)])

        assert states(answer) == {
            "pg-1": "DOWN",
            "payments-db": "AT_RISK",
            "payments-api": "AT_RISK",
            "card-payments": "AT_RISK",
            "identity": "saved",
            "customer-portal": "saved",
        }


async def test_the_loss_of_two_members(tmp_path: Path) -> None:
    """Two of three are needed: payments stop; the portal goes on with less."""
    async with opened(tmp_path / "estate.db") as estate:
        questions = await story(estate, tmp_path / "story.yaml")

        answer = await questions.impact([(CIRef(key=each), DOWN) for each in ("pg-1", "pg-2")])

        assert states(answer) == {
            "payments-db": "DOWN",
            "payments-api": "DOWN",
            "card-payments": "DOWN",
            "customer-portal": "DEGRADED",
        }


async def test_the_loss_of_a_feed_and_of_the_site(tmp_path: Path) -> None:
    """One of two feeds puts everything at risk; the site takes everything along."""
    async with opened(tmp_path / "estate.db") as estate:
        questions = await story(estate, tmp_path / "story.yaml")

        feed = states(await questions.impact([(CIRef(key="feed-a"), DOWN)]))
        site = states(await questions.impact([(CIRef(key="frankfurt"), DOWN)]))

        assert set(feed.values()) == {"AT_RISK"}
        assert len(feed) == 11
        assert set(site.values()) == {"DOWN"}
        assert len(site) == 13


async def test_a_second_import_writes_nothing(tmp_path: Path) -> None:
    """Whoever imports every night fills no log."""
    async with opened(tmp_path / "estate.db") as estate:
        await story(estate, tmp_path / "story.yaml")
        before = await estate.revision()

        await story(estate, tmp_path / "story.yaml")

        assert await estate.revision() == before
