"""What a host means inside a project, and what a name means to a container engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from discovery.compose.objects import Named, Project, Service
from discovery.formats.addresses import is_this_machine

_ENGINE_HOSTS = frozenset({"host.docker.internal", "gateway.docker.internal"})
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Behind:
    """What a host leads to.

    ``native_keys``: services that were read. Several stand in for each other. None: nothing that
    was read answers to ``name``. ``is_outside``: the name is of the world outside.
    """

    name: str
    native_keys: Sequence[str] = ()
    is_outside: bool = False


@dataclass(frozen=True)
class World:
    """All projects of a reading, by the names their parts know each other by."""

    projects: Sequence[Project]

    def behind_host(self, host: str, project: Project, caller: Service) -> Behind | None:
        """Return what a host means to a service; ``None``: this machine."""
        if is_this_machine(host) or host in _ENGINE_HOSTS:
            return None
        alias = caller.aliases.get(host, "")
        if alias in project.services:
            return Behind(host, [project.service_key(alias)])
        own = self._hosts[project.name]
        near = [own, *(self._shared.get(each, {}) for each in self._networks(project, caller))]
        for name in (host, self._without_network(host)):
            for names in near:
                if name in names:
                    return Behind(host, sorted(names[name]))
        if "." in host:
            return Behind(host, is_outside=True)
        return Behind(project.service_key(host))

    def container(self, name: str) -> str | None:
        """Return the service whose container has a name, whichever project it is of."""
        return self._containers.get(name.lower())

    def declared(self, sort: str, real_name: str) -> str | None:
        """Return what a project makes under a name that others call it by."""
        return self._declared.get((sort, real_name))

    def networks_of(self, project: Project, service: Service) -> Iterator[Named]:
        """Walk the networks of a service that a project speaks of."""
        if service.network_mode:
            return
        for name in service.networks or (_DEFAULT,):
            found = project.named.get(("network", name))
            if found:
                yield found

    @cached_property
    def _hosts(self) -> Mapping[str, Mapping[str, set[str]]]:
        """The hosts of each project, and the services that answer to them."""
        return {
            project.name: _gathered(
                (host, project.service_key(service.name))
                for service in project.services.values()
                for host in _hosts(project, service)
            )
            for project in self.projects
        }

    @cached_property
    def _shared(self) -> Mapping[str, Mapping[str, set[str]]]:
        """The hosts of each network, by its real name: other projects may be in it as well."""
        found: dict[str, list[tuple[str, str]]] = {}
        for project in self.projects:
            for service in project.services.values():
                key = project.service_key(service.name)
                for network in self._networks(project, service):
                    pairs = ((host, key) for host in _hosts(project, service))
                    found.setdefault(network, []).extend(pairs)
        return {network: _gathered(pairs) for network, pairs in found.items()}

    @cached_property
    def _containers(self) -> Mapping[str, str]:
        return {
            name: project.service_key(service.name)
            for project in self.projects
            for service in project.services.values()
            for name in _container_names(project, service)
        }

    @cached_property
    def _declared(self) -> Mapping[tuple[str, str], str]:
        return {
            (named.sort, project.real_name(named)): project.named_key(named.sort, named.name)
            for project in self.projects
            for named in project.named.values()
            if not named.is_external
        }

    @cached_property
    def _network_names(self) -> frozenset[str]:
        made = {real_name for sort, real_name in self._declared if sort == "network"}
        return frozenset(made | {f"{each.name}_{_DEFAULT}" for each in self.projects})

    def _networks(self, project: Project, service: Service) -> list[str]:
        return [project.real_name(each) for each in self.networks_of(project, service)]

    def _without_network(self, host: str) -> str:
        """Return ``db`` for ``db.shop_backend``, as containers may say it."""
        name, _, network = host.partition(".")
        return name if network in self._network_names else host


def _hosts(project: Project, service: Service) -> Iterator[str]:
    yield service.name.lower()
    yield from _container_names(project, service)
    if service.hostname:
        yield service.hostname.lower()
    for aliases in service.networks.values():
        yield from (each.lower() for each in aliases)


def _container_names(project: Project, service: Service) -> Iterator[str]:
    if service.container_name:
        yield service.container_name.lower()
        return
    for joint in "-_":
        yield joint.join((project.name, service.name, "1")).lower()


def _gathered(
    pairs: Iterator[tuple[str, str]] | Sequence[tuple[str, str]],
) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for host, key in pairs:
        found.setdefault(host, set()).add(key)
    return found
