"""The compiled kernels, made or fetched from their cache when first needed."""

import importlib
import os
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

_KERNELS = "graph_service.analysis.kernels"


@cache
def kernels() -> ModuleType:
    """Return the kernels. The first call compiles them, or reads them from the cache.

    They are not imported at the top of a module, so that a command that analyses nothing does not
    wait for the compiler.
    """
    if not os.environ.get("NUMBA_CACHE_DIR") and not _can_keep_beside_the_code():
        # Nowhere to keep them: a folder of this process alone, because a shared one that others
        # can write to would let them choose what runs.
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="graph-service-kernels-")
    return importlib.import_module(_KERNELS)


def warm() -> None:
    """Compile every kernel, so that the first question does not wait for it."""
    kernels()


def _can_keep_beside_the_code() -> bool:
    folder = Path(__file__).parent / "kernels" / "__pycache__"
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    places = [folder if folder.exists() else folder.parent, home if home.exists() else home.parent]
    return any(os.access(place, os.W_OK) for place in places)
