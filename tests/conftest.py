"""What every test may use."""

import pytest

pytest_plugins = ["tests.servers.fixtures", "tests.servers.grouping"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, the loop the product runs on."""
    return "asyncio"
