"""The sweep command: let what has ended end."""

from typing import Annotated

import typer

from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import RecordFormat, counted, plain, stdout, write_json
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, run
from graph_service.cli.shapes import Shape

_FIELDS = """idle expiredValues { count samples } expiredCis { count samples }
  stale { count samples } seenAgain { count samples } unseen { count samples }
  brakes { id message } forgottenCount recomputedCount relabelledCount leftCount"""
_PLAN = f"query SweepPlan {{ sweepPlan {{ {_FIELDS} }} }}"
_SWEEP = f"""
mutation Sweep($input: SweepInput!) {{
  sweep(input: $input) {{
    ... on EstateSwept {{ revisions sweep {{ {_FIELDS} }} }}
    ... on Problem {{ code message hint }}
    ... on ValidationFailed {{ faults {{ code message hint place path }} }}
  }}
}}"""
_SAID = {
    "expiredValues": "values that were stated until now",
    "expiredCis": "retired, because their retireAt has come",
    "stale": "stale: not seen for longer than their class allows",
    "seenAgain": "active: seen again",
    "unseen": "retired: not seen for so long that their class lets go of them",
}


def sweep(
    context: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    release: Annotated[
        str, typer.Option(metavar="REASON", help="Release the brakes, for this reason.")
    ] = "",
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Let what has ended end: values and tags stated until now, CIs that expired or went unseen."""
    session: Session = context.obj
    if plan and release:
        raise typer.BadParameter("a plan releases nothing", param_hint="--release")

    async def do() -> ExitCode:
        async with session.asked(writing=not plan) as asked:
            if plan:
                found = (await asked.ask(_PLAN))["sweepPlan"]
                revisions: list[int] = []
            else:
                answer = (await asked.ask(_SWEEP, input={"release": release or None}))["sweep"]
                if "code" in answer:
                    raise problem_error(answer)
                found, revisions = answer["sweep"], answer["revisions"]
        if output is RecordFormat.JSON:
            write_json({**found, "revisions": revisions})
        else:
            _write(found, revisions, is_plan=plan)
        if found["brakes"]:
            return ExitCode.HELD
        return ExitCode.CHANGES_PENDING if plan and not found["idle"] else ExitCode.DONE

    run(do)


def _write(found: Shape, revisions: list[int], *, is_plan: bool) -> None:
    console = stdout()
    if found["idle"]:
        console.print("Nothing to sweep.", markup=False)
    elif not is_plan:
        console.print(f"Swept: {counted(len(revisions), 'revision')} written.", markup=False)
    for name, said in _SAID.items():
        if count := found[name]["count"]:
            some = ", ".join(plain(each) for each in found[name]["samples"])
            more = count - len(found[name]["samples"])
            left = f" and {more} more" if more > 0 else ""
            console.print(f"{counted(count, 'CI')}: {said}: {some}{left}", markup=False)
    for name, said in (
        ("forgottenCount", "records of old requests"),
        ("recomputedCount", "CIs whose values did not follow from the policies yet"),
        ("relabelledCount", "CIs with labels of a former vocabulary"),
        ("leftCount", "CIs that somebody else was changing; the next sweep has them"),
    ):
        if found[name]:
            console.print(f"{found[name]} {said}", markup=False)
    for each in found["brakes"]:
        console.print(f"Held by {each['id']}: {plain(each['message'])}", markup=False)
    if found["brakes"]:
        console.print('Release it with: graph-service sweep --release "why"', markup=False)
