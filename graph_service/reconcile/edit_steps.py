"""Edits, one after the other, onto a draft of the estate."""

from collections.abc import Mapping
from typing import Any

from graph_service.model.ci import Presence
from graph_service.model.condition import TAG_PREFIX
from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    MergeCis,
    ReactivateCi,
    RemoveRedundancyGroup,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
    SplitCi,
    Unset,
    UpdateCi,
)
from graph_service.model.errors import Fault
from graph_service.model.ids import CIId, IdGenerator, relationship_id
from graph_service.model.place import Place
from graph_service.model.vocabulary import RelationshipType, Vocabulary
from graph_service.reconcile.by_hand import ByHand
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.group_steps import GroupSteps
from graph_service.reconcile.merge_steps import MergeSteps
from graph_service.reconcile.validation import (
    ci_attributes,
    class_faults,
    is_weakened_without_evidence,
    named,
    out_of_place,
    relationship_attributes,
    terms_faults,
    unknown,
)

_Ends = tuple[CIId, str, CIId]


class EditSteps:
    """Takes edits in their order; each sees what those before it did.

    ``references`` says which CI each reference means; one that is missing has a fault already.
    Afterwards ``faults`` has everything wrong with all edits, ``subjects`` the record each edit is
    about, and ``ended`` the CIs that end.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        draft: Draft,
        by_hand: ByHand,
        references: Mapping[EditRef, CIId],
        new_id: IdGenerator,
    ) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[str] = []
        self.subjects: list[str] = []
        self.ended: set[str] = set()
        self.begun: set[str] = set()
        self.withdrawn: set[str] = set()
        self.granted: dict[str, CIId] = {}
        self._vocabulary = vocabulary
        self._draft = draft
        self._by_hand = by_hand
        self._references = dict(references)
        self._new_id = new_id
        self._related: dict[str, _Ends] = {}
        self._groups = GroupSteps(
            vocabulary=vocabulary,
            draft=draft,
            by_hand=by_hand,
            faults=self.faults,
            ended=self.ended,
            related=self._related,
        )
        self._merges = MergeSteps(
            vocabulary=vocabulary,
            draft=draft,
            by_hand=by_hand,
            new_id=new_id,
            faults=self.faults,
            warnings=self.warnings,
            begun=self.begun,
            granted=self.granted,
        )

    @property
    def moved(self) -> set[str]:
        """The CIs that were merged or split."""
        return self._merges.moved

    def announce(self, edit: CreateCi | SplitCi) -> None:
        """Draw the id of a CI to be created, so that edits before it can name it too."""
        if edit.key:
            self.granted.setdefault(edit.key, CIId(self._new_id("ci")))

    def take(self, index: int, edit: Edit) -> None:
        """Do one edit, or say what is wrong with it."""
        name = type(edit).__name__
        place = Place("input", f"edits[{index}].{name[0].lower()}{name[1:]}")
        self.subjects.append(self._do(edit, place) or "")

    def _do(self, edit: Edit, place: Place) -> str | None:
        if isinstance(edit, CreateCi):
            return self._create(edit, place)
        if isinstance(edit, UpdateCi):
            return self._update(edit, place)
        if isinstance(edit, RetireCi):
            return self._retire(edit, place)
        if isinstance(edit, ReactivateCi):
            return self._reactivate(edit, place)
        return self._do_around(edit, place)

    def _do_around(
        self,
        edit: SetRelationship
        | RetireRelationship
        | SetRedundancyGroup
        | RemoveRedundancyGroup
        | MergeCis
        | SplitCi,
        place: Place,
    ) -> str | None:
        if isinstance(edit, MergeCis):
            return self._merges.merge(edit, place, self._living)
        if isinstance(edit, SplitCi):
            return self._merges.split(edit, place, self._living)
        if isinstance(edit, SetRelationship):
            return self._relate(edit, place)
        if isinstance(edit, RetireRelationship):
            return self._unrelate(edit, place)
        if isinstance(edit, SetRedundancyGroup):
            return self._groups.set_group(edit, place, self._living)
        return self._groups.remove_group(edit, place, self._living)

    def _fault(self, code: str, message: str, place: Place, remedy: str = "") -> None:
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))

    # CIs

    def _create(self, edit: CreateCi, place: Place) -> str | None:
        before = len(self.faults)
        self.faults += class_faults(self._vocabulary, edit.class_name, place.inside("class"))
        name = named(edit.name, "name", place, self.faults)
        key = named(edit.key, "key", place, self.faults) if edit.key else ""
        attributes = ci_attributes(
            self._vocabulary,
            edit.class_name,
            edit.attributes,
            place,
            self.faults,
            from_text=edit.as_text,
        )
        self.faults += terms_faults(edit.terms, self._by_hand.now, place)
        if len(self.faults) > before:
            return None
        ci_id = self.granted.get(edit.key) if edit.key else CIId(self._new_id("ci"))
        if ci_id is None or ci_id in self.begun:
            message = f"the key {key!r} belongs to another CI"
            self._fault(
                "KEY_TAKEN", message, place.inside("key"), "choose another, or leave it out"
            )
            return None
        content = {"class": edit.class_name, "key": key, "name": name, "attributes": attributes}
        self._by_hand.create_ci(ci_id, key, content, edit.terms)
        self.begun.add(ci_id)
        return ci_id

    def _update(self, edit: UpdateCi, place: Place) -> str | None:
        ci_id = self._living(edit.ci, place.inside("ci"))
        before = len(self.faults)
        said: dict[str, str] = {}
        class_name = self._class_of(ci_id) if ci_id else ""
        if not isinstance(edit.class_name, Unset):
            said["class"] = class_name = edit.class_name
            self.faults += class_faults(self._vocabulary, class_name, place.inside("class"))
        if not isinstance(edit.name, Unset):
            said["name"] = named(edit.name, "name", place, self.faults)
        attributes = ci_attributes(
            self._vocabulary,
            class_name,
            edit.attributes,
            place,
            self.faults,
            from_text=edit.as_text,
        )
        self.faults += terms_faults(edit.terms, self._by_hand.now, place)
        for name in sorted(edit.remove_tags):
            if f"{TAG_PREFIX}{name}" in edit.attributes:
                spot = place.inside("removeTags")
                self._fault("CONTRADICTION", f"{name} is both added and removed", spot, "do one")
        for name in sorted(edit.withdraw & edit.attributes.keys()):
            spot = place.inside("withdraw")
            self._fault("CONTRADICTION", f"{name} is both stated and withdrawn", spot, "do one")
        if ci_id is None or len(self.faults) > before:
            return None
        stated = self._by_hand.stated_attributes(ci_id)
        if edit.withdraw & stated:
            self.withdrawn.add(ci_id)
        for name in sorted(edit.withdraw - stated):
            self.warnings.append(f"{place.path}.withdraw: nobody stated {name} by hand")
        self._by_hand.state_ci(ci_id, said, attributes, edit.withdraw, edit.terms)
        self._remove_tags(ci_id, edit, place)
        return ci_id

    def _remove_tags(self, ci_id: CIId, edit: UpdateCi, place: Place) -> None:
        names = {f"{TAG_PREFIX}{each}" for each in edit.remove_tags}
        known = self._by_hand.effective(ci_id)
        for name in sorted(names):
            if known.get(name) is None:
                tag = name.removeprefix(TAG_PREFIX)
                self.warnings.append(f"{place.path}.removeTags: there is no tag {tag}")
        if not names:
            return
        self._by_hand.state_ci(ci_id, {}, {}, frozenset(names))
        said = self._by_hand.effective(ci_id)
        if still := dict.fromkeys(each for each in names if said.get(each) is not None):
            # A data source says it as well: the person's word is that there is none.
            self._by_hand.state_ci(ci_id, {}, still, frozenset())

    def _retire(self, edit: RetireCi, place: Place) -> str | None:
        ci_id = self._known(edit.ci)
        if ci_id is None:
            return None
        if ci_id in self.begun:
            message = "this list both begins and ends the CI"
            self._fault("CONTRADICTION", message, place, "take one of the two out")
            return None
        if not self._by_hand.retire(ci_id):
            self.warnings.append(f"{place.path}: it is retired already")
        self.ended.add(ci_id)
        return ci_id

    def _reactivate(self, edit: ReactivateCi, place: Place) -> str | None:
        ci_id = self._known(edit.ci)
        if ci_id is None:
            return None
        ci = self._draft.cis.get(ci_id)
        if ci is None or ci_id in self.ended:
            message = "this list both begins and ends the CI"
            self._fault("CONTRADICTION", message, place, "take one of the two out")
            return None
        if ci.presence is not Presence.RETIRED:
            self.warnings.append(f"{place.path}: {ci.key} is not retired")
            return ci_id
        if faults := [*class_faults(self._vocabulary, ci.class_name, place)]:
            self.faults += faults  # of a class that has gone meanwhile nothing comes back
            return None
        self._by_hand.undo_retirement(ci_id)
        if not self._draft.keepers(ci_id):
            self._by_hand.vouch_for(ci)
            self.warnings.append(
                f"{place.path}: no data source speaks of {ci.key}; it is kept by hand, as last seen"
            )
        self.begun.add(ci_id)
        return ci_id

    def _known(self, reference: EditRef) -> CIId | None:
        local = self.granted.get(reference.key) if reference.key else None
        return local or self._references.get(reference)

    def _living(self, reference: EditRef, place: Place) -> CIId | None:
        ci_id = self._known(reference)
        if ci_id is None:
            return None
        ci = self._draft.cis.get(ci_id)
        was_retired = ci is not None and ci.presence is Presence.RETIRED
        if ci_id in self.ended or (was_retired and ci_id not in self.begun):
            self._fault(
                "CI_RETIRED", f"{reference} is retired", place, "bring it back with reactivateCi"
            )
            return None
        return ci_id

    def _class_of(self, ci_id: CIId) -> str:
        return self._draft.class_of(ci_id)

    # Relationships

    def _ends(self, edit: SetRelationship | RetireRelationship, place: Place) -> _Ends | None:
        types = self._vocabulary.relationship_types
        if edit.type not in types:
            what, spot = "a relationship type", place.inside("type")
            self.faults.append(unknown("UNKNOWN_TYPE", edit.type, what, types, spot))
        source = self._living(edit.source, place.inside("source"))
        target = self._living(edit.target, place.inside("target"))
        if source is None or target is None or edit.type not in types:
            return None
        if source == target:
            message = f"{edit.source} cannot stand in a relationship to itself"
            self._fault("SELF_LOOP", message, place, "name two different ends")
            return None
        return source, edit.type, target

    def _relate(self, edit: SetRelationship, place: Place) -> str | None:
        if edit.is_partial:
            return self._relate_partly(edit, place)
        before = len(self.faults)
        row = self._vocabulary.relationship_types.get(edit.type)
        attributes = relationship_attributes(row, edit.attributes, place, self.faults)
        ends = self._ends(edit, place)
        if ends is None or row is None or len(self.faults) > before:
            return None
        self._warn_of_weakness(row, attributes, place)
        subject = relationship_id(*ends)
        self._by_hand.relate(subject, ends, attributes)
        self._related[subject] = ends
        return subject

    def _relate_partly(self, edit: SetRelationship, place: Place) -> str | None:
        before = len(self.faults)
        attributes = relationship_attributes(None, edit.attributes, place, self.faults)
        ends = self._ends(edit, place)
        if ends is None or len(self.faults) > before:
            return None
        subject = relationship_id(*ends)
        known = self._draft.relationships.get(subject)
        if subject not in self._related and (known is None or known.presence is Presence.RETIRED):
            message = f"there is no relationship {edit.source} {edit.type} {edit.target}"
            self._fault("RELATIONSHIP_NOT_FOUND", message, place, "look at the CI's relationships")
            return None
        row = self._vocabulary.relationship_types[edit.type]
        self._by_hand.state_relationship(subject, ends, attributes, edit.withdraw)
        whole = self._by_hand.effective(subject)
        self.faults += out_of_place(row, whole, place)
        if attributes.keys() & {"strength", "evidence"}:
            self._warn_of_weakness(row, whole, place)
        return subject

    def _warn_of_weakness(
        self, row: RelationshipType, attributes: Mapping[str, Any], place: Place
    ) -> None:
        if is_weakened_without_evidence(row, attributes):
            self.warnings.append(
                f"{place.path}: {attributes['strength']} is taken at your word; answers that rest "
                "on it say that nothing stands behind it"
            )

    def _unrelate(self, edit: RetireRelationship, place: Place) -> str | None:
        ends = self._ends(edit, place)
        if ends is None:
            return None
        subject = relationship_id(*ends)
        known = self._draft.relationships.get(subject)
        if known is None or known.presence is Presence.RETIRED:
            message = f"there is no relationship {edit.source} {edit.type} {edit.target}"
            self._fault("RELATIONSHIP_NOT_FOUND", message, place, "look at the CI's relationships")
            return None
        self._by_hand.withdraw(subject)
        self._by_hand.retire(subject)
        self._related.pop(subject, None)
        return subject
