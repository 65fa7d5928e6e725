"""A Community server in a container, where a Docker engine answers."""

import atexit
import os
import shutil
import subprocess
import time

from tests.servers.neo4j_process import LOG_LINES_SHOWN, free_port
from tests.servers.neo4j_server import (
    POLL_SECONDS,
    START_SECONDS,
    Neo4jAddress,
    NoServerError,
    answers,
)

IMAGE = "neo4j:5.26-community"
ENGINE_SECONDS = 30


class ContainerNeo4j:
    """A server in a container whose port is published on the loopback interface."""

    def __init__(self, password: str, heap_megabytes: int) -> None:
        port = free_port()
        self.address = Neo4jAddress(f"neo4j://127.0.0.1:{port}", "neo4j", password)
        # The password goes through the environment: arguments can be read by everybody.
        environment = {**os.environ, "NEO4J_AUTH": f"neo4j/{password}"}
        settings = {
            "NEO4J_server_bolt_advertised__address": f"127.0.0.1:{port}",
            "NEO4J_server_memory_heap_max__size": f"{heap_megabytes}m",
            "NEO4J_server_memory_pagecache_size": "64m",
            "NEO4J_db_transaction_timeout": "10m",
        }
        options = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
        published = f"127.0.0.1:{port}:7687"
        create = ["docker", "create", "-p", published, "-e", "NEO4J_AUTH", *options, IMAGE]
        self._id = subprocess.run(
            create, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()
        atexit.register(self.stop)

    def start(self) -> None:
        """Start it and return when it answers."""
        _docker("start", self._id)
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.address):
            if time.monotonic() > deadline or not self._runs():
                shown = _docker("logs", "--tail", str(LOG_LINES_SHOWN), self._id)
                raise NoServerError(f"Neo4j in a container did not come up:\n{shown}")
            time.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """End it at once."""
        _docker("kill", self._id)

    def stop(self) -> None:
        """Shut it down and remove the container with its data."""
        _docker("rm", "--force", "--volumes", self._id)
        atexit.unregister(self.stop)

    def _runs(self) -> bool:
        return _docker("inspect", "--format", "{{.State.Running}}", self._id).strip() == "true"


def engine_answers() -> bool:
    """Whether a Docker engine runs on this machine and we may use it."""
    if shutil.which("docker") is None:
        return False
    try:
        asked = subprocess.run(
            ["docker", "info"], capture_output=True, check=False, timeout=ENGINE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def pull_image() -> None:
    """Fetch the server's image."""
    _docker("pull", "--quiet", IMAGE)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr
