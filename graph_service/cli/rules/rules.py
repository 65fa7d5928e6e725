"""Commands about the vocabulary and the policies in force: plan, apply, show, versions."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import (
    ListFormat,
    RecordFormat,
    plain,
    stdout,
    table,
    write_csv,
    write_json,
)
from graph_service.cli.rules.rules_view import write_policy_plan, write_vocabulary_plan, write_words
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place

FILE_BYTES_MAX = 5_000_000
ROWS_ASKED = 500

vocabulary = typer.Typer(
    help="The organisation's own classes, relationship types and operations, as a file.",
    no_args_is_help=True,
)
policy = typer.Typer(
    help="Whom to believe, what is required and allowed, limits and life times, as a file.",
    no_args_is_help=True,
)

_PROBLEMS = """... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place path } }"""
_PLAN_VOCABULARY = f"""
mutation PlanVocabulary($input: PlanRulesInput!, $first: Int!) {{
  planVocabulary(input: $input) {{
    ... on VocabularyPlanned {{ plan {{
      beforeVersion afterVersion baseRevision inForce warnings
      refusals {{ code message hint place }}
      changes(first: $first) {{ totalCount nodes {{
        action section name fields useCount samples where effect }} }}
    }} }}
    {_PROBLEMS}
  }}
}}"""
_PLAN_POLICY = f"""
mutation PlanPolicy($input: PlanRulesInput!, $first: Int!) {{
  planPolicy(input: $input) {{
    ... on PolicyPlanned {{ plan {{
      beforeVersion afterVersion baseRevision inForce warnings valueCount ciCount oddCount odd
      sections {{ section addedCount removedCount keptCount }}
      incomplete {{ className before after }}
      values(first: $first) {{ nodes {{
        key className name before after beforeSource afterSource }} }}
    }} }}
    {_PROBLEMS}
  }}
}}"""
_APPLY = f"""
mutation Apply($input: ApplyRulesInput!) {{
  %s(input: $input) {{
    ... on RulesApplied {{ revision changed version warnings {{ message }} }}
    ... on StaleRevision {{ baseRevision: expectedRevision currentRevision moved: changed }}
    {_PROBLEMS}
  }}
}}"""
_VERSIONS = """
query Versions($first: Int!, $after: String) {
  found: %s(first: $first, after: $after) {
    nodes { revision at actor reason name version document digest text }
    pageInfo { hasNextPage endCursor }
  }
}"""
_WORDS = """
query Words { estate { vocabulary { version digest
  ciClasses { name lineage abstract packaged valueBearing description
    attributes { name type list allowedValues unit declaredBy requirement requiredForTiers } }
  relationshipTypes { name verb inverseVerb impact defaultStrength channels packaged }
  operations { name label plannedState failedState }
} } }"""

_VERSION_COLUMNS = {
    "revision": "revision",
    "at": "when",
    "actor": "who",
    "version": "version",
    "document": "file",
    "reason": "why",
}

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The whole of it, as YAML.")]
_Output = Annotated[RecordFormat, typer.Option("--format", help="table or json.")]
_ListOutput = Annotated[ListFormat, typer.Option("--format", help="table, json or csv.")]
_Reason = Annotated[str, typer.Option(help="Why; it stands in the log.")]
_Base = Annotated[
    int | None,
    typer.Option(
        "--planned-at",
        metavar="REVISION",
        help="Refuse if other rules were put in force after this revision.",
    ),
]


@vocabulary.command("plan")
def plan_vocabulary(
    context: typer.Context, file: _File, output: _Output = RecordFormat.TABLE
) -> None:
    """Say what putting a vocabulary file in force would do to what is there."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            asking = {"input": {"document": _document(file)}, "first": ROWS_ASKED}
            answer = (await asked.ask(_PLAN_VOCABULARY, **asking))["planVocabulary"]
            plan = _expected(answer)["plan"]
        if output is RecordFormat.JSON:
            write_json(plan)
        else:
            write_vocabulary_plan(plan, file)
        if plan["refusals"]:
            return ExitCode.HELD
        is_pending = plan["changes"]["totalCount"] and not plan["inForce"]
        return ExitCode.CHANGES_PENDING if is_pending else ExitCode.DONE

    run(do)


@vocabulary.command("apply")
def apply_vocabulary(
    context: typer.Context, file: _File, reason: _Reason, planned_at: _Base = None
) -> None:
    """Put a vocabulary file in force, as one revision; rows that are in use stay."""
    _apply(context, "applyVocabulary", file, reason, planned_at)


@vocabulary.command("show")
def show_vocabulary(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="CLASS…", help="Classes with all attributes.")
    ] = None,
    file: Annotated[
        bool, typer.Option("--file", help="The organisation's file, as it was applied.")
    ] = False,
    output: _Output = RecordFormat.TABLE,
) -> None:
    """Show the words in force: the organisation's own rows, or all about some classes."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            if file:
                return await _show_file(asked, "vocabularyVersions", "vocabulary")
            words = (await asked.ask(_WORDS))["estate"]["vocabulary"]
        if output is RecordFormat.JSON:
            write_json(words)
        else:
            write_words(words, names or [])
        return ExitCode.DONE

    run(do)


@vocabulary.command("versions")
def vocabulary_versions(context: typer.Context, output: _ListOutput = ListFormat.TABLE) -> None:
    """List the vocabularies that were put in force, newest first."""
    _versions(context, "vocabularyVersions", output)


@policy.command("plan")
def plan_policy(context: typer.Context, file: _File, output: _Output = RecordFormat.TABLE) -> None:
    """Say what putting a policy file in force would do: which values change, what is lacking."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            asking = {"input": {"document": _document(file)}, "first": ROWS_ASKED}
            answer = (await asked.ask(_PLAN_POLICY, **asking))["planPolicy"]
            plan = _expected(answer)["plan"]
        if output is RecordFormat.JSON:
            write_json(plan)
        else:
            write_policy_plan(plan, file)
        is_pending = plan["sections"] and not plan["inForce"]
        return ExitCode.CHANGES_PENDING if is_pending else ExitCode.DONE

    run(do)


@policy.command("apply")
def apply_policy(
    context: typer.Context, file: _File, reason: _Reason, planned_at: _Base = None
) -> None:
    """Put a policy file in force; values follow without asking data sources again."""
    _apply(context, "applyPolicy", file, reason, planned_at)


@policy.command("show")
def show_policy(context: typer.Context) -> None:
    """Show the policy file in force, as it was applied."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            return await _show_file(asked, "policyVersions", "policy")

    run(do)


@policy.command("versions")
def policy_versions(context: typer.Context, output: _ListOutput = ListFormat.TABLE) -> None:
    """List the policies that were put in force, newest first."""
    _versions(context, "policyVersions", output)


def _document(file: Path) -> Shape:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            message = f"is larger than {FILE_BYTES_MAX:,} bytes"
        else:
            return {"name": file.name, "content": {"text": file.read_text("utf-8-sig")}}
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
    except UnicodeDecodeError:
        message = "is not UTF-8"
    raise InvalidInputError([Fault(code="UNREADABLE", message=message, place=Place(str(file)))])


def _expected(answer: Shape) -> Shape:
    if "code" in answer:
        raise problem_error(answer)
    return answer


def _apply(
    context: typer.Context, field: str, file: Path, reason: str, planned_at: int | None
) -> None:
    session: Session = context.obj
    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")

    async def do() -> ExitCode:
        asking = {"document": _document(file), "reason": reason, "expectedRevision": planned_at}
        async with session.asked(writing=True) as asked:
            answer = await asked.ask(_APPLY % field, input=asking)
            done = _expected(answer[field])
        for each in done["warnings"]:
            messages.print(each["message"], markup=False)
        if done["changed"]:
            stdout().print(
                f"In force as revision {done['revision']}: {plain(done['version'])}", markup=False
            )
        else:
            stdout().print("Nothing to do: it is in force already.", markup=False)
        return ExitCode.DONE

    run(do)


async def _show_file(asked: Asked, field: str, what: str) -> ExitCode:
    found = (await asked.ask(_VERSIONS % field, first=1))["found"]["nodes"]
    if found:
        stdout().print(found[0]["text"].rstrip("\n"), markup=False, soft_wrap=True)
    else:
        messages.print(f"No {what} of your own is in force.", markup=False)
    return ExitCode.DONE


def _versions(context: typer.Context, field: str, output: ListFormat) -> None:
    session: Session = context.obj

    async def do() -> ExitCode:
        rows: list[Shape] = []
        after = None
        async with session.asked() as asked:
            while True:
                page = (await asked.ask(_VERSIONS % field, first=ROWS_ASKED, after=after))["found"]
                rows += page["nodes"]
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
        shown: dict[ListFormat, Callable[[], None]] = {
            ListFormat.JSON: lambda: write_json(rows),
            ListFormat.CSV: lambda: write_csv(rows, [*_VERSION_COLUMNS, "digest"]),
            ListFormat.TABLE: lambda: stdout().print(table(_VERSION_COLUMNS, rows)),
        }
        shown[output]()
        return ExitCode.DONE

    run(do)
