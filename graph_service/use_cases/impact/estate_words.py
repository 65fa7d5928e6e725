"""A snapshot's numbers → the references, steps and names people read."""

from collections.abc import Iterable, Sequence

from graph_service.analysis import Reach
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.impact_state import AT_RISK, DEGRADED, DOWN, UP, ImpactState
from graph_service.projection import Snapshot
from graph_service.projection.codes import CONSUMER_IS_SOURCE_BIT, VALUE_BEARING_FLAG
from graph_service.use_cases.impact.impact_answer import CIReference, PathStep

NAMED_MAX = 5
"""Most CIs that a sentence names."""

_NAME_LENGTH_MAX = 60

STATE_WORDS = {UP: "up", AT_RISK: "at risk", DEGRADED: "degraded", DOWN: "down"}


class EstateWords:
    """Says what the numbers of one snapshot stand for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._references: dict[int, CIReference] = {}

    def reference(self, ci: int) -> CIReference:
        """Return a CI as it stands in an answer."""
        known = self._references.get(ci)
        if known is None:
            snapshot = self.snapshot
            tier = int(snapshot.tier[ci])
            known = CIReference(
                id=snapshot.ids[ci],
                key=snapshot.keys[ci],
                name=snapshot.names[ci],
                class_name=snapshot.class_names[snapshot.class_code[ci]],
                tier=None if tier < 0 else tier,
                value_bearing=snapshot.has(ci, VALUE_BEARING_FLAG),
            )
            self._references[ci] = known
        return known

    def references(self, cis: Iterable[int]) -> tuple[CIReference, ...]:
        """Return several CIs."""
        return tuple(self.reference(each) for each in cis)

    def name(self, ci: int) -> str:
        """Return a CI's name, fit for a sentence."""
        return plain(self.snapshot.names[ci])

    def names(self, cis: Sequence[int]) -> str:
        """Return some CIs' names, not too many."""
        shown = ", ".join(self.name(each) for each in cis[:NAMED_MAX])
        left = len(cis) - NAMED_MAX
        return f"{shown} and {left} more" if left > 0 else shown

    def verb(self, entry: int) -> str:
        """Return how the CI that is hit stands to its provider: *depends on*."""
        snapshot = self.snapshot
        row = snapshot.types[int(snapshot.hit_type[entry])]
        is_source = bool(snapshot.hit_code[entry] & CONSUMER_IS_SOURCE_BIT)
        return row.verb if is_source else row.inverse_verb

    def predicate(self, entry: int) -> str:
        """Return the verb as a sentence has it: *depends on*, *is secured by*."""
        verb = self.verb(entry)
        return verb if verb.partition(" ")[0].endswith("s") else f"is {verb}"

    def relationship(self, provider: int, entry: int) -> str:
        """Return the id of the relationship behind a dependency on a provider."""
        snapshot = self.snapshot
        code = int(snapshot.hit_code[entry])
        type_name = snapshot.types[snapshot.hit_type[entry]].name
        return self._relationship(provider, self.dependant(entry), type_name, code)

    def membership(self, group: int, member: int) -> str:
        """Return the id of the relationship by which a CI is a member of a group."""
        groups = self.snapshot.groups
        start = int(groups.member_start[group])
        place = start + int(groups.members(group).searchsorted(member))
        type_name = self.snapshot.types[groups.member_type[place]].name
        code = int(groups.member_code[place])
        return self._relationship(member, int(groups.owner[group]), type_name, code)

    def dependant(self, entry: int) -> int:
        """Return the CI that a dependency hits."""
        hit = int(self.snapshot.hit[entry])
        count = len(self.snapshot)
        return hit if hit < count else int(self.snapshot.groups.owner[hit - count])

    def group(self, entry: int) -> str | None:
        """Return the name of the redundancy group a dependency goes through."""
        number = int(self.snapshot.hit[entry]) - len(self.snapshot)
        return self.snapshot.groups.name[number] if number >= 0 else None

    def step(self, provider: int, entry: int) -> PathStep:
        """Return the hop from a provider to the CI that is hit."""
        return PathStep(
            ci=self.reference(self.dependant(entry)),
            relationship_id=self.relationship(provider, entry),
            type=self.snapshot.types[self.snapshot.hit_type[entry]].name,
            verb=self.verb(entry),
            group=self.group(entry),
        )

    def _relationship(self, provider: int, consumer: int, type_name: str, code: int) -> str:
        ends = (consumer, provider) if code & CONSUMER_IS_SOURCE_BIT else (provider, consumer)
        source, target = (CIId(self.snapshot.ids[each]) for each in ends)
        return relationship_id(source, type_name, target)


class Paths:
    """The ways from causes to what they reach, each made once."""

    def __init__(self, words: EstateWords, reach: Reach) -> None:
        self._words = words
        self._reach = reach
        self._made: dict[int, tuple[PathStep, ...]] = {}

    def to(self, place: int) -> tuple[PathStep, ...]:
        """Return the way to the CI at a place in the order of reach, its cause first."""
        order, previous, via = self._reach.order, self._reach.previous, self._reach.via
        missing = []
        while place >= 0 and place not in self._made:
            missing.append(place)
            place = int(previous[place])
        path = self._made.get(place, ())
        for each in reversed(missing):
            if via[each] < 0:
                path = (PathStep(ci=self._words.reference(int(order[each]))),)
            else:
                provider = int(order[previous[each]])
                path = (*path, self._words.step(provider, int(via[each])))
            self._made[each] = path
        return path


def plain(name: str) -> str:
    """Return a name fit for a sentence: on one line, and not longer than one."""
    if len(name) <= _NAME_LENGTH_MAX and name.isprintable():
        return name
    shown = "".join(each if each.isprintable() else "�" for each in name[: _NAME_LENGTH_MAX + 1])
    return shown if len(shown) <= _NAME_LENGTH_MAX else shown[: _NAME_LENGTH_MAX - 1] + "…"


def state_word(state: int) -> str:
    """Return a state as people say it: *at risk*."""
    return STATE_WORDS[ImpactState(state)]
