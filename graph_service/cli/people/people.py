"""Commands about people: people, person, team."""

from datetime import date
from typing import Annotated

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import (
    ListFormat,
    RecordFormat,
    counted,
    stdout,
    table,
    write_csv,
    write_json,
)
from graph_service.cli.pages import all_nodes
from graph_service.cli.people.people_view import (
    PEOPLE_COLUMNS,
    person_row,
    person_shape,
    team_shape,
    write_person,
    write_team,
)
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape

PAGE = 100
OWNED_SHOWN = 20

person = typer.Typer(help="One person: show, state an absence, erase.", no_args_is_help=True)

_PAGE_INFO = "totalCount pageInfo { hasNextPage endCursor }"
_NAMED = "{ text label personId left }"
_PERSON = f"""id name login onCall absentFrom absentUntil away leftOn left erased
      contacts {{ way value }} deputy {_NAMED} manager {_NAMED}
      memberships {{ text role teamKey }}"""
_SOURCES = "sources { dataSource nativeKey live goneOn statedAt evidence }"
_OWNED = f"""nodes {{ duty ci {{ key name className tier }} team {{ key name }} whole {{ key }} }}
      {_PAGE_INFO}"""

_PEOPLE = f"""
query People($first: Int!, $after: String, $filter: PersonFilter) {{
  people(first: $first, after: $after, filter: $filter) {{ nodes {{ {_PERSON} }} {_PAGE_INFO} }}
}}"""

_ONE = f"""
query Person($ref: String!, $first: Int!) {{
  person(ref: $ref) {{ {_PERSON} {_SOURCES} }}
  owned(by: $ref, first: $first) {{ {_OWNED} }}
}}"""

_TEAM = """
query Team($ref: String!) {
  team(ref: $ref) {
    ci { id key name description } outerTeams { key name } innerTeams { key name }
    leads { name }
  }
}"""

_TEAM_OWNS = f"""
query TeamOwns($ref: String!, $first: Int!) {{
  owned(by: $ref, first: $first) {{ {_OWNED} }}
}}"""

_MEMBERS = f"""
query Members($ref: String!, $first: Int!, $after: String) {{
  team(ref: $ref) {{ members(first: $first, after: $after) {{
    nodes {{ role via {{ key }} person {{ id name login away contacts {{ way value }} }} }}
    {_PAGE_INFO}
  }} }}
}}"""

_NAMES_LIKE = "query NamesLike($text: String!) { namesLike(text: $text) }"

_UNRESOLVED_TEAMS = f"""
query UnresolvedTeams($first: Int!, $after: String) {{
  unresolvedTeams(first: $first, after: $after) {{
    nodes {{ text peopleCount near }} {_PAGE_INFO}
  }}
}}"""

PROBLEM = """... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place } }
    ... on StaleRevision {
      baseRevision: expectedRevision currentRevision moved: changed
    }"""

_STATE = f"""
mutation State($input: StatePersonInput!) {{
  statePerson(input: $input) {{
    ... on PersonWritten {{ person {{ {_PERSON} }} }}
    {PROBLEM}
  }}
}}"""

_ERASE = f"""
mutation Erase($input: ErasePersonInput!) {{
  erasePerson(input: $input) {{
    ... on PersonErased {{ id revision changed replacedCount stillSaidBy plansDropped }}
    {PROBLEM}
  }}
}}"""


def people(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="In a name, login or mail address.")
    ] = "",
    team_called: Annotated[
        str, typer.Option("--team", help="Only who is in this team or one within it.")
    ] = "",
    left: Annotated[
        bool | None, typer.Option("--left/--here", help="Only who has left, or has not.")
    ] = None,
    away: Annotated[bool, typer.Option("--away", help="Only who is absent today.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows; default: all.")] = None,
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or csv.")
    ] = ListFormat.TABLE,
) -> None:
    """List people: who they are, which teams they are in, who is away or has left."""
    session: Session = context.obj
    given = {"text": text or None, "team": team_called or None, "left": left}
    given |= {"away": True if away else None}
    wanted = {name: value for name, value in given.items() if value is not None}

    async def ask() -> ExitCode:
        async with session.asked() as asked:
            found, total = await all_nodes(
                asked, _PEOPLE, ["people"], page=PAGE, limit=limit, filter=wanted
            )
            unresolved = await _unresolved_teams(asked, session, output)
        rows = [person_shape(each) for each in found]
        if output is ListFormat.JSON:
            write_json({"totalCount": total, "people": rows})
        elif output is ListFormat.CSV:
            write_csv([person_row(each) for each in rows], list(PEOPLE_COLUMNS))
        elif rows:
            stdout().print(table(PEOPLE_COLUMNS, [person_row(each) for each in rows]))
        else:
            messages.print("Nobody." if wanted else "Nobody was imported yet: import people FILE")
        if output is ListFormat.TABLE and total > len(rows):
            messages.print(f"… and {total - len(rows)} more: without --limit all are shown")
        for each in unresolved:
            _say_unresolved(each)
        return ExitCode.DONE

    run(ask)


async def _unresolved_teams(asked: Asked, session: Session, output: ListFormat) -> list[Shape]:
    if session.quiet or output is not ListFormat.TABLE:
        return []
    data = await asked.ask(_UNRESOLVED_TEAMS, first=10, after=None)
    nodes: list[Shape] = data["unresolvedTeams"]["nodes"]
    return nodes


def _say_unresolved(found: Shape) -> None:
    near = f"; did you mean {', '.join(found['near'])}?" if found["near"] else ""
    who = counted(found["peopleCount"], "person is", "people are")
    messages.print(f"{who} in a team that no CI is: {found['text']!r}{near}", markup=False)


@person.command("show")
def show(
    context: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="PERSON", help="An id, login, mail address or name.")
    ],
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Show one person: how to reach them, who stands in, teams, what they own, who says so."""
    session: Session = context.obj

    async def ask() -> ExitCode:
        async with session.asked() as asked:
            answer = await asked.ask(_ONE, ref=ref, first=OWNED_SHOWN)
            found = answer["person"]
            near = [] if found else (await asked.ask(_NAMES_LIKE, text=ref))["namesLike"]
        if found is None:
            return _nobody(ref, near, "person")
        if output is RecordFormat.JSON:
            write_json(person_shape(found, answer["owned"]))
        else:
            write_person(stdout(), person_shape(found, answer["owned"]))
        return ExitCode.DONE

    run(ask)


def _nobody(ref: str, near: list[str], what: str) -> ExitCode:
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    messages.print(f"There is no {what} {ref!r}{hint}", markup=False)
    return ExitCode.INCOMPLETE


@person.command("state")
def state(
    context: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="PERSON", help="An id, login, mail address or name.")
    ],
    absent_from: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day away: 2026-12-20.")
    ] = None,
    absent_until: Annotated[
        str | None, typer.Option(metavar="DAY", help="Last day away; empty: open.")
    ] = None,
    deputy: Annotated[str | None, typer.Option(help="Who stands in.")] = None,
    manager: Annotated[str | None, typer.Option(help="Whose report they are.")] = None,
    on_call: Annotated[
        str | None, typer.Option(metavar="LINK", help="Where to reach whoever is on call.")
    ] = None,
    left_on: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day on which they are gone.")
    ] = None,
) -> None:
    """State something of a person by hand; it outranks directories. '' takes it back."""
    session: Session = context.obj
    days = {"absentFrom": absent_from, "absentUntil": absent_until, "leftOn": left_on}
    texts = {"deputy": deputy, "manager": manager, "onCall": on_call}
    stated: dict[str, str | None] = {
        name: _day(value, name) for name, value in days.items() if value is not None
    }
    stated |= {name: value or None for name, value in texts.items() if value is not None}
    if not stated:
        raise typer.BadParameter("say what: --absent-from, --deputy, --manager, --on-call …")

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            done = (await asked.ask(_STATE, input={"person": ref, **stated}))["statePerson"]
        if "person" not in done:
            raise problem_error(done)
        write_person(stdout(), person_shape(done["person"]))
        return ExitCode.DONE

    run(do)


def _day(text: str, name: str) -> str | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        message = f"{name}: {text!r} is not a day; write it as 2026-11-24"
        raise typer.BadParameter(message) from None


@person.command("erase")
def erase(
    context: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="PERSON", help="An id, login, mail address or name.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept, so name nobody in it.")],
) -> None:
    """Erase what is known of a person; their id stays, so that references still mean somebody."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            done = (await asked.ask(_ERASE, input={"person": ref, "reason": reason}))["erasePerson"]
        if "id" not in done:
            raise problem_error(done)
        console = stdout()
        console.print(f"Erased. What referred to them refers to {done['id']}.", markup=False)
        if done["replacedCount"]:
            cis = counted(done["replacedCount"], "CI named them", "CIs named them")
            console.print(f"{cis} by text and names their id as of revision {done['revision']}.")
            messages.print("Earlier revisions of these CIs still have the text that stood there.")
        for each in done["stillSaidBy"]:
            messages.print(f"{each} goes on naming them on CIs: mend it there.", markup=False)
        for each in done["plansDropped"]:
            messages.print(f"The kept plan {each} spoke of them and is gone: plan again.")
        return ExitCode.DONE

    run(do)


def team(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="TEAM", help="An id, key or name.")],
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Show a team: who leads it, who is in it, what it owns and supports."""
    session: Session = context.obj

    async def ask() -> ExitCode:
        async with session.asked() as asked:
            found = (await asked.ask(_TEAM, ref=ref))["team"]
            if found is None:
                near = (await asked.ask(_NAMES_LIKE, text=ref))["namesLike"]
                return _nobody(ref, near, "team")
            members, _ = await all_nodes(
                asked, _MEMBERS, ["team", "members"], page=PAGE, ref=found["ci"]["id"]
            )
            data = await asked.ask(_TEAM_OWNS, ref=found["ci"]["id"], first=OWNED_SHOWN)
        shape = team_shape(found, members, data["owned"])
        if output is RecordFormat.JSON:
            write_json(shape)
        else:
            write_team(stdout(), shape)
        return ExitCode.DONE

    run(ask)
