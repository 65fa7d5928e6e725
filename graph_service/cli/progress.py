"""Progress of long work: bars in a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text
from typing_extensions import override

from graph_service.cli import answers
from graph_service.cli.session import messages

LINE_EVERY_SECONDS = 5.0


@contextmanager
def progress(*, quiet: bool) -> Iterator[answers.Progress]:
    """Yield what long work reports to."""
    if quiet:
        yield lambda _phase, _done, _total: None
    elif sys.stderr.isatty():
        yield from _bars()
    else:
        yield _Lines()


def _bars() -> Iterator[answers.Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=messages, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield report


class _Rate(ProgressColumn):
    """How many a second, once that is known."""

    @override
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class _Lines:
    """Says where the work is when it has been a while, and when a phase that took long ends."""

    def __init__(self) -> None:
        self._said = time.monotonic()
        self._phase = ""
        self._began = (0.0, 0)

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._began = phase, (now, done)
        if now - self._said < LINE_EVERY_SECONDS:
            return
        self._said = now
        of = "" if total is None else f" of {total}"
        since, first = self._began
        rate = f", {(done - first) / (now - since):,.0f} a second" if now > since else ""
        messages.print(f"{phase}: {done}{of}{rate}", markup=False)
