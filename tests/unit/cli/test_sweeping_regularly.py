"""A service sweeps soon after its start, and then every so often."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from graph_service.cli.rules import sweeping_regularly as subject
from graph_service.cli.rules.sweeping_regularly import FIRST_SECONDS, sweep_regularly
from graph_service.model.errors import StoreUnavailableError
from graph_service.use_cases.product import Product
from graph_service.use_cases.sweeping.sweeping import Sweep

pytestmark = pytest.mark.anyio


@contextmanager
def waits(monkeypatch: pytest.MonkeyPatch, rounds: int) -> Iterator[list[float]]:
    """Record how long is waited for, and stop after so many rounds."""
    waited: list[float] = []

    async def is_stopped(seconds: float, _stopping: asyncio.Event) -> bool:
        waited.append(seconds)
        return len(waited) > rounds

    monkeypatch.setattr(subject, "_is_stopped_within", is_stopped)
    yield waited


def product(swept: list[bool], *, fails: bool = False) -> Product:
    """Return a product that only knows how to sweep."""

    async def sweep() -> Sweep:
        swept.append(True)
        if fails:
            raise StoreUnavailableError("locked")
        return Sweep()

    async def follow() -> Any:  # noqa: ANN401 - it stands for a product
        return SimpleNamespace(sweeping=SimpleNamespace(sweep=sweep))

    return cast("Product", SimpleNamespace(follow=follow))


@pytest.mark.parametrize(("seconds", "first"), [(900.0, FIRST_SECONDS), (5.0, 5.0)])
@pytest.mark.parametrize("fails", [False, True])
async def test_the_first_sweep_comes_soon_and_the_others_in_their_time(
    monkeypatch: pytest.MonkeyPatch, seconds: float, first: float, *, fails: bool
) -> None:
    """Also if the store does not answer."""
    swept: list[bool] = []
    with waits(monkeypatch, rounds=3) as waited:
        await sweep_regularly(product(swept, fails=fails), seconds, asyncio.Event())

    assert waited == [first, seconds, seconds, seconds]
    assert len(swept) == 3
