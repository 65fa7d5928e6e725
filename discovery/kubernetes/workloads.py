"""Manifests of things that run containers → workloads."""

from collections.abc import Iterator
from typing import Any

from discovery.formats.parts import Part
from discovery.kubernetes.objects import Claim, Container, Use, Variable, Workload
from discovery.kubernetes.storage import claim_size

WORKLOADS = frozenset(
    {
        ("", "Pod"),
        ("", "ReplicationController"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
    }
)
_OPTIONAL = "the manifest says it is optional"
_PULL = "needed to fetch images only, not by what runs"
WORKLOAD_SORTS = frozenset(sort for _, sort in WORKLOADS)


def workload(manifest: Part, named: dict[str, Any]) -> Workload:
    """Read a workload; ``named`` are the fields every object has."""
    sort = named["sort"]
    template = manifest
    if sort == "CronJob":
        template = manifest.at("spec", "jobTemplate", "spec", "template")
    elif sort != "Pod":
        template = manifest.at("spec", "template")
    pod = template.at("spec")
    if not pod:
        message = f"this {sort} says nothing about its containers"
        template.fault("MALFORMED", message, "is it cut off? its pod's spec has containers:")
    containers = [*_containers(pod, "containers"), *_containers(pod, "initContainers")]
    return Workload(
        **named,
        pod_labels=template.at("metadata", "labels").texts(),
        replicas=manifest.at("spec", "replicas").integer(),
        containers=containers,
        uses=[*_uses(pod)],
        claims=[*_claims(manifest, named)] if sort == "StatefulSet" else [],
        owner=_owner(manifest),
    )


def _owner(manifest: Part) -> str:
    """Return the name of the workload that controls this one; an operator's resource does not."""
    for each in manifest.at("metadata", "ownerReferences").parts():
        if each.at("kind").text() in WORKLOAD_SORTS:
            return f"{each.at('kind').text()} {each.at('name').text()}"
    return ""


def _containers(pod: Part, name: str) -> Iterator[Container]:
    for each in pod.at(name).parts():
        ports = (port.at("containerPort").integer() for port in each.at("ports").parts())
        yield Container(
            name=each.at("name").text(),
            image=each.at("image").text(),
            ports=[port for port in ports if port is not None],
            variables=[*_variables(each)],
            is_init=name == "initContainers",
        )


def _variables(container: Part) -> Iterator[Variable]:
    for each in container.at("envFrom").parts():
        reference = each.at("configMapRef", "name")
        if reference:
            yield Variable(
                name="",
                config_map=reference.text(),
                prefix=each.at("prefix").text(),
                place=reference.place,
            )
    for each in container.at("env").parts():
        name = each.at("name").text()
        entry = each.at("valueFrom", "configMapKeyRef")
        if entry:
            yield Variable(
                name=name,
                config_map=entry.at("name").text(),
                config_key=entry.at("key").text(),
                place=each.place,
            )
        elif value := each.at("value").text():
            yield Variable(name=name, value=value, place=each.at("value").place)


def _uses(pod: Part) -> Iterator[Use]:
    account = pod.at("serviceAccountName") or pod.at("serviceAccount")
    # Every namespace has a service account called default; naming it says nothing.
    if account.text() not in {"", "default"}:
        yield Use(sort="ServiceAccount", name=account.text(), place=account.place)
    for each in pod.at("imagePullSecrets").parts():
        yield from _use("Secret", each, "name", _PULL)
    for each in pod.at("volumes").parts():
        yield from _volume_uses(each)
        for source in each.at("projected", "sources").parts():
            yield from _use("ConfigMap", source.at("configMap"), "name")
            yield from _use("Secret", source.at("secret"), "name")
    for container in (*pod.at("containers").parts(), *pod.at("initContainers").parts()):
        for each in container.at("envFrom").parts():
            yield from _use("ConfigMap", each.at("configMapRef"), "name")
            yield from _use("Secret", each.at("secretRef"), "name")
        for each in container.at("env").parts():
            yield from _use("ConfigMap", each.at("valueFrom", "configMapKeyRef"), "name")
            yield from _use("Secret", each.at("valueFrom", "secretKeyRef"), "name")


def _volume_uses(volume: Part) -> Iterator[Use]:
    yield from _use("ConfigMap", volume.at("configMap"), "name")
    yield from _use("Secret", volume.at("secret"), "secretName")
    yield from _use("PersistentVolumeClaim", volume.at("persistentVolumeClaim"), "claimName")


def _use(sort: str, reference: Part, field: str, spared: str = "") -> Iterator[Use]:
    name = reference.at(field)
    if name.text():
        spared = _OPTIONAL if reference.at("optional").flag() else spared
        yield Use(sort=sort, name=name.text(), place=name.place, spared=spared)


def _claims(manifest: Part, named: dict[str, Any]) -> Iterator[Claim]:
    """List what a stateful set claims for each replica: one CI, as its replicas are one."""
    for each in manifest.at("spec", "volumeClaimTemplates").parts():
        yield Claim(
            sort="PersistentVolumeClaim",
            namespace=named["namespace"],
            name=f"{each.at('metadata', 'name').text()}-{named['name']}",
            place=each.place,
            labels=each.at("metadata", "labels").texts(),
            size_gib=claim_size(each),
        )
