"""Redundancy groups stated by hand, onto a draft of the estate."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from graph_service.model.ci import Presence
from graph_service.model.edit import EditRef, RemoveRedundancyGroup, SetRedundancyGroup
from graph_service.model.errors import Fault
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.place import Place
from graph_service.model.vocabulary import RelationshipType, Vocabulary
from graph_service.reconcile.by_hand import ByHand
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.redundancy import GROUP_PREFIX, ends_by_role, group_of
from graph_service.reconcile.validation import ci_attributes

_MEMBERSHIP = frozenset({"group", "role"})

_Ends = tuple[CIId, str, CIId]

Living = Callable[[EditRef, Place], CIId | None]
"""Returns the living CI that a reference means, or notes a fault."""


@dataclass(frozen=True, slots=True)
class GroupSteps:
    """Declares and removes groups.

    ``related`` are relationships that edits before drew, ``ended`` CIs that they ended.
    """

    vocabulary: Vocabulary
    draft: Draft
    by_hand: ByHand
    faults: list[Fault]
    ended: set[str]
    related: Mapping[str, _Ends]

    def set_group(self, edit: SetRedundancyGroup, place: Place, living: Living) -> str | None:
        """Declare a group, or say what forbids it."""
        dependant = living(edit.dependant, place.inside("dependant"))
        before = len(self.faults)
        name = GROUP_PREFIX + edit.name
        class_name = self.draft.class_of(dependant) if dependant else ""
        attributes = ci_attributes(
            self.vocabulary, class_name, {name: dict(edit.rules)}, place, self.faults
        )
        members = [
            (living(ref, place.inside(f"members[{index}].ci")), standby, index)
            for index, (ref, standby) in enumerate(edit.members or ())
        ]
        counted = Counter(ci_id for ci_id, _, _ in members if ci_id is not None)
        for ci_id, _, index in members:
            if ci_id is not None and counted[ci_id] > 1:
                spot = place.inside(f"members[{index}].ci")
                message = f"{(edit.members or ())[index][0]} is named {counted[ci_id]} times"
                self._fault("CONTRADICTION", message, spot, "name each member once")
        if dependant is None or len(self.faults) > before:
            return None
        self.by_hand.state_ci(dependant, {}, attributes, frozenset())
        if edit.members is not None:
            joining = {ci_id: standby for ci_id, standby, _ in members if ci_id is not None}
            leaning = [*self._leaning(dependant)]
            reachable = {provider for _, _, provider in leaning}
            for ci_id, _, index in members:
                if ci_id is not None and ci_id not in reachable:
                    spot = place.inside(f"members[{index}].ci")
                    message = f"{edit.members[index][0]} is no provider of {edit.dependant}"
                    self._fault("RELATIONSHIP_NOT_FOUND", message, spot, "relate the two first")
            self._regroup(dependant, edit.name, joining)
        return dependant

    def _regroup(self, dependant: CIId, group: str, joining: Mapping[CIId, bool]) -> None:
        for ends, row, provider in [*self._leaning(dependant)]:
            subject = relationship_id(*ends)
            if provider in joining:
                role = "STANDBY" if joining[provider] else "ACTIVE"
                self.by_hand.state_relationship(subject, ends, {"group": group, "role": role})
                continue
            if group_of(row, self.by_hand.effective(subject)) == group:
                self.by_hand.state_relationship(subject, ends, {}, _MEMBERSHIP)
            if group_of(row, self.by_hand.effective(subject)) == group:
                # Its type or a data source has it in the group: the word is that it is in none.
                self.by_hand.state_relationship(subject, ends, dict.fromkeys(_MEMBERSHIP))

    def remove_group(self, edit: RemoveRedundancyGroup, place: Place, living: Living) -> str | None:
        """Remove a group, or say what forbids it."""
        dependant = living(edit.dependant, place.inside("dependant"))
        if dependant is None:
            return None
        name = GROUP_PREFIX + edit.name
        is_declared = self.by_hand.effective(dependant).get(name) is not None
        has_members = any(
            group_of(row, self.by_hand.effective(relationship_id(*ends))) == edit.name
            for ends, row, _ in self._leaning(dependant)
        )
        if not (is_declared or has_members):
            message = f"{edit.dependant} has no redundancy group {edit.name!r}"
            self._fault("GROUP_NOT_FOUND", message, place.inside("name"), "look at its attributes")
            return None
        self.by_hand.state_ci(dependant, {}, {}, frozenset({name}))
        if self.by_hand.effective(dependant).get(name) is not None:
            # A data source declares it as well: the person's word is that there is none.
            self.by_hand.state_ci(dependant, {}, {name: None}, frozenset())
        self._regroup(dependant, edit.name, {})
        return dependant

    def _leaning(self, dependant: CIId) -> Iterator[tuple[_Ends, RelationshipType, CIId]]:
        """Yield the living relationships by which a CI leans on a provider."""
        known: dict[str, _Ends] = {
            each.id: (each.source, each.type, each.target)
            for each in self.draft.relationships.values()
            if each.presence is not Presence.RETIRED
        }
        for subject, ends in {**known, **self.related}.items():
            source, relationship_type, target = ends
            row = self.vocabulary.relationship_types.get(relationship_type)
            if row is None or {source, target} & self.ended:
                continue
            roles = ends_by_role(row, source, target, self.by_hand.effective(subject))
            if roles and roles[0] == dependant:
                yield ends, row, CIId(roles[1])

    def _fault(self, code: str, message: str, place: Place, remedy: str = "") -> None:
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))
