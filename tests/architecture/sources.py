"""The project's own Python files, read once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ("graph_service", "discovery", "seed")


@cache
def modules(*folders: str) -> tuple[tuple[Path, str], ...]:
    """Return every Python file below these folders with its text."""
    found = (file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")))
    return tuple((file.relative_to(ROOT), file.read_text("utf-8")) for file in found)


def names_defined(text: str) -> Iterator[str]:
    """Yield what a module calls its classes, functions, arguments and variables."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AsyncFunctionDef(name=name):
                yield name
            case ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
