"""All use cases over one store, joined: what every surface stands on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from graph_service.model.instants import instant_text
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import CurrentEstate
from graph_service.store import GraphStore
from graph_service.use_cases.editing import Editing
from graph_service.use_cases.estates import Estates
from graph_service.use_cases.intake import Intake
from graph_service.use_cases.inventory import Inventory
from graph_service.use_cases.log_reading import LogReading
from graph_service.use_cases.questions import DEADLINE_SECONDS, Questions
from graph_service.use_cases.who_is_who import WhoIsWho
from graph_service.use_cases.workbooks import Workbooks


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
    who_is_who: WhoIsWho
    workbooks: Workbooks
    clock: Callable[[], datetime]

    def now(self) -> str:
        """Return the instant it is, as instants are kept."""
        return instant_text(self.clock())


def joined(
    store: GraphStore,
    vocabulary: Vocabulary,
    *,
    clock: Callable[[], datetime],
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Product:
    """Join the use cases over a store."""
    current = CurrentEstate(store, vocabulary)
    editing = Editing(store, vocabulary, clock=clock)
    return Product(
        store=store,
        vocabulary=vocabulary,
        inventory=Inventory(store, vocabulary),
        questions=Questions(store, current, vocabulary, deadline_seconds=deadline_seconds),
        intake=Intake(store, vocabulary, clock=clock),
        editing=editing,
        estates=Estates(store, current, vocabulary, clock=clock, deadline_seconds=deadline_seconds),
        log=LogReading(store),
        who_is_who=WhoIsWho(store, vocabulary, editing, clock=clock),
        workbooks=Workbooks(store, vocabulary, editing, clock=clock),
        clock=clock,
    )
