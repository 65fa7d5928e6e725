"""Every CI's state before and after, and the way on which harm came to it."""

from functools import cached_property

import numpy as np

from graph_service.analysis.analysis import Hit, Reach
from graph_service.analysis.compiled import kernels
from graph_service.analysis.ways import ways
from graph_service.projection import Snapshot
from graph_service.projection.codes import (
    STANDBY_BIT,
    STRENGTH_MASK,
    TOLERANT_BIT,
    Bits,
    Flags,
    Ints,
    Longs,
)

_CARRIED = np.uint8(1)


class States:
    """What became of every CI, and how."""

    def __init__(self, snapshot: Snapshot, outcome: Hit) -> None:
        self.snapshot = snapshot
        self.outcome = outcome
        self.before = outcome.rest.state
        self.after: Bits = self.before.copy()
        self.after[outcome.reach.order] = outcome.after

    @cached_property
    def rank(self) -> Ints:
        """An order in which each state rests only on states of lower rank. -1 where UP.

        Worst states first, as they settle; of equal ones those that did not become worse first,
        because they rest on nothing that did, or on something that is worse than they are.
        """
        earlier, later = self.outcome.rest.settled, self.outcome.settled
        unchanged = earlier[self.after[earlier] == self.before[earlier]]
        order = np.concatenate([unchanged, later])
        order = order[np.argsort(3 - self.after[order], kind="stable")]
        rank = np.full(len(self.snapshot), -1, np.int32)
        rank[order] = np.arange(len(order))
        return rank

    @cached_property
    def harm(self) -> Reach:
        """The CIs that became worse, each on the shortest way that harm took to it.

        It begins at the causes that are as the question puts them. Every further CI's ``via`` is a
        dependency that alone, or with others of its group, makes it as bad as it is, on a provider
        of lower rank that became worse. Ties are broken as in reach.
        """
        snapshot, causes = self.snapshot, self.outcome.scenario.causes
        roots = [ci for ci in sorted(causes) if causes[ci] >= self.after[ci] > self.before[ci]]
        room = len(self.outcome.settled) + 1
        order, hops, via = (np.empty(room, np.int32) for _ in range(3))
        found = kernels().reach(
            snapshot.hit_start,
            snapshot.hit,
            _carried(self),
            snapshot.groups.owner,
            np.array(roots, np.int32),
            _CARRIED,
            np.zeros((len(snapshot) + 63) // 64, np.uint64),
            order,
            hops,
            via,
            np.zeros(1, np.uint8),
        )
        return Reach(snapshot=snapshot, order=order[:found], hops=hops[:found], via=via[:found])

    @cached_property
    def harmed_via(self) -> Ints:
        """Each CI's ``via`` of ``harm``; -1 where there is none."""
        via = np.full(len(self.snapshot), -1, np.int32)
        via[self.harm.order] = self.harm.via
        return via


def _carried(states: States) -> Bits:
    """Return 1 at each place in ``Snapshot.hit`` over which a CI became as bad as it is."""
    snapshot, after, rank = states.snapshot, states.after, states.rank
    entries, at = _rows(snapshot.hit_start, states.outcome.settled)
    provider = states.outcome.settled[at]
    hit, groups = snapshot.hit[entries], snapshot.groups
    group = np.maximum(hit - len(snapshot), 0)
    is_plain = hit < len(snapshot)
    owner = np.where(is_plain, hit, groups.owner[group]) if len(groups) else hit
    may = (
        (snapshot.hit_code[entries] & states.outcome.scenario.channels != 0)
        & (after[owner] > states.before[owner])
        & (after[provider] >= after[owner])
        & (rank[provider] < rank[owner])
    )
    alone, joint = np.flatnonzero(may & is_plain), np.flatnonzero(may & ~is_plain)
    alone = alone[_crossings(states, entries[alone], provider[alone]) >= after[owner[alone]]]
    joint = joint[_join(states, entries[joint], provider[joint], group[joint])]
    carried = np.zeros(len(snapshot.hit), np.uint8)
    carried[entries[alone]] = carried[entries[joint]] = _CARRIED
    return carried


def _crossings(states: States, entries: Longs, provider: Ints) -> Longs:
    """Return what providers' states become across plain dependencies on them."""
    snapshot = states.snapshot
    code = snapshot.hit_code[entries]
    crossed = states.after[provider].astype(np.int64) - 3 + (code & STRENGTH_MASK)
    patient = np.flatnonzero((code & TOLERANT_BIT != 0) & (crossed > 1))
    patience = snapshot.tolerance[np.searchsorted(snapshot.tolerant, entries[patient])]
    crossed[patient[states.outcome.scenario.duration_minutes <= patience]] = 1
    return crossed


def _join(states: States, entries: Longs, provider: Ints, group: Ints) -> Flags:
    """Return which members, by their entries, are among those that raised the group's owner.

    A member is, when it was not lost before in a way in which enough are lost now to make the owner
    as bad as it is: it is then one of as many as that takes.
    """
    snapshot, groups = states.snapshot, states.snapshot.groups
    touched, at = np.unique(group, return_inverse=True)
    owner, rule = groups.owner[touched], groups.rule[touched].T
    places, of = _rows(groups.member_start, touched)
    member, code = groups.member[places], groups.member_code[places]
    early = states.rank[member] < states.rank[owner][of]
    heard = code & states.outcome.scenario.channels != 0
    lost = np.where(early & heard, states.after[member], 0)
    is_patient = states.outcome.scenario.duration_minutes <= groups.tolerance[touched]
    stands_by = snapshot.hit_code[entries] & STANDBY_BIT != 0
    among = np.zeros(len(entries), np.bool_)
    for way in ways(rule):
        counted = (lost >= way.level) & ~(way.actives_only & (code & STANDBY_BIT != 0))
        number = np.bincount(of[counted], minlength=len(touched))
        crossed = way.state - 3 + rule[5]
        crossed = np.where(is_patient, np.minimum(crossed, 1), crossed)
        raised = (number > way.spare) & (crossed >= states.after[owner])
        newly = (states.before[provider] < way.level) & (states.after[provider] >= way.level)
        among |= raised[at] & newly & ~(way.actives_only & stands_by)
    return among


def _rows(start: Ints, which: Ints) -> tuple[Longs, Longs]:
    """Return the places of all elements of some rows, and for each which of these rows it is of."""
    first, sizes = start[which].astype(np.int64), start[which + 1] - start[which]
    at = np.repeat(np.arange(len(which)), sizes)
    ends = np.cumsum(sizes)
    return np.arange(len(at)) + (first - ends + sizes)[at], at
