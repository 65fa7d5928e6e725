"""What is kept of a manifest: names and how they refer to each other, never a secret's content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_service import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Any object: what sort it is, and its name. ``namespace`` is empty for a namespace itself."""

    sort: str
    namespace: str
    name: str
    place: Place
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def native_key(self) -> str:
        """The name that is unique in a cluster."""
        return "/".join(each for each in (self.sort, self.namespace, self.name) if each)

    @property
    def shown(self) -> str:
        """The name as people say it."""
        return f"{self.sort} {'/'.join(each for each in (self.namespace, self.name) if each)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An object names another of its namespace. ``spared``: why it can do without for a while."""

    sort: str
    name: str
    place: Place
    spared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable. Its value is looked at for addresses and goes nowhere else.

    ``config_map`` and ``config_key``: where the value comes from instead; without a key, every
    entry of the map is a variable.
    """

    name: str
    value: str = field(default="", repr=False)
    config_map: str = ""
    config_key: str = ""
    prefix: str = ""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of a workload; ``is_init``: it runs before the others and ends."""

    name: str
    image: str = ""
    ports: Sequence[int] = ()
    variables: Sequence[Variable] = ()
    is_init: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(Named):
    """Something that runs containers."""

    pod_labels: Mapping[str, str] = field(default_factory=dict)
    replicas: int | None = None
    containers: Sequence[Container] = ()
    uses: Sequence[Use] = ()
    claims: Sequence["Claim"] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Named):
    """A name under which workloads, or something outside, are reached."""

    selector: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[int] = ()
    external_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way through an ingress; ``path`` is host and path as people write them."""

    service: str
    path: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingress(Named):
    """A name under which the outside reaches services."""

    hosts: Sequence[str] = ()
    routes: Sequence[Route] = ()
    uses: Sequence[Use] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMap(Named):
    """Settings. ``data`` is looked at for addresses where containers read it."""

    data: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Named):
    """A claim of storage."""

    size_gib: float | None = None


Object = Named
"""Anything of the above; secrets, service accounts and namespaces are ``Named`` and no more."""
