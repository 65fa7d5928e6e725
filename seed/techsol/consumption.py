"""Which clients consume what."""

from collections.abc import Iterator

from seed.techsol.clients import SECTORS, client_key, client_of_solution, sector_of
from seed.techsol.record import between
from seed.techsol.services import SHARED_BY_SECTOR
from seed.techsol.solutions import service_key


def consumption(clients: int, solutions: int) -> Iterator[str]:
    """Give every client a shared service of its sector, and a solution that was built for another.

    The client for which a solution was built stands in the solution itself.
    """
    # Clients and solutions take turns by sector, so that a client meets solutions of its own.
    offered = solutions - solutions % len(SECTORS)
    for index in range(clients):
        shared = SHARED_BY_SECTOR[sector_of(index)]
        service = shared[index // len(SECTORS) % len(shared)]
        yield between(service, "CONSUMED_BY", client_key(index))
        if offered and client_of_solution(index % offered, clients)[0] != index:
            yield between(service_key(index % offered), "CONSUMED_BY", client_key(index))
