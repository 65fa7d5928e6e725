"""Identifiers of relationships."""

import uuid

import pytest

from graph_service.model.ids import CIId, relationship_id

NAMESPACE = uuid.UUID("6b1d3c1e-6f0e-5b0a-9a57-2f6c0d2f7a11")


@pytest.mark.parametrize("source", ["ci_1", "ci_é中", "", "x" * 10_000])
def test_a_relationships_id_is_a_uuid5_of_its_ends_and_type(source: str) -> None:
    """Two writers who draw the same relationship draw one, in any language that has UUIDs."""
    expected = uuid.uuid5(NAMESPACE, f"{source} DEPENDS_ON ci_2")

    assert relationship_id(CIId(source), "DEPENDS_ON", CIId("ci_2")) == f"rel_{expected.hex}"
