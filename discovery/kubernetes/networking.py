"""Manifests of services and ingresses → the names under which workloads are reached."""

from collections.abc import Iterator
from typing import Any

from discovery.formats.parts import Part
from discovery.kubernetes.objects import Ingress, Route, Service, Use


def service(manifest: Part, named: dict[str, Any]) -> Service:
    """Read a service."""
    spec = manifest.at("spec")
    ports = (each.at("port").integer() for each in spec.at("ports").parts())
    is_external = spec.at("type").text() == "ExternalName"
    return Service(
        **named,
        selector={} if is_external else spec.at("selector").texts(),
        ports=[port for port in ports if port is not None],
        external_name=spec.at("externalName").text().lower() if is_external else "",
    )


def ingress(manifest: Part, named: dict[str, Any]) -> Ingress:
    """Read an ingress, of today's form or of the one before."""
    spec = manifest.at("spec")
    rules = spec.at("rules").parts()
    tls = spec.at("tls").parts()
    hosts = [each.at("host").text() for each in rules]
    hosts += [host.text() for each in tls for host in each.at("hosts").parts()]
    return Ingress(
        **named,
        hosts=sorted({each.lower() for each in hosts if each}),
        routes=[*_default(spec), *(route for each in rules for route in _routes(each))],
        uses=[
            Use(sort="Secret", name=secret.text(), place=secret.place)
            for secret in (each.at("secretName") for each in tls)
            if secret.text()
        ],
    )


def _default(spec: Part) -> Iterator[Route]:
    for name in ("defaultBackend", "backend"):
        yield from _route(spec.at(name), "everything else")


def _routes(rule: Part) -> Iterator[Route]:
    host = rule.at("host").text()
    for each in rule.at("http", "paths").parts():
        yield from _route(each.at("backend"), f"{host}{each.at('path').text() or '/'}")


def _route(backend: Part, path: str) -> Iterator[Route]:
    name = backend.at("service", "name") or backend.at("serviceName")
    if name.text():
        yield Route(service=name.text(), path=path, place=name.place)
