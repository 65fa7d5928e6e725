"""A Community server assembled from its Maven artifacts, run as a process on loopback.

The server is a program under the GPL, fetched at set-up time into a cache outside the repository;
nothing of it is part of this product.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import Neo4jError
from platformdirs import user_cache_path

from tests.servers.neo4j_server import (
    POLL_SECONDS,
    START_SECONDS,
    Neo4jAddress,
    NoServerError,
    answers,
)

VERSION = "5.26.30"
JAVA_MINIMUM = 17
LOG_LINES_SHOWN = 30
_HOME = "graph-service-neo4j-"
INSTALL = (
    "No Neo4j to test with: set GRAPH_SERVICE_TEST_NEO4J to a server's address, or start a Docker "
    "engine, or install Java 17 and Maven (Debian: "
    "apt-get install openjdk-17-jre-headless maven)"
)

_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>graph-service</groupId><artifactId>test-server</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version>
  </dependency></dependencies>
</project>
"""

_SETTINGS = """\
server.directories.data={home}/data
server.directories.logs={home}/logs
server.directories.run={home}/run
server.directories.plugins={home}/plugins
server.directories.import={home}/import
server.directories.transaction.logs.root={home}/data/transactions
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=64m
db.tx_log.preallocate=false
db.transaction.timeout=10m
dbms.usage_report.enabled=false
dbms.security.auth_enabled=true
"""

# The kernel ends the server when the process that started it dies, however that happens: a test
# run that is killed leaves no server behind. The id stays: the launcher becomes the server.
_LAUNCHER = (
    "import ctypes, os, signal, sys;"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL);"
    "os.getppid() == int(sys.argv[1]) or sys.exit();"  # it may have died before we asked
    "os.execvp(sys.argv[2], sys.argv[2:])"
)

# A server that lives for a minute is up in half the time if its code is compiled only once.
_JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dlog4j2.disable.jmx=true",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
)


class ProcessNeo4j:
    """A server in a home of its own, on a free port of the loopback interface."""

    def __init__(self, password: str, heap_megabytes: int) -> None:
        self._jars = assembled_server()
        self._java = java()
        self._heap = f"{heap_megabytes}m"
        _remove_homes_of_killed_runs()
        self._home = Path(tempfile.mkdtemp(prefix=f"{_HOME}{os.getpid()}-"))
        self._log = self._home / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.address = Neo4jAddress(f"neo4j://127.0.0.1:{free_port()}", "neo4j", password)
        for folder in ("conf", "data", "logs", "run", "plugins", "import"):
            (self._home / folder).mkdir()
        port = self.address.address.rpartition(":")[2]
        (self._home / "conf" / "neo4j.conf").write_text(
            _SETTINGS.format(home=self._home, port=port), "ascii"
        )
        atexit.register(self.stop)

    def start(self) -> None:
        """Start it and return when it answers to its password."""
        command = [
            self._java,
            f"-Xms{self._heap}",
            f"-Xmx{self._heap}",
            *_JAVA_OPTIONS,
            "-cp",
            f"{self._jars}/*",
            entry_point(self._jars),
            f"--home-dir={self._home}",
            f"--config-dir={self._home / 'conf'}",
            "--console-mode",
        ]
        if sys.platform == "linux":
            command = [sys.executable, "-c", _LAUNCHER, str(os.getpid()), *command]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                shown = self._end_of_log()
                self.kill()
                raise NoServerError(
                    f"Neo4j {VERSION} did not come up; the end of its log:\n{shown}"
                )
            self._wait(POLL_SECONDS)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it and remove its home; nobody will miss a clean end of data that goes too."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)
        atexit.unregister(self.stop)

    def _is_ready(self) -> bool:
        with socket.socket() as probe:
            port = int(self.address.address.rpartition(":")[2])
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return False
        return answers(self.address) or self._changes_first_password()

    def _changes_first_password(self) -> bool:
        """Every new server has the same user and password until somebody signs in."""
        first = GraphDatabase.driver(self.address.address, auth=("neo4j", "neo4j"))
        with first, first.session(database="system") as session:
            try:
                session.run(
                    "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password",
                    password=self.address.password,
                ).consume()
            except Neo4jError:
                return False
        return answers(self.address)

    def _wait(self, seconds: float) -> None:
        """Wait for its end, but no longer than this."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def _end_of_log(self) -> str:
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])


def assembled_server() -> Path:
    """Return the folder with all jars of the server, filling the cache on first use.

    Raises:
        NoServerError: Maven is absent or cannot fetch them.

    """
    jars = user_cache_path("graph-service") / "neo4j" / VERSION
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServerError(INSTALL)
    jars.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=jars.parent, prefix=f"{VERSION}-"))
    try:
        (work / "pom.xml").write_text(_POM.format(version=VERSION), "ascii")
        command = [maven, "-q", "-B", "-f", str(work / "pom.xml"), "dependency:copy-dependencies"]
        options = [f"-DoutputDirectory={work / 'jars'}", "-DincludeScope=runtime"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoServerError(f"Maven cannot fetch Neo4j {VERSION}:\n{done.stdout[-2000:]}")
        entry_point(work / "jars")
        _put_in_place(work / "jars", jars)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return jars


def entry_point(jars: Path) -> str:
    """Return the server's main class, as its own artifact names it.

    Raises:
        NoServerError: The folder holds no such artifact.

    """
    artifact = jars / f"neo4j-{VERSION}.jar"
    service = "META-INF/services/org.neo4j.server.startup.EntryPoint"
    try:
        with zipfile.ZipFile(artifact) as opened:
            return opened.read(service).decode("ascii").strip()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        message = f"{jars} does not hold a whole server ({error}); remove it and run again"
        raise NoServerError(message) from error


def java() -> str:
    """Return a Java that runs the server.

    Raises:
        NoServerError: There is none, or it is too old.

    """
    program = shutil.which("java")
    if program is None:
        raise NoServerError(INSTALL)
    printed = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    version = printed.stderr.partition('"')[2].partition(".")[0].partition('"')[0]
    if not version.isdigit() or int(version) < JAVA_MINIMUM:
        raise NoServerError(INSTALL)
    return program


def _put_in_place(filled: Path, jars: Path) -> None:
    """Move a filled folder to its final name, unless somebody else was faster."""
    try:
        filled.rename(jars)
    except OSError:
        if not jars.is_dir():
            raise


def _remove_homes_of_killed_runs() -> None:
    for home in Path(tempfile.gettempdir()).glob(f"{_HOME}*"):
        owner = home.name.removeprefix(_HOME).partition("-")[0]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(home, ignore_errors=True)


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
