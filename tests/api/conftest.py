"""What tests of the API start from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.world import World, world


@pytest.fixture
async def service(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """Run a service over an empty store."""
    del anyio_backend
    async with world(tmp_path) as running:
        yield running
