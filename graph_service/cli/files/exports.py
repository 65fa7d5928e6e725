"""The export command: any list as a file, whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import orjson
import typer

from graph_service.api.exports.asked import (
    CONE,
    OF_CONES,
    OF_LISTS,
    OF_WORKBOOKS,
    WORKBOOK,
    ExportRequest,
    checked,
)
from graph_service.api.exports.lists import LISTS
from graph_service.cli.chosen_estate import (
    AsOfOption,
    ChosenEstate,
    EstateChoice,
    WhatIfOption,
)
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.finding.finding import WhereOption
from graph_service.cli.output import counted
from graph_service.cli.progress import progress
from graph_service.cli.session import Session, messages, run
from graph_service.use_cases.files.columns import About, FileFormat
from graph_service.use_cases.impact.cone_direction import ConeDirection

_STDOUT = Path("-")
_ALLOWED = {CONE: OF_CONES, WORKBOOK: OF_WORKBOOKS}


def export_(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="LIST",
            help=f"{', '.join(LISTS)}; workbook: all that come back, in one file; or cone.",
        ),
    ],
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
    where: WhereOption = "",
    text: Annotated[str, typer.Option(help="Only CIs with these words.")] = "",
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
    filtered = {"classes": classes, "text": text, "where": where}
    request = checked(
        ExportRequest(
            name=name,
            file_format=_format(out, file_format, _ALLOWED.get(name, OF_LISTS)),
            of=of or [],
            filter={key: value for key, value in filtered.items() if value},
            shown_filter=_shown(classes or [], text, where),
            columns=[each.strip() for each in columns.split(",") if each.strip()],
            direction=_direction(direction),
            max_hops=max_hops,
            impact=impact,
            has_mark=out != _STDOUT if mark is None else mark,
        ),
        is_of_now=choice is None,
    )

    async def do() -> ExitCode:
        # What writes files takes time to import, and most commands do without it.
        from graph_service.api.exports.writing import write_export  # noqa: PLC0415 - see above

        async with session.asked() as asked:
            chosen = await choice.opened(asked) if choice else ChosenEstate()
            chosen.say_faults()
            with progress(quiet=session.quiet) as report, whole(out) as stream:
                about = await write_export(
                    asked.ask, request, stream, report, estate=chosen.variables
                )
        if sidecar:
            with whole(sidecar) as stream:
                stream.write(orjson.dumps(about.shape(), option=orjson.OPT_INDENT_2) + b"\n")
        if not session.quiet:
            messages.print(_said(about, out), markup=False)
        return ExitCode.INCOMPLETE if about.unknown or chosen.faults else ExitCode.DONE

    run(do)


def _direction(text: str) -> ConeDirection:
    name = text.strip().upper().replace("-", "_")
    if name not in ConeDirection.__members__:
        message = f"{text!r} is not needs, needed-by or both"
        raise typer.BadParameter(message, param_hint="--direction")
    return ConeDirection[name]


def _format(out: Path, said: FileFormat | None, allowed: Sequence[FileFormat]) -> FileFormat:
    if said:
        return said
    suffix = out.suffix.lower().removeprefix(".")
    if suffix in {*FileFormat}:
        return FileFormat(suffix)
    raise typer.BadParameter(
        f"{out.name!r} does not say what to write; end its name in one of {', '.join(allowed)}, "
        "or say --format",
        param_hint="-o",
    )


def _shown(classes: list[str], text: str, where: str) -> str:
    words = [
        f"class {' or '.join(classes)}" if classes else "",
        f"text {text!r}" if text else "",
        where,
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
