"""Write a demonstration estate: ``python -m seed story -o estate.yaml``."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from seed.scale import SIZE_MIN, scale
from seed.story import story


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one estate file and nothing else."""
    given = _parser().parse_args(arguments)
    chunks = story() if given.estate == "story" else scale(given.size, given.seed)
    try:
        _write(given.output, chunks)
    except OSError as error:
        sys.stderr.write(f"{given.output}: {error.strerror}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m seed", description=__doc__)
    estates = parser.add_subparsers(dest="estate", required=True)
    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("-o", "--output", required=True, help="the file to write; - for the screen")
    estates.add_parser("story", parents=[output], help="14 CIs that can be checked by eye")
    large = estates.add_parser("scale", parents=[output], help="a large estate, to measure with")
    large.add_argument("--size", type=_size, default=100_000, help="how many CIs (100000)")
    large.add_argument("--seed", type=int, default=1, help="same size and seed: same bytes (1)")
    return parser


def _size(text: str) -> int:
    size = int(text)
    if size < SIZE_MIN:
        raise argparse.ArgumentTypeError(f"an estate of layers takes at least {SIZE_MIN} CIs")
    return size


def _write(output: str, chunks: Iterable[str]) -> None:
    if output == "-":
        sys.stdout.writelines(chunks)
        return
    # Bytes, so that the file is the same on every system.
    with Path(output).open("wb") as file:
        file.writelines(each.encode() for each in chunks)


if __name__ == "__main__":
    sys.exit(main())
