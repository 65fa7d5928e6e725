"""The real Neo4j of a test run: which one it is, and that it never outlives the run."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from neo4j.exceptions import AuthError

from tests.servers import neo4j_container, neo4j_process
from tests.servers.fixtures import wipe
from tests.servers.neo4j_server import (
    GIVEN,
    Neo4jAddress,
    NoServerError,
    edition,
    given_address,
    main,
    own_server,
)


def test_a_given_address_comes_first() -> None:
    """Whoever names a server in the environment gets that one."""
    given = given_address(
        {GIVEN: "bolt://db:7687", f"{GIVEN}_USER": "ada", f"{GIVEN}_PASSWORD": "s3cret"}
    )

    assert given == Neo4jAddress("bolt://db:7687", "ada", "s3cret", "neo4j")
    assert "s3cret" not in repr(given)


def test_a_machine_without_means_fails_and_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without engine, Java and Maven the run fails with the line that installs them; no skip."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(NoServerError, match="apt-get install openjdk-17-jre-headless maven") as had:
        own_server()
    assert "\n" not in str(had.value)


def test_prepare_reports_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command of the Makefile ends with an exit code and one line, not with a trace."""
    monkeypatch.delenv(GIVEN, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["prepare"]) == 1
    assert "apt-get install" in capsys.readouterr().err


def test_an_engine_that_does_not_answer_is_no_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A docker program without a daemon behind it does not stop us from using Java."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n", "ascii")
    docker.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not neo4j_container.engine_answers()


def test_a_half_filled_cache_is_named(tmp_path: Path) -> None:
    """A folder without the server's own artifact says which folder to remove."""
    with pytest.raises(NoServerError, match=str(tmp_path)):
        neo4j_process.entry_point(tmp_path)


def test_the_server_is_the_community_edition(neo4j_address: Neo4jAddress) -> None:
    """Nothing that only the enterprise edition can do passes our tests."""
    version, name = edition(neo4j_address)

    assert name == "community"
    assert version.startswith("5.26") or int(version.partition(".")[0]) >= 2025


def test_the_server_wants_the_password(neo4j_address: Neo4jAddress) -> None:
    """Authentication is on, so our handling of it is tested too."""
    stranger = Neo4jAddress(neo4j_address.address, neo4j_address.user, "wrong-password")

    with stranger.driver() as driver, pytest.raises(AuthError):
        driver.verify_connectivity()


def test_wiping_leaves_nothing(neo4j_address: Neo4jAddress) -> None:
    """No test sees what another has written, even if that is more than one batch."""
    with neo4j_address.driver() as driver:
        driver.execute_query(
            "UNWIND range(1, 6000) AS i CREATE (:CI {n: i})-[:RUNS_ON]->(:Claim)",
            database_=neo4j_address.database,
        )

        wipe(neo4j_address)

        left = driver.execute_query(
            "MATCH (n) WHERE n:CI OR n:Claim RETURN count(n)", database_=neo4j_address.database
        )
    assert left.records[0][0] == 0


@pytest.mark.faults
def test_a_server_dies_with_the_run_that_started_it(tmp_path: Path) -> None:
    """Even a run that is killed leaves no server behind."""
    started = tmp_path / "started"
    program = (
        "import pathlib, signal, sys\n"
        "from tests.servers.neo4j_process import ProcessNeo4j\n"
        "ProcessNeo4j._is_ready = lambda self: self._log.stat().st_size > 0  # it is at work\n"
        "server = ProcessNeo4j('correct-horse-battery', 256)\n"
        "server.start()\n"
        "pathlib.Path(sys.argv[1]).write_text(str(server._process.pid), 'ascii')\n"
        "print('up', flush=True)\n"
        "signal.pause()\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(started)], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"up\n"
    server_id = int(started.read_text("ascii"))
    watch = os.pidfd_open(server_id)  # readable once that process has ended

    run.kill()
    run.communicate()

    ended, _, _ = select.select([watch], [], [], 20)
    os.close(watch)
    assert ended, "the server still runs"
