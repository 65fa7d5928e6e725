"""Commands about the log: log, log verify, revision."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.log.log_asking import CHECK, COUNT, pages_of, whole_revision
from graph_service.cli.log.log_following import follow_log
from graph_service.cli.log.log_view import (
    TABLE_COLUMNS,
    EntryWriter,
    entry_shape,
    table_row,
    write_revision,
)
from graph_service.cli.moments import bound
from graph_service.cli.output import (
    ListFormat,
    RecordFormat,
    counted,
    stdout,
    table,
    write_json,
)
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.revision import Operation, RecordType
from graph_service.model.vocabulary.vocabulary import nearest

ROWS_SHOWN = 50

log = typer.Typer(
    help="Show what was done to records, newest first: by whom, when, why, before and after.",
    invoke_without_command=True,
)


@log.callback()
def entries(
    context: typer.Context,
    cis: Annotated[
        list[str] | None,
        typer.Option("--ci", help="Only what concerns this CI: an id, key or name; repeatable."),
    ] = None,
    actors: Annotated[
        list[str] | None,
        typer.Option("--actor", help="Only what they did: an id or exact name; repeatable."),
    ] = None,
    actions: Annotated[
        list[str] | None,
        typer.Option("--action", help=f"Only {', '.join(Operation)}; repeatable."),
    ] = None,
    record_types: Annotated[
        list[str] | None,
        typer.Option("--type", help=f"Only records that are {', '.join(RecordType)}; repeatable."),
    ] = None,
    attributes: Annotated[
        list[str] | None,
        typer.Option("--attribute", help="Only where this attribute or field changed; repeatable."),
    ] = None,
    of_run: Annotated[str, typer.Option("--run", help="Only what this import run wrote.")] = "",
    change: Annotated[str, typer.Option(help="Only what was written under this change.")] = "",
    reason: Annotated[str, typer.Option(help="Only where the reason contains this.")] = "",
    since: Annotated[
        str, typer.Option(help="From a revision, an instant or a length of time ago (2d) on.")
    ] = "",
    until: Annotated[str, typer.Option(help="Up to one, inclusive.")] = "",
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Go on with what is written; end it with Ctrl-C."),
    ] = False,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="In order.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"Most entries; default: {ROWS_SHOWN} in a table, else all."),
    ] = None,
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or csv.")
    ] = ListFormat.TABLE,
) -> None:
    """Show what was done to records, newest first: by whom, when, why, before and after."""
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    wanted = {
        "cis": [{"text": each} for each in cis or ()],
        "actors": actors,
        "actions": [_chosen(each, Operation, "--action") for each in actions or ()],
        "recordTypes": [_chosen(each, RecordType, "--type") for each in record_types or ()],
        "names": attributes,
        "run": of_run,
        "change": change,
        "reason": reason,
        "since": bound(since, "--since"),
        "until": bound(until, "--until", is_end=True),
    }
    asked_for = {name: value for name, value in wanted.items() if value}
    most = limit or (ROWS_SHOWN if output is ListFormat.TABLE else None)
    direction = "ASC" if oldest_first else "DESC"

    if follow:
        if limit or oldest_first:
            raise typer.BadParameter("--limit and --oldest-first do not go with --follow")
        run(lambda: follow_log(session, asked_for, output))

    async def do() -> ExitCode:
        async with session.asked() as asked:
            pages = pages_of(asked, asked_for, direction, most)
            if output is ListFormat.TABLE:
                await _write_table(session, asked, asked_for, pages)
                return ExitCode.DONE
            writer = EntryWriter(is_json=output is ListFormat.JSON)
            async for page in pages:
                writer.write(page)
            writer.end()
        return ExitCode.DONE

    run(do)


async def _write_table(
    session: Session, asked: Asked, wanted: Shape, pages: AsyncIterator[list[Shape]]
) -> None:
    nodes = [each async for page in pages for each in page]
    if nodes:
        stdout().print(table(TABLE_COLUMNS, [table_row(each) for each in nodes]))
    else:
        messages.print("Nothing in the log meets this." if wanted else "Nothing was written yet.")
    if session.quiet or not nodes:
        return
    total = (await asked.ask(COUNT, filter=wanted))["log"]["totalCount"]
    if total > len(nodes):
        left = total - len(nodes)
        messages.print(f"… and {left} more: --limit {total} has them all, --format csv too")


@log.command("verify")
def verify(
    context: typer.Context,
    first: Annotated[int, typer.Option("--from", min=1, help="First revision.")] = 1,
    last: Annotated[
        int | None, typer.Option("--to", min=1, help="Last revision; default: the newest.")
    ] = None,
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Check that the log is whole and that nobody altered it: every hash, every entry."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            found = (await asked.ask(CHECK, first=first, last=last))["chainCheck"]
        if output is RecordFormat.JSON:
            write_json(found)
        else:
            _say_check(found)
        return ExitCode.DONE if found["intact"] else ExitCode.ERROR

    run(do)


def _say_check(found: Shape) -> None:
    stretch = f"revisions {found['fromRevision']} to {found['toRevision']}"
    if found["toRevision"] == 0:
        stretch = "an empty log"
    for each in found["faults"]:
        messages.print(f"{each['place']}: {each['message']} ({each['code']})", markup=False)
    if found["intact"]:
        entry_count = counted(found["entryCount"], "entry", "entries")
        stdout().print(f"Intact: {stretch}, {entry_count}. The last hash is {found['headHash']}")
    else:
        stdout().print(
            f"Broken: {stretch}. The first revision that is not as it was sealed is "
            f"{found['firstBroken']}."
        )


def revision(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="REVISION", min=1, help="Its number.")],
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or csv.")
    ] = ListFormat.TABLE,
) -> None:
    """Show what one revision did, record by record, before and after."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            page = await whole_revision(asked, number)
        if page is None:
            messages.print(f"There is no revision {number}; see: graph-service revisions")
            return ExitCode.INCOMPLETE
        if output is ListFormat.TABLE:
            write_revision(stdout(), page)
        elif output is ListFormat.JSON:
            write_json({**page, "entries": [entry_shape(each) for each in page["entries"]]})
        else:
            writer = EntryWriter(is_json=False)
            writer.write(page["entries"])
            writer.end()
        return ExitCode.DONE

    run(do)


def _chosen(text: str, among: type[StrEnum], option: str) -> str:
    name = text.strip().upper().replace("-", "_")
    if name in {*among}:
        return name
    near = nearest(name, [*among], 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise typer.BadParameter(
        f"there is no {text!r}; {hint}there are {', '.join(among)}", param_hint=option
    )
