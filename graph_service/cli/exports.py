"""The export command: any list as a file, whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import orjson
import typer

from graph_service.api.exports.lists import LISTS, Listing
from graph_service.cli.answers import Progress
from graph_service.cli.chosen_estate import (
    AsOfOption,
    ChosenEstate,
    EstateChoice,
    WhatIfOption,
)
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.finding import WhereOption
from graph_service.cli.output import counted
from graph_service.cli.progress import progress
from graph_service.cli.session import Session, messages, run
from graph_service.model.instants import instant_text
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.cone_direction import ConeDirection
from graph_service.use_cases.files.columns import About, FileFormat

if TYPE_CHECKING:
    from graph_service.api.exports.export import Ask

_STDOUT = Path("-")
CONE = "cone"


def export_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LIST", help=f"{', '.join(LISTS)}; or cone.")],
    of: Annotated[
        list[str] | None,
        typer.Argument(metavar="CI…", help="Whose list it is, where it is that of CIs."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Where to; - is standard output."),
    ] = _STDOUT,
    file_format: Annotated[
        FileFormat | None,
        typer.Option(
            "--format",
            help="csv, json, jsonl or xlsx; of a cone graphml or json; default: the file's suffix.",
        ),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Only CIs of this class or what specialises it; repeatable."),
    ] = None,
    text: Annotated[str, typer.Option(help="Only CIs with these words.")] = "",
    where: WhereOption = "",
    columns: Annotated[
        str, typer.Option(metavar="A,B,…", help="Attributes to write, or all.")
    ] = "",
    direction: Annotated[str, typer.Option(help="Of a cone: needs, needed-by or both.")] = "both",
    max_hops: Annotated[
        int | None, typer.Option(min=1, help="Of a cone: nothing further away than this.")
    ] = None,
    impact: Annotated[
        bool,
        typer.Option("--impact", help="Of a cone: the state of each CI when these are down."),
    ] = False,
    as_of: AsOfOption = None,
    what_if: WhatIfOption = None,
    mark: Annotated[
        bool | None,
        typer.Option(
            "--bom/--no-bom",
            help="Begin CSV with a byte-order mark, by which spreadsheets know UTF-8; "
            "default: in files, not on standard output.",
        ),
    ] = None,
    sidecar: Annotated[
        Path | None,
        typer.Option("--about", metavar="FILE", help="Write what the file is here, as JSON."),
    ] = None,
) -> None:
    """Write a list to a file: all of it or nothing, at one revision."""
    session: Session = context.obj
    choice = EstateChoice.of(as_of, what_if)
    if name == CONE:
        writes = _cone(of or [], out, file_format, (_direction(direction), max_hops, impact))
    else:
        listing = _listing(name)
        if choice and not listing.is_of_estate:
            raise typer.BadParameter(f"{name} is always that of now", param_hint="--as-of")
        writes = _list(
            listing,
            of or [],
            _format(out, file_format, lists=True),
            (_Filter(classes or [], text, where), columns),
            has_mark=out != _STDOUT if mark is None else mark,
        )

    async def do() -> ExitCode:
        async with session.asked() as asked:
            chosen = await choice.opened(asked) if choice else ChosenEstate()
            chosen.say_faults()
            with progress(quiet=session.quiet) as report, whole(out) as stream:
                about = await writes(asked.ask, chosen, stream, report)
        if sidecar:
            with whole(sidecar) as stream:
                stream.write(orjson.dumps(about.shape(), option=orjson.OPT_INDENT_2) + b"\n")
        if not session.quiet:
            messages.print(_said(about, out), markup=False)
        return ExitCode.INCOMPLETE if about.unknown or chosen.faults else ExitCode.DONE

    run(do)


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which CIs are written."""

    classes: list[str]
    text: str
    where: str

    @property
    def variables(self) -> dict[str, object]:
        """The filter as documents take it; empty: all CIs."""
        said = {"classes": self.classes, "text": self.text, "where": self.where}
        return {name: value for name, value in said.items() if value}


Writes = Callable[["Ask", ChosenEstate, IO[bytes], Progress], Awaitable[About]]
"""Writes a file of an estate; what it takes to do so is imported only then."""


def _list(
    listing: Listing,
    of: list[str],
    file_format: FileFormat,
    chosen_by: tuple[_Filter, str],
    *,
    has_mark: bool,
) -> Writes:
    rows, columns = chosen_by
    variables = _variables(listing, of, rows)

    async def writes(
        ask: "Ask", chosen: ChosenEstate, stream: IO[bytes], report: Progress
    ) -> About:
        from graph_service.api.exports.export import Wanted, export  # noqa: PLC0415 - see Writes

        wanted = Wanted(
            listing=listing,
            file_format=file_format,
            exported_at=instant_text(datetime.now(UTC)),
            variables=variables,
            estate=chosen.variables,
            columns=[each.strip() for each in columns.split(",") if each.strip()],
            classes=rows.classes,
            shown_filter=_shown(of, rows),
            has_mark=has_mark,
        )
        return await export(ask, wanted, stream, report)

    return writes


def _cone(
    of: list[str],
    out: Path,
    file_format: FileFormat | None,
    shape: tuple[ConeDirection, int | None, bool],
) -> Writes:
    direction, max_hops, impact = shape
    if impact and not of:
        raise typer.BadParameter("say what is down: graph-service export cone CI… --impact")
    wanted_format = _format(out, file_format, lists=False)

    async def writes(
        ask: "Ask", chosen: ChosenEstate, stream: IO[bytes], report: Progress
    ) -> About:
        from graph_service.api.exports.cones import (  # noqa: PLC0415 - see Writes
            WantedCone,
            export_cone,
        )

        wanted = WantedCone(
            of=of,
            direction=direction.value,
            max_hops=max_hops,
            with_impact=impact,
            file_format=wanted_format,
            exported_at=instant_text(datetime.now(UTC)),
            estate=chosen.variables,
        )
        return await export_cone(ask, wanted, stream, report)

    return writes


def _direction(text: str) -> ConeDirection:
    name = text.strip().upper().replace("-", "_")
    if name not in ConeDirection.__members__:
        message = f"{text!r} is not needs, needed-by or both"
        raise typer.BadParameter(message, param_hint="--direction")
    return ConeDirection[name]


def _listing(name: str) -> Listing:
    if name in LISTS:
        return LISTS[name]
    known = (*LISTS, CONE)
    near = nearest(name, known)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise typer.BadParameter(f"there is no list {name!r}; {hint}", param_hint="LIST")


_OF_LISTS = (FileFormat.CSV, FileFormat.JSON, FileFormat.JSONL, FileFormat.XLSX)
_OF_CONES = (FileFormat.GRAPHML, FileFormat.JSON)


def _format(out: Path, said: FileFormat | None, *, lists: bool) -> FileFormat:
    allowed = _OF_LISTS if lists else _OF_CONES
    suffix = said or out.suffix.lower().removeprefix(".")
    for each in allowed:
        if suffix == each:
            return each
    known, what = ", ".join(allowed), "a list is" if lists else "a cone is"
    if said:
        raise typer.BadParameter(f"{what} never {said}; say one of {known}", param_hint="--format")
    raise typer.BadParameter(
        f"{out.name!r} does not say what to write; end its name in one of {known}, or say --format",
        param_hint="-o",
    )


def _variables(listing: Listing, of: list[str], rows: _Filter) -> dict[str, object]:
    variables: dict[str, object] = {}
    if "of" in listing.needs:
        variables["of"] = [{"ci": {"text": each}} for each in of]
    elif "ci" in listing.needs and len(of) == 1:
        variables["ci"] = {"text": of[0]}
    if listing.needs and not any(variables.values()):
        raise typer.BadParameter(f"say of which CI: graph-service export {listing.name} CI")
    if of and not (listing.needs or "cone" in listing.takes):
        raise typer.BadParameter(f"{listing.name} is not the list of a CI; leave {of[0]!r} out")
    if rows.variables and "filter" not in listing.takes:
        raise typer.BadParameter(f"{listing.name} is not a list of CIs: it takes no filter")
    if "cone" in listing.takes and of:
        variables["cone"] = [{"text": each} for each in of]
    if "filter" in listing.takes:
        variables["filter"] = rows.variables
    return variables


def _shown(of: list[str], rows: _Filter) -> str:
    words = [
        f"of {', '.join(of)}" if of else "",
        f"class {' or '.join(rows.classes)}" if rows.classes else "",
        f"text {rows.text!r}" if rows.text else "",
        rows.where,
    ]
    return ", ".join(each for each in words if each)


def _said(about: About, out: Path) -> str:
    rows = counted(about.row_count, "row")
    where = "" if out == _STDOUT else f" in {out}"
    filtered = f", {about.filter}" if about.filter else ""
    hidden = f", {about.hidden_ci_count} hidden from you" if about.hidden_ci_count else ""
    unknown = [f"nothing is called {each!r}" for each in about.unknown]
    notes = "".join(f"\nNote: {each}" for each in (*unknown, *about.notes))
    return f"{about.title}: {rows} at revision {about.revision}{filtered}{hidden}{where}{notes}"


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream to a file that appears when all of it is written, and never in part."""
    if path == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    # Beside it, so that it can be renamed: another file system would have to copy it.
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part", delete=False
    ) as stream:
        aside = Path(stream.name)
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            aside.chmod(0o666 & ~_umask())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
