"""The files for containers, as far as they can be followed where no container engine runs."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from discovery.collectors.compose import COLLECTOR
from graph_service import CIObservation, ReadingRequest, ReadToTheEnd, RelationshipObservation
from graph_service.config import PREFIX, Settings
from tests.architecture.sources import ROOT
from tests.server.program import RUN_SECONDS, Program

pytestmark = pytest.mark.server

COMPOSE = ROOT / "docker-compose.yml"
PREFIX_IN_IMAGE = "/opt/graph-service"


@dataclass(frozen=True)
class Instruction:
    """One of a Dockerfile; ``stage`` is the name of the stage it is in, the last has none."""

    stage: str
    word: str
    rest: str


def instructions() -> list[Instruction]:
    """Read the Dockerfile."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    found: list[Instruction] = []
    stage = ""
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stage = rest.partition(" AS ")[2]
        if word:
            found.append(Instruction(stage, word, rest.strip()))
    return found


def of(word: str, stage: str | None = None) -> list[str]:
    """Return what follows a word, in a stage or everywhere."""
    return [
        each.rest for each in instructions() if each.word == word and stage in {None, each.stage}
    ]


def composed() -> dict[str, Any]:
    """Read the Compose file as YAML."""
    content: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return content


def environments() -> Iterator[str]:
    """Walk the names of our variables that the files set."""
    for service in composed()["services"].values():
        yield from (name for name in service["environment"] if name.startswith(PREFIX))
    for line in of("ENV"):
        yield from re.findall(rf"{PREFIX}[A-Z_0-9]+(?==)", line)


def copied(stage: str) -> list[str]:
    """Return what a stage takes from the project's folder."""
    lines = [each.split() for each in of("COPY", stage) if "--from" not in each]
    return [source for *sources, _ in lines for source in sources]


def test_our_own_collector_reads_our_own_compose_file() -> None:
    """The service depends on its store, which keeps its data in a volume; secrets by name only."""
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[COMPOSE]))
    events = [*reading.events]
    classes = {
        each.native_key: each.class_name for each in events if isinstance(each, CIObservation)
    }
    links = {
        (str(each.source), each.type, str(each.target)): each
        for each in events
        if isinstance(each, RelationshipObservation)
    }

    assert isinstance(events[-1], ReadToTheEnd)
    assert classes["graph-service/neo4j"] == "Database"
    assert classes["graph-service/graph-service"] == "Application"
    leans = links["graph-service/graph-service", "DEPENDS_ON", "graph-service/neo4j"]
    assert leans.attributes["port"] == 7687
    assert "strength" not in leans.attributes
    assert ("graph-service/neo4j", "STORES_DATA_IN", "graph-service/volume/neo4j-data") in links
    assert ("graph-service/seed", "DEPENDS_ON", "graph-service/neo4j") in links
    assert not any(type_name == "DEPENDS_ON" and source.endswith("neo4j")
                   for source, type_name, _ in links)  # fmt: skip


def test_containers_are_given_settings_that_there_are() -> None:
    """An unknown one would keep the service from starting."""
    known = {f"{PREFIX}{each.upper()}" for each in Settings.model_fields}

    assert {*environments()} - known == set()
    assert f"{PREFIX}STORE" in {*environments()}


def test_secrets_come_from_files_that_nobody_commits() -> None:
    """The file says where they are; all are declared, and neither Git nor the image takes any."""
    content = composed()
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()

    used = {name for each in content["services"].values() for name in each["secrets"]}
    assert used == content["secrets"].keys()
    assert all(Path(each["file"]).parent == Path("secrets") for each in content["secrets"].values())
    assert "/secrets/" in ignored
    assert (ROOT / ".dockerignore").read_text("utf-8").splitlines()[1] == "*"
    for service in content["services"].values():
        for name, value in service["environment"].items():
            is_secret = re.search("PASSWORD|PEPPER|AUTH|TOKEN", name)
            assert not is_secret or value.startswith("/run/secrets/"), name


def test_only_the_service_is_reached_and_only_from_this_machine() -> None:
    """Whoever wants more puts a proxy with TLS in front."""
    content = composed()

    ports = {name: each.get("ports", []) for name, each in content["services"].items()}
    assert {name for name, each in ports.items() if each} == {"graph-service"}
    assert all(each.startswith("127.0.0.1:") for each in ports["graph-service"])
    assert content["networks"]["store"]["internal"] is True


def test_what_must_be_up_first_says_when_it_is() -> None:
    """The service waits for a store that answers, and the image says whether it answers itself."""
    services = composed()["services"]

    assert services["graph-service"]["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert services["neo4j"]["healthcheck"]["test"][0] == "CMD-SHELL"
    assert of("HEALTHCHECK")


def test_the_image_names_no_registry_and_runs_as_nobody_special() -> None:
    """Images come from where the engine is told to look."""
    images = [each.partition("=")[2] for each in of("ARG")]
    images += [each["image"] for each in composed()["services"].values()]

    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9.${}:_-]+", each) for each in images), images
    assert all(re.match(r"\$\{[A-Z_]+\}", each) for each in of("FROM"))
    assert of("USER", "") == ["graph"]
    (made,) = [each for each in of("RUN", "") if "useradd" in each]
    assert made.endswith(" graph")


def test_the_image_is_made_of_what_the_project_has() -> None:
    """Every copied file is here and not left out; every package of the wheel is copied."""
    let_in = [each[1:] for each in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
              if each.startswith("!")]  # fmt: skip
    sources = {source for stage in ("pages", "wheel") for source in copied(stage)}

    assert {each for each in sources if not (ROOT / each).exists()} == set()
    assert {Path(each).parts[0] for each in sources} == {*let_in}
    assert of("RUN", "") == [
        *of("RUN", "")[:-1],
        "python -m graph_service.analysis.warm",
    ]


def test_the_image_starts_the_service() -> None:
    """Its entry point is our program, its command one that there is."""
    (entry,), (command,) = of("ENTRYPOINT"), of("CMD", "")

    assert json.loads(entry) == ["graph-service"]
    name, *options = json.loads(command)
    help_text = Program("sqlite:unused.db")(name, "--help").out
    assert all(each in help_text for each in options if each.startswith("--"))
    assert options == ["--host", "0.0.0.0"]  # noqa: S104 - inside a container, or nobody reaches it


def test_the_health_check_asks_whether_the_store_answers(program: Program) -> None:
    """Well while the service is up, ill when it is not."""
    (line,) = of("HEALTHCHECK")
    command = json.loads(line.partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]

    with program.serving() as served:
        code = command[2].replace("http://127.0.0.1:8000", served.address)
        assert code.count(served.address) == 1
        assert "/readyz" in code
        up = subprocess.run([sys.executable, "-c", code], check=False, timeout=RUN_SECONDS)
    down = subprocess.run(
        [sys.executable, "-c", code], check=False, timeout=RUN_SECONDS, capture_output=True
    )

    assert up.returncode == 0
    assert down.returncode != 0


def test_the_seed_imports_the_demonstration_estate(program: Program, tmp_path: Path) -> None:
    """With the very command that the Compose file has."""
    seed = composed()["services"]["seed"]
    (script,) = seed["command"]
    programs = Path(sys.executable).parent
    environment = {**program.environ(), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    subprocess.run(
        [*seed["entrypoint"], script.replace("/tmp/", f"{tmp_path}/")],  # noqa: S108 - the container's own
        env=environment, cwd=tmp_path, check=True, capture_output=True, timeout=RUN_SECONDS,
    )  # fmt: skip

    assert program("ci", "host-1").code == 0
    assert seed["profiles"] == ["seed"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Copy what the stage that builds the wheel copies, and nothing else."""
    folder = tmp_path / "source"
    left_out = shutil.ignore_patterns("node_modules", "static", "__pycache__", "*.db")
    for each in copied("wheel"):
        if (ROOT / each).is_dir():
            shutil.copytree(ROOT / each, folder / each, ignore=left_out)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(ROOT / each, folder / each)
    (copied_over,) = [each for each in of("COPY", "wheel") if "--from=pages" in each]
    assert copied_over.endswith("console/node_modules/")
    (folder / "console" / "node_modules").symlink_to(ROOT / "console" / "node_modules")
    return folder


def test_the_steps_of_the_image_make_a_program_that_runs(source: Path, tmp_path: Path) -> None:
    """Run as they stand, but for where they put things and for what is installed here already."""
    prefix = tmp_path / "graph-service"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(prefix)}))
    # Dependencies are those of this environment; a line of a .pth file brings no editable install.
    (packages / "installed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    uv = Path(sys.executable).with_name("uv")
    lines = of("RUN", "wheel")
    built = lines.index("python console/assemble.py")

    for line in lines[built:]:
        if line.startswith("uv venv"):
            assert line.endswith(PREFIX_IN_IMAGE)
            continue
        step = line.replace(PREFIX_IN_IMAGE, shlex.quote(str(prefix)))
        step = step.replace("--constraint requirements/dev.txt", "--no-deps --no-index")
        step = step.replace(" neo4j-rust-ext", "")
        step = re.sub(r"^(\.build/bin/)?python ", f"{shlex.quote(sys.executable)} ", step)
        step = re.sub(r"^uv ", f"{shlex.quote(str(uv))} ", step)
        subprocess.run(
            ["sh", "-ec", step], cwd=source, check=True, capture_output=True, timeout=RUN_SECONDS
        )

    def said(name: str, *arguments: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return subprocess.run(
            [prefix / "bin" / name, *arguments],
            env=environment, cwd=tmp_path, check=True, capture_output=True, text=True,
            timeout=RUN_SECONDS,
        ).stdout.strip()  # fmt: skip

    assert re.fullmatch(r"\d+\.\d+\.\d+", said("graph-service", "--version"))
    where = said("python", "-c", "import graph_service; print(graph_service.__file__)")
    assert Path(where).is_relative_to(prefix)
    assert (packages / "graph_service/api/static/graphiql.js").is_file()
    kernels = packages / "graph_service/analysis/kernels"
    assert {file.stat().st_mtime % 1 for file in kernels.glob("*.py")} == {0.0}
    # What the last stage gives to the user that the service runs as is there, once compiled.
    (given,) = [each.split()[-1] for each in of("RUN", "") if each.startswith("chown")]
    pattern = given.removeprefix(f"{PREFIX_IN_IMAGE}/")
    assert [*prefix.glob(pattern)] == [kernels / "__pycache__"]
