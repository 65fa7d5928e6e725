"""Whom TechSol serves: clients in finance, healthcare and retail, in every country."""

from seed.techsol.geography import CITY_BY_CODE, COUNTRIES
from seed.techsol.ground import SOLUTIONS_PER_HALL, ground_of_hall
from seed.techsol.names import NAMES_MAX, client_name
from seed.techsol.organisation import managed_by
from seed.techsol.record import ci

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
    country, sector = country_of(index), sector_of(index)
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
    return client_name(country_of(index), sector_of(index), number)


def client_key(index: int) -> str:
    """Return a client's key."""
    return f"client-{index + 1:04}"


def sector_of(index: int) -> str:
    """Return a client's sector."""
    return SECTORS[index % len(SECTORS)]


def country_of(index: int) -> str:
    """Return a client's country."""
    return COUNTRIES[index // len(SECTORS) % len(COUNTRIES)]


def client_of_solution(index: int, clients: int) -> tuple[int, int]:
    """Return for which client a solution was built, and how many it had before.

    It is a client of the region where the solution runs.
    """
    hall, place = divmod(index, SOLUTIONS_PER_HALL)
    ground = ground_of_hall(hall)
    countries = [n for n, each in enumerate(COUNTRIES) if _REGIONS[each] == ground.region]
    # Every sector of every country once is a round; those that are not full are left out.
    in_a_round = len(SECTORS) * len(countries)
    rounds = max(1, clients // (len(SECTORS) * len(COUNTRIES)))
    before, one = divmod(ground.turn * SOLUTIONS_PER_HALL + place, rounds * in_a_round)
    number, one = divmod(one, in_a_round)
    country, sector = divmod(one, len(SECTORS))
    client = (number * len(COUNTRIES) + countries[country]) * len(SECTORS) + sector
    return client % clients, before
