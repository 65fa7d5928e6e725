"""Manifests of claims of storage → claims."""

import re
from typing import Any

from discovery.formats.parts import Part
from discovery.kubernetes.objects import Claim

_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?")
_UNITS: dict[str | None, float] = {None: 1.0, "k": 1000.0}
_UNITS |= {letter: 1000.0**power for power, letter in enumerate("KMGTPE", 1)}
_UNITS |= {f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", 1)}
_GIB = 1024.0**3


def claim(manifest: Part, named: dict[str, Any]) -> Claim:
    """Read a claim of storage."""
    return Claim(**named, size_gib=claim_size(manifest))


def claim_size(manifest: Part) -> float | None:
    """Return how much storage is asked for, in GiB."""
    found = _QUANTITY.fullmatch(manifest.at("spec", "resources", "requests", "storage").text())
    return round(float(found[1]) * _UNITS[found[2]] / _GIB, 3) if found else None
