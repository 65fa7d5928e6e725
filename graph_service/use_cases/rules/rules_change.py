"""What putting a vocabulary or policies in force would do, and did: as every surface shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.model.errors import Fault
from graph_service.model.vocabulary import Vocabulary
from graph_service.use_cases.rules.vocabulary_difference import MEANING_FREE, RowAction, Section

__all__ = ["RowAction", "RowChange", "RulesVersion", "RulesWritten", "Section", "VocabularyPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """What becomes of one row of the vocabulary, and of the records that use it.

    ``fields`` names what differs of a row that stays. ``use_count`` is how many records use the
    row, ``samples`` some of them by key, and ``where`` the condition that finds them all.
    """

    action: RowAction
    section: Section
    name: str
    fields: tuple[str, ...] = ()
    path: str = ""
    use_count: int = 0
    samples: tuple[str, ...] = ()
    where: str = ""
    effect: str = ""

    @property
    def is_only_shown(self) -> bool:
        """Whether it changes how the row is shown, and nothing that it means."""
        return self.action is RowAction.CHANGE and MEANING_FREE.issuperset(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyPlan:
    """Everything that a vocabulary file would do, computed from one revision.

    ``refusals`` are what forbids it: rows that are in use and would go or mean something else.
    ``relabelled`` are the classes whose CIs get other labels where a store has labels.
    """

    document: str
    text: str
    before_version: str
    vocabulary: Vocabulary
    base_revision: int
    changes: Sequence[RowChange]
    refusals: Sequence[Fault] = ()
    warnings: Sequence[str] = ()
    relabelled: Sequence[str] = ()
    is_in_force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesWritten:
    """What came of it: the revision, or the newest one where nothing differed."""

    version: str
    revision: int
    changed: bool
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesVersion:
    """A vocabulary or policies that were put in force, when, by whom and why."""

    revision: int
    at: str
    actor: str
    reason: str
    document: str
    name: str
    version: str
    digest: str
    text: str
