"""A cluster → observations, in the order of native keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from discovery.formats.label_tags import tags_of
from discovery.kubernetes.calls import Call, calls
from discovery.kubernetes.cluster import Behind, Cluster, endpoints
from discovery.kubernetes.objects import Claim, Ingress, Object, Service, Use, Workload
from graph_service import (
    CIObservation,
    Origin,
    Place,
    Reference,
    RelationshipObservation,
)

Observation = CIObservation | RelationshipObservation

_CLASSES = {
    "ConfigMap": "Configuration",
    "Secret": "Secret",
    "PersistentVolumeClaim": "Storage",
    "ServiceAccount": "ServiceAccount",
    "Namespace": "KubernetesNamespace",
    "Ingress": "Endpoint",
    "Service": "ExternalEndpoint",
}
_USES = {
    "ConfigMap": "CONFIGURED_BY",
    "Secret": "CONFIGURED_BY",
    "PersistentVolumeClaim": "STORES_DATA_IN",
    "ServiceAccount": "SECURED_BY",
}


@dataclass(slots=True)
class _Outside:
    """Something outside the cluster that is called; nobody declares it, so it is inferred."""

    place: Place
    endpoints: set[str] = field(default_factory=set)


def observations(cluster: Cluster, data_source: str, labels: list[str]) -> Iterator[Observation]:
    """Say what there is, then how it stands to each other; these labels are tags as well."""
    outside: dict[str, _Outside] = {}
    relationships: list[RelationshipObservation] = []
    for each in cluster.objects.values():
        if not isinstance(each, Service) or not each.selector:
            yield _ci(each, cluster, labels)
        relationships += _relationships(each, cluster, data_source, outside)
    for host in sorted(outside):
        yield _outside_ci(host, outside[host], cluster)
    yield from relationships


def _ci(named: Object, cluster: Cluster, labels: list[str]) -> CIObservation:
    said: dict[str, Any] = {"labels": dict(named.labels)}
    if named.namespace:
        said["namespace"] = named.namespace
    match named:
        case Workload():
            said |= _of_workload(named)
            said["endpoints"] = cluster.endpoints.get(named.native_key, [])
        case Ingress():
            said["hosts"] = list(named.hosts)
        case Service():
            said["hosts"] = [named.external_name or named.name]
            said["endpoints"] = endpoints(named)
        case Claim():
            said["sizeGib"] = named.size_gib
    return CIObservation(
        native_key=named.native_key,
        class_name="Application" if isinstance(named, Workload) else _CLASSES[named.sort],
        name=named.name,
        key=cluster.keys[named.native_key],
        attributes={name: value for name, value in said.items() if value not in (None, [], {})}
        | tags_of(named.labels, labels),
        place=named.place,
    )


def _of_workload(workload: Workload) -> dict[str, Any]:
    images = [each.image for each in workload.containers if each.image and not each.is_init]
    return {
        "workloadType": workload.sort,
        "replicas": workload.replicas,
        "image": images[0] if len(images) == 1 else None,
        "images": images if len(images) > 1 else [],
        "ports": sorted({port for each in workload.containers for port in each.ports}),
    }


def _relationships(
    named: Object, cluster: Cluster, data_source: str, outside: dict[str, _Outside]
) -> Iterator[RelationshipObservation]:
    namespace = f"Namespace/{named.namespace}"
    is_ci = not isinstance(named, Service) or not named.selector
    if named.namespace and is_ci and namespace in cluster.objects:
        yield _between(namespace, "CONTAINS", named.native_key, named.place)
    match named:
        case Workload():
            yield from _uses(named, named.uses, cluster, data_source)
            for claim in named.claims:
                yield _between(named.native_key, "STORES_DATA_IN", claim.native_key, claim.place)
            for call in calls(named, cluster):
                yield _call(named, call, outside)
        case Ingress():
            yield from _uses(named, named.uses, cluster, data_source)
            yield from _routes(named, cluster)
        case Service(external_name=host) if host:
            # An external name may be one of the cluster after all.
            behind = cluster.behind_host(host, named.namespace)
            for target in behind.native_keys if behind else ():
                if target != named.native_key:
                    yield _between(named.native_key, "DEPENDS_ON", target, named.place)
        case _:
            pass


def _uses(
    named: Object, uses: Sequence[Use], cluster: Cluster, data_source: str
) -> Iterator[RelationshipObservation]:
    found: dict[tuple[str, str], Use] = {}
    for each in uses:
        first = found.setdefault((each.sort, each.name), each)
        if first.spared and not each.spared:
            found[each.sort, each.name] = each
    for (sort, name), each in sorted(found.items(), key=lambda item: item[0]):
        target = f"{sort}/{named.namespace}/{name}"
        yield RelationshipObservation(
            type="SECURED_BY" if isinstance(named, Ingress) else _USES[sort],
            source=Reference(key=named.native_key),
            # What is missing must not be answered by the same name in another cluster.
            target=Reference(key=target)
            if target in cluster.objects
            else Reference(key=target, data_source=data_source),
            attributes={"strength": "SOFT", "evidence": each.spared} if each.spared else {},
            place=each.place,
        )


def _routes(ingress: Ingress, cluster: Cluster) -> Iterator[RelationshipObservation]:
    behind: dict[str, Behind] = {}
    paths: dict[str, list[str]] = {}
    places: dict[str, Place] = {}
    for route in ingress.routes:
        met = cluster.behind_service(ingress.namespace, route.service)
        for target in met.native_keys or [met.name]:
            behind.setdefault(target, met)
            places.setdefault(target, route.place)
            paths.setdefault(target, []).append(route.path)
    for target in sorted(behind):
        attributes: dict[str, Any] = {}
        if len(behind[target].native_keys) > 1:
            attributes["group"] = behind[target].name
        elif len({each.name for each in behind.values()}) > 1:
            # The other paths go on working, so the ingress is degraded and not down.
            shown = ", ".join(sorted(set(paths[target]))[:5])
            attributes |= {"strength": "SOFT", "evidence": f"only {shown} leads there"}
        yield _between(ingress.native_key, "DEPENDS_ON", target, places[target], attributes)


def _call(workload: Workload, call: Call, outside: dict[str, _Outside]) -> RelationshipObservation:
    target = call.target
    if call.behind.is_outside:
        target = _outside_key(call.behind.name)
        met = outside.setdefault(call.behind.name, _Outside(call.place))
        met.place = min(met.place, call.place, key=lambda each: (each.document, each.line or 0))
        port = f":{call.port}" if call.port else ""
        met.endpoints.add(f"{call.behind.name}{port}")
    said = {
        "evidence": call.evidence,
        "group": call.group,
        "port": call.port,
        "protocol": call.protocol,
    }
    return RelationshipObservation(
        type="DEPENDS_ON",
        source=Reference(key=workload.native_key),
        target=Reference(key=target),
        attributes={name: value for name, value in said.items() if value},
        origin=Origin.INFERRED,
        place=call.place,
    )


def _outside_ci(host: str, met: _Outside, cluster: Cluster) -> CIObservation:
    return CIObservation(
        native_key=_outside_key(host),
        class_name="ExternalEndpoint",
        name=host,
        key=_outside_key(host) if host in cluster.names else host,
        attributes={"hosts": [host], "endpoints": sorted(met.endpoints)},
        origin=Origin.INFERRED,
        place=met.place,
    )


def _outside_key(host: str) -> str:
    return f"ExternalEndpoint/{host}"


def _between(
    source: str,
    type_name: str,
    target: str,
    place: Place,
    attributes: dict[str, Any] | None = None,
) -> RelationshipObservation:
    return RelationshipObservation(
        type=type_name,
        source=Reference(key=source),
        target=Reference(key=target),
        attributes=attributes or {},
        place=place,
    )
