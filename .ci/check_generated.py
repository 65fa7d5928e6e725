"""Compare the files that are generated with what they are generated from; `--write` makes them anew."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from graph_service.api.schema import sdl
from graph_service.cli.reference import cli_reference
from graph_service.config import settings_reference
from graph_service.model.vocabulary import packaged
from graph_service.model.vocabulary.reference import vocabulary_reference

ROOT = Path(__file__).parent.parent

GENERATED: dict[str, Callable[[], str]] = {
    "schema.graphql": sdl,
    "docs/reference/command-line.md": cli_reference,
    "docs/reference/settings.md": settings_reference,
    "docs/reference/vocabulary.md": lambda: vocabulary_reference(packaged()),
}


def pins_are_current() -> bool:
    """Whether requirements/dev.txt still answers pyproject.toml; pins are kept, nothing is upgraded."""
    pinned = (ROOT / "requirements/dev.txt").read_text("utf-8")
    command = [
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "pyproject.toml",
    ]
    command += ["--all-extras", "--group", "dev", "--group", "bench"]
    # Compiled over a copy, so that versions already pinned are preferred to newer ones.
    copy = ROOT / ".cache" / "dev.txt"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(pinned, "utf-8")
    subprocess.run(
        [Path(sys.executable).parent / "uv", *command[1:], "-o", copy],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return _pins(copy.read_text("utf-8")) == _pins(pinned)


def _pins(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def main(*, write: bool) -> int:
    """Compare or write; return the exit code."""
    stale = []
    for name, generate in GENERATED.items():
        file = ROOT / name
        text = generate()
        if file.exists() and file.read_text("utf-8") == text:
            continue
        if write:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            print(f"wrote {name}")
        else:
            stale.append(name)
    if stale:
        print(f"not current: {', '.join(stale)}; run: make schema", file=sys.stderr)
    if not write and not pins_are_current():
        print(
            "requirements/dev.txt does not answer pyproject.toml; run: make lock", file=sys.stderr
        )
        return 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(write="--write" in sys.argv[1:]))
