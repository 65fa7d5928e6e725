"""Data centres and offices: rooms, power, lines to the carriers, and the desks that sit there."""

from collections.abc import Iterator

from seed.techsol.geography import DATA_CENTRES, OFFICES, City
from seed.techsol.organisation import managed_by, owned_by, team_name
from seed.techsol.record import ALL_ACTIVE, ci, to

_ONE_OF_TWO = f"k: 1, {ALL_ACTIVE}"
_RENTED = "sin"


def data_centres(number: int) -> Iterator[str]:
    """Write a data centre in each city that has them; ``number`` counts those of one city."""
    for city in DATA_CENTRES:
        yield from _data_centre(city, number)


def _data_centre(city: City, number: int) -> Iterator[str]:
    site, place = city.site(number), f"{city.code}{number}"
    operator = [to("OPERATED_BY", "operator-hallenwerk")] if city.code == _RENTED else []
    yield _site(city, number, "data centre", operator)
    yield ci(
        f"room-{place}",
        "Room",
        [to("LOCATED_IN", site), managed_by("facilities")],
        name=f"{city.name} {number}, hall",
    )
    for each in "ab":
        yield ci(
            f"power-{place}-{each}",
            "PowerSource",
            [to("LOCATED_IN", site), managed_by("facilities")],
            name=f"{city.name} {number}, power feed {each.upper()}",
        )
    yield from _lines(city, number)
    for each in "ab":
        yield ci(
            f"core-{place}-{each}",
            "Switch",
            [
                to("LOCATED_IN", f"room-{place}"),
                *powered(place),
                *(to("CONNECTS_TO", f"rtr-{place}-{n}", uplink="TARGET") for n in (1, 2)),
                managed_by("network"),
            ],
            groups={"power": _ONE_OF_TWO},
            name=f"{city.name} {number}, core switch {each.upper()}",
        )


def powered(place: str) -> list[str]:
    """Return the relationships to both power feeds of a data centre."""
    return [to("POWERED_BY", f"power-{place}-{each}", group="power") for each in "ab"]


def _site(city: City, number: int, use: str, relationships: list[str]) -> str:
    return ci(
        city.site(number),
        "Site",
        [managed_by("facilities"), *relationships],
        name=f"{city.name} {number} ({use})",
        country=city.country,
        region=city.region,
        of_class={"latitude": city.latitude, "longitude": city.longitude},
    )


def _lines(city: City, number: int) -> Iterator[str]:
    place = f"{city.code}{number}"
    for n, carrier in enumerate(city.carriers, 1):
        yield ci(
            f"circuit-{place}-{n}",
            "Circuit",
            [to("PROVIDED_BY", carrier), managed_by("network")],
            name=f"{city.name} {number}, line {n}",
            country=city.country,
            region=city.region,
        )
        if city in DATA_CENTRES:
            yield ci(
                f"rtr-{place}-{n}",
                "Router",
                [
                    to("LOCATED_IN", f"room-{place}"),
                    *powered(place),
                    to("CONNECTS_TO", f"circuit-{place}-{n}", uplink="TARGET"),
                    managed_by("network"),
                ],
                groups={"power": _ONE_OF_TWO},
                name=f"{city.name} {number}, router {n}",
            )


def first_offices() -> Iterator[str]:
    """Write one office a country, each with the service desk of that country."""
    for city in OFFICES:
        yield from _office(city, 1)
        yield ci(
            f"desk-{city.country.lower()}",
            "BusinessService",
            [
                to("LOCATED_IN", city.site()),
                to("DEPENDS_ON", f"rtr-{city.code}1"),
                to("USES", "itsm", strength="SOFT", evidence="paper forms, exercised 2026-03-17"),
                owned_by("service-desk"),
            ],
            name=f"Service desk {city.country_name}",
            tier=2,
            environment="PRODUCTION",
            owner=team_name("service-desk"),
            supportGroup=team_name("service-desk"),
            country=city.country,
            region=city.region,
            rtoMinutes=480,
            of_class={"serviceType": "INTERNAL", "availabilityTargetPercent": 99.5},
        )


OFFICE_CIS = 5


def further_office(index: int) -> Iterator[str]:
    """Write one more office, with the people who work there: at most ``OFFICE_CIS`` CIs."""
    city, number = OFFICES[index % len(OFFICES)], 2 + index // len(OFFICES)
    yield from _office(city, number)
    yield ci(
        f"staff-{city.code}{number}",
        "UserGroup",
        [
            to("LOCATED_IN", city.site(number)),
            to("DEPENDS_ON", f"rtr-{city.code}{number}"),
            to("USES", "vpn", strength="SOFT", evidence="works on site, 2026-02-11"),
        ],
        name=f"Staff, {city.name} {number}",
        country=city.country,
        region=city.region,
    )


def _office(city: City, number: int) -> Iterator[str]:
    place = f"{city.code}{number}"
    yield _site(city, number, "office", [])
    yield from _lines(city, number)
    yield ci(
        f"rtr-{place}",
        "Router",
        [
            to("LOCATED_IN", city.site(number)),
            *(
                to("CONNECTS_TO", f"circuit-{place}-{n}", uplink="TARGET")
                for n, _ in enumerate(city.carriers, 1)
            ),
            managed_by("network"),
        ],
        name=f"{city.name} {number}, office router",
    )
