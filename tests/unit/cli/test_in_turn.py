"""Importing several data sources in one command."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from graph_service.cli.in_turn import ATTEMPTS_MAX, Planned, in_turn
from graph_service.cli.shapes import Shape
from graph_service.model.errors import Fault, InvalidInputError, StaleRevisionError
from graph_service.model.place import Place


class Sources:
    """Data sources that note what is done to them; ``stale`` says how often applying is refused."""

    def __init__(self, *names: str, stale: int = 0, revisions: Sequence[int] = (1,)) -> None:
        self.names = names
        self.stale = stale
        self.revisions = list(revisions)
        self.deeds: list[str] = []

    async def planned(self, start: int, stop: int | None) -> list[Planned]:
        """Plan some of them."""
        for each in self.names[start:stop]:
            self.deeds.append(f"plan {each}")
            if each == "broken":
                raise InvalidInputError([Fault(code="X", message="broken", place=Place("x"))])
        return [
            Planned({"dataSource": each}, self.applying(each)) for each in self.names[start:stop]
        ]

    def applying(self, name: str) -> Callable[[], "asyncio.Future[Shape]"]:
        """Return what applies one."""

        async def apply() -> Shape:
            if self.stale:
                self.stale -= 1
                raise StaleRevisionError(1, 2, ["ci_1"])
            self.deeds.append(f"apply {name}")
            return {"dataSource": name, "revisions": self.revisions}

        return lambda: asyncio.ensure_future(apply())


def imported(sources: Sources) -> list[Shape]:
    """Import them all."""
    return asyncio.run(in_turn(sources.planned, lambda _: None))


def test_a_fault_in_the_last_one_leaves_the_first_unwritten() -> None:
    """Or a person is told of an error and half of the import is there."""
    sources = Sources("first", "broken")

    with pytest.raises(InvalidInputError):
        imported(sources)

    assert sources.deeds == ["plan first", "plan broken"]


def test_one_that_follows_a_write_is_planned_again() -> None:
    """It may speak of what the one before it brought."""
    sources = Sources("first", "second")

    assert [each["dataSource"] for each in imported(sources)] == ["first", "second"]
    assert sources.deeds == [
        "plan first", "plan second", "apply first", "plan second", "apply second",
    ]  # fmt: skip


def test_nothing_is_planned_twice_when_nothing_changes() -> None:
    """A second import is as cheap as reading."""
    sources = Sources("first", "second", revisions=())

    imported(sources)

    assert sources.deeds == ["plan first", "plan second", "apply first", "apply second"]


def test_one_that_others_were_faster_than_is_planned_again() -> None:
    """And what was done before it stays done."""
    sources = Sources("only", stale=ATTEMPTS_MAX - 1)

    assert len(imported(sources)) == 1
    assert sources.deeds == ["plan only"] * ATTEMPTS_MAX + ["apply only"]


def test_gives_up_when_others_are_always_faster() -> None:
    """With the error that says what moved."""
    with pytest.raises(StaleRevisionError):
        imported(Sources("only", stale=ATTEMPTS_MAX))
