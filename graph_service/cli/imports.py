"""The import command: plan, shown; then apply, unless a brake holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.answers import ImportRequest
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.files import workbook
from graph_service.cli.output import RecordFormat, plain, shown, stdout, table, write_json
from graph_service.cli.progress import progress
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape

OPERATIONS_SHOWN = 30


def import_(
    context: typer.Context,
    collector: Annotated[
        str | None,
        typer.Argument(metavar="COLLECTOR", help="What reads it: estate, csv, …; or workbook."),
    ] = None,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Files or folders.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="Name of the data source; an estate file names its own.")
    ] = "",
    complete: Annotated[
        bool,
        typer.Option(
            "--complete", help="These paths are all there is: what is gone from them is retired."
        ),
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Stop after the plan and keep it.")] = False,
    apply: Annotated[
        str | None, typer.Option(metavar="PLAN_ID", help="Apply a plan that was kept.")
    ] = None,
    approve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BRAKE=REASON", help="With --apply: release a brake; may be repeated."
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="An option of the collector; may be repeated."),
    ] = None,
    resolve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CELL=MINE|THEIRS",
            help="Of a workbook: whose word counts at a cell; all for what is left; repeatable.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Of a workbook: why, for the log.")] = "",
    marked: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Of a workbook: write a copy with its faulty cells marked."
        ),
    ] = None,
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Import what a data source says: show the plan, then apply it unless a brake holds."""
    session: Session = context.obj
    if apply is not None and (collector or plan):
        raise typer.BadParameter("a kept plan is applied as it is: --apply PLAN_ID and no paths")
    if approve and apply is None:
        raise typer.BadParameter("say of which plan: --apply PLAN_ID", param_hint="--approve")
    if collector == workbook.NAME:
        workbook.import_workbook(
            session,
            paths or [],
            plan_only=plan,
            choices=workbook.choices_of(resolve or []),
            reason=reason,
            marked=marked,
            output=output,
        )
    elif apply is not None and apply.startswith(workbook.PLAN_PREFIX):
        workbook.apply_workbook(session, apply, reason, output)
    if resolve or reason or marked:
        raise typer.BadParameter("--resolve, --reason and --marked are for import workbook")
    approvals = _pairs(approve or [], "--approve")
    options = _pairs(option or [], "--option")

    async def do() -> ExitCode:
        async with session.answers(writing=True) as answers:
            with progress(quiet=session.quiet) as report:
                if apply is not None:
                    done = [await answers.apply(apply, approvals, report)]
                elif plan:
                    done = await answers.plan(
                        _request(collector, paths, source, complete, options), report
                    )
                else:
                    request = _request(collector, paths, source, complete, options)
                    done = await answers.imports(request, report, _say_plan(session, output))
        _write(done, output, planned=plan)
        return max((_exit_code(each, planned=plan) for each in done), default=ExitCode.DONE)

    run(do)


def _request(
    collector: str | None,
    paths: list[Path] | None,
    source: str,
    complete: bool,
    options: dict[str, str],
) -> ImportRequest:
    if not collector or not paths:
        raise typer.BadParameter("say what to read: graph-service import COLLECTOR PATH…")
    return ImportRequest(
        collector=collector, paths=paths, data_source=source, complete=complete, options=options
    )


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for each in texts:
        name, sign, value = each.partition("=")
        if not (name and sign and value.strip()):
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE", param_hint=option)
        pairs[name] = value
    return pairs


def _say_plan(session: Session, output: RecordFormat) -> Callable[[Shape], None]:
    def say(plan: Shape) -> None:
        if not session.quiet and output is RecordFormat.TABLE:
            messages.print(f"Plan for {plan['dataSource']}: {_figures(plan)}", markup=False)

    return say


def _figures(shape: Shape) -> str:
    def figures(name: str) -> str:
        counted = [f"{count} {what}" for what, count in shape[name].items() if count]
        return ", ".join(counted) or "none"

    sorts = {"cis": "CIs", "relationships": "relationships", "people": "people"}
    said = {each for each in sorts if any(shape[each].values())} or {"cis", "relationships"}
    if said != {"people"}:
        said |= {"cis", "relationships"}
    return " · ".join(f"{word}: {figures(name)}" for name, word in sorts.items() if name in said)


def _exit_code(shape: Shape, *, planned: bool) -> ExitCode:
    if not shape["readToTheEnd"]:
        return ExitCode.INCOMPLETE
    if shape["held"]:
        return ExitCode.HELD
    if planned and shape["operations"]:
        return ExitCode.CHANGES_PENDING
    return ExitCode.DONE


def _write(done: list[Shape], output: RecordFormat, *, planned: bool) -> None:
    if output is RecordFormat.JSON:
        write_json(done[0] if len(done) == 1 else done)
        return
    for each in done:
        _write_one(each, planned=planned)


def _write_one(shape: Shape, *, planned: bool) -> None:
    console = stdout()
    if planned:
        console.print(f"Plan {shape['plan']} for {shape['dataSource']}", markup=False)
        _write_operations(shape)
    elif shape["revisions"]:
        first, last = shape["revisions"][0], shape["revisions"][-1]
        span = f"revision {first}" if first == last else f"revisions {first} to {last}"
        console.print(f"Written as {span}: {_figures(shape)}", markup=False)
    elif any(count for what, count in shape["people"].items() if what != "unchanged"):
        console.print(f"Written to the directory: {_figures(shape)}", markup=False)
    else:
        console.print(f"Nothing to write: {_figures(shape)}", markup=False)
    if shape["unresolved"]:
        columns = {"source": "source", "type": "type", "target": "target"}
        columns |= {"reference": "not found", "place": "read at"}
        title = f"{len(shape['unresolved'])} unresolved: kept until a CI answers to them"
        console.print(table(columns, shape["unresolved"][:OPERATIONS_SHOWN], title))
    if shape["quarantined"]:
        columns = {"place": "read at", "message": "what is wrong", "remedy": "remedy"}
        title = f"{len(shape['quarantined'])} could not be read; so nothing was retired"
        console.print(table(columns, shape["quarantined"][:OPERATIONS_SHOWN], title))
    for each in shape["findings"][:OPERATIONS_SHOWN]:
        where = f" ({each['place']})" if each["place"] else ""
        console.print(f"Note: {plain(each['message'])}{plain(where)}", markup=False)
    for each in shape["held"]:
        console.print(f"Held by {each['id']}: {each['message']}", markup=False)
    if shape["held"]:
        console.print(
            f"Release it with: graph-service import --apply {shape['plan']} "
            f'--approve {shape["held"][0]["id"]}="why this is right"',
            markup=False,
        )
    elif planned and shape["operations"]:
        console.print(f"Apply it with: graph-service import --apply {shape['plan']}", markup=False)


def _write_operations(shape: Shape) -> None:
    console = stdout()
    console.print(_figures(shape), markup=False)
    if not shape["operations"]:
        return
    columns = {"action": "what", "label": "record", "className": "class or type", "why": "why"}
    rows = [
        {**each, "why": f"{each['why']} {shown(', '.join(each['changed']))}".strip()}
        for each in shape["operations"][:OPERATIONS_SHOWN]
    ]
    console.print(table(columns, rows))
    left = len(shape["operations"]) - OPERATIONS_SHOWN
    if left > 0:
        console.print(f"… and {left} more: --format json has them all")
