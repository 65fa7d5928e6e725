"""What could be reached, as the answer every surface shows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph_service.analysis import Reach
from graph_service.projection import Snapshot
from graph_service.projection.codes import Ints
from graph_service.use_cases.impact.estate_words import EstateWords, Paths
from graph_service.use_cases.impact.impact_answer import (
    CIReference,
    Completeness,
    ReachColumns,
    ReachedRow,
    Versions,
)

_TIER_UNKNOWN = 127


@dataclass(frozen=True, kw_only=True, eq=False)
class ComputedReach:
    """Implements ``ReachAnswer`` over arrays. Rows and paths are made when asked for."""

    revision: int
    of: Sequence[CIReference]
    completeness: Completeness
    versions: Versions
    question_digest: str
    snapshot: Snapshot
    reach: Reach
    hops_max: int | None

    @property
    def total_count(self) -> int:
        """How many CIs are reached."""
        return len(self._places)

    @cached_property
    def by_tier(self) -> Sequence[tuple[int | None, int]]:
        """Counts by tier, most critical first, unknown last."""
        tiers = self.snapshot.tier[self.reach.order[self._places]].astype(np.int16)
        tiers[tiers < 0] = _TIER_UNKNOWN
        values, counts = np.unique(tiers, return_counts=True)
        return [
            (None if tier == _TIER_UNKNOWN else tier, count)
            for tier, count in zip(values.tolist(), counts.tolist(), strict=True)
        ]

    @cached_property
    def by_class(self) -> Sequence[tuple[str, int]]:
        """Counts by class, by name."""
        codes = self.snapshot.class_code[self.reach.order[self._places]]
        values, counts = np.unique(codes, return_counts=True)
        names = self.snapshot.class_names
        return [
            (names[code], count)
            for code, count in zip(values.tolist(), counts.tolist(), strict=True)
        ]

    @cached_property
    def by_hops(self) -> Sequence[int]:
        """Counts by distance; the first is at one hop."""
        counts: list[int] = np.bincount(self.reach.hops[self._places]).tolist()
        return counts[1:]

    @cached_property
    def answer_digest(self) -> str:
        """SHA-256 of id and distance of every reached CI, by id."""
        ids = self.snapshot.ids
        cis, hops = self.reach.order[self._places], self.reach.hops[self._places]
        lines = sorted(
            f"{ids[ci]} {distance}\n"
            for ci, distance in zip(cis.tolist(), hops.tolist(), strict=True)
        )
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def rows(self, *, start: int = 0, limit: int | None = None) -> list[ReachedRow]:
        """Return rows by hops, then tier, then key."""
        chosen = self._ordered[start : None if limit is None else start + limit]
        return [
            ReachedRow(
                ci=self._words.reference(int(self.reach.order[place])),
                hops=int(self.reach.hops[place]),
                path=self._paths.to(place),
            )
            for place in chosen.tolist()
        ]

    def columns(self, *, start: int = 0, limit: int | None = None) -> ReachColumns:
        """Return the same rows as arrays."""
        chosen = self._ordered[start : None if limit is None else start + limit]
        snapshot = self.snapshot
        cis = self.reach.order[chosen]
        numbers = cis.tolist()
        names = snapshot.class_names
        return ReachColumns(
            id=[snapshot.ids[each] for each in numbers],
            key=[snapshot.keys[each] for each in numbers],
            name=[snapshot.names[each] for each in numbers],
            class_name=[names[each] for each in snapshot.class_code[cis].tolist()],
            tier=snapshot.tier[cis].tolist(),
            hops=self.reach.hops[chosen].tolist(),
            previous=self._row_by_place[self.reach.previous[chosen]].tolist(),
        )

    @cached_property
    def _places(self) -> Ints:
        """Places in the order of reach of the CIs to show; causes are not among them."""
        first = self.reach.cause_count
        last = len(self.reach)
        if self.hops_max is not None:
            last = int(np.searchsorted(self.reach.hops, self.hops_max, "right"))
        return np.arange(first, max(first, last), dtype=np.int32)

    @cached_property
    def _ordered(self) -> Ints:
        cis = self.reach.order[self._places]
        tier = self.snapshot.tier[cis].astype(np.int16)
        tier[tier < 0] = _TIER_UNKNOWN
        ordered: Ints = self._places[np.lexsort((cis, tier, self.reach.hops[self._places]))]
        return ordered

    @cached_property
    def _row_by_place(self) -> Ints:
        """Row of each place in the order of reach; -1 at causes."""
        row = np.full(len(self.reach), -1, np.int32)
        row[self._ordered] = np.arange(len(self._ordered))
        return row

    @cached_property
    def _words(self) -> EstateWords:
        return EstateWords(self.snapshot)

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self._words, self.reach)
