"""Plans of large readings hold millions of values that all stay: no garbage to look for."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def many_values_that_stay() -> Iterator[None]:
    """Spare the garbage collector what is kept in here; ``they_stay`` says when there is more.

    Without this, half the time of a large plan, and a third of applying it, goes into looking
    through it again and again. Two at once do no harm: the first to end only lets the collector
    look at what the other one keeps.
    """
    they_stay()
    try:
        yield
    finally:
        gc.unfreeze()


def they_stay() -> None:
    """Take everything there is now out of the collector's sight, until the end of the plan."""
    gc.freeze()
