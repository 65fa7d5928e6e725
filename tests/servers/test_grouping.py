"""Tests that share a server stay in one process, or each process would start a server."""

import pytest

pytest_plugins = ["pytester"]

GROUPED = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(8))
@pytest.mark.xdist_group("one-server")
def test_shares(number):
    pathlib.Path(FOLDER, f"{os.getpid()}-{number}").touch()

@pytest.mark.parametrize("number", range(8))
def test_does_not_share(number):
    pass
"""


def test_a_group_runs_in_one_process(
    pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However many processes there are, all tests of a group run in the same one."""
    folder = tmp_path_factory.mktemp("ran")
    pytester.makepyfile(GROUPED.replace("FOLDER", repr(str(folder))))

    run = pytester.runpytest_subprocess(
        *("-n", "2", "--dist", "loadgroup", "-p", "tests.servers.grouping")
    )

    run.assert_outcomes(passed=16)
    assert len([*folder.iterdir()]) == 8
    assert len({each.name.partition("-")[0] for each in folder.iterdir()}) == 1


def test_this_run_groups_its_tests(request: pytest.FixtureRequest) -> None:
    """Or each process would start a server of its own, without a word."""
    assert request.config.pluginmanager.hasplugin("tests.servers.grouping")
