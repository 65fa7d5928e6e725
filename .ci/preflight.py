"""Say in one message what a target needs and this machine lacks; as root on Debian, install it.

    python3 .ci/preflight.py venv|setup|pages|test|bench

Standard library only: it runs before anything is installed.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable

PYTHON_MINIMUM = (3, 11)
JAVA_MINIMUM = 17
NODE_MINIMUM = 18


def found(program: str) -> Callable[[], bool]:
    """Return a check that a program is on the path."""
    return lambda: shutil.which(program) is not None


def version_of(*command: str) -> int:
    """Return the first number a program prints of its version; 0 when it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return 0
    number = re.search(r"(\d+)", done.stdout + done.stderr)
    return int(number[1]) if done.returncode == 0 and number else 0


def has_neo4j_already() -> bool:
    """Whether the run is given a server, or a container engine to start one in."""
    if os.environ.get("GRAPH_SERVICE_TEST_NEO4J"):
        return True
    if not shutil.which("docker"):
        return False
    try:
        return (
            subprocess.run(
                ["docker", "info"], capture_output=True, check=False, timeout=30
            ).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


VENV = (
    "the venv module of Python",
    lambda: bool(importlib.util.find_spec("ensurepip")),
    "python3-venv",
)
NODE = (
    f"Node.js {NODE_MINIMUM}+",
    lambda: version_of("node", "--version") >= NODE_MINIMUM,
    "nodejs",
)
NPM = ("npm", found("npm"), "npm")
JAVA = (
    f"Java {JAVA_MINIMUM}+",
    lambda: version_of("java", "-version") >= JAVA_MINIMUM,
    "openjdk-17-jre-headless",
)
MAVEN = ("Maven", found("mvn"), "maven")
BROWSER = ("Chromium", found("chromium"), "chromium")
COMPILER = ("a C compiler", found("gcc"), "gcc")

NEEDS = {
    "venv": lambda: [VENV],
    "setup": lambda: [VENV, NODE, NPM],
    "pages": lambda: [NODE, NPM],
    "test": lambda: [VENV, NODE, NPM, BROWSER, *([] if has_neo4j_already() else [JAVA, MAVEN])],
    "bench": lambda: [COMPILER],
}


def main(target: str) -> int:
    """Check, install where that is possible, and return the exit code."""
    if sys.version_info < PYTHON_MINIMUM:
        wanted = ".".join(map(str, PYTHON_MINIMUM))
        print(
            f"Python {wanted} or newer is needed; this is {sys.version.split()[0]}.",
            file=sys.stderr,
        )
        print("Name another one with: make PYTHON=/path/to/python3.11 …", file=sys.stderr)
        return 1
    missing = [(name, package) for name, present, package in NEEDS[target]() if not present()]
    if not missing:
        return 0
    packages = sorted(package for _, package in missing)
    install = f"apt-get install -y {' '.join(packages)}"
    print(f"Missing for this target: {', '.join(name for name, _ in missing)}.", file=sys.stderr)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing: {install}", file=sys.stderr)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("apt-get update -qq", f"{install} -qq --no-install-recommends"):
            if subprocess.run(
                command.split(), env=quiet, stdout=subprocess.DEVNULL, check=False
            ).returncode:
                print(f"That failed: {command}", file=sys.stderr)
                return 1
        still = [name for name, present, _ in NEEDS[target]() if not present()]
        if not still:
            return 0
        print(f"Still missing after that: {', '.join(still)}.", file=sys.stderr)
        return 1
    print(f"Install it, for example with: sudo {install}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
