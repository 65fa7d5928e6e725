"""What confirming a candidate changes, computed by the engine that answers questions.

One trial estate has every candidate as a group that needs all of its members: that is what holds
today, whether they are a group of unknown size or leaned on one by one. To confirm one is then to
change its rule, and nothing has to be built anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graph_service.analysis import Analysis, Scenario
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.impact_state import ImpactState
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import ImpactFlow
from graph_service.projection import Snapshot
from graph_service.projection.build import built
from graph_service.projection.codes import AUTO, MODES, VALUE_BEARING_FLAG, Ints
from graph_service.projection.snapshot import packed_rule
from graph_service.use_cases.redundancy.candidates import Candidate, Ground

VISITS_MAX = 20_000_000
"""CIs looked at for one queue; candidates beyond it have no effect computed."""

_NEVER = 2**30
_DOWN = int(ImpactState.DOWN)


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """What one member's loss takes down, in the snapshot's numbers: now, and once confirmed."""

    member: int
    now: Ints
    then: Ints


class Trial:
    """The estate with all candidates as groups; tells what confirming one of them changes."""

    def __init__(self, on: Ground, candidates: Sequence[Candidate]) -> None:
        self._on = on
        snapshot = _trial_snapshot(on, candidates)
        self._snapshot = snapshot
        groups = snapshot.groups
        self._row = {
            (int(owner), name): number
            for number, (owner, name) in enumerate(
                zip(groups.owner.tolist(), groups.name, strict=True)
            )
        }
        self._rule = groups.rule.copy()
        for each in candidates:
            if each.drawn >= 0:
                self._rule[self._row[each.dependant, each.name]] = _off(each.dependant)
        today = replace(groups, rule=self._rule.copy())
        self._today = Analysis(replace(snapshot, groups=today))
        self._then = Analysis(replace(snapshot, groups=replace(groups, rule=self._rule)))
        self._known: dict[int, Ints] = {}
        self.visits = 0

    def bearing_reach(self, candidate: Candidate) -> int:
        """Return how many CIs that bear value could feel what becomes of a candidate's group."""
        reach = self._today.reach([candidate.dependant])
        self.visits += len(reach)
        bears = self._snapshot.flags[reach.order] & VALUE_BEARING_FLAG
        return int(np.count_nonzero(bears))

    def lost(self, candidate: Candidate, k: int, mode: int | None) -> list[Lost]:
        """Lose each member alone, today and with the group confirmed."""
        rows = self._changed(candidate, k, mode)
        kept = [(row, self._rule[row].copy()) for row, _ in rows]
        now = [self._down_today(each) for each in candidate.members]
        try:
            for row, rule in rows:
                self._rule[row] = rule
            then = [self._down(self._then, each) for each in candidate.members]
        finally:
            for row, rule in kept:
                self._rule[row] = rule
        return [Lost(*each) for each in zip(candidate.members, now, then, strict=True)]

    def _changed(self, candidate: Candidate, k: int, mode: int | None) -> list[tuple[int, Ints]]:
        """Return the rules that confirming a candidate changes, by row."""
        row = self._row[candidate.dependant, candidate.name]
        changed = [(row, _rule(self._snapshot, self._on, row, k, mode))]
        if candidate.plain and (candidate.group >= 0 or candidate.drawn >= 0):
            apart = self._row[candidate.dependant, _apart(candidate.name)]
            changed.append((apart, _off(candidate.dependant)))
        return changed

    def _down_today(self, member: int) -> Ints:
        known = self._known.get(member)
        if known is None:
            known = self._known[member] = self._down(self._today, member)
        return known

    def _down(self, analysis: Analysis, member: int) -> Ints:
        hit = analysis.hit(Scenario(causes={member: ImpactState.DOWN}, start_all_up=True))
        self.visits += len(hit.reach)
        first = hit.reach.cause_count
        down: Ints = hit.reach.order[first:][hit.after[first:] == _DOWN]
        return down


def _trial_snapshot(on: Ground, candidates: Iterable[Candidate]) -> Snapshot:
    places: list[int] = []
    names: list[str] = []
    drawn: list[Relationship] = []
    for each in candidates:
        # What defeats a group, or is to be relieved by a standby, stands in a group of its own.
        apart = each.group >= 0 or each.drawn >= 0
        places += each.plain
        names += [_apart(each.name) if apart else each.name] * len(each.plain)
        if each.drawn >= 0:
            drawn += _drawn(on, each)
    tables = on.tables.copy()
    if places:
        tables.regroup(np.array(places, np.int64), names)
    tables.put(relationships=drawn)
    return built(tables, on.vocabulary, on.snapshot.at)


def _apart(name: str) -> str:
    return f"\0{name}"


def _drawn(on: Ground, candidate: Candidate) -> list[Relationship]:
    """Return relationships that join the provider and its standby to a group of the dependant."""
    # A type by which the dependant is related to nobody, so that no relationship is replaced.
    used = on.tables.types_from(int(on.tables.by_key[candidate.dependant]))
    spare = next(
        name
        for name, row in sorted(on.vocabulary.relationship_types.items())
        if row.impact is ImpactFlow.TO_SOURCE and name not in used
    )
    ids = on.snapshot.ids
    dependant = CIId(ids[candidate.dependant])
    return [
        Relationship(
            id=relationship_id(dependant, spare, CIId(ids[member])),
            source=dependant,
            target=CIId(ids[member]),
            type=spare,
            attributes={
                "group": candidate.name,
                "strength": "HARD",
                "channels": ["AVAILABILITY"],
                "role": "STANDBY" if member in candidate.standbys else "ACTIVE",
            },
        )
        for member in candidate.members
    ]


def _off(owner: int) -> Ints:
    """Return the rule of a group that does nothing to its owner."""
    return np.array([owner, _NEVER, _NEVER, _NEVER, 0, 3], np.int32)


def _rule(snapshot: Snapshot, on: Ground, row: int, k: int, mode: int | None) -> Ints:
    """Return the rule of a group once its k, and its mode where given, are confirmed."""
    groups = snapshot.groups
    owner, size = int(groups.owner[row]), groups.size(row)
    standby = int(np.count_nonzero(groups.is_standby(row)))
    stated = on.tables.ci_meanings[
        int(on.tables.attribute_code[int(on.tables.by_key[owner])])
    ].groups.get(groups.name[row])
    k_full = min(max(stated.k_full if stated else 0, k), size)
    minutes = max(float(groups.tolerance[row]), 0.0)
    packed = packed_rule(
        owner=np.array([owner], np.int32),
        size=np.array([size], np.int32),
        active=np.array([size - standby], np.int32),
        k=np.array([k], np.int32),
        k_full=np.array([k_full], np.int32),
        mode=np.array([groups.mode[row] if mode is None else mode], np.int8),
        strength=np.array([groups.rule[row, 5]], np.int8),
        switches_in_time=np.array([groups.switch_minutes[row] <= minutes]),
    )
    rule: Ints = packed[0]
    return rule


def mode_number(name: str | None) -> int | None:
    """Return the number of a mode."""
    return None if name is None else MODES.get(name, AUTO)
