"""A cone of the estate: some CIs with what they need, what needs them, or both; or all there is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from graph_service.model.codec import digest
from graph_service.projection import Snapshot
from graph_service.projection.codes import AVAILABILITY_BIT, Bits, Ints
from graph_service.use_cases.impact.cone_direction import ConeDirection


@dataclass(frozen=True, kw_only=True, eq=False)
class Cone:
    """CIs of a snapshot in the order of their keys, each with its distance from where it opens.

    ``frontier_count`` is how many more CIs are one hop behind the limit; ``unresolved`` what was
    asked about and nothing answers to.
    """

    revision: int
    question_digest: str
    snapshot: Snapshot
    places: Ints
    hops: Ints
    frontier_count: int
    unresolved: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    def ids(self, start: int, end: int) -> list[str]:
        """Return the ids of its CIs from one position to another."""
        return [self.snapshot.ids[each] for each in self.places[start:end].tolist()]

    def has(self, ci_id: str) -> bool:
        """Whether a CI is in it."""
        place = self.snapshot.place_by_id.get(ci_id)
        if place is None:
            return False
        at = int(np.searchsorted(self.places, place))
        return at < len(self.places) and int(self.places[at]) == place


def cone_of(
    snapshot: Snapshot,
    origins: Sequence[int] | None,
    direction: ConeDirection,
    max_hops: int | None,
    *,
    overlay: str = "",
) -> Cone:
    """Return the cone of CIs by their numbers; of ``None``, the whole estate."""
    if origins is None:
        everything = np.arange(len(snapshot), dtype=np.int32)
        cone = _cone(snapshot, everything, np.zeros_like(everything), 0)
    else:
        cone = _opened(snapshot, np.unique(np.array(origins, np.int32)), direction, max_hops)
    asked = None if origins is None else sorted(snapshot.ids[each] for each in origins)
    question = ["cone", asked, direction.value, max_hops, overlay]
    return replace(cone, question_digest=digest(question))


def _cone(snapshot: Snapshot, places: Ints, hops: Ints, frontier: int) -> Cone:
    return Cone(
        revision=snapshot.revision,
        question_digest="",
        snapshot=snapshot,
        places=places,
        hops=hops,
        frontier_count=frontier,
    )


def _opened(
    snapshot: Snapshot, origins: Ints, direction: ConeDirection, max_hops: int | None
) -> Cone:
    far = np.iinfo(np.int32).max
    distance = np.full(len(snapshot), far, np.int32)
    frontier = np.zeros(len(snapshot), np.bool_)
    for one in _ways(direction):
        reached = np.full(len(snapshot), far, np.int32)
        reached[origins] = 0
        shell, hops = origins, 0
        while len(shell):
            found = np.unique(_next(snapshot, shell, one))
            shell = found[reached[found] == far]
            hops += 1
            if max_hops is not None and hops > max_hops:
                frontier[shell] = True
                break
            reached[shell] = hops
        distance = np.minimum(distance, reached)
    places = np.flatnonzero(distance < far).astype(np.int32)
    behind = int((frontier & (distance == far)).sum())
    return _cone(snapshot, places, distance[places], behind)


def _ways(direction: ConeDirection) -> tuple[ConeDirection, ...]:
    if direction is ConeDirection.BOTH:
        return ConeDirection.NEEDS, ConeDirection.NEEDED_BY
    return (direction,)


def _next(snapshot: Snapshot, cis: Ints, way: ConeDirection) -> Ints:
    """Return what is one hop from these CIs, through redundancy groups as well.

    A dependency that carries no availability leads nowhere, as in a blast radius.
    """
    groups = snapshot.groups
    if way is ConeDirection.NEEDED_BY:
        hit = _gathered(snapshot.hit_start, (snapshot.hit, snapshot.hit_code), cis)
        count = len(snapshot)
        return np.concatenate([hit[hit < count], groups.owner[hit[hit >= count] - count]])
    alone = _gathered(snapshot.need_start, (snapshot.need, snapshot.need_code), cis)
    sizes = snapshot.group_start[cis + 1] - snapshot.group_start[cis]
    own = _runs(snapshot.group_start[cis], sizes)
    members = _gathered(groups.member_start, (groups.member, groups.member_code), own)
    return np.concatenate([alone, members])


def _gathered(start: Ints, items: tuple[Ints, Bits], rows: Ints) -> Ints:
    """Return the items of several rows, one after the other, that carry availability."""
    at = _runs(start[rows], start[rows + 1] - start[rows])
    gathered: Ints = items[0][at][items[1][at] & AVAILABILITY_BIT != 0]
    return gathered


def _runs(first: Ints, sizes: Ints) -> Ints:
    """Return the numbers of several runs, one after the other."""
    before = np.cumsum(sizes) - sizes
    numbers: Ints = (np.arange(int(sizes.sum())) + np.repeat(first - before, sizes)).astype(
        np.int32
    )
    return numbers
