"""One state of the estate, and every question that can be asked of it."""

from dataclasses import dataclass

from graph_service.model.errors import Fault
from graph_service.model.revision import Head
from graph_service.projection.projected import Images
from graph_service.store import EstateReader
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.inventory import Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateView:
    """The estate as of a revision, or what edits would make of it.

    ``head`` is the revision it is the estate of; ``overlay`` the digest of the edits put over it,
    empty where there are none, ``images`` the records they change, and ``faults`` what is wrong
    with those that were left out.
    ``is_newest`` tells whether nothing was written since.
    """

    head: Head
    images: Images | None = None
    faults: tuple[Fault, ...] = ()
    is_newest: bool
    reader: EstateReader
    inventory: Inventory
    questions: Questions

    @property
    def overlay(self) -> str:
        """The digest of the edits put over it."""
        return self.images.digest if self.images else ""

    @property
    def is_hypothetical(self) -> bool:
        """Whether this is not the estate as it is now."""
        return bool(self.overlay) or not self.is_newest
