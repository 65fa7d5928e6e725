"""What a name means inside a cluster: which workloads stand behind it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from discovery.formats.addresses import is_this_machine
from discovery.kubernetes.objects import ConfigMap, Ingress, Object, Service, Workload

_DEFAULT = "default"
_SERVICE_LABEL = "svc"
_COUNTRY_LENGTH = 2
_TOP_LEVEL = frozenset(
    {"com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "dev", "app", "cloud"}
)


@dataclass(frozen=True, slots=True)
class Behind:
    """What a host leads to.

    ``native_keys``: CIs that were read. Several stand in for each other, under ``name``. None:
    nothing that was read answers to ``name``. ``is_outside``: the name is of the world outside.
    """

    name: str
    native_keys: Sequence[str] = ()
    is_outside: bool = False


@dataclass(frozen=True)
class Cluster:
    """All objects of a reading, by the names they know each other by."""

    objects: Mapping[str, Object]

    @cached_property
    def workloads(self) -> Sequence[Workload]:
        """The workloads, in the order of their native keys."""
        return [each for each in self.objects.values() if isinstance(each, Workload)]

    @cached_property
    def services(self) -> Mapping[tuple[str, str], Service]:
        """The services by namespace and name."""
        found = (each for each in self.objects.values() if isinstance(each, Service))
        return {(each.namespace, each.name): each for each in found}

    def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """Return a map of settings, if it was read."""
        found = self.objects.get(f"ConfigMap/{namespace}/{name}")
        return found if isinstance(found, ConfigMap) else None

    def behind_service(self, namespace: str, name: str) -> Behind:
        """Return what a service leads to, as other namespaces would name it."""
        service = self.services.get((namespace, name))
        if service is None:
            return Behind(self._foreign_name(namespace, name))
        if not service.selector:
            return Behind(name, [service.native_key])
        found = self._selected[namespace, name]
        if not found:
            return Behind(self._foreign_name(namespace, name))
        return Behind(name, [each.native_key for each in found])

    def behind_host(self, host: str, namespace: str) -> Behind | None:
        """Return what a host means in a namespace; ``None``: the container that asks."""
        if is_this_machine(host):
            return None
        if host in self._ingresses:
            return Behind(host, [self._ingresses[host]])
        candidates = self._candidates(host, namespace)
        for where, name in candidates:
            if (where, name) in self.services:
                return self.behind_service(where, name)
        if candidates:
            return self.behind_service(*candidates[0])
        return Behind(host, is_outside=True)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The key each object would like, by native key: its name where that is unmistakable.

        A workload comes before everything else of its name, for it is what people mean.
        """
        workloads = Counter(each.name for each in self.workloads)
        others = Counter(each.name for each in self.objects.values())
        return {
            native_key: each.name
            if (workloads[each.name] == 1 and isinstance(each, Workload))
            or (not workloads[each.name] and others[each.name] == 1)
            else native_key
            for native_key, each in self.objects.items()
        }

    @cached_property
    def endpoints(self) -> Mapping[str, Sequence[str]]:
        """The names and ports each workload answers under, by native key."""
        found: dict[str, set[str]] = {}
        for place, workloads in self._selected.items():
            for each in workloads:
                found.setdefault(each.native_key, set()).update(endpoints(self.services[place]))
        return {native_key: sorted(names) for native_key, names in found.items()}

    @cached_property
    def idle_services(self) -> Sequence[Service]:
        """The services that select nothing that was read."""
        return [self.services[place] for place, found in self._selected.items() if not found]

    def _candidates(self, host: str, namespace: str) -> list[tuple[str, str]]:
        """List (namespace, name) of the services a host may mean, likeliest first."""
        labels = host.split(".")
        if _SERVICE_LABEL in labels[2:]:
            labels = labels[: labels.index(_SERVICE_LABEL, 2)]
            return [(labels[-1], labels[-2])]
        match labels:
            case [name]:
                return [(namespace, name)]
            case [first, second] if second in self._namespaces or not _is_top_level(second):
                return [(second, first), (namespace, second)]
            case [_, second] if (namespace, second) in self.services:
                return [(namespace, second)]
            case [_, second, third] if (third, second) in self.services:
                return [(third, second)]
            case _:
                return []

    def _foreign_name(self, namespace: str, name: str) -> str:
        """Return how a missing service is named: never so that another CI would answer to it."""
        is_taken = name in self.names or namespace != _DEFAULT
        return f"{name}.{namespace}" if is_taken else name

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all objects."""
        return frozenset(each.name for each in self.objects.values())

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        spoken = {each.namespace for each in self.objects.values()}
        named = {each.name for each in self.objects.values() if each.sort == "Namespace"}
        return frozenset((spoken | named) - {""})

    @cached_property
    def _ingresses(self) -> Mapping[str, str]:
        found = (each for each in self.objects.values() if isinstance(each, Ingress))
        return {host: each.native_key for each in found for host in each.hosts if "*" not in host}

    @cached_property
    def _selected(self) -> Mapping[tuple[str, str], Sequence[Workload]]:
        by_label: dict[tuple[str, str, str], list[Workload]] = {}
        for each in self.workloads:
            for name, value in each.pod_labels.items():
                by_label.setdefault((each.namespace, name, value), []).append(each)
        return {
            place: _matching(service, by_label)
            for place, service in self.services.items()
            if service.selector
        }


def endpoints(service: Service) -> list[str]:
    """Return the names with ports under which a service answers."""
    name = service.name if service.namespace == _DEFAULT else f"{service.name}.{service.namespace}"
    return [f"{name}:{port}" for port in service.ports] or [name]


def _matching(
    service: Service, by_label: Mapping[tuple[str, str, str], Iterable[Workload]]
) -> Sequence[Workload]:
    first = next(iter(service.selector.items()))
    wanted = service.selector.items()
    return [
        each
        for each in by_label.get((service.namespace, *first), ())
        if wanted <= each.pod_labels.items()
    ]


def _is_top_level(label: str) -> bool:
    """Whether the world outside ends names like this; otherwise it is a namespace not read."""
    return len(label) == _COUNTRY_LENGTH or label in _TOP_LEVEL
