"""What a plan rests on: what the store holds, what was heard, and what absence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graph_service.model.claim import Claim
from graph_service.model.vocabulary import BrakeLimits
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.ground import Ground
from graph_service.reconcile.listening import Listening
from graph_service.reconcile.statement import Provenance


@dataclass(frozen=True)
class Basis:
    """One reading, heard, over one state of the store.

    ``absence_counts``: the reading saw all that its data source has to say in its scope, so what
    it does not say is gone. ``limits`` are those of the brakes.
    """

    ground: Ground
    listening: Listening
    provenance: Provenance
    absence_counts: bool
    limits: BrakeLimits

    @property
    def data_source(self) -> str:
        """Who speaks."""
        return self.provenance.data_source

    @cached_property
    def gone_rows(self) -> Sequence[int]:
        """Rows of the claim index that this reading should have said again and did not."""
        index = self.ground.index
        if not self.absence_counts:
            return ()
        return [
            row
            for row, seen in enumerate(self.listening.seen)
            if not seen and index.live[row] and index.scope[row] == self.provenance.scope
        ]

    def is_of_ci(self, row: int) -> bool:
        """Whether a row of the claim index speaks of a CI."""
        return self.ground.index.subject[row].startswith("ci_")

    def claim_in_row(self, draft: Draft, row: int) -> Claim:
        """Return the claim that a row stands for, given a draft that knows its subject."""
        index = self.ground.index
        wanted = (self.data_source, index.native_key[row])
        return next(
            each
            for each in draft.claims[index.subject[row]]
            if (each.data_source, each.native_key) == wanted
        )
