"""What was built for one client each: a service, its software, its data and its machines."""

from collections.abc import Iterator
from dataclasses import dataclass

from seed.techsol.clients import (
    client_key,
    client_of_solution,
    country_of,
    name_of,
    sector_of,
)
from seed.techsol.dice import Dice
from seed.techsol.ground import SOLUTIONS_PER_HALL, Ground, ground_of_hall
from seed.techsol.hosting import machine
from seed.techsol.organisation import SECTOR_TEAM, managed_by, owned_by, team_name
from seed.techsol.platforms import CLOUDS, KUBERNETES
from seed.techsol.record import ALL_ACTIVE, ci, to
from seed.techsol.services import (
    PEOPLE,
    RPO_MINUTES,
    RTO_MINUTES,
    SCOPES,
    certificate,
    database,
    database_cluster,
    secured_by_identity,
)

SOLUTION_CIS = 17
"""How many CIs a solution has at most."""

_RENTED_PERCENT, _TWO_PLACES_PERCENT = 20, 33
_TIERS = (0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4)
_FUNCTIONS = {
    "finance": (
        "Loan origination", "Account opening", "Trade capture", "Fraud screening", "Collections",
        "Mortgage desk", "Policy administration", "Premium billing", "Treasury", "Branch counter",
        "Know your customer", "Regulatory reporting",
    ),
    "healthcare": (
        "Ward management", "Radiology archive", "Pharmacy orders", "Blood bank", "Theatre planning",
        "Telemedicine", "Nurse rostering", "Patient billing", "Referrals", "Dialysis records",
        "Vaccination register", "Emergency intake",
    ),
    "retail": (
        "Checkout tills", "Price labels", "Warehouse picking", "Click and collect", "Returns desk",
        "Supplier portal", "Gift cards", "Delivery slots", "Store replenishment", "Promotions",
        "Fresh goods ordering", "Product catalogue",
    ),
}  # fmt: skip
_PROCESSES = {
    "finance": ("Month-end close", "Lending", "Onboarding", "Dunning", "Dealing"),
    "healthcare": ("Admission", "Surgery", "Discharge", "Medication", "Screening"),
    "retail": ("Replenishment", "Fulfilment", "Returns", "Pricing", "Season change"),
}
_LANGUAGES = ("Java", "Go", "Kotlin", "C#", "Python", "TypeScript", "Rust")
_EITHER = {"instances": f"k: 1, {ALL_ACTIVE}"}
_WITHOUT_CACHE = "slower, load test 2026-08-20"


@dataclass(frozen=True, slots=True)
class Solution:
    """One solution: its number, its client and how many that had before, where it runs."""

    number: int
    client: int
    before: int
    ground: Ground
    tier: int
    supports_process: bool
    dice: Dice

    @property
    def team(self) -> str:
        """Who answers for it."""
        return SECTOR_TEAM[sector_of(self.client)]

    @property
    def name(self) -> str:
        """What it does, and for whom."""
        functions = _FUNCTIONS[sector_of(self.client)]
        function = functions[(self.client + self.before) % len(functions)]
        again = self.before // len(functions)
        return f"{function} – {name_of(self.client)}" + (f" {again + 1}" if again else "")

    def key(self, part: str, n: int | None = None) -> str:
        """Return the key of one of its parts, or of the nth of several."""
        return f"{part}-{self.number:05}" + (f"-{n}" if n else "")

    def machine(self, n: int, place: str) -> str:
        """Return one of its machines."""
        return machine(self.key("vm", n), place, self.ground.pod)


def service_key(index: int) -> str:
    """Return the key of a solution's service."""
    return f"svc-{index + 1:05}"


def solution(index: int, clients: int, seed: int) -> Iterator[str]:
    """Write a solution, its service first: at most ``SOLUTION_CIS`` CIs.

    A fifth is rented from a cloud; a third has a standby in the partner place; the rest lives and
    dies with its home, as well guarded there as it may be.
    """
    number = index + 1
    dice = Dice(seed, f"solution {number}")
    client, before = client_of_solution(index, clients)
    ground = ground_of_hall(index // SOLUTIONS_PER_HALL)
    it = Solution(number, client, before, ground, dice.pick(_TIERS), dice.happens(25), dice)
    where = dice.below(100)
    yield _service(it)
    if it.supports_process:
        yield _process(it)
    yield certificate(it.key("cert"), f"s{number}.techsol.example", _day(dice))
    if where < _RENTED_PERCENT:
        yield from _rented(it)
    elif where < _RENTED_PERCENT + _TWO_PLACES_PERCENT:
        yield from _in_two_places(it)
    else:
        yield from _at_home(it)


def _day(dice: Dice) -> str:
    year, month = divmod(11 + dice.below(13), 12)
    return f"{2026 + year}-{month + 1:02}-{1 + dice.below(28):02}"


def _service(it: Solution) -> str:
    sector = sector_of(it.client)
    team = team_name(it.team)
    relationships = [
        to("DEPENDS_ON", it.key("web")),
        to("CONSUMED_BY", client_key(it.client)),
        owned_by(it.team),
    ]
    if it.supports_process:
        relationships.append(to("SUPPORTS", it.key("process")))
    return ci(
        it.key("svc"),
        "BusinessService",
        relationships,
        name=it.name,
        tier=it.tier,
        environment="PRODUCTION",
        owner=team,
        supportGroup=team,
        country=country_of(it.client),
        region=it.ground.region,
        complianceScopes=SCOPES[sector],
        personalData="YES",
        rtoMinutes=RTO_MINUTES[it.tier],
        rpoMinutes=RPO_MINUTES[it.tier],
        of_class={"serviceType": "CUSTOMER_FACING", "serviceOwner": it.dice.pick(PEOPLE)},
    )


def _process(it: Solution) -> str:
    processes = _PROCESSES[sector_of(it.client)]
    return ci(
        it.key("process"),
        "BusinessProcess",
        [owned_by(it.team)],
        name=f"{processes[it.number % len(processes)]} {it.number} – {name_of(it.client)}",
        tier=it.tier,
    )


def _software(it: Solution, part: str, relationships: list[str], groups: dict[str, str]) -> str:
    team = team_name(it.team)
    return ci(
        it.key(part),
        "Api" if part == "api" else "Application",
        [*relationships, to("CONFIGURED_BY", "dns"), owned_by(it.team)],
        groups=groups,
        name=f"{it.name}: {part}",
        tier=it.tier,
        environment="PRODUCTION",
        owner=team,
        supportGroup=team,
        of_class={"language": it.dice.pick(_LANGUAGES)},
    )


def _web(it: Solution, runs: list[str], groups: dict[str, str]) -> str:
    secured = [
        to("SECURED_BY", it.key("cert")),
        secured_by_identity(softly=it.dice.happens(25)),
        to("DEPENDS_ON", it.key("api")),
    ]
    return _software(it, "web", [*runs, *secured], groups)


def _api(it: Solution, runs: list[str], data: str) -> str:
    groups = _EITHER if len(runs) > 1 else {}
    relationships = [*runs, to("STORES_DATA_IN", data), to("SENDS_DATA_TO", "monitoring")]
    if it.number > 1 and it.dice.happens(35):
        # Rarely enough that rows of them stay short: no failure runs through the whole estate.
        other = it.number - 1 - it.number % 2
        if other > 0:
            relationships.append(to("DEPENDS_ON", f"api-{other:05}"))
    return _software(it, "api", relationships, groups)


def _rented(it: Solution) -> Iterator[str]:
    runs = [to("RUNS_ON", CLOUDS[it.ground.region])]
    yield _web(it, runs, {})
    yield _api(it, runs, it.key("db"))
    yield ci(
        it.key("db"),
        "Database",
        [*runs, managed_by("databases"), to("BACKED_UP_TO", "backup")],
        of_class={"engine": "PostgreSQL, rented"},
    )


def _in_two_places(it: Solution) -> Iterator[str]:
    """Web servers in both places; a database with a standby that takes over, or is made to."""
    home, partner = it.ground.home, it.ground.partner
    runs = [to("RUNS_ON", it.key("vm", n), group="instances") for n in (1, 2)]
    both = [
        to("DEPENDS_ON", f"lb-{each}-{it.ground.pod}", group="balancers")
        for each in (home, partner)
    ]
    groups = _EITHER | {"balancers": f"k: 1, {ALL_ACTIVE}"}
    yield _web(it, [*runs, *both], groups)
    yield _api(it, [to("RUNS_ON", KUBERNETES[it.ground.region])], it.key("db"))
    rule = "k: 1, mode: MANUAL, switch_minutes: 45"
    if it.dice.happens(70):
        rule = "k: 1, mode: AUTO, switch_minutes: 2, evidence: switched over 2026-04-25"
    yield database_cluster(it.key("db"), f"{it.name}: database", rule, tier=it.tier)
    for n, role in ((1, "ACTIVE"), (2, "STANDBY")):
        copies = [to("REPLICATES_TO", it.key("pg", 2))] if n == 1 else []
        member = to("MEMBER_OF", it.key("db"), group="members", role=role, tolerance_minutes=5)
        yield database(it.key("pg", n), it.key("vm", n + 2), member, *copies)
    for n, place in enumerate((home, partner, home, partner), 1):
        yield it.machine(n, place)


def _at_home(it: Solution) -> Iterator[str]:
    """Everything at home: two web servers, three databases of which two are needed, a cache."""
    runs = [to("RUNS_ON", it.key("vm", n), group="instances") for n in (1, 2)]
    balanced = to("DEPENDS_ON", f"lb-{it.ground.home}-{it.ground.pod}")
    cache = to("USES", it.key("cache"), strength="SOFT", evidence=_WITHOUT_CACHE)
    yield _web(it, [*runs, balanced, cache], _EITHER)
    # One in four has a single server for its API, whatever stands around it.
    alone = it.dice.happens(25)
    yield _api(it, [to("RUNS_ON", it.key("vm", 1))] if alone else runs, it.key("db"))
    yield ci(
        it.key("cache"),
        "Cache",
        [to("RUNS_ON", it.key("vm", 2)), managed_by("databases")],
        of_class={"engine": "Valkey"},
    )
    rule = f"k: 2, {ALL_ACTIVE}, evidence: quorum of three 2026-05-21"
    yield database_cluster(it.key("db"), f"{it.name}: database", rule, tier=it.tier)
    for n in (1, 2, 3):
        copies = [to("REPLICATES_TO", it.key("pg", other)) for other in (2, 3) if n == 1]
        member = to("MEMBER_OF", it.key("db"), group="members")
        yield database(it.key("pg", n), it.key("vm", n + 2), member, *copies)
    for n in range(1, 6):
        yield it.machine(n, it.ground.home)
