"""What a plan rests on: what the store holds, what was heard, and what absence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graph_service.model.claim import Claim
from graph_service.model.vocabulary import BrakeLimits
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.ground import Ground
from graph_service.reconcile.listening import Listening
from graph_service.reconcile.sightings import Sighting, next_sighting
from graph_service.reconcile.statement import Provenance


@dataclass(frozen=True)
class Basis:
    """One reading, heard, over one state of the store.

    ``absence_counts``: the reading saw all that its data source has to say in its scope, so what
    it does not say is gone. ``limits`` are those of the brakes, ``former`` the
    last look at the same scope.
    """

    ground: Ground
    listening: Listening
    provenance: Provenance
    absence_counts: bool
    limits: BrakeLimits
    former: Sighting | None = None

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

    @cached_property
    def sighting(self) -> Sighting | None:
        """What this look at the data source saw, if it looked to the end."""
        if not self.listening.read_to_the_end:
            return None
        index = self.ground.index
        unseen = [
            index.native_key[row]
            for row, seen in enumerate(self.listening.seen)
            if not seen
            and index.live[row]
            and index.scope[row] == self.provenance.scope
            and self.is_of_ci(row)
        ]
        return next_sighting(
            self.former,
            data_source=self.data_source,
            scope=self.provenance.scope,
            at=self.provenance.observed_at,
            unseen=unseen,
        )
