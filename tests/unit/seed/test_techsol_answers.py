"""TechSol answers as the head of its file and the guide say it does, at any size."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from discovery.collectors.estate import COLLECTOR
from graph_service import ReadingRequest
from graph_service.model.impact_state import DOWN
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.use_cases.impact.impact_answer import Outcome
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.intake.import_plan import ImportPlan
from graph_service.use_cases.inventory.references import CIRef
from seed.__main__ import main
from seed.techsol import SIZE_MIN
from seed.techsol.mess import rounds
from tests.builders import ADA
from tests.readings import Estate, opened

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Company:
    """TechSol, taken in."""

    size: int
    plan: ImportPlan
    questions: Questions

    async def services(self, *lost: str, minutes: float | None = None) -> dict[str, str]:
        """Return what becomes of the services when these CIs are down; saved is a state here."""
        states = await self.states(*lost, minutes=minutes)
        return {key: state for (name, key), state in states.items() if name == "BusinessService"}

    async def states(self, *lost: str, minutes: float | None = None) -> dict[tuple[str, str], str]:
        """Return what becomes of everything, by class and key."""
        causes = [(CIRef(key=each), DOWN) for each in lost]
        answer = await self.questions.impact(causes, duration_minutes=minutes)
        affected = {
            (each.ci.class_name, each.ci.key): each.after.name
            for each in answer.rows(Outcome.AFFECTED)
        }
        saved = {(each.ci.class_name, each.ci.key): "saved" for each in answer.rows(Outcome.SAVED)}
        return affected | saved


async def planned(estate: Estate, path: Path) -> ImportPlan:
    """Plan an import of a file as anybody would."""
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[path]))
    return await estate.intake.plan(reading, collector=COLLECTOR, actor=ADA)


@pytest.fixture(name="company", scope="module", params=[SIZE_MIN, 2000])
async def taken_in(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """Import TechSol, as small as it can be and as large as it usually is."""
    folder = tmp_path_factory.mktemp("company")
    path = folder / "techsol.yaml"
    assert main(["techsol", "--size", str(request.param), "-o", str(path)]) == 0
    async with opened(folder / "estate.db") as estate:
        plan = await planned(estate, path)
        await estate.apply(plan)
        vocabulary = packaged()
        questions = Questions(estate.store, CurrentEstate(estate.store, vocabulary), vocabulary)
        yield Company(request.param, plan, questions)


async def test_is_taken_in_whole(company: Company) -> None:
    """No record is faulty; what is left open is what the file says is."""
    flaws = rounds(company.size)
    codes = [each.code for each in company.plan.findings]

    assert company.plan.cis.created == company.size
    assert not company.plan.quarantined
    assert len(company.plan.unresolved) == flaws
    assert codes.count("UNKNOWN_K") == codes.count("GROUP_DEFEATED") == flaws
    assert len(codes) == 2 * flaws


async def test_says_what_is_not_known(company: Company) -> None:
    """An answer counts the gaps that it crosses; all are there that the file has on purpose."""
    flaws = rounds(company.size)

    tools = await company.questions.impact([(CIRef(key="vm-tools-2"), DOWN)])
    hall = await company.questions.impact([(CIRef(key="room-fra1"), DOWN)])

    assert tools.completeness.unconfirmed_group_count == flaws
    assert len(tools.completeness.notes) == flaws
    assert hall.completeness.unoriented_link_count == flaws


async def test_the_loss_of_the_main_site(company: Company) -> None:
    """What lives there alone goes down, what has a quorum elsewhere goes on, the rest is spared."""
    services = await company.services("site-fra1")

    assert services["claims"] == services["lab-results"] == "DOWN"
    assert services["payments"] == services["patient-records"] == "AT_RISK"
    assert {"storefront", "remittance", "loyalty", "desk-pl"}.isdisjoint(services)


async def test_the_loss_of_one_host(company: Company) -> None:
    """Its cluster has two to spare: one is saved by the others, and nothing else notices."""
    states = await company.states("hv-fra1-1-1")

    assert states == {("HypervisorCluster", "hvc-fra1-1"): "saved"}


async def test_the_loss_of_one_database(company: Company) -> None:
    """Two of three are needed: payments have no spare left."""
    assert await company.services("pg-payments-1") == {
        "payments": "AT_RISK",
        "customer-portal": "saved",
    }


async def test_the_loss_of_two_databases(company: Company) -> None:
    """Payments are down; the portal lets people pay on account."""
    assert await company.services("pg-payments-1", "pg-payments-2") == {
        "payments": "DOWN",
        "customer-portal": "DEGRADED",
    }


async def test_the_loss_of_a_node_of_identity(company: Company) -> None:
    """One is saved; with the second gone as well, most services have no spare."""
    one = await company.states("vm-identity-1")
    two = await company.services("vm-identity-1", "vm-identity-2")

    assert one == {("IdentityProvider", "identity"): "saved"}
    assert {two[each] for each in ("payments", "claims", "storefront", "orders")} == {"AT_RISK"}
    assert "DOWN" not in two.values()


async def test_the_loss_of_identity(company: Company) -> None:
    """The widest single point of failure: in every region; two services can do without."""
    services = await company.services("identity")

    assert {services[each] for each in ("payments", "storefront", "remittance")} == {"DOWN"}
    assert {services[each] for each in ("fx-rates", "appointments", "desk-br")} == {"DEGRADED"}


async def test_the_loss_of_a_carrier(company: Company) -> None:
    """Two lines of one carrier are no redundancy: Poland is down, and nobody else."""
    assert await company.services("carrier-wislana") == {"desk-pl": "DOWN"}


async def test_the_loss_of_a_carrier_of_a_continent(company: Company) -> None:
    """One line each: down; two lines of two carriers: at risk."""
    services = await company.services("carrier-cordillera")

    assert {key for key, state in services.items() if state == "DOWN"} == {"desk-mx", "desk-cl"}
    assert services["desk-br"] == services["storefront"] == "AT_RISK"


async def test_the_loss_of_a_power_feed(company: Company) -> None:
    """Everything there has another; nothing goes down, and what lives there has no spare."""
    states = await company.states("power-fra1-a")

    assert "DOWN" not in states.values()
    assert states["BusinessService", "claims"] == "AT_RISK"
    assert ("BusinessService", "storefront") not in states


async def test_a_circle_is_no_trap(company: Company) -> None:
    """Orders and inventory take each other down, once."""
    assert (await company.services("orders"))["inventory"] == "DOWN"
    assert (await company.services("inventory"))["orders"] == "DOWN"


async def test_the_loss_of_the_message_bus(company: Company) -> None:
    """Most queue on their own disks; statements are not printed."""
    services = await company.services("bus")

    assert {key for key, state in services.items() if state == "DOWN"} == {"statement-print"}
    assert services["payments"] == "DEGRADED"


async def test_a_short_loss_of_the_message_bus(company: Company) -> None:
    """Statements can wait for eight hours."""
    services = await company.services("bus", minutes=240)

    assert services["statement-print"] == "AT_RISK"


async def test_the_loss_of_a_vendor(company: Company) -> None:
    """The desks go on without their tool, on paper."""
    services = await company.services("vendor-quillbase")

    assert set(services.values()) == {"DEGRADED"}
    assert all(each.startswith("desk-") for each in services)
    assert len(services) > 15


async def test_redundancy_that_is_none(company: Company) -> None:
    """A gateway may need both machines, for all one knows; a batch needs the second alone."""
    first, second = [await company.states(f"vm-tools-{n}") for n in (1, 2)]
    gateway, batch = ("Application", "gateway-1"), ("Application", "batch-1")

    assert first[gateway] == second[gateway] == "DOWN"
    assert (first[batch], second[batch]) == ("AT_RISK", "DOWN")
