"""The vocabulary in force: lookups over validated rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from graph_service.model.codec import digest
from graph_service.model.vocabulary.nearest import nearest
from graph_service.model.vocabulary.policies import NO_POLICIES, Policies
from graph_service.model.vocabulary.rows import (
    AttributeDefinition,
    CIClass,
    OperationType,
    RelationshipType,
)

__all__ = ["ROOT", "Vocabulary", "nearest"]

ROOT = "CI"


@dataclass(frozen=True)
class Vocabulary:
    """Classes, relationship types and operations by name. Consistent by construction.

    ``policies`` are what the organisation has settled about their use; they are no part of what
    words mean, hence not of the digest.
    """

    version: str
    classes: dict[str, CIClass]
    relationship_types: dict[str, RelationshipType]
    operations: dict[str, OperationType]
    packaged_names: frozenset[str] = field(default=frozenset())
    policies: Policies = NO_POLICIES

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all rows: equal digests mean equal meaning."""
        return digest(
            {
                kind: {name: row.model_dump(mode="json") for name, row in rows.items()}
                for kind, rows in (
                    ("classes", self.classes),
                    ("relationshipTypes", self.relationship_types),
                    ("operations", self.operations),
                )
            }
        )

    def lineage(self, class_name: str) -> tuple[str, ...]:
        """Return this class first, then what it specialises, up to ``CI``."""
        return self._lineages[class_name]

    def is_a(self, class_name: str, general: str) -> bool:
        """Whether a class is, or specialises, another. An unknown class is nothing."""
        return general in self._lineages.get(class_name, ())

    def specialisations(self, class_name: str) -> frozenset[str]:
        """Return the class itself and everything that specialises it, directly or not."""
        return frozenset(name for name in self.classes if self.is_a(name, class_name))

    def attributes(self, class_name: str) -> dict[str, AttributeDefinition]:
        """Return own and inherited attribute definitions by name."""
        return self._attributes[class_name]

    @cached_property
    def attribute_names(self) -> frozenset[str]:
        """Every attribute name that any class knows."""
        return frozenset(name for each in self._attributes.values() for name in each)

    def source_order(self, class_name: str, attribute: str) -> Sequence[str]:
        """Return whom to believe about an attribute, best first; empty: as the product has it.

        ``name`` and ``class`` count as attributes here.
        """
        if not self.policies.precedence:
            return ()
        known = self._source_orders.get((class_name, attribute))
        if known is None:
            lineage = self._lineages.get(class_name, (class_name, ROOT))
            known = tuple(self.policies.sources(lineage, attribute))
            self._source_orders[class_name, attribute] = known
        return known

    @cached_property
    def _source_orders(self) -> dict[tuple[str, str], Sequence[str]]:
        return {}

    def is_value_bearing(self, class_name: str) -> bool:
        """Whether consequence is counted on CIs of this class unless they say otherwise."""
        for name in self._lineages.get(class_name, ()):
            said = self.classes[name].value_bearing
            if said is not None:
                return said
        return False

    @cached_property
    def _lineages(self) -> dict[str, tuple[str, ...]]:
        def lineage(name: str | None) -> tuple[str, ...]:
            return () if name is None else (name, *lineage(self.classes[name].extends))

        return {name: lineage(name) for name in self.classes}

    @cached_property
    def _attributes(self) -> dict[str, dict[str, AttributeDefinition]]:
        return {
            name: {
                each.name: each
                for general in reversed(lineage)
                for each in self.classes[general].attributes
            }
            for name, lineage in self._lineages.items()
        }
