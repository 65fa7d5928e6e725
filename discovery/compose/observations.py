"""Projects → observations, in the order of native keys."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from discovery.compose.images import store_of, version_of
from discovery.compose.interpolation import UNKNOWN
from discovery.compose.links import Link, links
from discovery.compose.objects import Named, Project, Service, Use
from discovery.compose.world import World
from graph_service import CIObservation, Origin, Place, Reference, RelationshipObservation

_CLASSES = {"volume": "Storage", "secret": "Secret", "config": "Configuration"}
_CLASSES["network"] = "Network"
_USES = {"volume": "STORES_DATA_IN", "secret": "CONFIGURED_BY", "config": "CONFIGURED_BY"}

# The engine makes a project's networks with its services: there is nothing in them that fails
# alone. The relationship shows who can reach whom, and carries no impact.
_IN_NETWORK = {
    "uplink": "TARGET",
    "strength": "NONE",
    "evidence": "the container engine makes this network with its services; it does not fail alone",
}


@dataclass(slots=True)
class _Outside:
    """Something outside that is called; nobody declares it, so it is inferred."""

    place: Place
    endpoints: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Observations:
    """Says what there is; ``left_out`` counts what nothing was made of, by why."""

    world: World
    data_source: str
    left_out: Counter[str] = field(default_factory=Counter)
    _outside: dict[str, _Outside] = field(default_factory=dict)

    def all(self) -> Iterator[CIObservation | RelationshipObservation]:
        """Say what there is, then how it stands to each other."""
        relationships: list[RelationshipObservation] = []
        for project in self.world.projects:
            for _, named in sorted(project.named.items()):
                if not named.is_external:
                    yield _named_ci(project, named)
            for _, service in sorted(project.services.items()):
                yield _service_ci(project, service)
                relationships += self._of_service(project, service)
        for host, met in sorted(self._outside.items()):
            yield _outside_ci(host, met)
        yield from relationships

    def _of_service(self, project: Project, service: Service) -> Iterator[RelationshipObservation]:
        own = Reference(key=project.service_key(service.name))
        for link in links(service, project, self.world):
            self._note_outside(link)
            yield RelationshipObservation(
                type="DEPENDS_ON",
                source=own,
                target=self._missing(link.target)
                if link.is_missing
                else Reference(key=link.target),
                attributes=link.attributes,
                origin=link.origin,
                place=link.place,
            )
        used = {each: use.place for use in self._uses(project, service)
                if (each := self._target(project, use))}  # fmt: skip
        for (sort, target), place in sorted(used.items(), key=lambda each: str(each[0])):
            yield RelationshipObservation(type=_USES[sort], source=own, target=target, place=place)
        yield from self._networks(project, service, own)

    def _uses(self, project: Project, service: Service) -> Iterator[Use]:
        for use in service.uses.values():
            if use:
                yield use
            else:
                self.left_out["mounts of files, folders and unnamed volumes"] += 1
        for need in service.needs.values():
            other = project.services.get(need.name)
            if need.how == "volumes_from" and other and not need.is_container:
                yield from (use for use in other.uses.values() if use and use.sort == "volume")

    def _target(self, project: Project, use: Use) -> tuple[str, Reference] | None:
        named = project.named.get((use.sort, use.name))
        if named is None:
            return use.sort, self._missing(project.named_key(use.sort, use.name))
        if not named.is_external:
            return use.sort, Reference(key=project.named_key(use.sort, use.name))
        if not named.real_name:
            return None
        known = self.world.declared(use.sort, named.real_name)
        if known:
            return use.sort, Reference(key=known)
        return use.sort, Reference(key=named.real_name, class_name=_CLASSES[use.sort])

    def _networks(
        self, project: Project, service: Service, own: Reference
    ) -> Iterator[RelationshipObservation]:
        for network in self.world.networks_of(project, service):
            target: str | None = project.named_key("network", network.name)
            if network.is_external:
                target = self.world.declared("network", network.real_name)
            if target is None:
                self.left_out["uses of networks that somebody else makes"] += 1
                continue
            yield RelationshipObservation(
                type="CONNECTS_TO",
                source=own,
                target=Reference(key=target),
                attributes=_IN_NETWORK,
                place=network.place if not service.networks else service.place,
            )

    def _note_outside(self, link: Link) -> None:
        if link.outside:
            met = self._outside.setdefault(link.outside, _Outside(link.place))
            ports = [f":{port}" for port in sorted(link.ports)]
            met.endpoints |= {link.outside + port for port in ports or [""]}

    def _missing(self, key: str) -> Reference:
        # What is missing must not be answered by the same name of another data source.
        return Reference(key=key, data_source=self.data_source)


def _named_ci(project: Project, named: Named) -> CIObservation:
    return CIObservation(
        native_key=project.named_key(named.sort, named.name),
        class_name=_CLASSES[named.sort],
        name=named.name,
        place=named.place,
    )


def _service_ci(project: Project, service: Service) -> CIObservation:
    endpoints = [f"{service.name}:{port}" for port in sorted(service.ports)]
    said: dict[str, Any] = {"endpoints": [*endpoints, *sorted(service.published)]}
    store = store_of(service)
    if store:
        said |= {"engine": store.engine, "version": version_of(service.image)}
    else:
        said |= {
            "image": "" if UNKNOWN in service.image else service.image,
            "replicas": service.replicas,
            "ports": sorted(service.ports),
        }
    return CIObservation(
        native_key=project.service_key(service.name),
        class_name=store.class_name if store else "Application",
        name=service.name,
        attributes={name: value for name, value in said.items() if value not in (None, [], "")}
        | {f"tag.{name}": value for name, value in service.labels.items()},
        place=service.place,
    )


def _outside_ci(host: str, met: _Outside) -> CIObservation:
    return CIObservation(
        native_key=f"ExternalEndpoint/{host}",
        class_name="ExternalEndpoint",
        name=host,
        key=host,
        attributes={"hosts": [host], "endpoints": sorted(met.endpoints)},
        origin=Origin.INFERRED,
        place=met.place,
    )
