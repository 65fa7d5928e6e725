"""Following the log from a shell: what is written is shown as it is written."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing

import orjson

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.log.log_asking import FOLLOW, NEWEST, pages_of
from graph_service.cli.log.log_view import EntryWriter, changed, entry_shape
from graph_service.cli.output import ListFormat, plain
from graph_service.cli.session import Session, messages
from graph_service.cli.shapes import Shape
from graph_service.model.errors import StoreUnavailableError

ATTEMPTS_MAX = 8
PAUSE_SECONDS_MAX = 30.0


async def follow_log(session: Session, wanted: Shape, output: ListFormat) -> ExitCode:
    """Show entries as they are written, until the program is told to stop.

    A service that goes away is asked again where the stream broke off: nothing is shown twice or
    left out.

    Raises:
        StoreUnavailableError: It stays away.

    """
    async with session.asked() as asked:
        done = 0 if "since" in wanted else await _newest(asked)
        write = _writer(output)
        failures = 0
        while True:
            try:
                async with aclosing(asked.follow(FOLLOW, after=done, filter=wanted)) as events:
                    async for event in events:
                        number = event["revisions"]["number"]
                        write(await _entries(asked, wanted, number))
                        done, failures = number, 0
            except StoreUnavailableError as error:
                failures += 1
                if failures == ATTEMPTS_MAX:
                    raise
                messages.print(f"{error}; going on after revision {done}", markup=False)
                await asyncio.sleep(min(2.0**failures, PAUSE_SECONDS_MAX))
            except asyncio.CancelledError:
                return ExitCode.DONE  # Ctrl-C is how following ends
            else:
                return ExitCode.DONE


async def _newest(asked: Asked) -> int:
    nodes = (await asked.ask(NEWEST))["revisions"]["nodes"]
    return int(nodes[0]["number"]) if nodes else 0


async def _entries(asked: Asked, wanted: Shape, number: int) -> list[Shape]:
    """Return the entries of one revision, all of them before any is shown."""
    only = {**wanted, "since": {"revision": number}, "until": {"revision": number}}
    return [each async for page in pages_of(asked, only, "ASC", None) for each in page]


def _writer(output: ListFormat) -> Callable[[list[Shape]], None]:
    if output is ListFormat.CSV:
        return EntryWriter(is_json=False).write
    return _write_json_lines if output is ListFormat.JSON else _write_lines


def _write_json_lines(nodes: list[Shape]) -> None:
    for each in nodes:
        sys.stdout.buffer.write(orjson.dumps(entry_shape(each)) + b"\n")
    sys.stdout.buffer.flush()


def _write_lines(nodes: list[Shape]) -> None:
    for each in nodes:
        what = changed(each, names_only=each["action"] == "CREATED")
        parts = (each["revision"], each["at"], each["actor"]["name"], each["action"])
        print("  ".join(plain(part) for part in (*parts, each["record"]["key"], what)))  # noqa: T201 - the answer itself
    sys.stdout.flush()
