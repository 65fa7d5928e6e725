"""Write a demonstration estate: ``python -m seed story -o estate.yaml``."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from seed import scale, techsol
from seed.output import written
from seed.story import story


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one estate file and nothing else."""
    given = _parser().parse_args(arguments)
    try:
        _write(given.output, _estate(given))
    except OSError as error:
        sys.stderr.write(f"{given.output}: {error.strerror}\n")
        return 1
    return 0


def _estate(given: argparse.Namespace) -> Iterable[str]:
    match given.estate:
        case "story":
            return story()
        case "techsol":
            return (techsol.people if given.people else techsol.techsol)(given.size, given.seed)
        case _:
            return scale.scale(given.size, given.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m seed", description=__doc__)
    estates = parser.add_subparsers(dest="estate", required=True)
    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("-o", "--output", required=True, help="the file to write; - for the screen")
    estates.add_parser("story", parents=[output], help="14 CIs that can be checked by eye")
    company = estates.add_parser("techsol", parents=[output], help="the demonstration company")
    _sized(company, 2_000, techsol.SIZE_MIN, techsol.SIZE_MAX)
    company.add_argument(
        "--people", action="store_true", help="its people instead: a list for import people"
    )
    large = estates.add_parser("scale", parents=[output], help="a large estate, to measure with")
    _sized(large, 100_000, scale.SIZE_MIN, None)
    return parser


def _sized(parser: argparse.ArgumentParser, usual: int, least: int, most: int | None) -> None:
    def size(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"this estate takes at least {least} CIs")
        if most is not None and number > most:
            raise argparse.ArgumentTypeError(f"this estate has at most {most} CIs")
        return number

    parser.add_argument("--size", type=size, default=usual, help=f"how many CIs ({usual})")
    parser.add_argument("--seed", type=int, default=1, help="same size and seed: same bytes (1)")


def _write(output: str, chunks: Iterable[str]) -> None:
    if output == "-":
        # Bytes: a screen of another encoding lacks letters that the names have.
        sys.stdout.buffer.writelines(each.encode() for each in chunks)
        return
    paths = written(Path(output), chunks)
    if len(paths) > 1:
        names = " ".join(str(each) for each in paths)
        sys.stderr.write(f"too large for one file; import them together: {names}\n")


if __name__ == "__main__":
    sys.exit(main())
