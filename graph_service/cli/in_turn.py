"""Importing what several data sources say in one command, whoever plans and applies."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from graph_service.cli.shapes import Shape
from graph_service.model.errors import StaleRevisionError

ATTEMPTS_MAX = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan of one data source's import, and what applies it."""

    shape: Shape
    apply: Callable[[], Awaitable[Shape]]


async def in_turn(
    planned: Callable[[int, int | None], Awaitable[Sequence[Planned]]],
    shown: Callable[[Shape], None],
) -> list[Shape]:
    """Plan everything, then apply one data source after the other; return what was done.

    A fault anywhere in the input is found before anything is written. Each data source is planned
    again when the one before it wrote something, because it may speak of what that brought, and
    when somebody else changed what it touches. ``planned`` plans those from one index to another.

    Raises:
        StaleRevisionError: Somebody else was faster each time.

    """
    waiting = list(await planned(0, None))
    done: list[Shape] = []
    attempt = 1
    while waiting:
        shown(waiting[0].shape)
        try:
            done.append(await waiting[0].apply())
        except StaleRevisionError:
            if attempt == ATTEMPTS_MAX:
                raise
            attempt += 1
        else:
            attempt = 1
            waiting = waiting[1:]
            if not done[-1]["revisions"]:
                continue
        if waiting:
            waiting[:1] = await planned(len(done), len(done) + 1)
    return done
