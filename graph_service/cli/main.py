"""The program: options before the command, the commands, and the way out."""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli import (
    administration,
    differences,
    imports,
    questions,
    redundancy,
    store_copies,
)
from graph_service.cli.editing import bulk_edit, editing, tags
from graph_service.cli.exit_codes import MEANING, ExitCode
from graph_service.cli.files import exports
from graph_service.cli.finding import finding, saved_queries
from graph_service.cli.log import log, undo
from graph_service.cli.people import ownerless, people
from graph_service.cli.rules import rules, sweeps
from graph_service.cli.session import Session, messages, outcome, prepare_streams
from graph_service.config import Settings

app = typer.Typer(
    name="graph-service",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit codes: " + " · ".join(f"{code.value} {text}" for code, text in MEANING.items()),
    help="What exists, what depends on what, and what a change would take down.",
)

ASKING = "Asking"
WRITING = "Writing"
RUNNING = "Running"

app.command("impact", rich_help_panel=ASKING)(questions.impact)
app.command("ci", rich_help_panel=ASKING)(questions.ci)
app.command("find", rich_help_panel=ASKING)(finding.find)
app.add_typer(saved_queries.query, name="query", rich_help_panel=ASKING)
app.command("unresolved", rich_help_panel=ASKING)(questions.unresolved)
app.command("revisions", rich_help_panel=ASKING)(questions.revisions)
app.add_typer(log.log, name="log", rich_help_panel=ASKING)
app.command("revision", rich_help_panel=ASKING)(log.revision)
app.command("diff", rich_help_panel=ASKING)(differences.diff)
app.command("people", rich_help_panel=ASKING)(people.people)
app.add_typer(people.person, name="person", rich_help_panel=ASKING)
app.command("team", rich_help_panel=ASKING)(people.team)
app.command("ownerless", rich_help_panel=ASKING)(ownerless.ownerless)
app.command("export", rich_help_panel=ASKING)(exports.export_)
app.command("import", rich_help_panel=WRITING)(imports.import_)
app.command("edit", rich_help_panel=WRITING)(bulk_edit.edit)
app.command("set", rich_help_panel=WRITING)(editing.set_)
app.command("retire", rich_help_panel=WRITING)(editing.retire)
app.command("relate", rich_help_panel=WRITING)(editing.relate)
app.command("unrelate", rich_help_panel=WRITING)(editing.unrelate)
app.command("merge", rich_help_panel=WRITING)(editing.merge)
app.command("split", rich_help_panel=WRITING)(editing.split)
app.command("undo", rich_help_panel=WRITING)(undo.undo)
app.command("tag", rich_help_panel=WRITING)(tags.tag)
app.command("sweep", rich_help_panel=WRITING)(sweeps.sweep)
app.command("serve", rich_help_panel=RUNNING)(administration.serve)
app.add_typer(rules.vocabulary, name="vocabulary", rich_help_panel=WRITING)
app.add_typer(rules.policy, name="policy", rich_help_panel=WRITING)
app.add_typer(redundancy.redundancy, name="redundancy", rich_help_panel=WRITING)
app.add_typer(administration.token, name="token", rich_help_panel=RUNNING)
app.command("migrate-store", rich_help_panel=RUNNING)(store_copies.migrate_store)
app.command("backup", rich_help_panel=RUNNING)(store_copies.backup)
app.command("restore", rich_help_panel=RUNNING)(store_copies.restore)
app.command("verify-store", rich_help_panel=RUNNING)(store_copies.verify_store)
app.command("schema", rich_help_panel=RUNNING)(administration.schema)


def _version(asked: bool) -> None:
    if asked:
        print(version("graph-service"))  # noqa: T201 - the answer itself
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    store: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="sqlite:PATH, neo4j://HOST:PORT or bolt://HOST:PORT."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Ask a running service instead of a store."),
    ] = None,
    vocabulary: Annotated[
        Path | None,
        typer.Option(help="Your organisation's own classes, types and operations."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")] = False,
    _show_version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Settle what all commands share."""
    given = {"store": store, "vocabulary": vocabulary and str(vocabulary), "url": server}
    environment = {
        **os.environ,
        **{f"GRAPH_SERVICE_{name.upper()}": value for name, value in given.items() if value},
    }
    settings = Settings.from_environment(environment)
    # An address that is typed is meant, even where the environment names a running service.
    asked = server or (None if store else settings.url)
    context.obj = Session(settings=settings, server=asked, quiet=quiet)


def main() -> None:
    """Run the program and leave with a code of the one table."""
    prepare_streams()
    sys.exit(outcome(_run))


def _run() -> ExitCode:
    command = typer.main.get_command(app)
    try:
        _refuse_what_is_not_text(sys.argv[1:])
        code = command.main(standalone_mode=False, prog_name="graph-service")
    except typer.Abort:
        messages.print("Aborted.")
        return ExitCode.ERROR
    except Exception as error:
        # typer's usage errors share no public base class: they are known by their own exit code.
        if getattr(error, "exit_code", None) is None or not hasattr(error, "format_message"):
            raise
        # Without a command the help has been shown, and there is nothing to add to it.
        if said := error.format_message().replace("Value error, ", "").strip():
            messages.print(said, markup=False)
            messages.print("graph-service --help lists the commands and their options.")
        return ExitCode.ERROR
    return ExitCode(code or 0)


def _refuse_what_is_not_text(arguments: list[str]) -> None:
    for number, each in enumerate(arguments, 1):
        if not each.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in each):
            raise typer.BadParameter(f"argument {number} is not UTF-8; a file can be renamed")
