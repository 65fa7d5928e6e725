"""Whom TechSol serves: clients in finance, healthcare and retail, each somewhere in the world."""

from collections.abc import Iterator

from seed.techsol.geography import CITY_BY_CODE, COUNTRIES
from seed.techsol.names import NAMES_MAX, client_name
from seed.techsol.organisation import managed_by
from seed.techsol.record import between, ci
from seed.techsol.services import SHARED_BY_SECTOR

SECTORS = ("finance", "healthcare", "retail")
_REGIONS = {each.country: each.region for each in CITY_BY_CODE.values()}
_SMALL, _USUAL = 400, 2_000
_FEWEST, _MANY = 21, 510
CLIENTS_MAX = len(SECTORS) * len(COUNTRIES) * NAMES_MAX


def client_count(size: int) -> int:
    """Return how many clients an estate of so many CIs has: the same number of every sector."""
    if size < _USUAL:
        count = _FEWEST + max(0, size - _SMALL) * (_MANY - _FEWEST) // (_USUAL - _SMALL)
    else:
        count = _MANY + (size - _USUAL) // 200
    return min(count - count % len(SECTORS), CLIENTS_MAX)


def client(index: int) -> str:
    """Return one client."""
    country, sector = _country(index), sector_of(index)
    region = _REGIONS[country]
    return ci(
        client_key(index),
        "Customer",
        [managed_by(f"accounts-{region.lower()}")],
        name=name_of(index),
        country=country,
        region=region,
        of_class={"sector": sector},
    )


def name_of(index: int) -> str:
    """Return a client's name."""
    number = index // (len(SECTORS) * len(COUNTRIES))
    return client_name(_country(index), sector_of(index), number)


def client_key(index: int) -> str:
    """Return a client's key."""
    return f"client-{index + 1:04}"


def sector_of(index: int) -> str:
    """Return a client's sector."""
    return SECTORS[index % len(SECTORS)]


def region_of(index: int) -> str:
    """Return a client's region."""
    return _REGIONS[_country(index)]


def consumption(clients: int, solutions: int) -> Iterator[str]:
    """Say which clients consume what: a shared service of their sector, and somebody's solution.

    The solution that was built for a client says so itself.
    """
    # So many that a solution and its clients are of one sector.
    offered = solutions - solutions % len(SECTORS)
    for index in range(clients):
        shared = SHARED_BY_SECTOR[sector_of(index)]
        service = shared[index // len(SECTORS) % len(shared)]
        yield between(service, "CONSUMED_BY", client_key(index))
        if offered and index % offered % clients != index:
            yield between(f"svc-{index % offered + 1:05}", "CONSUMED_BY", client_key(index))


def _country(index: int) -> str:
    return COUNTRIES[index // len(SECTORS) % len(COUNTRIES)]
