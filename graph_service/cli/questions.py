"""Commands that ask: impact, ci, find, unresolved, revisions."""

from typing import Annotated

import typer

from graph_service.cli import impact_view
from graph_service.cli.asked_of import asked_of, left_out, of_estate
from graph_service.cli.chosen_estate import AsOfOption, EstateChoice, WhatIfOption
from graph_service.cli.ci_view import write_ci
from graph_service.cli.durations import duration
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.finding.finding import keys_where
from graph_service.cli.output import Format, ListFormat, stdout, table, write_csv, write_json
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.errors import CINotFoundError
from graph_service.model.impact_state import ImpactState

ROWS_SHOWN = 50

ListOption = Annotated[ListFormat, typer.Option("--format", help="table, json or csv.")]


def impact(
    context: typer.Context,
    cis: Annotated[
        list[str] | None, typer.Argument(metavar="CI…", help="Ids, keys or unique names.")
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            metavar="CONDITION", help="And all CIs that meet this: query:KEY for a saved group."
        ),
    ] = "",
    state: Annotated[str, typer.Option(help="DOWN, DEGRADED or AT_RISK.")] = "DOWN",
    lasting: Annotated[
        str | None,
        typer.Option("--duration", help="How long it lasts (30m, 2h); default: without end."),
    ] = None,
    max_hops: Annotated[
        int | None, typer.Option(min=1, help="Show nothing further away than this.")
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", help="table, json, csv or mermaid.")
    ] = Format.TABLE,
    everything: Annotated[
        bool, typer.Option("--all", help=f"In a table, show more than {ROWS_SHOWN} rows of a list.")
    ] = False,
    as_of: AsOfOption = None,
    what_if: WhatIfOption = None,
) -> None:
    """Show what breaks when these CIs do, what survives and why, with the path to each."""
    session: Session = context.obj
    if not cis and not where:
        raise typer.BadParameter("say which CIs, or --where", param_hint="CI…")
    wanted = _state(state)
    minutes = None if lasting is None else duration(lasting).total_seconds() / 60

    async def ask() -> ExitCode:
        choice = EstateChoice.of(as_of, what_if)
        members = await keys_where(session, where, choice) if where else []
        if where and not members and not cis:
            messages.print("Nothing meets this, so nothing breaks by it.")
            return ExitCode.DONE
        async with asked_of(session, choice) as (answers, chosen):
            answer = await answers.impact(
                [*(cis or ()), *members],
                state=wanted,
                duration_minutes=minutes,
                max_hops=max_hops,
                rows_max=ROWS_SHOWN if output is Format.TABLE and not everything else None,
            )
            missing = answer["completeness"]["unresolved"]
            near = {each: await answers.keys_like(each) for each in missing}
        if answer["of"]:
            _write_impact(of_estate(answer, chosen), output)
        for each in missing:
            messages.print(str(CINotFoundError(each, near[each])), markup=False)
        return ExitCode.INCOMPLETE if missing else left_out(chosen)

    run(ask)


def _state(text: str) -> ImpactState:
    name = text.strip().upper().replace("-", "_")
    if name not in {"DOWN", "DEGRADED", "AT_RISK"}:
        raise typer.BadParameter(f"{text!r} is not DOWN, DEGRADED or AT_RISK", param_hint="--state")
    return ImpactState[name]


def _write_impact(answer: Shape, output: Format) -> None:
    match output:
        case Format.JSON:
            write_json(answer)
        case Format.CSV:
            write_csv(impact_view.csv_rows(answer), impact_view.ROW_COLUMNS)
        case Format.MERMAID:
            for line in impact_view.mermaid(answer):
                print(line)  # noqa: T201 - the answer itself
        case Format.TABLE:
            impact_view.write_page(stdout(), answer)


def ci(
    context: typer.Context,
    called: Annotated[str, typer.Argument(metavar="CI", help="An id, key or unique name.")],
    output: ListOption = ListFormat.TABLE,
    as_of: AsOfOption = None,
    what_if: WhatIfOption = None,
) -> None:
    """Show everything about one CI: attributes and who says so, what stands beside it, history."""
    session: Session = context.obj

    async def ask() -> ExitCode:
        async with asked_of(session, EstateChoice.of(as_of, what_if)) as (answers, chosen):
            page = of_estate(await answers.ci(called), chosen)
        if output is ListFormat.JSON:
            write_json(page)
        elif output is ListFormat.CSV:
            columns = ("name", "value", "dataSource", "origin", "observedAt", "evidence")
            write_csv(
                ({**(each["provenance"] or {}), **each} for each in page["attributes"]), columns
            )
        else:
            write_ci(stdout(), page)
        return left_out(chosen)

    run(ask)


def unresolved(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only what this data source says.")] = None,
    output: ListOption = ListFormat.TABLE,
) -> None:
    """List relationships one end of which no CI answers to; they are kept until one does."""
    columns = {
        "dataSource": "data source", "source": "source", "type": "type", "target": "target",
        "reference": "not found", "place": "read at",
    }  # fmt: skip
    session: Session = context.obj

    async def ask() -> ExitCode:
        async with session.answers() as answers:
            found = await answers.unresolved(source)
        if output is ListFormat.JSON:
            write_json(found)
        else:
            _write_list(found, columns, output)
            if not found and output is ListFormat.TABLE:
                messages.print("Every reference leads to a CI.")
        return ExitCode.DONE

    run(ask)


def revisions(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most rows.")] = 20,
    output: ListOption = ListFormat.TABLE,
) -> None:
    """List what was written, newest first: when, by whom and why."""
    columns = {
        "revision": "revision", "at": "at", "actor": "by", "entryCount": "records",
        "reason": "reason", "run": "run",
    }  # fmt: skip
    session: Session = context.obj

    async def ask() -> ExitCode:
        async with session.answers() as answers:
            found = await answers.revisions(limit)
        if output is ListFormat.JSON:
            write_json(found)
        else:
            _write_list(
                found, columns | ({"hash": "hash"} if output is ListFormat.CSV else {}), output
            )
        return ExitCode.DONE

    run(ask)


def _write_list(rows: list[Shape], columns: dict[str, str], output: ListFormat) -> None:
    if output is ListFormat.CSV:
        write_csv(rows, list(columns))
    elif rows:
        stdout().print(table(columns, rows))
