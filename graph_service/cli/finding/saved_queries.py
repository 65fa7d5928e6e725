"""The query commands: conditions with a name."""

from typing import Annotated

import typer

from graph_service.cli.chosen_estate import AsOfOption, EstateChoice, WhatIfOption
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.finding.finding import (
    ColumnsOption,
    DescendingOption,
    LimitOption,
    ListOption,
    OrderOption,
    Wanted,
    column_names,
    show,
)
from graph_service.cli.output import (
    ListFormat,
    RecordFormat,
    stdout,
    table,
    write_csv,
    write_json,
)
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.errors import NotFoundError

query = typer.Typer(
    help="Conditions with a name: save, list, show, run, remove.", no_args_is_help=True
)

_ONE = """key name owner { name } shared where filter reason savedAt savedBy { name }
      count faults { code message place hint }"""
_LIST = f"query SavedQueries {{ savedQueries {{ {_ONE} }} }}"
_SHOW = f"query SavedQuery($key: ID!) {{ savedQuery(key: $key) {{ {_ONE} }} }}"
_PROBLEM = """... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place } }
    ... on StaleRevision {
      baseRevision: expectedRevision currentRevision moved: changed
    }"""
_SAVE = f"""
mutation SaveQuery($input: SaveQueryInput!) {{
  saveQuery(input: $input) {{ ... on QuerySaved {{ savedQuery {{ {_ONE} }} }} {_PROBLEM} }}
}}"""
_REMOVE = f"""
mutation RemoveSavedQuery($input: RemoveSavedQueryInput!) {{
  removeSavedQuery(input: $input) {{ ... on QuerySaved {{ savedQuery {{ key }} }} {_PROBLEM} }}
}}"""
_COLUMNS = {
    "key": "key", "name": "name", "owner": "owner", "shared": "shared", "count": "CIs",
    "where": "which", "fault": "fault",
}  # fmt: skip

Key = Annotated[str, typer.Argument(metavar="KEY", help="What it is saved under.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the query.")]
RecordOption = Annotated[RecordFormat, typer.Option("--format", help="table or json.")]


@query.command()
def save(
    context: typer.Context,
    key: Key,
    reason: Reason,
    where: Annotated[
        str | None,
        typer.Option(metavar="CONDITION", help="Which CIs; left out, it stays as it is."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    shared: Annotated[
        bool | None,
        typer.Option("--shared/--private", help="There for all, or for you alone (default)."),
    ] = None,
    output: RecordOption = RecordFormat.TABLE,
) -> None:
    """Save a condition under a key, or change, rename or share what was saved."""
    session: Session = context.obj
    given = {"name": name, "shared": shared, "filter": None if where is None else {"where": where}}
    said = {field: value for field, value in given.items() if value is not None}

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            answer = await asked.ask(_SAVE, input={"key": key, "reason": reason, **said})
        done = answer["saveQuery"]
        if "code" in done:
            raise problem_error(done)
        return _write_one(done["savedQuery"], output)

    run(do)


@query.command("list")
def list_(context: typer.Context, output: ListOption = ListFormat.TABLE) -> None:
    """List the saved queries that are shared, and your own."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            found = (await asked.ask(_LIST))["savedQueries"]
        rows = [_row(each) for each in found]
        if output is ListFormat.JSON:
            write_json([_shape(each) for each in found])
        elif output is ListFormat.CSV:
            write_csv(rows, list(_COLUMNS))
        elif rows:
            stdout().print(table(_COLUMNS, rows))
        else:
            messages.print("Nothing is saved: graph-service query save KEY --where … --reason …")
        return ExitCode.DONE

    run(do)


@query.command("show")
def show_(context: typer.Context, key: Key, output: RecordOption = RecordFormat.TABLE) -> None:
    """Show what a saved query says, who keeps it, how many CIs meet it, and what ails it."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            found = (await asked.ask(_SHOW, key=key))["savedQuery"]
        if found is None:
            raise NotFoundError("saved query", key)
        return _write_one(found, output)

    run(do)


@query.command("run")
def run_(
    context: typer.Context,
    key: Key,
    order: OrderOption = None,
    descending: DescendingOption = False,
    columns: ColumnsOption = "",
    limit: LimitOption = 50,
    output: ListOption = ListFormat.TABLE,
    as_of: AsOfOption = None,
    what_if: WhatIfOption = None,
) -> None:
    """List the CIs that meet a saved query now, or did then."""
    wanted = Wanted(
        filter={"savedQuery": key},
        order=order,
        descending=descending,
        limit=limit,
        columns=column_names(columns),
    )
    show(context.obj, wanted, output, EstateChoice.of(as_of, what_if))


@query.command()
def remove(context: typer.Context, key: Key, reason: Reason) -> None:
    """Take a saved query out of force."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            done = (await asked.ask(_REMOVE, input={"key": key, "reason": reason}))[
                "removeSavedQuery"
            ]
        if "code" in done:
            raise problem_error(done)
        messages.print(f"{key} is removed.", markup=False)
        return ExitCode.DONE

    run(do)


def _shape(found: Shape) -> Shape:
    return {**found, "owner": found["owner"]["name"], "savedBy": found["savedBy"]["name"]}


def _row(found: Shape) -> Shape:
    fault = "; ".join(each["message"] for each in found["faults"])
    return {**_shape(found), "shared": "yes" if found["shared"] else "no", "fault": fault or None}


def _write_one(found: Shape, output: RecordFormat) -> ExitCode:
    if output is RecordFormat.JSON:
        write_json(_shape(found))
    else:
        row = _row(found)
        shown = {**_COLUMNS, "reason": "reason", "savedAt": "saved at", "savedBy": "saved by"}
        rows = [{"what": label, "value": row[name]} for name, label in shown.items()]
        stdout().print(table({"what": "", "value": ""}, rows))
    for each in found["faults"]:
        hint = f" ({each['hint']})" if each["hint"] else ""
        messages.print(f"{each['place']}: {each['message']}{hint}", markup=False)
    return ExitCode.INCOMPLETE if found["faults"] else ExitCode.DONE
