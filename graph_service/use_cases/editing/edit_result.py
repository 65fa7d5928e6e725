"""What came of edits: the value every surface shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class EditResult:
    """What came of edits: the revision they made, or the newest one when nothing differed.

    ``created``, ``updated`` and ``retired`` count CIs and relationships. ``subjects`` has for each
    edit the id of the CI or relationship it is about, ``keys`` the key of every created CI by id.
    ``replayed``: this was done before under the same idempotency key.
    """

    revision: int
    changed: bool
    replayed: bool = False
    created: int = 0
    updated: int = 0
    retired: int = 0
    subjects: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
