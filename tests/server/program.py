"""The program, run as a person or a pipeline runs it: within this process, or started anew."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import orjson

from graph_service.cli.main import main

PROGRAM = Path(sys.executable).parent / "graph-service"
RUN_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The answer as JSON."""
        return orjson.loads(self.out)


@dataclass(frozen=True, slots=True)
class Program:
    """The program over one store, or asking one server."""

    store: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        """Return its environment: ours, without any settings of ours."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GRAPH_SERVICE_")}
        return {**inherited, "GRAPH_SERVICE_STORE": self.store, **self.environment}

    def __call__(self, *arguments: str | Path, stdin: str = "") -> Done:
        """Run it to its end within this process, which spares the time that starting it takes."""
        code = 0
        ends = [io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")]
        ends += [io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2)]
        with (
            mock.patch.dict(os.environ, self.environ(), clear=True),
            mock.patch.multiple(sys, stdin=ends[0], stdout=ends[1], stderr=ends[2]),
            mock.patch.object(sys, "argv", ["graph-service", *map(str, arguments)]),
        ):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        out, err = (_written(each) for each in ends[1:])
        return Done(code=code, out=out, err=err)

    def started(self, *arguments: str | Path, stdin: str = "") -> Done:
        """Start the installed program and wait for its end."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=self.environ(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    @contextmanager
    def serving(self) -> Iterator["Served"]:
        """Run its server on a free port of loopback until the end of the block."""
        with subprocess.Popen(
            [PROGRAM, "serve", "--port", "0"],
            env=self.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                address = process.stdout.readline().strip()
                assert address, process.stderr.read()
                yield Served(address, process, process.stderr.readline().strip())
            finally:
                process.terminate()
                process.wait(30)

    def asking(self, address: str, token: str = "") -> "Program":
        """Return the program as it asks a running service instead of the store."""
        given = {"GRAPH_SERVICE_URL": address, "GRAPH_SERVICE_TOKEN": token}
        return RemoteProgram(self.store, {**self.environment, **given})


class RemoteProgram(Program):
    """The program with the address of a service in its environment and no store."""

    def environ(self) -> dict[str, str]:
        """Return its environment without the store."""
        return {k: v for k, v in super().environ().items() if k != "GRAPH_SERVICE_STORE"}


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers; ``remark`` is the first line it wrote for people."""

    address: str
    process: subprocess.Popen[str]
    remark: str
