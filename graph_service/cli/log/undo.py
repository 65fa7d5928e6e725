"""The undo command: a revision, or all that an import run wrote, taken back as a new revision."""

from typing import Annotated

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.log.log_view import changed
from graph_service.cli.output import RecordFormat, counted, stdout, table, write_json
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape

PAGE = 500
ROWS_SHOWN = 50

_CONFLICTS = """conflicts(first: $first, after: $after) { totalCount
      nodes { record { id key recordType } name before kept because revision at
              actor { id name type } reason }
      pageInfo { hasNextPage endCursor } }"""

_CHANGES = """changes(first: $first, after: $after) { totalCount
      nodes { record { id key recordType name } action differences { name before after } }
      pageInfo { hasNextPage endCursor } }"""


def _plan_document(connection: str) -> str:
    return f"""
query UndoPlan($of: UndoSubject!, $first: Int!, $after: String) {{
  undoPlan(of: $of) {{ revisions run baseRevision {connection} }}
}}"""


_PROBLEM = "... on Problem { code message hint }"
_REFUSED = f"""
    {_PROBLEM}
    ... on ValidationFailed {{ faults {{ code message place hint }} }}
    ... on StaleRevision {{ baseRevision: expectedRevision currentRevision moved: changed }}"""
_UNDONE = f"""
    ... on Undone {{ revision changed undoneRevisions run revisions reactivatedCount updatedCount
                     retiredCount keptCount }}{_REFUSED}"""

_UNDO = f"""
mutation Undo($revision: RevisionNumber!, $reason: String!, $onConflict: OnConflict!) {{
  done: undoRevision(input: {{revision: $revision, reason: $reason, onConflict: $onConflict}}) {{
    {_UNDONE}
  }}
}}"""

_REVERT = f"""
mutation Revert($run: ID!, $reason: String!, $onConflict: OnConflict!) {{
  done: revertRun(input: {{run: $run, reason: $reason, onConflict: $onConflict}}) {{
    {_UNDONE}
  }}
}}"""


def undo(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="[REVISION]", min=1, help="The revision to undo.")
    ] = None,
    of_run: Annotated[
        str, typer.Option("--run", help="All that this import run wrote, instead of a revision.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")] = "",
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Show what it would do, and do nothing.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep-later", help="Leave values that were written since, undo the rest."),
    ] = False,
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Undo a revision or an import run: what it changed goes back, as a new revision."""
    session: Session = context.obj
    if (number is None) == (not of_run):
        raise typer.BadParameter("say what to undo: a revision, or a run by --run")
    if not (plan_only or reason.strip()):
        raise typer.BadParameter("say why it is undone", param_hint="--reason")
    is_table = output is RecordFormat.TABLE
    of: Shape = {"run": of_run} if of_run else {"revision": number}

    async def do() -> ExitCode:
        async with session.asked(writing=not plan_only) as asked:
            plan = await _plan_of(asked, of, ROWS_SHOWN if is_table else None)
            if plan is None:
                what = f"run {of_run}" if of_run else f"revision {number}"
                messages.print(f"There is no {what}.", markup=False)
                return ExitCode.INCOMPLETE
            if plan_only or (plan["conflicts"] and not keep):
                return _show_plan(plan, output, is_refused=not plan_only)
            if is_table and not session.quiet:
                _say_changes(plan)
            done = await _done(asked, of, reason, keep=keep)
        return _show_done(done, output)

    run(do)


async def _plan_of(asked: Asked, of: Shape, most: int | None) -> Shape | None:
    """Return a plan with its changes and conflicts: all of them, or the first, with their count."""
    plan: Shape = {}
    for name, connection in (("changes", _CHANGES), ("conflicts", _CONFLICTS)):
        after, nodes = None, []
        while True:
            document = _plan_document(connection)
            answer = await asked.ask(document, of=of, first=most or PAGE, after=after)
            found: Shape | None = answer["undoPlan"]
            if found is None:
                return None
            page = found.pop(name)
            nodes += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if most or not page["pageInfo"]["hasNextPage"]:
                break
        plan |= {**found, name: nodes, f"{name[:-1]}Count": page["totalCount"]}
    return plan


async def _done(asked: Asked, of: Shape, reason: str, *, keep: bool) -> Shape:
    how = {"reason": reason, "onConflict": "KEEP" if keep else "REFUSE"}
    answer = await asked.ask(_REVERT if "run" in of else _UNDO, **of, **how)
    done: Shape = answer["done"]
    if "code" in done:
        raise problem_error(done)
    return done


def _show_plan(plan: Shape, output: RecordFormat, *, is_refused: bool) -> ExitCode:
    if output is RecordFormat.JSON:
        write_json(plan)
    else:
        _say_changes(plan)
        _say_conflicts(plan)
    if plan["conflicts"]:
        if is_refused:
            messages.print("Nothing was undone: --keep-later leaves these and undoes the rest.")
        return ExitCode.CHANGES_PENDING
    return ExitCode.CHANGES_PENDING if plan["changes"] else ExitCode.DONE


def _say_changes(plan: Shape) -> None:
    rows = [
        {"action": each["action"], "key": each["record"]["key"], "changed": changed(each)}
        for each in plan["changes"]
    ]
    if rows:
        columns = {"action": "what", "key": "record", "changed": "now → then"}
        stdout().print(table(columns, rows, "Goes back"))
    else:
        stdout().print("Nothing goes back: it is as it was before already.")
    if (left := plan["changeCount"] - len(rows)) > 0:
        messages.print(f"… and {left} more: --plan --format json has them all")


def _say_conflicts(plan: Shape) -> None:
    if not plan["conflicts"]:
        return
    rows = [
        {
            **each,
            "key": each["record"]["key"],
            "actor": each["actor"] and each["actor"]["name"],
        }
        for each in plan["conflicts"]
    ]
    columns = {
        "key": "record", "name": "what", "before": "would be", "kept": "stays",
        "because": "because", "revision": "revision", "at": "at", "actor": "by",
    }  # fmt: skip
    stdout().print()
    stdout().print(table(columns, rows, "In the way"))
    if (left := plan["conflictCount"] - len(rows)) > 0:
        messages.print(f"… and {left} more: --plan --format json has them all")


def _show_done(done: Shape, output: RecordFormat) -> ExitCode:
    if output is RecordFormat.JSON:
        write_json(done)
        return ExitCode.DONE
    if not done["changed"]:
        stdout().print("Nothing to undo: it is as it was before already.")
        return ExitCode.DONE
    written = done["revisions"]
    where = (
        f"revision {written[0]}"
        if len(written) == 1
        else f"revisions {written[0]} to {written[-1]}"
    )
    figures = (
        f"{counted(done['reactivatedCount'], 'record')} came back, {done['updatedCount']} changed, "
        f"{done['retiredCount']} retired"
    )
    kept = f", {counted(done['keptCount'], 'value')} kept" if done["keptCount"] else ""
    stdout().print(f"Undone by {where}: {figures}{kept}.")
    return ExitCode.DONE
