"""The estate at one revision, as arrays that nothing changes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph_service.model.vocabulary import RelationshipType
from graph_service.projection.codes import (
    ACTIVE_ACTIVE,
    MANUAL,
    STANDBY_BIT,
    Bits,
    Flags,
    Ints,
    Minutes,
    Small,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the estate that makes an answer worse or less sure than it could be.

    ``code``: K_ABOVE_N, K_FULL_BELOW_K, MODE_UNKNOWN, GROUP_DEFEATED, UNREADABLE. ``subject`` is
    the id of the CI it concerns.
    """

    code: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Incidence:
    """Which CIs things concern: pairs in the order of the CI. One thing may concern several."""

    ci: Ints
    item: Ints

    def count(self, cis: Ints) -> int:
        """Return how many things concern any of these CIs, which are distinct and ascending."""
        return len(self.items(cis))

    def items(self, cis: Ints) -> Ints:
        """Return what concerns any of these CIs, which are distinct and ascending; in order."""
        if not len(self.ci) or not len(cis):
            return np.empty(0, np.int32)
        if len(cis) < len(self.ci):
            starts = np.searchsorted(self.ci, cis, "left")
            ends = np.searchsorted(self.ci, cis, "right")
            found = [
                self.item[start:end]
                for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
                if end > start
            ]
            return np.unique(np.concatenate(found)) if found else np.empty(0, np.int32)
        places = np.minimum(np.searchsorted(cis, self.ci), len(cis) - 1)
        return np.unique(self.item[cis[places] == self.ci])


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Redundancy groups, numbered by the CI that leans on them, then by name.

    The members of group g are ``member[member_start[g]:member_start[g + 1]]``, ascending; their
    bytes are in ``member_code``. ``rule`` packs what the kernels read: see ``RULE_COLUMNS``.
    ``k_full_said`` is what somebody said of ``k_full``, whatever k is; 0 where nobody did.
    ``tolerance`` and ``switch_minutes`` are minutes: negative where there is none, and infinite
    where it is unknown.
    """

    owner: Ints
    name: Sequence[str]
    member_start: Ints
    member: Ints
    member_code: Bits
    member_type: NDArray[np.unsignedinteger]
    k: Ints
    k_full: Ints
    k_full_said: Ints
    mode: Small
    k_known: Flags
    evidence: Flags
    switch_minutes: Minutes
    tolerance: Minutes
    rule: Ints

    def __len__(self) -> int:
        return len(self.owner)

    def size(self, group: int) -> int:
        """Return n, the number of members in service."""
        return int(self.member_start[group + 1] - self.member_start[group])

    def members(self, group: int) -> Ints:
        """Return the members in ascending order."""
        return self.member[self.member_start[group] : self.member_start[group + 1]]

    def is_standby(self, group: int) -> Flags:
        """Return which members stand by."""
        codes = self.member_code[self.member_start[group] : self.member_start[group + 1]]
        standby: Flags = (codes & STANDBY_BIT) != 0
        return standby


RULE_COLUMNS = ("owner", "slack", "full_slack", "active_slack", "switched", "strength")
"""Columns of ``Groups.rule``.

``slack``: members that may be DOWN with k left; ``full_slack``: that may be DEGRADED with k_full
left. ``active_slack``: active members that may be DOWN before standbys are called on; a number no
count exceeds where none stand by. ``switched``: the owner's state once they are.
"""

_NEVER = 2**31 - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """Who hits whom, at one revision.

    CIs are numbered in the order of their keys. ``hit[hit_start[p]:hit_start[p + 1]]`` is who is
    hit when p fails: below n a CI that leans on it alone, from n on a redundancy group (less n)
    that it is a member of. The row is in the order of the CI that is hit. ``hit_code`` and
    ``hit_type`` say how. ``need`` is the other way round, plain dependencies only, in the order of
    what is needed; the groups of CI c are those from ``group_start[c]`` to ``group_start[c + 1]``.

    ``own`` is the state a CI reports of itself. ``tier`` is -1 where unknown. Tolerances are few,
    so they stand apart: ``tolerant`` are places in ``hit``, ascending, with their minutes.
    """

    revision: int
    at: str
    ids: Sequence[str]
    keys: Sequence[str]
    names: Sequence[str]
    class_names: Sequence[str]
    class_code: NDArray[np.unsignedinteger]
    tier: Small
    flags: Bits
    own: Bits
    hit_start: Ints
    hit: Ints
    hit_code: Bits
    hit_type: NDArray[np.unsignedinteger]
    need_start: Ints
    need: Ints
    need_code: Bits
    group_start: Ints
    groups: Groups
    tolerant: Ints
    tolerance: Minutes
    types: Sequence[RelationshipType]
    unoriented: Incidence
    stale: Incidence
    unconfirmed: Incidence
    relationship_count: int
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def place_by_id(self) -> dict[str, int]:
        """CI id to number."""
        return {each: place for place, each in enumerate(self.ids)}

    @cached_property
    def place_by_key(self) -> dict[str, int]:
        """CI key to number."""
        return {each: place for place, each in enumerate(self.keys)}

    @cached_property
    def found(self) -> Incidence:
        """Which CIs the findings concern."""
        places = [self.place_by_id[each.subject] for each in self.findings]
        order = np.argsort(places, kind="stable").astype(np.int32)
        return Incidence(ci=np.array(places, np.int32)[order], item=order)

    def prepare_lookups(self) -> None:
        """Make the dictionaries by id and key now instead of when they are first used."""
        _ = self.place_by_id, self.place_by_key

    def needs(self, ci: int) -> Ints:
        """Return what a CI leans on alone, one entry for each relationship."""
        return self.need[self.need_start[ci] : self.need_start[ci + 1]]

    def groups_of(self, ci: int) -> range:
        """Return the numbers of a CI's redundancy groups."""
        return range(int(self.group_start[ci]), int(self.group_start[ci + 1]))

    def has(self, ci: int, flag: int) -> bool:
        """Return whether a CI has a flag of ``graph_service.projection.codes``."""
        return bool(self.flags[ci] & flag)

    @property
    def array_bytes(self) -> int:
        """Size of all arrays, in bytes: what the projection costs beside the texts."""
        own = [getattr(self, each.name) for each in fields(self)]
        apart = [
            getattr(part, each.name)
            for part in (self.groups, self.unoriented, self.stale, self.unconfirmed)
            for each in fields(part)
        ]
        return sum(each.nbytes for each in (*own, *apart) if isinstance(each, np.ndarray))


def packed_rule(  # noqa: PLR0913 - one for each fact of a group
    *,
    owner: Ints,
    size: Ints,
    active: Ints,
    k: Ints,
    k_full: Ints,
    mode: Small,
    strength: Small,
    switches_in_time: Flags,
) -> Ints:
    """Return ``Groups.rule``.

    With fewer active members than are needed to begin with, no more of them can be asked for than
    there are: a group whose members are all UP is UP.
    """
    rule = np.empty((len(owner), len(RULE_COLUMNS)), np.int32)
    rule[:, 0] = owner
    rule[:, 1] = size - k
    rule[:, 2] = size - k_full
    rule[:, 3] = np.where(
        (mode == ACTIVE_ACTIVE) | (active == size), _NEVER, active - np.minimum(k, active)
    )
    rule[:, 4] = np.where(mode == MANUAL, 3, np.where(switches_in_time, 1, 2))
    rule[:, 5] = strength
    return rule
