"""Documents too large for a GraphQL request, kept until an import names them or they expire."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from graph_service.api.failures import LimitExceededError
from graph_service.model.ids import new_id

KEPT_SECONDS = 3600.0
KEPT_MAX = 64


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that was sent. ``expires_at`` is by the clock of ``Uploads``."""

    id: str
    owner: str
    path: Path
    size: int
    expires_at: float


class Uploads:
    """Files in a temporary folder of this process that only it can read.

    They belong to whoever sent them, and are gone when they expire or the service stops.
    """

    def __init__(
        self,
        bytes_max: int,
        *,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bytes_max = bytes_max
        self._seconds = seconds
        self._clock = clock
        self._folder: Path | None = None
        self._uploads: dict[str, Upload] = {}

    async def keep(self, owner: str, chunks: AsyncIterator[bytes]) -> Upload:
        """Store what arrives.

        Raises:
            LimitExceededError: It is larger than allowed, or too many files are kept already.

        """
        self._forget_expired()
        if len(self._uploads) >= KEPT_MAX:
            raise LimitExceededError("files", len(self._uploads) + 1, KEPT_MAX)
        if self._folder is None:
            self._folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="graph-service-"))
        upload_id = new_id("fil")
        path = self._folder / upload_id
        try:
            size = await self._write(path, chunks)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        upload = Upload(upload_id, owner, path, size, self._clock() + self._seconds)
        self._uploads[upload_id] = upload
        return upload

    async def _write(self, path: Path, chunks: AsyncIterator[bytes]) -> int:
        size = 0
        with path.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._bytes_max:
                    raise LimitExceededError("fileBytes", size, self._bytes_max)
                await asyncio.to_thread(file.write, chunk)
        return size

    async def content(self, owner: str, upload_id: str) -> bytes | None:
        """Return what this owner sent under an id; ``None`` when there is no such file."""
        self._forget_expired()
        upload = self._uploads.get(upload_id)
        if upload is None or upload.owner != owner:
            return None
        return await asyncio.to_thread(upload.path.read_bytes)

    def clear(self) -> None:
        """Remove everything."""
        self._uploads.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _forget_expired(self) -> None:
        now = self._clock()
        for each in [one for one in self._uploads.values() if one.expires_at <= now]:
            del self._uploads[each.id]
            each.path.unlink(missing_ok=True)
