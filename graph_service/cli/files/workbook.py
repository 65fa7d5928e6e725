"""import workbook: a list that was exported and edited comes back, cell by cell."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import RecordFormat, counted, plain, stdout, table, write_json
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.model.errors import Fault, InvalidInputError, NotFoundError
from graph_service.model.place import Place

NAME = "workbook"
PLAN_PREFIX = "wbp_"
SHOWN_MAX = 30
FILE_BYTES_MAX = 100_000_000
_PAGE = 500

_PLAN = """id document baseRevision rowCount createdCount updatedCount unchangedCount
  openConflictCount notes appliedIn"""
_CONFLICT = """cell key column exported mine theirs changedBy changedAt changedIn choice"""

_PLAN_IT = f"""
mutation PlanWorkbook($input: PlanWorkbookInput!) {{
  planWorkbook(input: $input) {{
    ... on WorkbookPlanned {{ plan {{ {_PLAN} }} }}
    ... on Problem {{ code message hint }}
    ... on ValidationFailed {{ faults {{ code message hint place path }} }}
  }}
}}"""

_LIST = """
query WorkbookPlan($id: ID!, $first: Int!, $after: String) {
  workbookPlan(id: $id) { page: %s(first: $first, after: $after) {
    nodes { %s } pageInfo { hasNextPage endCursor }
  } }
}"""

_CHANGES = _LIST % ("changes", "cell key column action before after")
_CONFLICTS = _LIST % ("conflicts", _CONFLICT)

_KEPT = f"""
query KeptWorkbook($id: ID!) {{ workbookPlan(id: $id) {{ {_PLAN} }} }}"""

_APPLY = """
mutation ApplyWorkbook($input: ApplyWorkbookInput!) {
  applyWorkbook(input: $input) {
    ... on EstateWritten { revision changed replayed createdCount updatedCount
      createdCis { id key } warnings { message } }
    ... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place path } }
    ... on StaleRevision { baseRevision: expectedRevision currentRevision moved: changed }
  }
}"""


def import_workbook(
    session: Session,
    paths: Sequence[Path],
    *,
    plan_only: bool,
    choices: Mapping[str, str],
    reason: str,
    marked: Path | None,
    output: RecordFormat,
) -> None:
    """Plan what an edited file asks for, show it, and do it unless somebody has to choose."""
    if len(paths) != 1:
        raise typer.BadParameter("say which file: graph-service import workbook FILE")
    file = paths[0]

    async def do() -> ExitCode:
        content = _read(file)
        async with session.asked(writing=True) as asked:
            try:
                shape = await _planned(asked, content, file.name, choices)
            except InvalidInputError as error:
                if marked:
                    _mark(content, [_spot(each, file.name) for each in error.faults], marked)
                raise
            if marked:
                undecided = [each for each in shape["conflicts"] if not each["choice"]]
                _mark(content, [(each["cell"], _conflict(each), "") for each in undecided], marked)
            if plan_only or shape["openConflictCount"]:
                _write_plan(shape, output, plan_only=plan_only)
                is_pending = shape["changes"] or shape["openConflictCount"]
                return ExitCode.CHANGES_PENDING if is_pending else ExitCode.DONE
            await _apply(asked, shape, reason or f"edited in {file.name}", output)
        return ExitCode.DONE

    run(do)


def apply_workbook(session: Session, plan_id: str, reason: str, output: RecordFormat) -> None:
    """Apply a plan that was kept."""

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            found = (await asked.ask(_KEPT, id=plan_id))["workbookPlan"]
            if found is None:
                raise NotFoundError("workbook plan", plan_id)
            shape = await _listed(asked, found)
            await _apply(asked, shape, reason or f"edited in {found['document']}", output)
        return ExitCode.DONE

    run(do)


def choices_of(texts: Sequence[str]) -> dict[str, str]:
    """Read ``CELL=MINE`` and ``CELL=THEIRS``; ``all`` is every cell that is left."""
    choices = {}
    for each in texts:
        cell, _, choice = each.rpartition("=")
        if not cell or choice.upper() not in {"MINE", "THEIRS"}:
            raise typer.BadParameter(
                f"{each!r} is not CELL=MINE or CELL=THEIRS", param_hint="--resolve"
            )
        choices["*" if cell == "all" else cell] = choice.upper()
    return choices


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise _refused("NOT_FOUND", file, "there is no such file", "")
    if file.stat().st_size > FILE_BYTES_MAX:
        message = f"this is larger than {FILE_BYTES_MAX // 10**6} MB"
        raise _refused("FILE_TOO_LARGE", file, message, "split it into several files")
    return file.read_bytes()


def _refused(code: str, file: Path, message: str, remedy: str) -> InvalidInputError:
    fault = Fault(code=code, message=message, place=Place(str(file)), remedy=remedy)
    return InvalidInputError([fault])


async def _planned(
    asked: Asked, content: bytes, name: str, choices: Mapping[str, str]
) -> dict[str, Any]:
    document = {"name": name, "content": {"fileId": await asked.upload(content)}}
    chosen = [{"cell": cell, "choice": choice} for cell, choice in choices.items()]
    answer = await asked.ask(_PLAN_IT, input={"document": document, "choices": chosen})
    done = answer["planWorkbook"]
    if "plan" not in done:
        raise problem_error(done)
    return await _listed(asked, done["plan"])


async def _listed(asked: Asked, plan: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **plan,
        "changes": await _all(asked, _CHANGES, plan["id"]),
        "conflicts": await _all(asked, _CONFLICTS, plan["id"]),
    }


async def _all(asked: Asked, document: str, plan_id: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    after, goes_on = None, True
    while goes_on:
        answer = await asked.ask(document, id=plan_id, first=_PAGE, after=after)
        page = answer["workbookPlan"]["page"]
        nodes += page["nodes"]
        after, goes_on = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return nodes


async def _apply(asked: Asked, shape: dict[str, Any], reason: str, output: RecordFormat) -> None:
    answer = await asked.ask(_APPLY, input={"plan": shape["id"], "reason": reason})
    done = answer["applyWorkbook"]
    if "revision" not in done:
        raise problem_error(done)
    if output is RecordFormat.JSON:
        revisions = [done["revision"]] if done["changed"] else []
        write_json({**shape, "revisions": revisions, "createdCis": done["createdCis"]})
        return
    _say_notes(shape)
    if done["changed"]:
        again = " before: this plan has been applied" if done["replayed"] else ""
        _print(f"Written as revision {done['revision']}{again}: {_figures(shape)}")
    else:
        _print(f"Nothing to write: {_figures(shape)}")


def _figures(shape: Mapping[str, Any]) -> str:
    return (
        f"{counted(shape['rowCount'], 'row')}; {shape['createdCount']} created, "
        f"{shape['updatedCount']} updated, {shape['unchangedCount']} unchanged"
    )


def _write_plan(shape: dict[str, Any], output: RecordFormat, *, plan_only: bool) -> None:
    if output is RecordFormat.JSON:
        write_json(shape)
        return
    _print(f"Plan {shape['id']} for {shape['document']}: {_figures(shape)}")
    _say_notes(shape)
    console = stdout()
    if shape["changes"]:
        columns = {"cell": "cell", "key": "CI", "column": "attribute", "change": "change"}
        rows = [{**each, "change": _change(each)} for each in shape["changes"][:SHOWN_MAX]]
        console.print(table(columns, rows))
        if (left := len(shape["changes"]) - SHOWN_MAX) > 0:
            _print(f"… and {left} more: --format json has them all")
    for each in shape["conflicts"][:SHOWN_MAX]:
        _print(_conflict(each))
    if shape["openConflictCount"]:
        cell = next(each["cell"] for each in shape["conflicts"] if each["choice"] is None)
        messages.print(
            f"{counted(shape['openConflictCount'], 'cell')} changed on both sides. Choose for each "
            f"with --resolve '{cell}=MINE' or =THEIRS, or for all that are left with "
            "--resolve all=THEIRS",
            markup=False,
        )
    elif plan_only and shape["changes"]:
        _print(f"Apply it with: graph-service import --apply {shape['id']}")


def _change(change: Mapping[str, Any]) -> str:
    match change["action"]:
        case "WITHDRAW":
            return f"{plain(change['before'])} → what data sources say"
        case "CLEAR":
            return f"{plain(change['before'])} → there is none"
        case "CREATE":
            return f"new: {plain(change['after'])}"
    return f"{plain(change['before'])} → {plain(change['after'])}"


def _conflict(conflict: Mapping[str, Any]) -> str:
    day = (conflict["changedAt"] or "")[:16].replace("T", " ")
    who = f" by {conflict['changedBy']} on {day}" if conflict["changedBy"] else ""
    choice = f"; {conflict['choice']} counts" if conflict["choice"] else "; choose"
    return (
        f"{conflict['cell']} {conflict['key']} {conflict['column']}: exported as "
        f"{plain(conflict['exported'])}, here {plain(conflict['mine'])}, but changed{who} to "
        f"{plain(conflict['theirs'])}{choice}"
    )


def _say_notes(shape: Mapping[str, Any]) -> None:
    for each in shape["notes"]:
        messages.print(f"Note: {each}", markup=False)


def _print(text: str) -> None:
    stdout().print(text, markup=False)


def _spot(fault: Fault, document: str) -> tuple[str, str, str]:
    """Return the cell a fault is at, and what it says."""
    cell = str(fault.place).removeprefix(f"{document} (").removesuffix(")")
    return cell, fault.message, fault.remedy


def _mark(content: bytes, said: Sequence[tuple[str, str, str]], to: Path) -> None:
    from graph_service.cli.files.exports import whole  # noqa: PLC0415 - rarely needed
    from graph_service.use_cases.files.marking import marked  # noqa: PLC0415 - same

    with whole(to) as stream:
        stream.write(marked(content, said))
    messages.print(f"Marked in {to}: {counted(len(said), 'cell')}", markup=False)
