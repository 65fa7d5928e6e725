"""A program of its own that writes to a store: to be killed, to run out of disk, to compete.

``python -m tests.sqlite.worker FILE NAME COUNT [BYTES]`` applies COUNT deltas (0: without end) of
twenty CIs each, saying ``N`` for every revision kept; BYTES is the largest file it may write.
"""

import asyncio
import resource
import signal
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from graph_service.model.errors import GraphServiceError, StaleRevisionError
from graph_service.store.sqlite import open_sqlite
from tests.builders import ci, delta, related


async def write(path: Path, name: str, count: int) -> None:
    """Write until done, refused or killed."""
    store = await open_sqlite(path, clock=lambda: datetime.now(UTC))
    number = 0
    while not count or number < count:
        number += 1
        cis = [ci(f"{name}-{number}-{each}", description="x" * 500) for each in range(20)]
        chain = [related(one.name, other.name) for one, other in pairwise(cis)]
        based_on = (await store.head()).revision
        try:
            applied = await store.apply(delta(*cis, *chain, based_on=based_on))
        except StaleRevisionError:
            number -= 1
            continue
        print(applied.head.revision, flush=True)  # noqa: T201 - what its caller reads
    await store.close()


def main(file: str, name: str, count: str, size: str = "") -> int:
    """Write, and say with which error it ended."""
    if size:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    try:
        asyncio.run(write(Path(file), name, int(count)))
    except GraphServiceError as error:
        print(f"{error.code} {error}", flush=True)  # noqa: T201 - what its caller reads
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
