"""Which documents are projects of their own, and how one file names another."""

import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discovery.formats.documents import Document
from graph_service import Note, Place

# Where a folder has several, the container engine takes the first of these.
BASES = tuple(f"{name}.{suffix}" for name in ("compose", "docker-compose")
              for suffix in ("yaml", "yml"))  # fmt: skip
_OVERRIDES = tuple(each.replace(".", ".override.") for each in BASES)
_SHOWN_MAX = 5

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_-]")
PROJECT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,249}")


@dataclass(frozen=True, slots=True)
class Root:
    """The files of a project, the first one first; ``folder`` is the name of where it lies."""

    documents: Sequence[Document]
    folder: str


@dataclass(frozen=True)
class Library:
    """Everything that was named or found, by path: what files may extend and include."""

    documents: Mapping[str, Document]

    def beside(self, document: Document, name: str) -> Document | None:
        """Return the document that a file means by a path."""
        return self.documents.get(_normal(posixpath.join(posixpath.dirname(_path(document)), name)))


def library(documents: Sequence[Document]) -> Library:
    """Gather documents by path."""
    return Library({_path(each): each for each in documents})


def roots(documents: Sequence[Document]) -> tuple[list[Root], list[Note]]:
    """Tell projects from what only belongs to some.

    A project is what was asked for by name; in a folder, what the container engine would take. Of
    documents that arrived over the network nobody knows: they are a folder if one looks like it.
    """
    by_path = {_path(each): each for each in documents}
    sent_folder = any(not each.path and _name(each) in BASES for each in documents)
    found: list[Root] = []
    passed_over: list[str] = []
    for path, each in sorted(by_path.items()):
        folder, name = posixpath.split(path)
        bases = _there(by_path, folder, BASES)
        overrides = _there(by_path, folder, _OVERRIDES) if name in BASES else []
        is_found = each.found or (sent_folder and not each.path)
        if name in _OVERRIDES and bases:
            continue
        if not is_found or (name in BASES and each is bases[0]):
            found.append(Root([each, *overrides[:1]], _folder_name(folder)))
        elif "compose" in name:
            passed_over.append(each.name)
    return found, [*_notes(passed_over), *_unread_overrides(found)]


def _there(by_path: Mapping[str, Document], folder: str, names: Sequence[str]) -> list[Document]:
    paths = (posixpath.join(folder, name) for name in names)
    return [by_path[path] for path in paths if path in by_path]


def _notes(passed_over: Sequence[str]) -> list[Note]:
    if not passed_over:
        return []
    shown = ", ".join(passed_over[:_SHOWN_MAX])
    more = f" and {len(passed_over) - _SHOWN_MAX} more" if len(passed_over) > _SHOWN_MAX else ""
    message = f"not read as projects of their own: {shown}{more}; name a file itself to read it"
    return [Note(message, Place(passed_over[0]))]


def _unread_overrides(found: Sequence[Root]) -> list[Note]:
    """Tell of overrides that the container engine would take, and nobody named."""
    return [
        Note(f"{beside} would change this, but was not named", Place(first.name, "", 1, 1))
        for first, *others in (each.documents for each in found)
        if first.path and not others and first.path.name in BASES
        for beside in _OVERRIDES
        if first.path.with_name(beside).is_file()
    ]


def _folder_name(folder: str) -> str:
    """Return the name the container engine gives a project in a folder."""
    name = _NOT_IN_A_NAME.sub("", posixpath.basename(folder).lower()).lstrip("_-")
    return name[:250]


def _name(document: Document) -> str:
    return posixpath.basename(_path(document))


def _path(document: Document) -> str:
    """Return where a document is: a path of this machine, or of whoever sent it."""
    if document.path is not None:
        return _normal(os.path.abspath(document.path))  # noqa: PTH100 - links stay as they are
    return _normal(document.name)


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))
