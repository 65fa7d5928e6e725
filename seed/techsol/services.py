"""The services people know by name: the same at any size, so that stories can be told of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from seed.techsol.hosting import machine
from seed.techsol.organisation import SECTOR_TEAM, managed_by, owned_by, team_name
from seed.techsol.platforms import KUBERNETES
from seed.techsol.record import ALL_ACTIVE, ci, to

RTO_MINUTES = (60, 240, 480, 1440, 2880)
RPO_MINUTES = (5, 60, 240, 1440, 1440)


@dataclass(frozen=True, slots=True)
class Known:
    """A service known by name; ``places`` are where the members of its database run, if any.

    ``owner_as`` is how the estate spells its owner, where that is not how people do.
    """

    key: str
    name: str
    sector: str
    tier: int
    owner: str
    places: tuple[str, ...] = ()
    region: str = "EMEA"
    process: str = ""
    owner_as: str = ""


SCOPES = {
    "finance": ("DORA", "PCI"),
    "healthcare": ("GDPR", "NIS2"),
    "retail": ("GDPR", "PCI"),
    "internal": ("GDPR",),
}

SERVICES = (
    Known("payments", "Card payments", "finance", 0, "Abena Mensah-Vidal",
          ("fra1", "ams1", "lon1"), process="Card clearing"),
    Known("claims", "Claims handling", "finance", 1, "Jörg Weidenbach",
          ("fra1", "fra1", "fra1"), process="Claims settlement", owner_as="Weidenbach, Joerg"),
    Known("patient-records", "Patient records", "healthcare", 0, "Ειρήνη Λεμονίδου",
          ("ams1", "fra1", "lon1"), process="Patient admission"),
    Known("lab-results", "Laboratory results", "healthcare", 1, "Małgorzata Wiślicz",
          ("fra1", "fra1", "ams1"), process="Diagnosis", owner_as="Malgorzata Wislicz"),
    Known("storefront", "Online storefront", "retail", 1, "Lucía Fuentecor",
          ("ash1", "tor1", "ash1"), "AMER", "Order to cash"),
    Known("remittance", "Remittances", "finance", 1, "高岡 美咲",
          ("sin1", "tyo1", "sin1"), "APAC", "Transfer abroad"),
    Known("fx-rates", "Exchange rates", "finance", 1, "Oisín Marlgate"),
    Known("statement-print", "Statement printing", "finance", 2, "Elin Högnäs"),
    Known("appointments", "Appointments", "healthcare", 2, "नीलिमा रत्नपुर"),
    Known("loyalty", "Loyalty points", "retail", 3, "Bruno Serralhar", (), "AMER"),
    Known("orders", "Orders", "retail", 1, "Noor van Eikhorst", (), "AMER"),
    Known("inventory", "Inventory", "retail", 1, "Trần Minh Khê", (), "AMER"),
    Known("customer-portal", "Customer portal", "internal", 1, "Camille Montlac"),
)  # fmt: skip

PEOPLE = (
    *(each.owner for each in SERVICES),
    "Ngozi Adebanjo-Hart", "Siobhán Fenwick", "Pilar Guadamar", "Matteo Roccaforte",
    "Søren Lindtorp", "سلمى الواحة", "박 하늘봄", "Thulani Mokoena-Reyes", "Yara Pirareal",
    "Wietske Hoogland",
)  # fmt: skip

SHARED_BY_SECTOR = {
    sector: tuple(each.key for each in SERVICES if each.sector == sector) for sector in SECTOR_TEAM
}

_WITHOUT_IDENTITY = "tickets last eight hours, identity stopped 2026-06-18"
_WITHOUT_BUS = "queues on its own disk, broker stopped 2026-06-02"
_ON_ACCOUNT = "pays on account while payments are away, exercised 2026-06-18"
_PRINT_LATER = "prints the next night, agreed 2026-01-15"


def services() -> Iterator[str]:
    """Write the services known by name with all that is theirs."""
    for each in SERVICES:
        yield _service(each)
        yield _api(each)
        if each.process:
            yield ci(
                f"process-{each.key}",
                "BusinessProcess",
                [owned_by(team_of(each))],
                name=each.process,
                tier=each.tier,
            )
        if each.places:
            yield _certificate(each)
            yield from _database(each)
    yield from _standby_of_claims()


def _service(known: Known) -> str:
    team = team_name(team_of(known))
    relationships = [to("DEPENDS_ON", f"{known.key}-api"), *_ties(known.key)]
    if known.process:
        relationships.append(to("SUPPORTS", f"process-{known.key}"))
    return ci(
        known.key,
        "BusinessService",
        [*relationships, owned_by(team_of(known)), managed_by("service-desk")],
        name=known.name,
        tier=known.tier,
        environment="PRODUCTION",
        owner=team,
        supportGroup=team,
        approvers=(known.owner, team) if known.tier == 0 else None,
        region=known.region,
        complianceScopes=SCOPES[known.sector],
        personalData="NO" if known.key in {"fx-rates", "inventory"} else "YES",
        rtoMinutes=RTO_MINUTES[known.tier],
        rpoMinutes=RPO_MINUTES[known.tier],
        of_class={
            "serviceType": "INTERNAL" if known.sector == "internal" else "CUSTOMER_FACING",
            "serviceOwner": known.owner_as or known.owner,
            "availabilityTargetPercent": 99.95 if known.tier == 0 else 99.5,
        },
    )


def _ties(key: str) -> list[str]:
    """Return what ties a service to others."""
    match key:
        case "customer-portal":
            return [to("USES", "payments-api", strength="SOFT", evidence=_ON_ACCOUNT)]
        case "orders":
            return [to("DEPENDS_ON", "inventory")]
        case "inventory":
            return [to("DEPENDS_ON", "orders")]
        case "storefront":
            return [to("DEPENDS_ON", "orders-api")]
        case _:
            return []


def _api(known: Known) -> str:
    team = team_of(known)
    relationships = [
        to("RUNS_ON", KUBERNETES[known.region]),
        to("CONFIGURED_BY", "dns"),
        secured_by_identity(softly=known.key in {"appointments", "fx-rates"}),
        _fed_by_bus(known.key),
        to("SENDS_DATA_TO", "monitoring"),
        owned_by(team),
    ]
    if known.places:
        relationships += [
            to("STORES_DATA_IN", f"{known.key}-db"),
            to("SECURED_BY", f"cert-{known.key}"),
        ]
    return ci(
        f"{known.key}-api",
        "Api",
        relationships,
        name=f"{known.name} API",
        tier=known.tier,
        environment="PRODUCTION",
        owner=team_name(team),
        supportGroup=team_name(team),
    )


def _fed_by_bus(key: str) -> str:
    if key == "statement-print":
        return to("DEPENDS_ON", "bus", tolerance_minutes=480, evidence=_PRINT_LATER)
    return to("USES", "bus", strength="SOFT", evidence=_WITHOUT_BUS)


def secured_by_identity(*, softly: bool) -> str:
    """Return the relationship to the identity provider, which some can do without for a while."""
    if softly:
        return to("SECURED_BY", "identity", strength="SOFT", evidence=_WITHOUT_IDENTITY)
    return to("SECURED_BY", "identity")


def _certificate(known: Known) -> str:
    month = 1 + len(known.key) % 12
    return certificate(f"cert-{known.key}", f"{known.key}.techsol.example", f"2027-{month:02}-15")


def certificate(key: str, host: str, expires_on: str) -> str:
    """Return the certificate of a host name."""
    return ci(
        key,
        "Certificate",
        [managed_by("identity")],
        name=host,
        of_class={"expiresAt": f"{expires_on}T00:00:00Z"},
    )


def database_cluster(key: str, name: str, rule: str, *more: str, tier: int) -> str:
    """Return a cluster of databases with the rule for its members."""
    return ci(
        key,
        "DatabaseCluster",
        [to("BACKED_UP_TO", "backup"), managed_by("databases"), *more],
        groups={"members": rule},
        name=name,
        tier=tier,
        environment="PRODUCTION",
        backupIntervalMinutes=1440,
    )


def database(key: str, machine_key: str, *more: str) -> str:
    """Return a database on a machine."""
    return ci(
        key,
        "Database",
        [to("RUNS_ON", machine_key), managed_by("databases"), *more],
        of_class={"engine": "PostgreSQL"},
    )


def _database(known: Known) -> Iterator[str]:
    cluster = f"{known.key}-db"
    standby = [to("FAILS_OVER_TO", "claims-db-standby")] if known.key == "claims" else []
    yield database_cluster(
        cluster,
        f"{known.name} database",
        f"k: 2, {ALL_ACTIVE}, evidence: quorum of three 2026-05-21",
        *standby,
        tier=known.tier,
    )
    for n, place in enumerate(known.places, 1):
        copies = [to("REPLICATES_TO", f"pg-{known.key}-{other}") for other in (2, 3) if n == 1]
        yield database(
            f"pg-{known.key}-{n}",
            f"vm-{known.key}-{n}",
            to("MEMBER_OF", cluster, group="members"),
            *copies,
        )
        yield machine(f"vm-{known.key}-{n}", place)


def _standby_of_claims() -> Iterator[str]:
    yield database("claims-db-standby", "vm-claims-standby")
    yield machine("vm-claims-standby", "ams1")


def team_of(known: Known) -> str:
    """Return which team a service is of."""
    if known.key == "payments":
        return "payments"
    return SECTOR_TEAM.get(known.sector, "portals")
