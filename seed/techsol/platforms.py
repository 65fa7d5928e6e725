"""What everything else is built on: identity, names, messages, Kubernetes, backup, clouds."""

from collections.abc import Iterator

from seed.techsol.hosting import machine
from seed.techsol.organisation import managed_by, owned_by, team_name
from seed.techsol.record import ALL_ACTIVE, ci, to

KUBERNETES = {"EMEA": "k8s-emea", "AMER": "k8s-amer", "APAC": "k8s-apac"}
CLOUDS = {"EMEA": "cloud-region-eu", "AMER": "cloud-region-us", "APAC": "cloud-region-ap"}

_IDENTITY_PLACES = ("fra1", "ams1", "ash1")
_DNS_PLACES = ("fra1", "lon1", "tor1", "tyo1")
_BUS_PLACES = ("fra1", "ams1", "lon1")
_VPN_PLACES = ("fra1", "ash1")
_TOOLS_PLACES = ("fra1", "ams1")
_NODES = {
    "EMEA": (3, ("fra1", "ams1", "lon1", "fra1", "ams1", "lon1")),
    "AMER": (2, ("ash1", "tor1", "ash1", "tor1")),
    "APAC": (2, ("sin1", "tyo1", "sin1", "tyo1")),
}
_PROVIDERS = {"EMEA": "cloud-cumulonia", "AMER": "cloud-stratoveil", "APAC": "cloud-cumulonia"}


def platforms() -> Iterator[str]:
    """Write the shared platforms with the machines they run on."""
    yield _on_machines(
        "identity", "IdentityProvider", "Identity provider", "identity", len(_IDENTITY_PLACES)
    )
    yield from _machines("identity", _IDENTITY_PLACES)
    yield _on_machines("dns", "DnsService", "Name service", "network", len(_DNS_PLACES))
    yield from _machines("dns", _DNS_PLACES)
    yield _on_machines(
        "vpn", "TechnicalService", "Remote access", "network", 2, to("SECURED_BY", "identity")
    )
    yield from _machines("vpn", _VPN_PLACES)
    yield from _message_bus()
    for region in KUBERNETES:
        yield from _kubernetes(region)
    yield from _backup()
    yield from _tools()
    for region, key in CLOUDS.items():
        provided = to("PROVIDED_BY", _PROVIDERS[region])
        yield _service(key, f"Cloud region {region}", "platform", 1, [provided])
    yield from _machines("tools", _TOOLS_PLACES)


def _machines(platform: str, places: tuple[str, ...]) -> Iterator[str]:
    for n, place in enumerate(places, 1):
        yield machine(f"vm-{platform}-{n}", place)


def _on_machines(key: str, class_name: str, name: str, team: str, machines: int, *more: str) -> str:
    runs = [to("RUNS_ON", f"vm-{key}-{n}", group="nodes") for n in range(1, machines + 1)]
    return ci(
        key,
        class_name,
        [*runs, *more, owned_by(team)],
        groups={"nodes": f"k: 1, {ALL_ACTIVE}, evidence: one node carried the load 2026-04-09"},
        name=name,
        tier=0,
        environment="PRODUCTION",
        owner=team_name(team),
        supportGroup=team_name(team),
        rtoMinutes=60,
    )


def _service(key: str, name: str, team: str, tier: int, relationships: list[str]) -> str:
    return ci(
        key,
        "TechnicalService",
        [*relationships, owned_by(team)],
        name=name,
        tier=tier,
        environment="PRODUCTION",
        owner=team_name(team),
        supportGroup=team_name(team),
        rtoMinutes=240,
    )


def _message_bus() -> Iterator[str]:
    yield ci(
        "bus",
        "Cluster",
        [managed_by("platform")],
        groups={"members": f"k: 2, {ALL_ACTIVE}, evidence: broker stopped 2026-06-02"},
        name="Message bus",
        tier=1,
        environment="PRODUCTION",
    )
    for n, place in enumerate(_BUS_PLACES, 1):
        yield ci(
            f"bus-{n}",
            "MessageQueue",
            [
                to("MEMBER_OF", "bus", group="members"),
                to("RUNS_ON", f"vm-bus-{n}"),
                managed_by("platform"),
            ],
            name=f"Message broker {n}",
        )
        yield machine(f"vm-bus-{n}", place)


def _kubernetes(region: str) -> Iterator[str]:
    key = KUBERNETES[region]
    needed, places = _NODES[region]
    yield ci(
        key,
        "KubernetesCluster",
        [managed_by("platform"), to("CONFIGURED_BY", "dns")],
        groups={"members": f"k: {needed}, {ALL_ACTIVE}, evidence: nodes drained 2026-07-14"},
        name=f"Kubernetes {region}",
        tier=0,
        environment="PRODUCTION",
        region=region,
    )
    for n, place in enumerate(places, 1):
        yield machine(f"vm-{key}-{n}", place, 1, to("MEMBER_OF", key, group="members"))


def _backup() -> Iterator[str]:
    yield _service(
        "backup",
        "Backup",
        "compute",
        2,
        [to("RUNS_ON", "vm-backup-1"), to("STORES_DATA_IN", "vault")],
    )
    yield machine("vm-backup-1", "ams1")
    yield ci(
        "vault",
        "ObjectStore",
        [to("LOCATED_IN", "room-ams1"), managed_by("compute")],
        name="Backup vault",
        of_class={"engine": "S3 with object lock"},
    )


def _tools() -> Iterator[str]:
    on_kubernetes = [to("RUNS_ON", "k8s-emea"), to("SECURED_BY", "identity")]
    to_itsm = to("SENDS_DATA_TO", "itsm")
    yield _service("monitoring", "Monitoring", "platform", 2, [*on_kubernetes, to_itsm])
    yield _service("cicd", "Build and deployment", "platform", 3, on_kubernetes)
    yield _service(
        "itsm",
        "Service desk tool",
        "service-desk",
        2,
        [to("PROVIDED_BY", "vendor-quillbase"), to("SECURED_BY", "identity")],
    )
