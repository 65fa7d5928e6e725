"""Vocabulary, policies, tags and sweeps from the shell: the same on a store and on a service."""

from pathlib import Path

import pytest

from tests.server.conftest import ESTATE
from tests.server.program import Program
from tests.server.test_one_answer import token

pytestmark = pytest.mark.server

VOCABULARY = """
vocabulary: 1
name: acme
version: "{version}"
classes: [{{name: Robot, extends: Server, attributes: [{{name: arms, type: INTEGER}}]}}]
"""
POLICY = """
policy: 1
name: acme
version: "1"
required: [{class: Application, attributes: [owner]}]
"""
NEW_CI = """
graph_service: 1
data_source: ticket
cis: [{key: basket, class: Application, name: Basket}]
"""


def test_a_service_takes_up_rules_and_answers_like_the_store(tmp_path: Path) -> None:
    """Rules that the shell puts in force in the store hold in the service without a restart."""
    store = Program(f"sqlite:{tmp_path / 'estate.db'}")
    files = {
        "estate.yaml": ESTATE,
        "one.yaml": VOCABULARY.format(version=1),
        "two.yaml": VOCABULARY.format(version=2).replace("INTEGER", "DECIMAL"),
        "bad.yaml": VOCABULARY.format(version=1).replace("Robot", "robot"),
        "policy.yaml": POLICY,
        "new.yaml": NEW_CI,
    }
    paths = {name: tmp_path / name for name in files}
    for name, text in files.items():
        paths[name].write_text(text, "utf-8")
    assert store("import", "estate", paths["estate.yaml"]).code == 0
    with store.serving() as served:
        service = store.asking(served.address, token(store))
        # The service puts words in force, and the shell reads them from the store.
        applied = service("vocabulary", "apply", paths["one.yaml"], "--reason", "robots")
        assert (applied.code, applied.out) == (0, "In force as revision 2: packaged-1+acme-1\n")
        # The shell puts policies in force, and the service takes them up.
        assert store("policy", "apply", paths["policy.yaml"], "--reason", "owners").code == 0
        assert service("tag", "api", "exempt", "team=shop").code == 0

        for command, code in (
            (["vocabulary", "plan", paths["one.yaml"]], 0),
            (["vocabulary", "plan", paths["two.yaml"]], 2),
            (["vocabulary", "plan", paths["two.yaml"], "--format", "json"], 2),
            (["vocabulary", "plan", paths["bad.yaml"]], 1),
            (["vocabulary", "show"], 0),
            (["vocabulary", "show", "Robot"], 0),
            (["vocabulary", "show", "Robt"], 1),
            (["vocabulary", "show", "--file"], 0),
            (["vocabulary", "versions", "--format", "csv"], 0),
            (["policy", "plan", paths["policy.yaml"], "--format", "json"], 0),
            (["policy", "plan", paths["one.yaml"]], 1),
            (["policy", "show"], 0),
            (["policy", "versions"], 0),
            (["tag", "api"], 0),
            (["ci", "api"], 0),
            (["ci", "api", "--format", "json"], 0),
            (["tag", "api", "two words"], 1),
            (["tag", "apii"], 4),
            (["sweep", "--plan"], 0),
            (["sweep", "--plan", "--format", "json"], 0),
        ):
            ours, theirs = store(*command), service(*command)
            assert ours == theirs
            assert ours.code == code, (command, ours)
        page = store("ci", "api").out.splitlines()
        assert "tags: exempt, team=shop" in page
        assert "required, and nobody says it: owner" in page
        assert any(each.startswith("last seen 20") for each in page)
        planned = store("import", "estate", paths["new.yaml"], "--plan").out
        assert "owner is required by policy, and nobody says it: basket" in planned
