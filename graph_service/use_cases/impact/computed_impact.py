"""What a scenario does, as the answer every surface shows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph_service.analysis import Absorbed, Hit, States, hit_entries, proof, reason, savings
from graph_service.model.impact_state import UP, ImpactState
from graph_service.projection import Snapshot
from graph_service.projection.codes import VALUE_BEARING_FLAG, Bits, Ints
from graph_service.use_cases.impact.estate_words import EstateWords, Paths, state_word
from graph_service.use_cases.impact.impact_answer import (
    Cause,
    Completeness,
    ImpactColumns,
    ImpactRow,
    ImpactSummary,
    Outcome,
    PathStep,
    ProofStep,
    Saving,
    Versions,
)
from graph_service.use_cases.impact.impact_words import ImpactWords

_OUTCOMES = (Outcome.AFFECTED, Outcome.SAVED, Outcome.ALREADY_AFFECTED, Outcome.REACHED_ONLY)
_AFFECTED, _SAVED, _ALREADY_AFFECTED, _REACHED_ONLY = range(4)
_TIER_UNKNOWN = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What became of the reached CIs; element i of every column is of the same one.

    ``place`` is where it stands in the order of reach.
    """

    place: NDArray[np.int64]
    ci: Ints
    hops: Ints
    before: Bits
    after: Bits
    outcome: Bits

    def chosen(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> "_Columns":
        return _Columns(
            place=self.place[which],
            ci=self.ci[which],
            hops=self.hops[which],
            before=self.before[which],
            after=self.after[which],
            outcome=self.outcome[which],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ComputedImpact:
    """Implements ``ImpactAnswer`` over arrays. Rows, paths and proofs are made when asked for."""

    revision: int
    causes: Sequence[Cause]
    completeness: Completeness
    versions: Versions
    question_digest: str
    snapshot: Snapshot
    outcome: Hit
    hops_max: int | None
    if_confirmed: "ComputedImpact | None" = None

    def no_longer_down(self, *, limit: int | None = None) -> tuple[int, list[ImpactRow]]:
        """Return what would not go down if one member of each unconfirmed group were enough."""
        other = self.if_confirmed
        if other is None:
            return 0, []
        down = self._lists[Outcome.AFFECTED]
        down = down.chosen(down.after == ImpactState.DOWN)
        then = other.outcome.after[other.outcome.reach.places(down.ci)]
        relieved = down.chosen(then < ImpactState.DOWN)
        return len(relieved.ci), self._made(relieved.chosen(np.arange(len(relieved.ci))[:limit]))

    def rows(
        self, outcome: Outcome, *, start: int = 0, limit: int | None = None
    ) -> list[ImpactRow]:
        """Return rows of one list: worst state first, then tier, hops, key."""
        chosen = self._lists[outcome]
        end = None if limit is None else start + limit
        return self._made(chosen.chosen(np.arange(len(chosen.ci))[start:end]))

    def columns(
        self, outcome: Outcome, *, start: int = 0, limit: int | None = None
    ) -> ImpactColumns:
        """Return the same rows as arrays."""
        chosen = self._lists[outcome]
        end = None if limit is None else start + limit
        page = chosen.chosen(np.arange(len(chosen.ci))[start:end])
        snapshot, numbers = self.snapshot, page.ci.tolist()
        names = snapshot.class_names
        return ImpactColumns(
            id=[snapshot.ids[each] for each in numbers],
            key=[snapshot.keys[each] for each in numbers],
            name=[snapshot.names[each] for each in numbers],
            class_name=[names[each] for each in snapshot.class_code[page.ci].tolist()],
            tier=snapshot.tier[page.ci].tolist(),
            before=page.before.tolist(),
            after=page.after.tolist(),
            hops=page.hops.tolist(),
        )

    def count(self, outcome: Outcome) -> int:
        """Return how many rows a list has."""
        return len(self._lists[outcome].ci)

    def verdict(self, ci_id: str) -> ImpactRow | None:
        """Return the row of one CI, however far, or ``None`` when the causes cannot reach it."""
        place = self._place(ci_id)
        rows = self._made(self._all.chosen(np.flatnonzero(self._all.ci == place)))
        return rows[0] if rows else None

    def proof(self, ci_id: str) -> tuple[ProofStep, ...]:
        """Return why a CI is in the state it is in; empty when it is UP."""
        place = self._place(ci_id)
        return () if place < 0 else self._sentences.proof_steps(proof(self._states, place))

    @cached_property
    def summary(self) -> ImpactSummary:
        """The answer in figures."""
        affected = self._lists[Outcome.AFFECTED]
        tiers = self.snapshot.tier[affected.ci]
        known = tiers[tiers >= 0]
        counts = np.bincount(affected.after, minlength=4).tolist()
        bearing = (self.snapshot.flags[affected.ci] & VALUE_BEARING_FLAG) != 0
        return ImpactSummary(
            reached=len(self._shown.ci),
            affected=len(affected.ci),
            down=counts[3],
            degraded=counts[2],
            at_risk=counts[1],
            saved=self.count(Outcome.SAVED),
            reached_only=self.count(Outcome.REACHED_ONLY),
            already_affected=self.count(Outcome.ALREADY_AFFECTED),
            value_bearing=int(bearing.sum()),
            highest_tier=int(known.min()) if len(known) else None,
            worst_state=ImpactState(int(affected.after.max())) if len(affected.ci) else UP,
            hops_max=int(self._shown.hops.max()) if len(self._shown.ci) else 0,
        )

    @cached_property
    def answer_digest(self) -> str:
        """SHA-256 of id, state before, state after and distance of every reached CI, by id."""
        shown = self._shown
        lines = sorted(
            f"{self.snapshot.ids[ci]} {before} {after} {hops}\n"
            for ci, before, after, hops in zip(
                shown.ci.tolist(),
                shown.before.tolist(),
                shown.after.tolist(),
                shown.hops.tolist(),
                strict=True,
            )
        )
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @cached_property
    def _all(self) -> _Columns:
        found = self.outcome
        first = found.reach.cause_count
        before, after = found.before[first:], found.after[first:]
        outcome = np.full(len(before), _REACHED_ONLY, np.uint8)
        outcome[found.leaned[first:]] = _SAVED
        outcome[before > 0] = _ALREADY_AFFECTED
        outcome[after > before] = _AFFECTED
        return _Columns(
            place=np.arange(first, len(found.reach)),
            ci=found.reach.order[first:],
            hops=found.reach.hops[first:],
            before=before,
            after=after,
            outcome=outcome,
        )

    @cached_property
    def _shown(self) -> _Columns:
        return (
            self._all
            if self.hops_max is None
            else self._all.chosen(self._all.hops <= self.hops_max)
        )

    @cached_property
    def _lists(self) -> Mapping[Outcome, _Columns]:
        shown = self._shown
        tier = self.snapshot.tier[shown.ci].astype(np.int16)
        tier[tier < 0] = _TIER_UNKNOWN
        order = np.lexsort((shown.ci, shown.hops, tier, -shown.after.astype(np.int16)))
        ordered = shown.chosen(order)
        return {
            outcome: ordered.chosen(ordered.outcome == number)
            for number, outcome in enumerate(_OUTCOMES)
        }

    @cached_property
    def _words(self) -> EstateWords:
        return EstateWords(self.snapshot)

    @cached_property
    def _states(self) -> States:
        return States(self.snapshot, self.outcome)

    @cached_property
    def _sentences(self) -> ImpactWords:
        return ImpactWords(self._words, self._states)

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self._words, self.outcome.reach)

    @cached_property
    def _harm_paths(self) -> Paths:
        return Paths(self._words, self._states.harm)

    def _place(self, ci_id: str) -> int:
        return self.snapshot.place_by_id.get(ci_id, -1)

    def _made(self, columns: _Columns) -> list[ImpactRow]:
        places = columns.place.copy()
        affected = columns.outcome == _AFFECTED
        if affected.any():
            places[affected] = self._states.harm.places(columns.ci[affected])
        return [
            self._row(*each)
            for each in zip(
                places.tolist(),
                columns.ci.tolist(),
                columns.hops.tolist(),
                columns.before.tolist(),
                columns.after.tolist(),
                columns.outcome.tolist(),
                strict=True,
            )
        ]

    def _row(self, place: int, ci: int, hops: int, *found: int) -> ImpactRow:
        before, after, outcome = found
        absorbed = self._absorbed(ci, after, outcome)
        saved_by = tuple(self._sentences.saving(ci, each) for each in absorbed)
        return ImpactRow(
            ci=self._words.reference(ci),
            outcome=_OUTCOMES[outcome],
            before=ImpactState(before),
            after=ImpactState(after),
            hops=hops,
            path=self._path(place, ci, outcome, absorbed),
            reason=self._reason(ci, before, outcome, saved_by),
            saved_by=saved_by,
        )

    def _absorbed(self, ci: int, after: int, outcome: int) -> list[Absorbed]:
        if outcome == _SAVED or (outcome == _AFFECTED and after < ImpactState.DOWN):
            return savings(self._states, ci)
        return []

    def _path(
        self, place: int, ci: int, outcome: int, absorbed: Sequence[Absorbed]
    ) -> tuple[PathStep, ...]:
        """Return the way harm came, or came to what was lost; else the structural one."""
        if outcome == _AFFECTED:
            return self._harm_paths.to(place)
        harm = self._states.harm if absorbed else None
        lost = [harm.place(each) for one in absorbed for each in one.lost] if harm else []
        nearest = min((each for each in lost if each >= 0), default=-1)
        if harm is None or nearest < 0:
            return self._paths.to(place)
        provider = int(harm.order[nearest])
        channels = self.outcome.scenario.channels
        last = hit_entries(self.snapshot, provider, ci, channels)[0]
        return (*self._harm_paths.to(nearest), self._words.step(provider, last))

    def _reason(self, ci: int, before: int, outcome: int, saved_by: Sequence[Saving]) -> str:
        match outcome:
            case 0:
                return self._sentences.sentence(reason(self._states, ci))
            case 1:
                return "; ".join(each.text for each in saved_by)
            case 2:
                return f"{self._words.name(ci)} was {state_word(before)} before and is no worse"
            case _:
                return "nothing it leans on became worse"
