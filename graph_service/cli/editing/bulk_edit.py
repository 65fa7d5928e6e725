"""The edit command: a file of edits, or one change of all CIs that meet a filter."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.editing.edit_file import read_edits
from graph_service.cli.editing.edit_sending import checked_reason, say_written, sent
from graph_service.cli.editing.editing import Output, PlanOnly, Reason, attributes_of
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.group_rules import as_input, without_rules
from graph_service.cli.output import RecordFormat, counted, plain, stdout, table, write_json
from graph_service.cli.pages import all_nodes
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, run
from graph_service.cli.shapes import Shape
from graph_service.model.errors import NotFoundError

ROWS_SHOWN = 30
_PAGE = 250
_PLAN = """id where baseRevision matchedCount changedCount unchangedCount refusedCount applied
  appliedIn effects { name before after impactRelevant count }"""
_PLAN_IT = f"""
mutation PlanBulkEdit($input: PlanBulkEditInput!) {{
  planBulkEdit(input: $input) {{
    ... on BulkEditPlanned {{ plan {{ {_PLAN} }} }}
    ... on Problem {{ code message hint }}
    ... on ValidationFailed {{ faults {{ code message hint place path }} }}
  }}
}}"""
_KEPT = f"query Kept($id: ID!) {{ bulkEditPlan(id: $id) {{ {_PLAN} }} }}"
_ROWS = """
query Rows($id: ID!, $first: Int!, $after: String) {
  bulkEditPlan(id: $id) { rows(first: $first, after: $after) {
    totalCount
    nodes { id key name className outcome reasons
      values { name before after impactRelevant says { dataSource value } } }
    pageInfo { hasNextPage endCursor }
  } }
}"""
_APPLY = """
mutation ApplyBulkEdit($input: ApplyBulkEditInput!) {
  applyBulkEdit(input: $input) {
    ... on EstateWritten { revision changed replayed createdCount updatedCount retiredCount }
    ... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place path } }
    ... on StaleRevision { baseRevision: expectedRevision currentRevision moved: changed }
  }
}"""


def edit(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A list of edits in YAML or JSON; - is the input."),
    ] = None,
    where: Annotated[
        str, typer.Option(help="Which CIs to change instead, as in class:Server tier<=1.")
    ] = "",
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="ATTRIBUTE=VALUE",
            help="What to state of them; redundancy.GROUP.k=2 sets a rule of their group.",
        ),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option(metavar="ATTRIBUTE", help="What to state no longer by hand."),
    ] = None,
    until: Annotated[
        str,
        typer.Option(metavar="WHEN", help="When the values end: 30d, 2027-01-01 or an instant."),
    ] = "",
    apply: Annotated[
        str, typer.Option("--apply", metavar="PLAN", help="Apply a plan that was kept.")
    ] = "",
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """Do a file of edits, or one change of all CIs that meet a filter, as one revision."""
    session: Session = context.obj
    if [bool(file), bool(where), bool(apply)].count(True) != 1:
        raise typer.BadParameter("say one of FILE, --where and --apply")
    if (values or unset or until) and not where:
        raise typer.BadParameter("--set, --unset and --until need --where")
    said = checked_reason(reason, plan_only=plan_only)
    # All that is typed is read before anything is asked.
    change = _change(values or (), unset or (), until) if where else {}
    read = read_edits(file) if file else None

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            if read:
                return await sent(
                    asked, read.edits, said, output, plan_only=plan_only, located=read.located
                )
            if where:
                plan = await _planned(asked, where, change)
            else:
                plan = (await asked.ask(_KEPT, id=apply))["bulkEditPlan"]
            if plan is None:
                raise NotFoundError("bulk edit plan", apply)
            return await _shown(asked, plan, said, output, plan_only=plan_only)

    run(do)


async def _planned(asked: Asked, where: str, change: Shape) -> Shape:
    given = {"filter": {"where": where}, "change": change}
    done: Shape = (await asked.ask(_PLAN_IT, input=given))["planBulkEdit"]
    if "plan" not in done:
        raise problem_error(done)
    plan: Shape = done["plan"]
    return plan


async def _shown(
    asked: Asked, plan: Shape, reason: str, output: RecordFormat, *, plan_only: bool
) -> ExitCode:
    """Show a plan, and do what it says unless only that is wanted, or nothing would change."""
    is_table = output is RecordFormat.TABLE
    limit = ROWS_SHOWN if is_table else None
    within = ("bulkEditPlan", "rows")
    rows, _ = await all_nodes(asked, _ROWS, within, page=_PAGE, limit=limit, id=plan["id"])
    if is_table:
        _show(plan, rows)
    if plan_only or not (plan["changedCount"] or plan["applied"]):
        if is_table and plan["changedCount"]:
            text = f"Apply it with: graph-service edit --apply {plan['id']} --reason WHY"
            stdout().print(text, markup=False)
        elif not is_table:
            write_json({**plan, "rows": rows})
        return ExitCode.CHANGES_PENDING if plan["changedCount"] else ExitCode.DONE
    done = (await asked.ask(_APPLY, input={"plan": plan["id"], "reason": reason}))["applyBulkEdit"]
    if "code" in done:
        raise problem_error(done)
    if is_table and done["replayed"]:
        text = f"Written as revision {done['revision']} before: this plan has been applied"
        stdout().print(text, markup=False)
    else:
        say_written(done, {**plan, "rows": rows, **done}, output)
    return ExitCode.INCOMPLETE if plan["refusedCount"] else ExitCode.DONE


def _show(plan: Shape, rows: Sequence[Shape]) -> None:
    out = stdout()
    out.print(
        f"Plan {plan['id']} for {plan['where']}: {counted(plan['matchedCount'], 'CI')} meet it; "
        f"{plan['changedCount']} change, {plan['unchangedCount']} are so already, "
        f"{plan['refusedCount']} refused",
        markup=False,
    )
    for each in plan["effects"][:ROWS_SHOWN]:
        note = "  (answers about impact depend on it)" if each["impactRelevant"] else ""
        change = f"{plain(each['before'])} → {plain(each['after'])}"
        out.print(f"{each['count']} × {plain(each['name'])}: {change}{note}", markup=False)
    if rows:
        columns = {"key": "CI", "className": "class", "what": "what", "says": "data sources say"}
        out.print()
        out.print(table(columns, [_row(each) for each in rows]))
    total = plan["changedCount"] + plan["refusedCount"]
    if (left := total - len(rows)) > 0:
        out.print(f"… and {counted(left, 'CI')} more: --format json has them all")


def _row(row: Shape) -> Shape:
    if row["outcome"] == "REFUSED":
        return {**row, "what": f"refused: {'; '.join(row['reasons'])}", "says": ""}
    values = row["values"]
    what = "; ".join(
        f"{each['name']}: {plain(each['before'])} → {plain(each['after'])}" for each in values
    )
    says = "; ".join(
        f"{other['dataSource']}: {each['name']} {plain(other['value'])}"
        for each in values
        for other in each["says"]
    )
    return {**row, "what": what or "on other terms", "says": says}


def _change(values: Sequence[str], unset: Sequence[str], until: str) -> dict[str, Any]:
    if not (values or unset):
        raise typer.BadParameter("say what to --set or --unset")
    stated, rules = without_rules(attributes_of(values, until))
    return {
        "attributes": stated,
        "releaseAttributes": list(unset),
        "groups": as_input(rules),
    }
