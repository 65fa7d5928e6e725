"""One run of the program: its settings, whom it asks, and how its failures end."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from graph_service.bootstrap import opened
from graph_service.cli.answers import Answers, Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.store_answers import StoreAnswers
from graph_service.config import Settings
from graph_service.model.errors import (
    CINotFoundError,
    GraphServiceError,
    InvalidInputError,
    StoreUnavailableError,
)

messages = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where everything goes that is not the answer itself."""

FAULTS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the options before the command settled."""

    settings: Settings
    server: str | None
    quiet: bool = False

    @asynccontextmanager
    async def answers(self, *, writing: bool = False) -> AsyncIterator[Answers]:
        """Open whoever answers: the store, or the running service that ``--server`` names."""
        if self.server is not None:
            from graph_service.cli.service.service_answers import (  # noqa: PLC0415 - rarely needed
                ServiceAnswers,
            )

            async with self.asked() as asked:
                yield ServiceAnswers(asked)
            return
        self._say_where()
        async with opened(self.settings, writing=writing) as product:
            yield StoreAnswers(product)

    @asynccontextmanager
    async def asked(self, *, writing: bool = False) -> AsyncIterator[Asked]:
        """Open whoever answers GraphQL documents: the store here, or the service."""
        if self.server is not None:
            from graph_service.cli.service.service import Service  # noqa: PLC0415 - rarely needed

            token = self.settings.token
            yield Service(self.server, token.get_secret_value() if token else "")
            return
        self._say_where()
        async with opened(self.settings, writing=writing) as product:
            # The API takes time to import, and most commands that ask do without it.
            from graph_service.cli.asking import WithinProcess  # noqa: PLC0415 - see above

            here = WithinProcess(product)
            try:
                yield here
            finally:
                here.clear()

    def _say_where(self) -> None:
        """Say once where the default store is, when it is about to be made."""
        if self.quiet or "GRAPH_SERVICE_STORE" in os.environ:
            return
        path = Path(self.settings.store.removeprefix("sqlite:")).expanduser()
        if self.settings.store.startswith("sqlite:") and not path.exists():
            messages.print(f"A new estate: {path}", markup=False)


def run(command: Callable[[], Coroutine[Any, Any, ExitCode]]) -> None:
    """Run a command to its end and leave with its exit code."""
    sys.exit(outcome(lambda: asyncio.run(command())))


def outcome(command: Callable[[], ExitCode]) -> ExitCode:
    """Return a command's exit code; turn errors into a message and their code."""
    try:
        code = command()
        sys.stdout.flush()
    except GraphServiceError as error:
        return _refused(error)
    except KeyboardInterrupt:
        messages.print("Interrupted. Whole revisions were written, or none; run it again to go on.")
        return ExitCode.ERROR
    except BrokenPipeError:
        # The reader of our output left (``| head``): nothing more to say, and no trace of it.
        _drop_output()
        return ExitCode.DONE
    except OSError as error:
        # A full disk under the answer, a terminal that is gone; stores have errors of their own.
        _drop_output()
        where = f": {error.filename}" if error.filename else ""
        messages.print(f"{error.strerror or error}{where}", markup=False)
        return ExitCode.ERROR
    return code


def _refused(error: GraphServiceError) -> ExitCode:
    match error:
        case InvalidInputError(faults=faults) if len(faults) > 1:
            for fault in faults[:FAULTS_SHOWN_MAX]:
                messages.print(str(fault), markup=False)
            if len(faults) > FAULTS_SHOWN_MAX:
                messages.print(f"… and {len(faults) - FAULTS_SHOWN_MAX} more")
            messages.print(f"{len(faults)} faults in all.")
        case _:
            messages.print(str(error), markup=False)
    match error:
        case CINotFoundError():
            return ExitCode.INCOMPLETE
        case StoreUnavailableError():
            return ExitCode.UNREACHABLE
    return ExitCode.ERROR


def _drop_output() -> None:
    """Send what is still to be written nowhere, so that nothing fails again on the way out."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def prepare_streams() -> None:
    """Let every answer be written: where an output is closed, and where it knows few letters."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - till the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
