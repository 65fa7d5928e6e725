"""Stores and estates for tests of the installed program."""

from pathlib import Path

import pytest

from tests.server.program import Program
from tests.servers.neo4j_server import Neo4jAddress

ESTATE = """\
graph_service: 1
data_source: shop
complete: true
cis:
  - {key: checkout, class: BusinessService, tier: 0, depends_on: [api]}
  - {key: reports, class: BusinessService, tier: 3, relationships: [
      {type: USES, target: api, strength: SOFT, evidence: "cached, tested 2026-05-02"}]}
  - key: api
    class: Application
    redundancy: {db: {k: 1, mode: ACTIVE_ACTIVE}}
    relationships:
      - {type: DEPENDS_ON, target: pg-1, group: db}
      - {type: DEPENDS_ON, target: pg-2, group: db}
      - {type: DEPENDS_ON, target: mail}
  - {key: pg-1, class: Database, name: PostgreSQL 1, attributes: {engine: PostgreSQL}}
  - {key: pg-2, class: Database, name: PostgreSQL 2}
"""


@pytest.fixture
def estate_file(tmp_path: Path) -> Path:
    """Write a shop whose API loses nothing with one of two databases, and mail that is nowhere."""
    file = tmp_path / "shop.yaml"
    file.write_text(ESTATE, "utf-8")
    return file


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return the program over an embedded store of its own."""
    return Program(f"sqlite:{tmp_path / 'estate.db'}")


@pytest.fixture
def on_neo4j(empty_neo4j: Neo4jAddress) -> Program:
    """Return the program over the real server."""
    return Program(
        f"{empty_neo4j.address}?database={empty_neo4j.database}",
        {
            "GRAPH_SERVICE_NEO4J_USER": empty_neo4j.user,
            "GRAPH_SERVICE_NEO4J_PASSWORD": empty_neo4j.password,
            "GRAPH_SERVICE_TOKEN_PEPPER": "a pepper of this test",
        },
    )
