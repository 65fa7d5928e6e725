"""Where software runs: racks, hypervisor clusters with their hosts and storage, and machines."""

from collections.abc import Iterator

from seed.techsol.dice import Dice
from seed.techsol.organisation import managed_by
from seed.techsol.record import ALL_ACTIVE, ci, to
from seed.techsol.sites import powered

HALL_CIS = 2 * (9 + 2)
"""How many CIs two pods of four hosts have, with what stands before them."""
_ONE_OF_TWO = f"k: 1, {ALL_ACTIVE}"
_HOSTS_NEEDED = 2
_SYSTEMS = ("Debian 12", "Debian 13", "Rocky Linux 9", "Ubuntu 22.04", "Windows Server 2022")


def pod(place: str, number: int, hosts: int = 4) -> Iterator[str]:
    """Write a rack of a data centre and the hypervisor cluster in it: ``hosts`` + 5 CIs.

    Two hosts carry what runs there; the others may be lost.
    """
    rack = f"rack-{place}-{number}"
    in_rack = [to("LOCATED_IN", rack), *powered(place)]
    yield ci(rack, "Rack", [to("LOCATED_IN", f"room-{place}"), managed_by("facilities")])
    for each in "ab":
        uplinks = [to("CONNECTS_TO", f"core-{place}-{other}", uplink="TARGET") for other in "ab"]
        yield ci(
            f"sw-{place}-{number}-{each}",
            "Switch",
            [*in_rack, *uplinks, managed_by("network")],
            groups={"power": _ONE_OF_TWO},
        )
    links = [to("CONNECTS_TO", f"sw-{place}-{number}-{each}", uplink="TARGET") for each in "ab"]
    for n in range(1, hosts + 1):
        yield ci(
            f"hv-{place}-{number}-{n}",
            "Server",
            [
                *in_rack,
                *links,
                to("MEMBER_OF", _cluster(place, number), group="members"),
                managed_by("compute"),
            ],
            groups={"power": _ONE_OF_TWO},
            supportEndsOn=f"{2027 + number % 4}-06-30",
            of_class={"cpuCount": 64, "memoryGib": 1024},
        )
    needed = min(_HOSTS_NEEDED, hosts - 1)
    yield ci(
        _cluster(place, number),
        "HypervisorCluster",
        [managed_by("compute")],
        groups={"members": f"k: {needed}, {ALL_ACTIVE}, evidence: hosts drained 2026-05-09"},
        name=f"Hypervisors {place} {number}",
    )
    yield ci(
        _array(place, number),
        "Storage",
        [*in_rack, managed_by("compute")],
        groups={"power": _ONE_OF_TWO},
        of_class={"engine": "NVMe array", "sizeGib": 200_000},
    )


def front(place: str, number: int) -> Iterator[str]:
    """Write what stands before a pod: a load balancer behind a firewall."""
    rack = [to("LOCATED_IN", f"rack-{place}-{number}"), *powered(place)]
    links = [to("CONNECTS_TO", f"sw-{place}-{number}-{each}", uplink="TARGET") for each in "ab"]
    firewall = f"fw-{place}-{number}"
    for key, class_name, more in (
        (firewall, "Firewall", []),
        (f"lb-{place}-{number}", "LoadBalancer", [to("PROTECTED_BY", firewall)]),
    ):
        yield ci(
            key,
            class_name,
            [*rack, *links, *more, managed_by("network")],
            groups={"power": _ONE_OF_TWO},
        )


def machine(
    key: str,
    place: str,
    number: int = 1,
    *more: str,
    environment: str = "PRODUCTION",
) -> str:
    """Return a virtual machine in a pod, with ``more`` relationships than every machine has."""
    return ci(
        key,
        "VirtualMachine",
        [
            to("RUNS_ON", _cluster(place, number)),
            to("STORES_DATA_IN", _array(place, number)),
            to("BACKED_UP_TO", "backup"),
            managed_by("compute"),
            *more,
        ],
        environment=environment,
        of_class={"operatingSystem": Dice(0, key).pick(_SYSTEMS)},
    )


def _cluster(place: str, number: int) -> str:
    return f"hvc-{place}-{number}"


def _array(place: str, number: int) -> str:
    return f"array-{place}-{number}"
