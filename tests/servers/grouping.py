"""Keeps tests that share a server in one process when tests run in several.

pytest-xdist's own ``--dist loadgroup`` hands the group of a test over inside its node id, which
pytest 9.2 no longer lets it change; groups are then ignored without a word. Here the processes
that collect write the groups into a file that the one which distributes reads.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler.loadgroup import (  # type: ignore[import-untyped]  # it has no types
    LoadGroupScheduling,
)

_FILE = "file_of_groups"
_KEY = pytest.StashKey[Path]()


class Grouped(LoadGroupScheduling):  # type: ignore[misc]  # of an untyped package
    """Distributes tests by the groups of a file."""

    def __init__(self, config: pytest.Config, log: Any, file: Path) -> None:  # noqa: ANN401 - as in xdist
        super().__init__(config, log)
        self._file = file
        self._groups: dict[str, str] = {}

    def _split_scope(self, nodeid: str) -> str:
        """Return the group of a test, or the test itself if it has none."""
        if not self._groups:
            self._groups = json.loads(self._file.read_text("utf-8"))
        return self._groups.get(nodeid, nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - as in xdist
    """Tell a new process where to write its groups."""
    if _KEY not in node.config.stash:
        node.config.stash[_KEY] = Path(tempfile.mkdtemp(prefix="graph-service-groups-"), "groups")
    node.workerinput[_FILE] = str(node.config.stash[_KEY])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the groups before the process says that it has collected; all write the same."""
    file = getattr(session.config, "workerinput", {}).get(_FILE)
    if file is None:
        return
    marks = {each.nodeid: each.get_closest_marker("xdist_group") for each in session.items}
    groups = {
        nodeid: mark.args[0] if mark.args else mark.kwargs["name"]
        for nodeid, mark in marks.items()
        if mark
    }
    draft = Path(f"{file}.{os.getpid()}")
    draft.write_text(json.dumps(groups), "utf-8")
    draft.replace(file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Grouped | None:  # noqa: ANN401 - as in xdist
    """Distribute by group where that is asked for."""
    if config.getoption("dist") != "loadgroup" or _KEY not in config.stash:
        return None
    return Grouped(config, log, config.stash[_KEY])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if file := config.stash.get(_KEY, None):
        file.unlink(missing_ok=True)
        file.parent.rmdir()
