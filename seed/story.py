"""The story estate: payments on a cluster, an identity provider shared, one site."""

from collections.abc import Iterator
from importlib import resources


def story() -> Iterator[str]:
    """Return the estate file, as a person would write it."""
    yield resources.files("seed").joinpath("story.yaml").read_text("utf-8")
