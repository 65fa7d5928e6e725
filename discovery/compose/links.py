"""A service → whom it depends on: what its file says, and what its variables tell."""

from dataclasses import dataclass, field
from typing import Any

from discovery.compose.interpolation import without_unknown_ports
from discovery.compose.objects import NOT_REQUIRED, Need, Project, Service
from discovery.compose.world import Behind, World
from discovery.formats.addresses import Address, addresses
from graph_service import Origin, Place

_NAMES_SHOWN_MAX = 10


@dataclass(slots=True)
class Link:
    """All that says that a service depends on one other thing.

    ``is_missing``: nothing that was read is it. ``outside``: a host outside of all projects.
    ``said``: how the file says it, and why the service can do without. ``group``: the name things
    stand in for each other under, if several do.
    """

    target: str
    place: Place
    is_missing: bool = False
    outside: str = ""
    said: dict[str, str] = field(default_factory=dict)
    variables: list[str] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)
    protocol: str = ""
    group: str = ""

    @property
    def origin(self) -> Origin:
        """How it is known: the file says so, or it is concluded."""
        return Origin.DECLARED if self.said else Origin.INFERRED

    @property
    def attributes(self) -> dict[str, Any]:
        """What a relationship says of it. Of variables only the names."""
        spared = [each for each in self.said.values() if each]
        is_spared = bool(self.said) and len(spared) == len(self.said)
        # Whoever calls what was only needed to start needs it.
        is_spared = is_spared and (not self.variables or NOT_REQUIRED in spared)
        evidence = spared if is_spared else list(self.said) if self.variables else []
        if self.variables:
            left = len(self.variables) - _NAMES_SHOWN_MAX
            names = ", ".join(self.variables[:_NAMES_SHOWN_MAX])
            evidence = [*evidence, f"environment: {names}{f' and {left} more' if left > 0 else ''}"]
        said: dict[str, Any] = {
            "strength": "SOFT" if is_spared else "",
            "evidence": "; ".join(dict.fromkeys(evidence)),
            "group": "" if self.said else self.group,
            "port": next(iter(self.ports)) if len(self.ports) == 1 else None,
            "protocol": self.protocol,
        }
        return {name: value for name, value in said.items() if value}


def links(service: Service, project: Project, world: World) -> list[Link]:
    """List what a service depends on, itself left out, in the order of native keys."""
    found: dict[str, Link] = {}
    for need in service.needs.values():
        target, is_missing = _needed(need, project, world)
        if target != project.service_key(service.name):
            link = found.setdefault(target, Link(target, need.place, is_missing))
            link.said[need.how] = need.spared
    for name, variable in service.variables.items():
        for address in addresses(name, without_unknown_ports(variable.value)):
            behind = world.behind_host(address.host, project, service)
            if behind and (behind.native_keys or not address.is_doubtful):
                _call(found, project.service_key(service.name), (name, variable.place),
                      (address, behind))  # fmt: skip
    return [found[target] for target in sorted(found)]


def _needed(need: Need, project: Project, world: World) -> tuple[str, bool]:
    if need.is_container:
        target = world.container(need.name)
        return target or need.name, target is None
    return project.service_key(need.name), need.name not in project.services


def _call(
    found: dict[str, Link], own: str, spoken: tuple[str, Place], met: tuple[Address, Behind]
) -> None:
    (name, place), (address, behind) = spoken, met
    # A service behind the same name as others calls them all, and itself: not a dependency.
    if own in behind.native_keys:
        return
    group = behind.name if len(behind.native_keys) > 1 else ""
    outside = behind.name if behind.is_outside else ""
    for target in behind.native_keys or [outside_key(outside) if outside else behind.name]:
        is_missing = not (behind.native_keys or outside)
        link = found.setdefault(target, Link(target, place, is_missing, outside, group=group))
        link.group = link.group and group
        link.ports |= {address.port} if address.port else set()
        link.protocol = link.protocol or address.protocol
        if name not in link.variables:
            link.variables.append(name)


def outside_key(host: str) -> str:
    """Return the native key of something outside that is called."""
    return f"ExternalEndpoint/{host}"
