"""What is kept of a Compose file: names and how they refer to each other, never a secret."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from graph_service import Place

NOT_REQUIRED = "the file says it is not required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A volume, network, secret or config of a project.

    ``real_name`` is what the container engine calls it, empty where that is not known;
    ``is_external``: somebody else makes it.
    """

    sort: str
    name: str
    real_name: str = ""
    is_external: bool = False
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A service cannot run without another, or not start. ``spared``: why it can run without.

    ``is_container``: ``name`` is that of a container, of this project or of any other.
    """

    name: str
    how: str
    spared: str = ""
    is_container: bool = False
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable. Its value is looked at for addresses and goes nowhere else."""

    value: str = field(repr=False)
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A service names something of the project that is no service."""

    sort: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A service begins as a copy of another; ``file`` is empty for one of the same file."""

    service: str
    file: str = ""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service. What there are several of has names, so that a later file can say it anew.

    ``program`` is the first word of its command, ``-`` if only options are given. ``uses`` are by
    what they are used as; ``None``: as something that is no CI. ``networks`` have the other names
    the service goes by there. ``published`` are addresses on the machine itself. ``labels`` are
    those that somebody asked for.
    """

    name: str
    place: Place
    image: str = ""
    is_built: bool = False
    has_entrypoint: bool = False
    program: str = ""
    replicas: int | None = None
    container_name: str = ""
    hostname: str = ""
    network_mode: str = ""
    ports: Mapping[int, None] = field(default_factory=dict)
    published: Mapping[str, None] = field(default_factory=dict)
    needs: Mapping[tuple[str, str], Need] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    uses: Mapping[tuple[str, str], Use | None] = field(default_factory=dict)
    networks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    profiles: Mapping[str, None] = field(default_factory=dict)
    unread_files: Mapping[str, None] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    extension: Extension | None = None


def merged(base: Service, over: Service) -> Service:
    """Return a service as a later word changes it: single values anew, the rest added to."""
    said: dict[str, Any] = {}
    for each in fields(Service):
        first, then = getattr(base, each.name), getattr(over, each.name)
        if isinstance(first, Mapping):
            said[each.name] = {**first, **then}
        else:
            said[each.name] = first if then is None or then is False or then == "" else then
    return Service(**{**said, "extension": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """A project takes in the files of another place."""

    files: Sequence[str]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it stands. ``broken`` are the services of it that cannot be read."""

    name: str = ""
    services: Mapping[str, Service] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    named: Mapping[tuple[str, str], Named] = field(default_factory=dict)
    includes: Sequence[Include] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All that belongs together: files, what they extend, and what they include."""

    name: str
    place: Place
    services: Mapping[str, Service]
    broken: frozenset[str]
    named: Mapping[tuple[str, str], Named]

    def service_key(self, name: str) -> str:
        """Return the native key of a service of this name."""
        return f"{self.name}/{name}"

    def named_key(self, sort: str, name: str) -> str:
        """Return the native key of a volume, network, secret or config of this name."""
        return f"{self.name}/{sort}/{name}"

    def real_name(self, named: Named) -> str:
        """Return what the container engine calls something of this project."""
        return named.real_name or f"{self.name}_{named.name}"


def one_after_another(files: Iterable[File]) -> File:
    """Return files as one; what a later file says comes on top."""
    whole = File()
    for each in files:
        services = {**whole.services}
        for name, service in each.services.items():
            services[name] = merged(services[name], service) if name in services else service
        broken = whole.broken | each.broken
        whole = File(
            name=each.name or whole.name,
            services={name: service for name, service in services.items() if name not in broken},
            broken=broken,
            named={**whole.named, **each.named},
            includes=[*whole.includes, *each.includes],
        )
    return whole
