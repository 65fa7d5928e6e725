"""An estate in files that an import will take, each of them whole."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

# An import reads no file of more than 256 MiB.
FILE_BYTES_MAX = 250 * 1024 * 1024
_SECTIONS = ("cis:", "relationships:")


def written(path: Path, chunks: Iterable[str], bytes_max: int = FILE_BYTES_MAX) -> list[Path]:
    """Write an estate and return its files: ``path``, and more beside it if one is too small.

    The first chunk ends with the line that begins a section; of the others, each is a record or
    such a line.

    Raises:
        OSError: A file cannot be written.

    """
    paths = [path]
    remaining = iter(chunks)
    head = next(remaining)
    header, section = _header(head), _section_of(head)
    with ExitStack() as opened:
        # Bytes, so that the file is the same on every system.
        file = opened.enter_context(path.open("wb"))
        count = file.write(head.encode())
        for each in remaining:
            section = _section_of(each) or section
            piece = each.encode()
            if count + len(piece) > bytes_max:
                paths.append(path.with_stem(f"{path.stem}-{len(paths) + 1}"))
                file = opened.enter_context(paths[-1].open("wb"))
                count = file.write(f"{header}{section}\n".encode())
                piece = b"" if _section_of(each) else piece
            count += file.write(piece)
    return paths


def _header(head: str) -> str:
    """Return what every file begins with, without what is said of the whole."""
    lines = head.splitlines(keepends=True)
    return "".join(each for each in lines[:-1] if not each.startswith("#"))


def _section_of(chunk: str) -> str:
    """Return the section that a chunk begins, if any."""
    last = chunk.rstrip("\n").rpartition("\n")[2]
    return last if last in _SECTIONS else ""
