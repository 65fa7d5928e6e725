"""Edits, as commands send them: tried out and shown first, then written as shown or refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import RecordFormat, counted, plain, stdout, write_json
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import messages
from graph_service.cli.shapes import Shape
from graph_service.model.errors import (
    CINotFoundError,
    Fault,
    InvalidInputError,
)
from graph_service.model.place import Place

CHANGES_SHOWN_MAX = 30
WARNINGS_SHOWN_MAX = 20
_FIND = "query Meant($text: String!) { estate { ci(ref: {text: $text}) { id key } } }"
_NEAR = "query Near($text: String!) { estate { keysLike(text: $text) } }"
_PREVIEW = """
query Preview($edits: [EstateEdit!]!) {
  estate { editPreview(edits: $edits, first: 500) {
    revision changedCount
    changes { action id label className isRelationship differences { name before after } }
    warnings { code message subject }
    faults { code message hint place path }
  } }
}"""
_EDIT = """
mutation Edit($input: EditEstateInput!) {
  editEstate(input: $input) {
    ... on EstateWritten {
      revision changed createdCount updatedCount retiredCount subjects createdCis { id key }
    }
    ... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place path } }
    ... on StaleRevision { baseRevision: expectedRevision currentRevision moved: changed }
  }
}"""

Located = Callable[[Sequence[Fault]], Sequence[Fault]]
"""Says where faults of edits stand in what a person wrote."""


def checked_reason(reason: str, *, plan_only: bool) -> str:
    """Return the reason of a write; nothing is written without one."""
    if not (plan_only or reason.strip()):
        raise typer.BadParameter("say why; it stands in the log", param_hint="--reason")
    return reason


async def meant(asked: Asked, text: str) -> dict[str, str]:
    """Return the reference to the one CI that a text means.

    Raises:
        CINotFoundError: Nothing answers to it; with keys that look like it.

    """
    found = (await asked.ask(_FIND, text=text))["estate"]["ci"]
    if found is None:
        raise CINotFoundError(text, (await asked.ask(_NEAR, text=text))["estate"]["keysLike"])
    return {"id": found["id"]}


async def sent(
    asked: Asked,
    edits: Sequence[Mapping[str, Any]],
    reason: str,
    output: RecordFormat,
    *,
    plan_only: bool,
    located: Located | None = None,
) -> ExitCode:
    """Show what edits would do, then do just that, unless only the plan is wanted.

    Raises:
        InvalidInputError: Everything wrong with them, where it was written.
        StaleRevisionError: Somebody changed what they touch since they were tried out.

    """
    preview = (await asked.ask(_PREVIEW, edits=edits))["estate"]["editPreview"]
    if preview["faults"]:
        faults = [_fault(each) for each in preview["faults"]]
        raise InvalidInputError(located(faults) if located else faults)
    if output is RecordFormat.TABLE:
        _show(preview)
    if plan_only:
        if output is RecordFormat.JSON:
            write_json(preview)
        return ExitCode.CHANGES_PENDING if preview["changes"] else ExitCode.DONE
    given = {"edits": edits, "reason": reason, "expectedRevision": preview["revision"]}
    done = (await asked.ask(_EDIT, input=given))["editEstate"]
    if "code" in done:
        raise problem_error(done)
    say_written(done, {**preview, **done}, output)
    return ExitCode.DONE


def say_written(done: Shape, shape: Shape, output: RecordFormat) -> None:
    """Say what came of a write; ``shape`` is that as JSON."""
    if output is RecordFormat.JSON:
        write_json(shape)
    elif done["changed"]:
        figures = ", ".join(
            f"{done[f'{what}Count']} {what}" for what in ("created", "updated", "retired")
        )
        stdout().print(f"Written as revision {done['revision']}: {figures}", markup=False)
    else:
        stdout().print("Nothing to write: it is so already.", markup=False)


def say_warnings(warnings: Sequence[Shape]) -> None:
    """Say what to know about edits before they are done."""
    for each in warnings[:WARNINGS_SHOWN_MAX]:
        messages.print(f"Note: {plain(each['message'])}", markup=False)
    if (left := len(warnings) - WARNINGS_SHOWN_MAX) > 0:
        messages.print(f"… and {counted(left, 'note')} more: --format json has them all")


def _show(preview: Shape) -> None:
    say_warnings(preview["warnings"])
    out = stdout()
    for each in preview["changes"][:CHANGES_SHOWN_MAX]:
        sort = "" if each["isRelationship"] else f" ({plain(each['className'])})"
        only = "" if each["differences"] else ": only who says what of it"
        out.print(f"{each['action'].lower()} {plain(each['label'])}{sort}{only}", markup=False)
        for value in each["differences"]:
            said = _change(value, is_new=each["action"] == "CREATE")
            out.print(f"  {plain(value['name'])}: {said}", markup=False)
    if (left := preview["changedCount"] - CHANGES_SHOWN_MAX) > 0:
        out.print(f"… and {counted(left, 'record')} more: --format json lists 500")


def _change(value: Shape, *, is_new: bool) -> str:
    after = plain(value["after"])
    if value["before"] is None and value["after"] is None:
        return "stated to be none"
    return after if is_new else f"{plain(value['before'])} → {after}"


def _fault(fault: Shape) -> Fault:
    path = "".join(
        f"[{each}]" if each.isdecimal() else f".{each}" for each in fault["path"]
    ).removeprefix(".")
    return Fault(
        code=fault["code"],
        message=fault["message"],
        place=Place("input", path),
        remedy=fault["hint"] or "",
    )
