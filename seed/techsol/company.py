"""The whole company as an estate file of a given size."""

from collections.abc import Generator, Iterator
from itertools import chain

from seed.techsol.clients import client, client_count
from seed.techsol.consumption import consumption
from seed.techsol.ground import HALLS_PER_DATA_CENTRE, SOLUTIONS_PER_HALL, ground_of_hall
from seed.techsol.head import head
from seed.techsol.hosting import HALL_CIS, front, machine, pod
from seed.techsol.mess import mess, mess_count
from seed.techsol.organisation import organisation
from seed.techsol.platforms import platforms
from seed.techsol.services import services
from seed.techsol.sites import OFFICE_CIS, data_centres, first_offices, further_office
from seed.techsol.solutions import SOLUTION_CIS, solution

SIZE_MIN = 400
SIZE_MAX = 1_000_000

_FIRST_PODS = {"fra1": 4, "ams1": 3, "lon1": 3, "ash1": 3, "tor1": 3, "sin1": 3, "tyo1": 3}
_ROOM_OF_HALL = HALL_CIS + OFFICE_CIS + SOLUTION_CIS


def techsol(size: int, seed: int) -> Iterator[str]:
    """Write TechSol with exactly ``size`` CIs. The same size and seed give the same bytes.

    What people know by name is there at any size; what grows are clients, and halls: two
    hypervisor clusters in two cities and the solutions that run on them. Nothing is kept of
    what was written, so the memory this takes does not grow with the estate.
    """
    clients = client_count(size)
    yield head(size, seed, clients)
    known = [*_known()]
    yield from known
    yield from (client(index) for index in range(clients))
    yield from mess(size)
    room = size - len(known) - clients - mess_count(size)
    solutions = yield from _halls(room, clients, seed)
    yield "relationships:\n"
    yield from consumption(clients, solutions)


def _known() -> Iterator[str]:
    first_pods = (pod(place, 1, hosts) for place, hosts in _FIRST_PODS.items())
    return chain(
        organisation(),
        data_centres(1),
        *first_pods,
        first_offices(),
        platforms(),
        services(),
    )


def _halls(room: int, clients: int, seed: int) -> Generator[str, None, int]:
    """Fill the room there is with halls, and what is left with machines for tests."""
    number, solutions = 0, 0
    while room >= _ROOM_OF_HALL:
        for each in _hall(number):
            yield each
            room -= 1
        for _ in range(SOLUTIONS_PER_HALL):
            if room < SOLUTION_CIS:
                break
            for each in solution(solutions, clients, seed):
                yield each
                room -= 1
            solutions += 1
        number += 1
    for n in range(1, room + 1):
        yield machine(f"vm-test-{n}", "ams1", environment="TEST")
    return solutions


def _hall(number: int) -> Iterator[str]:
    ground = ground_of_hall(number)
    if number and number % HALLS_PER_DATA_CENTRE == 0:
        yield from data_centres(1 + number // HALLS_PER_DATA_CENTRE)
    for place in (ground.home, ground.partner):
        yield from pod(place, ground.pod)
        yield from front(place, ground.pod)
    if number % 2 == 0:
        yield from further_office(number // 2)
