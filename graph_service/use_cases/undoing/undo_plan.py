"""What undoing revisions would do, and what it did: the values every surface shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph_service.model.revision import Actor, RecordType
from graph_service.reconcile.import_plan import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChange:
    """What becomes of one record: (name, value now, value then) of all that differs."""

    action: Action
    record_type: RecordType
    record_id: str
    label: str
    name: str
    differences: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoConflict:
    """A value that does not go back, because of what was written since.

    ``before`` is what it would have gone back to, ``kept`` what it stays at; a field is named
    ``presence``, ``name``, …, an attribute by its name. ``because`` says what holds it.
    ``revision`` is the one that is in the way (``None``: none is, the order of data sources is),
    with when, by whom and why.
    """

    record_type: RecordType
    record_id: str
    label: str
    name: str
    before: Any
    kept: Any
    because: str
    revision: int | None = None
    at: str = ""
    actor: Actor | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """What undoing would do, computed from ``base_revision``.

    ``revisions`` are what is undone, newest first; ``run`` is the import run they are, if it is
    one that is reverted.
    """

    revisions: tuple[int, ...]
    run: str
    base_revision: int
    changes: Sequence[UndoChange]
    conflicts: Sequence[UndoConflict]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """What undoing did.

    ``revision`` is the last one it wrote, or the newest one when there was nothing to undo;
    ``revisions`` are all it wrote. ``reactivated``, ``updated`` and ``retired`` count CIs and
    relationships, ``kept`` values that stayed as they were written since.
    """

    undone: tuple[int, ...]
    run: str
    revision: int
    revisions: tuple[int, ...] = ()
    replayed: bool = False
    reactivated: int = 0
    updated: int = 0
    retired: int = 0
    kept: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.revisions)
