"""All use cases over one store, joined: what every surface stands on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graph_service.model.instants import instant_text
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import CurrentEstate
from graph_service.store import GraphStore
from graph_service.use_cases.editing.bulk_editing import BulkEditing
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.estates.estates import Estates
from graph_service.use_cases.files.workbooks import Workbooks
from graph_service.use_cases.finding.saved_queries import SavedQueries
from graph_service.use_cases.impact.questions import DEADLINE_SECONDS, Questions
from graph_service.use_cases.intake.intake import Intake
from graph_service.use_cases.inventory.inventory import Inventory
from graph_service.use_cases.log.log_reading import LogReading
from graph_service.use_cases.people.handing_over import HandingOver
from graph_service.use_cases.people.ownership import Ownership
from graph_service.use_cases.people.who_is_who import WhoIsWho
from graph_service.use_cases.redundancy.assistant import RedundancyAssistant
from graph_service.use_cases.rules.policy_changing import PolicyChanging
from graph_service.use_cases.rules.rules_following import Following
from graph_service.use_cases.rules.vocabulary_changing import VocabularyChanging
from graph_service.use_cases.sweeping.sweeping import Sweeping
from graph_service.use_cases.undoing.undoing import Undoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Everything that is needed to answer a request, over one store."""

    store: GraphStore
    vocabulary: Vocabulary
    inventory: Inventory
    questions: Questions
    intake: Intake
    editing: Editing
    estates: Estates
    log: LogReading
    saved_queries: SavedQueries
    redundancy: RedundancyAssistant
    who_is_who: WhoIsWho
    handing_over: HandingOver
    workbooks: Workbooks
    clock: Callable[[], datetime]
    vocabularies: VocabularyChanging
    policies: PolicyChanging
    sweeping: Sweeping
    follow: "Follow"
    undoing: Undoing
    bulk_editing: BulkEditing

    def now(self) -> str:
        """Return the instant it is, as instants are kept."""
        return instant_text(self.clock())


class Follow(Protocol):
    """Returns the product by the rules in force; it is the same one until they change."""

    async def __call__(self, *, at_once: bool = False) -> Product:
        """Return it as of a moment ago, or as of now."""
        ...


def joined(
    store: GraphStore,
    vocabulary: Vocabulary,
    *,
    clock: Callable[[], datetime],
    deadline_seconds: float = DEADLINE_SECONDS,
    follows: bool = True,
    taken_up: Callable[[Vocabulary], None] = lambda _: None,
) -> Product:
    """Join the use cases over a store.

    ``follows``: whether rules that are put in force later are taken up; ``taken_up`` is told of
    each. Whoever reads by words of his own, which are not in force, does without.
    """

    def by(vocabulary: Vocabulary, current: CurrentEstate) -> Product:
        return _joined(
            store,
            vocabulary,
            current,
            clock=clock,
            deadline_seconds=deadline_seconds,
            follow=following.product,
        )

    following = Following(store, vocabulary, by, taken_up, follows=follows)
    return following.begin()


def _joined(
    store: GraphStore,
    vocabulary: Vocabulary,
    current: CurrentEstate,
    *,
    clock: Callable[[], datetime],
    deadline_seconds: float,
    follow: Follow,
) -> Product:
    async def owning() -> Ownership:
        return await who_is_who.ownership()

    editing = Editing(store, vocabulary, clock=clock, owning=owning)
    who_is_who = WhoIsWho(store, vocabulary, editing, clock=clock)
    return Product(
        store=store,
        vocabulary=vocabulary,
        inventory=Inventory(store, vocabulary, owning=who_is_who.ownership),
        questions=Questions(store, current, vocabulary, deadline_seconds=deadline_seconds),
        intake=Intake(store, vocabulary, clock=clock),
        editing=editing,
        estates=Estates(store, current, vocabulary, clock=clock, deadline_seconds=deadline_seconds),
        log=LogReading(store),
        saved_queries=SavedQueries(store, vocabulary, clock=clock),
        redundancy=RedundancyAssistant(store, current, vocabulary, editing, clock=clock),
        who_is_who=who_is_who,
        handing_over=HandingOver(who_is_who.ownership, editing),
        workbooks=Workbooks(store, vocabulary, editing, clock=clock),
        clock=clock,
        vocabularies=VocabularyChanging(store, vocabulary, clock=clock),
        policies=PolicyChanging(store, vocabulary, clock=clock),
        sweeping=Sweeping(store, vocabulary, clock=clock),
        follow=follow,
        undoing=Undoing(store, vocabulary, clock=clock, owning=owning),
        bulk_editing=BulkEditing(store, vocabulary, editing, clock=clock),
    )
