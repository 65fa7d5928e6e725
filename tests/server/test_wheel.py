"""The wheel has everything that runs: code, vocabulary, migrations, pages."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

pytestmark = pytest.mark.server

DATA = ("*.yaml", "*.cypher", "*.sql", "*.html", "*.js", "*.css")


def test_the_wheel_has_every_file_that_the_product_reads(tmp_path: Path) -> None:
    """What is installed elsewhere runs there."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())

    expected = {
        str(file.relative_to(ROOT))
        for package in ("graph_service", "discovery", "seed")
        for pattern in ("*.py", *DATA)
        for file in (ROOT / package).rglob(pattern)
    }

    assert expected - packed == set()
    assert any(name.startswith("graph_service/api/static/") for name in packed)
    assert not [name for name in packed if name.startswith(("tests/", "bench/"))]
