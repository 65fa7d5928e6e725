"""The command line as a page of documentation, made from the commands themselves."""

from collections.abc import Iterator
from typing import Any

import typer

from graph_service.cli.exit_codes import MEANING
from graph_service.cli.main import app


def cli_reference() -> str:
    """Return docs/reference/command-line.md."""
    lines = [
        "# Command line",
        "",
        "Generated from the program; `graph-service COMMAND --help` says the same.",
        "",
        "Options before the command:",
        "",
    ]
    command: Any = typer.main.get_command(app)
    context = typer.Context(command, info_name="graph-service")
    lines += _options(command)
    for name, each in command.commands.items():
        lines += _command(each, f"graph-service {name}", context)
    lines += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {text} |" for code, text in MEANING.items()]
    return "\n".join(lines) + "\n"


def _command(command: Any, name: str, context: typer.Context) -> Iterator[str]:  # noqa: ANN401 - click's own, whatever package holds it
    inner = typer.Context(command, info_name=name, parent=context)
    if hasattr(command, "commands"):
        if command.invoke_without_command:
            yield from _alone(command, name, inner)
        for sub, each in command.commands.items():
            yield from _command(each, f"{name} {sub}", inner)
        return
    yield from _alone(command, name, inner)


def _alone(command: Any, name: str, inner: typer.Context) -> Iterator[str]:  # noqa: ANN401 - see above
    yield from ("", f"## {name}", "", " ".join((command.help or "").split()), "")
    usage = " ".join(command.collect_usage_pieces(inner))
    yield from ("```", f"{name} {usage}", "```", "")
    yield from _options(command)


def _options(command: Any) -> Iterator[str]:  # noqa: ANN401 - see above
    yield from ("| option | what |", "|---|---|")
    for each in command.params:
        if getattr(each, "hidden", False) or each.name in {"help", "show_completion"}:
            continue
        if each.name == "install_completion":
            continue
        spelled = ", ".join([*each.opts, *each.secondary_opts])
        if each.param_type_name == "argument":
            spelled = each.metavar or each.name.upper()
        help_text = " ".join((getattr(each, "help", "") or "").split())
        yield f"| `{spelled}` | {help_text} |"
