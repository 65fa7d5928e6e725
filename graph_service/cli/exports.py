"""The export command: any list as a file, whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated

import orjson
import typer

from graph_service.api.exports.lists import LISTS, Listing
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import counted
from graph_service.cli.progress import progress
from graph_service.cli.session import Session, messages, run
from graph_service.model.instants import instant_text
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.files.columns import About, FileFormat

_STDOUT = Path("-")


def export_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LIST", help=f"{', '.join(LISTS)}.")],
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
        typer.Option("--format", help="csv, json, jsonl or xlsx; default: the file's suffix."),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Only CIs of this class or what specialises it; repeatable."),
    ] = None,
    text: Annotated[str, typer.Option(help="Only CIs with these words.")] = "",
    columns: Annotated[
        str, typer.Option(metavar="A,B,…", help="Attributes to write, or all.")
    ] = "",
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
    # What writes files takes time to import, and most commands do without it.
    from graph_service.api.exports.export import Wanted, export  # noqa: PLC0415 - see above

    session: Session = context.obj
    listing = _listing(name)
    wanted = Wanted(
        listing=listing,
        file_format=file_format or _by_suffix(out),
        exported_at=instant_text(datetime.now(UTC)),
        variables=_variables(listing, of or [], classes or [], text),
        columns=[each.strip() for each in columns.split(",") if each.strip()],
        classes=classes or [],
        shown_filter=_shown(of or [], classes or [], text),
        has_mark=out != _STDOUT if mark is None else mark,
    )

    async def do() -> ExitCode:
        async with session.asked() as asked:
            with progress(quiet=session.quiet) as report, whole(out) as stream:
                about = await export(asked.ask, wanted, stream, report)
        if sidecar:
            with whole(sidecar) as stream:
                stream.write(orjson.dumps(about.shape(), option=orjson.OPT_INDENT_2) + b"\n")
        if not session.quiet:
            messages.print(_said(about, out), markup=False)
        return ExitCode.INCOMPLETE if about.unknown else ExitCode.DONE

    run(do)


def _listing(name: str) -> Listing:
    if name in LISTS:
        return LISTS[name]
    near = nearest(name, LISTS)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(LISTS)}"
    raise typer.BadParameter(f"there is no list {name!r}; {hint}", param_hint="LIST")


def _by_suffix(out: Path) -> FileFormat:
    suffix = out.suffix.lower().removeprefix(".")
    if suffix in {*FileFormat}:
        return FileFormat(suffix)
    known = ", ".join(FileFormat)
    raise typer.BadParameter(
        f"{out.name!r} does not say what to write; name the file .{suffix or 'csv'} as one of "
        f"{known}, or say --format",
        param_hint="-o",
    )


def _variables(listing: Listing, of: list[str], classes: list[str], text: str) -> dict[str, object]:
    variables: dict[str, object] = {}
    if "of" in listing.needs:
        variables["of"] = [{"ci": {"text": each}} for each in of]
    elif "ci" in listing.needs and len(of) == 1:
        variables["ci"] = {"text": of[0]}
    if listing.needs and not any(variables.values()):
        raise typer.BadParameter(f"say of which CI: graph-service export {listing.name} CI")
    if of and not listing.needs:
        raise typer.BadParameter(f"{listing.name} is not the list of a CI; leave {of[0]!r} out")
    if (classes or text) and "filter" not in listing.takes:
        raise typer.BadParameter(f"{listing.name} is not a list of CIs: it takes no filter")
    if "filter" in listing.takes:
        variables["filter"] = {"classes": classes or None, "text": text or None}
    return variables


def _shown(of: list[str], classes: list[str], text: str) -> str:
    words = [
        f"of {', '.join(of)}" if of else "",
        f"class {' or '.join(classes)}" if classes else "",
        f"text {text!r}" if text else "",
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
