"""The tag command: put tags on CIs, and take them off."""

from typing import Annotated

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.moments import end
from graph_service.cli.output import plain, stdout, table
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.errors import CINotFoundError

_FIND = """
query Tags($text: String!) {
  estate { ci(ref: {text: $text}) { id key tags { name value expiresAt dataSource } } }
}"""
_NEAR = "query Near($text: String!) { estate { keysLike(text: $text) } }"
_COLUMNS = {"name": "tag", "value": "value", "expiresAt": "until", "dataSource": "put on by"}
_EDIT = """
mutation Tag($input: EditEstateInput!) {
  editEstate(input: $input) {
    ... on EstateWritten { revision changed warnings { message } }
    ... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place path } }
    ... on StaleRevision { baseRevision: expectedRevision currentRevision moved: changed }
  }
}"""


def tag(
    context: typer.Context,
    ci: Annotated[str, typer.Argument(metavar="CI", help="An id, key or name.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME[=VALUE]…", help="Tags to put on.")
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="NAME", help="A tag to take off; may be repeated."),
    ] = None,
    until: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help="When the tags go by themselves: 30d, or an instant (RFC 3339)."
        ),
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")] = "",
) -> None:
    """Put tags on a CI, or take them off; without either, show those it has."""
    session: Session = context.obj
    if until and not names:
        raise typer.BadParameter("say which tags", param_hint="--until")
    ends = end(until, "--until") if until else None
    add = [_tag(each, ends) for each in names or ()]

    async def do() -> ExitCode:
        writing = bool(add or remove)
        async with session.asked(writing=writing) as asked:
            found = await _found(asked, ci)
            if not writing:
                stdout().print(table(_COLUMNS, found["tags"], f"Tags of {plain(found['key'])}"))
                return ExitCode.DONE
            patch = {"ci": {"id": found["id"]}, "addTags": add, "removeTags": remove or []}
            said = reason or f"tags of {found['key']}"
            answer = await asked.ask(_EDIT, input={"reason": said, "edits": [{"updateCi": patch}]})
            done = answer["editEstate"]
        if "code" in done:
            raise problem_error(done)
        for each in done["warnings"]:
            messages.print(each["message"], markup=False)
        if done["changed"]:
            stdout().print(f"Written as revision {done['revision']}.", markup=False)
        else:
            stdout().print("Nothing to write: it is so already.", markup=False)
        return ExitCode.DONE

    run(do)


async def _found(asked: Asked, text: str) -> Shape:
    found: Shape | None = (await asked.ask(_FIND, text=text))["estate"]["ci"]
    if found is None:
        raise CINotFoundError(text, (await asked.ask(_NEAR, text=text))["estate"]["keysLike"])
    return found


def _tag(text: str, ends: str | None) -> dict[str, str | None]:
    name, sign, value = text.partition("=")
    return {"name": name.strip(), "value": value if sign else None, "expiresAt": ends}
