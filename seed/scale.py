"""A large estate in layers, from sites up to services, about three relationships a CI."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

SIZE_MIN = 50

# Parts in a thousand; what is left over are applications.
_SHARES = {
    "site": 1,
    "power": 2,
    "switch": 12,
    "host": 60,
    "vm": 390,
    "cluster": 25,
    "db": 75,
    "service": 60,
}
_CLASSES = {
    "site": "Site",
    "power": "PowerSource",
    "switch": "Switch",
    "host": "Server",
    "vm": "VirtualMachine",
    "cluster": "DatabaseCluster",
    "db": "Database",
    "identity": "IdentityProvider",
    "app": "Application",
    "service": "BusinessService",
}
_REGIONS = ("EMEA", "AMER", "APAC")
_TIERS = (0, 1, 1, 2, 2, 2, 3, 3, 4)
_MEMBERS = 3


def scale(size: int, seed: int) -> Iterator[str]:
    """Write an estate of ``size`` CIs. The same size and seed give the same bytes.

    Applications call applications written before them, so that a failure runs up a few layers
    and not through the whole estate; the identity providers are what nearly everything leans on.
    """
    estate = _Estate(_counts(size), random.Random(seed))  # noqa: S311 - a fixed world, not a secret
    yield f"# {size} CIs, seed {seed}\ngraph_service: 1\ndata_source: scale\ncomplete: true\ncis:\n"
    for layer in _CLASSES:
        for index in range(estate.counts[layer]):
            yield "".join(estate.ci(layer, index))


def _counts(size: int) -> dict[str, int]:
    counts = {layer: max(1, size * share // 1000) for layer, share in _SHARES.items()}
    counts["power"] = 2 * counts["site"]
    counts["db"] = _MEMBERS * counts["cluster"]
    counts["identity"] = max(1, size // 20_000)
    counts["app"] = size - sum(counts.values())
    return counts


@dataclass(slots=True)
class _Estate:
    counts: dict[str, int]
    dice: random.Random

    def ci(self, layer: str, index: int) -> Iterator[str]:
        yield f"  - key: {_key(layer, index)}\n    class: {_CLASSES[layer]}\n"
        yield from self._attributes(layer)
        relationships = [*self._relationships(layer, index)]
        if relationships:
            yield "    relationships:\n"
            yield from (f"      - {{{each}}}\n" for each in relationships)

    def _attributes(self, layer: str) -> Iterator[str]:
        match layer:
            case "site":
                yield f"    region: {_REGIONS[self._below(len(_REGIONS))]}\n"
            case "app" | "service":
                yield f"    tier: {_TIERS[self._below(len(_TIERS))]}\n"
                yield "    environment: PRODUCTION\n"
            case "cluster":
                yield "    redundancy: {members: {k: 2, mode: ACTIVE_ACTIVE}}\n"
        if layer == "app":
            yield "    redundancy: {instances: {k: 1, mode: ACTIVE_ACTIVE}}\n"

    def _relationships(self, layer: str, index: int) -> Iterator[str]:
        match layer:
            case "power":
                yield _to("LOCATED_IN", "site", index // 2)
            case "switch":
                yield self._one("LOCATED_IN", "site")
                if index:
                    yield _to("CONNECTS_TO", "switch", self._below(index)) + ", uplink: TARGET"
            case "host":
                yield from self._host(index)
            case "vm":
                yield self._one("RUNS_ON", "host")
            case "db":
                yield _to("MEMBER_OF", "cluster", index // _MEMBERS) + ", group: members"
                yield self._one("RUNS_ON", "vm")
            case "identity":
                yield self._one("RUNS_ON", "vm")
            case "app":
                yield from self._application(index)
            case "service":
                yield from self._several("DEPENDS_ON", "app", 4, self.counts["app"])

    def _host(self, index: int) -> Iterator[str]:
        site = index % self.counts["site"]
        yield _to("LOCATED_IN", "site", site)
        yield _to("POWERED_BY", "power", 2 * site) + ", group: power"
        yield _to("POWERED_BY", "power", 2 * site + 1) + ", group: power"
        for each in self._several("CONNECTS_TO", "switch", 2, self.counts["switch"]):
            yield each + ", uplink: TARGET"

    def _application(self, index: int) -> Iterator[str]:
        for each in self._several("RUNS_ON", "vm", 2, self.counts["vm"]):
            yield each + ", group: instances"
        yield self._one("STORES_DATA_IN", "cluster")
        yield self._one("SECURED_BY", "identity")
        if index:
            near = max(0, index - 200)
            yield _to("DEPENDS_ON", "app", near + self._below(index - near))

    def _one(self, type_name: str, layer: str) -> str:
        return _to(type_name, layer, self._below(self.counts[layer]))

    def _several(self, type_name: str, layer: str, most: int, among: int) -> Iterator[str]:
        chosen = dict.fromkeys(self._below(among) for _ in range(most))
        yield from (_to(type_name, layer, each) for each in chosen)

    def _below(self, bound: int) -> int:
        # random() alone is promised to stay the same from one Python to the next.
        return int(self.dice.random() * bound)


def _key(layer: str, index: int) -> str:
    return f"{layer}-{index:06}"


def _to(type_name: str, layer: str, index: int) -> str:
    return f"type: {type_name}, target: {_key(layer, index)}"
