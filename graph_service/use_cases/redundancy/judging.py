"""A candidate → how many members it needs, what speaks for it, and how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graph_service.use_cases.impact.estate_words import plain
from graph_service.use_cases.redundancy.candidates import (
    Candidate,
    Ground,
    Sort,
    among,
    dependants_of,
)
from graph_service.use_cases.redundancy.proposal import Confidence, Evidence

_SHOWN_MAX = 5
_PAIR = 2
_POINTS = {
    "FAILS_OVER": 3,
    "REPLICATES": 3,
    "CLUSTER": 2,
    "POOL": 2,
    "NAMED_ALIKE": 2,
    "DECLARED_GROUP": 2,
    "SAME_DEPENDANTS": 1,
    "SAME_ENVIRONMENT": 1,
    "DIFFERENT_ENVIRONMENTS": -2,
}
_HIGH, _MEDIUM = 4, 2


def needed(on: Ground, candidate: Candidate) -> tuple[int, str]:
    """Return the k to propose, and why."""
    count = len(candidate.members)
    groups = on.snapshot.groups
    if candidate.group >= 0 and bool(groups.k_known[candidate.group]):
        k = int(groups.k[candidate.group])
        return k, f"{k} of {count}, as declared"
    active = count - len(candidate.standbys)
    if candidate.standbys:
        k = max(active, 1)
        return k, f"{k}: as many as are active; the others stand by"
    dependant = on.class_names[candidate.dependant]
    stores_data = all(
        on.vocabulary.is_a(on.class_names[each], "DataStore") for each in candidate.members
    )
    if (
        count > _PAIR
        and count % 2
        and (stores_data or on.vocabulary.is_a(dependant, "DatabaseCluster"))
    ):
        k = count // 2 + 1
        return k, f"{k} of {count}: databases that vote need a majority"
    if count == _PAIR:
        return 1, "1 of 2: either carries on for the other"
    return count - 1, f"{count - 1} of {count}: one may be lost, as such groups are mostly built"


def evidence(on: Ground, candidate: Candidate) -> tuple[Evidence, ...]:
    """Return the facts that speak for a candidate, or against it, in sentences."""
    return (
        *_of_group(on, candidate),
        *_of_pairs(on, candidate),
        *_of_names(on, candidate),
        *_of_surroundings(on, candidate),
    )


def confidence(candidate: Candidate, facts: tuple[Evidence, ...]) -> Confidence:
    """Return how much speaks for a candidate."""
    if candidate.sort is Sort.STANDBY:
        return Confidence.LOW  # nobody says how it takes over
    points = sum(_POINTS.get(each.code, 0) for each in facts)
    if candidate.sort is Sort.DEFEATED:
        return Confidence.MEDIUM
    if points >= _HIGH:
        return Confidence.HIGH
    return Confidence.MEDIUM if points >= _MEDIUM else Confidence.LOW


def _of_group(on: Ground, candidate: Candidate) -> Iterator[Evidence]:
    dependant = plain(on.snapshot.keys[candidate.dependant])
    if candidate.sort is Sort.UNKNOWN_K:
        text = (
            f"{_shown(on, candidate.members)} are the group {candidate.name} of {dependant}, and "
            "nobody says how many it needs"
        )
        yield Evidence("DECLARED_GROUP", text)
    class_name = on.class_names[candidate.dependant]
    if on.vocabulary.is_a(class_name, "Cluster"):
        yield Evidence("CLUSTER", f"{dependant} is a cluster ({class_name})")
    if on.vocabulary.is_a(class_name, "LoadBalancer"):
        yield Evidence("POOL", f"{dependant} is a load balancer: what it leans on is its pool")
    if candidate.group >= 0 and candidate.plain_members:
        text = (
            f"{dependant} also leans on {_shown(on, sorted(candidate.plain_members))} alone, which "
            "defeats the group; that dependency would move into it"
        )
        yield Evidence("DEFEATED", text)


def _of_pairs(on: Ground, candidate: Candidate) -> Iterator[Evidence]:
    keys, members = _Keys(on), candidate.members
    replicas = [
        f"{keys[a]} replicates to {keys[b]}" for a, b in among(on.pairs.replicates, members)
    ]
    if replicas:
        yield Evidence("REPLICATES", _first(replicas))
    standbys = [
        f"{keys[a]} fails over to {keys[b]}" for a, b in among(on.pairs.fails_over, members)
    ]
    if standbys:
        yield Evidence("FAILS_OVER", _first(standbys))
    if candidate.drawn >= 0:
        text = (
            f"{keys[candidate.dependant]} is not related to {keys[candidate.drawn]} yet; it would "
            f"be, as a standby ({candidate.drawn_type}). Nobody says whether it takes over by "
            "itself: say AUTO or MANUAL"
        )
        yield Evidence("NOT_RELATED_YET", text)


def _of_names(on: Ground, candidate: Candidate) -> Iterator[Evidence]:
    if candidate.alike:
        shown = _shown(on, candidate.members)
        yield Evidence("NAMED_ALIKE", f"named alike: {shown} ({candidate.alike})")
    classes = {on.class_names[each] for each in candidate.members}
    if len(classes) == 1:
        yield Evidence("SAME_CLASS", f"all {len(candidate.members)} are {classes.pop()}")


def _of_surroundings(on: Ground, candidate: Candidate) -> Iterator[Evidence]:
    said = {on.environments[each] for each in candidate.members}
    if len(said) == 1 and "" not in said:
        yield Evidence("SAME_ENVIRONMENT", f"all are in {said.pop()}")
    elif len(said - {""}) > 1:
        text = f"they are in different environments: {', '.join(sorted(said - {''}))}"
        yield Evidence("DIFFERENT_ENVIRONMENTS", text)
    if candidate.drawn >= 0:
        return
    # Sizes first: hubs have many thousands.
    sizes = np.diff(on.snapshot.hit_start)[list(candidate.members)]
    leaning = (
        {dependants_of(on.snapshot, each) for each in candidate.members}
        if len(set(sizes.tolist())) == 1
        else set()
    )
    if len(leaning) == 1:
        count = len(leaning.pop())
        what = "the same CI leans" if count == 1 else f"the same {count} CIs lean"
        yield Evidence("SAME_DEPENDANTS", f"{what} on each of them")


def _shown(on: Ground, cis: Sequence[int]) -> str:
    keys = _Keys(on)
    return _first([keys[each] for each in cis])


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys of CIs, fit for a sentence."""

    on: Ground

    def __getitem__(self, ci: int) -> str:
        return plain(self.on.snapshot.keys[ci])


def _first(texts: list[str]) -> str:
    more = len(texts) - _SHOWN_MAX
    return ", ".join(texts[:_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
