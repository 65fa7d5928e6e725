"""The graph as columns: how it leaves a store for the projection, never as records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

IMPACT_ATTRIBUTES = ("tier", "lifecycle", "operationalState", "valueBearing", "environment")
"""Attributes of a CI that analysis reads, beside every ``redundancy.<name>``."""


def impact_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return those attributes of a CI that analysis reads."""
    return {
        name: value
        for name, value in attributes.items()
        if name in IMPACT_ATTRIBUTES or name.startswith("redundancy.")
    }


@dataclass(frozen=True, slots=True)
class CIColumns:
    """Some CIs that are not retired; element i of every column is the same CI.

    ``ordinal`` is a whole number given to each CI once and never again, in order of creation.
    ``attributes`` is the JSON object of its impact attributes (``IMPACT_ATTRIBUTES`` and
    ``redundancy.*``), or ``None`` where it has none of them. ``stale`` are the positions in these
    columns of the CIs whose presence is STALE.
    """

    ordinal: Sequence[int]
    id: Sequence[str]
    key: Sequence[str]
    name: Sequence[str]
    class_name: Sequence[str]
    attributes: Sequence[str | None]
    stale: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class RelationshipColumns:
    """Some relationships that are not retired; element i of every column is the same one.

    The ends are ordinals of CIs. ``attributes`` is the JSON object of the relationship's
    attributes, or ``None`` where it has none. ``stale`` are the positions of the STALE ones.
    """

    id: Sequence[str]
    source: Sequence[int]
    target: Sequence[int]
    type: Sequence[str]
    origin: Sequence[str]
    attributes: Sequence[str | None]
    stale: Sequence[int] = ()
