"""Environments → calls: whom a workload talks to, as far as its variables tell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from discovery.formats.addresses import VALUE_LENGTH_MAX, Address, addresses
from discovery.kubernetes.cluster import Behind, Cluster
from discovery.kubernetes.objects import Container, Variable, Workload
from graph_service import Place

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.\-]*)\)")
_NAMES_SHOWN_MAX = 10


@dataclass(slots=True)
class Call:
    """All that says that a workload talks to one other thing.

    ``group``: the name the things stand in for each other under, if several do.
    """

    behind: Behind
    target: str
    place: Place
    protocol: str = ""
    group: str = ""
    ports: set[int] = field(default_factory=set)
    spoken: dict[str, list[str]] = field(default_factory=dict)

    @property
    def port(self) -> int | None:
        """The port, where all that name one name the same."""
        return next(iter(self.ports)) if len(self.ports) == 1 else None

    @property
    def evidence(self) -> str:
        """Which variables of which containers say so. Never what they hold."""
        return "; ".join(
            f"environment of {container}: {', '.join(names[:_NAMES_SHOWN_MAX])}"
            + (
                f" and {len(names) - _NAMES_SHOWN_MAX} more"
                if len(names) > _NAMES_SHOWN_MAX
                else ""
            )
            for container, names in self.spoken.items()
        )


def calls(workload: Workload, cluster: Cluster) -> list[Call]:
    """List whom a workload calls, itself left out; what does not exist as well."""
    found: dict[str, Call] = {}
    for container in workload.containers:
        for variable, value in _values(container, workload.namespace, cluster):
            for address in addresses(variable.name, value):
                behind = cluster.behind_host(address.host, workload.namespace)
                if behind and (behind.native_keys or not address.is_doubtful):
                    _note(found, workload, container, variable, (address, behind))
    return [found[target] for target in sorted(found)]


def _note(
    found: dict[str, Call],
    workload: Workload,
    container: Container,
    variable: Variable,
    met: tuple[Address, Behind],
) -> None:
    address, behind = met
    # A workload behind the same name as others calls them all, and itself: not a dependency.
    if workload.native_key in behind.native_keys:
        return
    group = behind.name if len(behind.native_keys) > 1 else ""
    for target in behind.native_keys or [behind.name]:
        call = found.setdefault(
            target,
            Call(behind, target, variable.place, address.protocol, group),
        )
        call.group = call.group and group
        call.ports |= {address.port} if address.port else set()
        call.protocol = call.protocol or address.protocol
        role = "init container" if container.is_init else "container"
        names = call.spoken.setdefault(f"{role} {container.name}", [])
        if variable.name not in names:
            names.append(variable.name)


def _values(
    container: Container, namespace: str, cluster: Cluster
) -> Iterator[tuple[Variable, str]]:
    """Walk a container's variables with their values, wherever these stand in what was read."""
    known: dict[str, str] = {}
    for variable in container.variables:
        for name, value in _entries(variable, namespace, cluster):
            known[name] = _filled_in(value, known)
            spoken = Variable(name=name, value=known[name], place=variable.place)
            yield spoken, known[name]


def _entries(variable: Variable, namespace: str, cluster: Cluster) -> Iterator[tuple[str, str]]:
    if not variable.config_map:
        yield variable.name, variable.value
        return
    settings = cluster.config_map(namespace, variable.config_map)
    data: Mapping[str, str] = settings.data if settings else {}
    if variable.name:
        yield variable.name, data.get(variable.config_key, "")
        return
    yield from ((f"{variable.prefix}{name}", value) for name, value in sorted(data.items()))


def _filled_in(value: str, known: Mapping[str, str]) -> str:
    """Put earlier variables in for ``$(NAME)``; one that is not known stays as it is written."""
    if "$(" not in value:
        return value
    filled = _REFERENCE.sub(lambda match: known.get(match[1], match[0]), value[:VALUE_LENGTH_MAX])
    # Variables that double each other would grow without end.
    return filled[:VALUE_LENGTH_MAX]
