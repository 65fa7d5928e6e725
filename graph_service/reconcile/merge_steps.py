"""Merges and splits, onto a draft of the estate: what forbids one, and what it comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graph_service.model.ci import CI, Presence
from graph_service.model.edit import EditRef, MergeCis, SplitCi
from graph_service.model.errors import Fault
from graph_service.model.ids import CIId, IdGenerator
from graph_service.model.place import Place
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.by_hand import ByHand
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import is_retirement, keeps_alive
from graph_service.reconcile.merging import (
    Originals,
    absorb,
    absorbed_by,
    break_out,
    ends_before,
    give_back,
    originals_after_split,
    reseat,
    survivor_of,
)
from graph_service.reconcile.validation import ci_attributes, named

Living = Callable[[EditRef, Place], CIId | None]
"""Returns the living CI that a reference means, or notes a fault."""


@dataclass(slots=True)
class MergeSteps:
    """Does merges and splits; ``moved`` are the CIs whose claims went elsewhere."""

    vocabulary: Vocabulary
    draft: Draft
    by_hand: ByHand
    new_id: IdGenerator
    faults: list[Fault]
    warnings: list[str]
    begun: set[str]
    granted: dict[str, CIId]
    moved: set[str] = field(default_factory=set)

    def merge(self, edit: MergeCis, place: Place, living: Living) -> str | None:
        """Make one CI of several, or say what forbids it."""
        before = len(self.faults)
        spots = [place.inside(f"others[{index}]") for index in range(len(edit.others))]
        survivor = self._known(living(edit.survivor, place.inside("survivor")), place)
        others = [
            self._known(living(ref, spot), spot)
            for ref, spot in zip(edit.others, spots, strict=True)
        ]
        if not others:
            self._fault("NOTHING_TO_MERGE", "a merge takes two CIs", place, "name the others")
        if survivor is None or None in others:
            return None
        absorbed = [each for each in others if each is not None]
        self._refuse_twice([survivor, *absorbed], [place.inside("survivor"), *spots])
        class_name = self._class_of_all(survivor, absorbed, spots)
        values = ci_attributes(
            self.vocabulary,
            class_name,
            edit.values,
            place.inside("values"),
            self.faults,
            from_text=edit.as_text,
        )
        if "tier" not in values:
            self._refuse_tiers([survivor, *absorbed], place)
        if len(self.faults) > before:
            return None
        settled = class_name if class_name != self.draft.class_of(survivor.id) else ""
        for each in absorbed:
            absorb(self.draft, survivor.id, each.id)
            self.by_hand.pin(survivor, each.id, values, settled)
        self._redraw(place)
        self.moved |= {each.id for each in absorbed}
        return survivor.id

    def split(self, edit: SplitCi, place: Place, living: Living) -> str | None:
        """Make two CIs of one, or say what forbids it."""
        ci = self._known(living(edit.ci, place.inside("ci")), place)
        if ci is None:
            return None
        if bool(edit.absorbed) == bool(edit.claims):
            message = "a split names the CI to give back, or the claims to break out"
            self._fault("NOTHING_TO_SPLIT", message, place, "name one of the two")
            return None
        if edit.absorbed:
            return self._part(ci, edit.absorbed, place)
        return self._break_out(ci, edit, place)

    def _part(self, ci: CI, wanted: EditRef, place: Place) -> str | None:
        within = [
            self.draft.cis[each]
            for each in absorbed_by(self.draft.claims.get(ci.id, ()))
            if each in self.draft.cis
        ]
        parted = next((each for each in within if _answers(each, wanted)), None)
        if parted is None:
            keys = ", ".join(each.key for each in within)
            self._fault(
                "NOT_MERGED",
                f"{wanted} was never merged into {ci.key}",
                place.inside("absorbed"),
                f"merged into it are {keys}" if keys else "nothing was merged into it",
            )
            return None
        self.by_hand.unpin(survivor_of(self.draft, parted.id), parted.id)
        give_back(self.draft, ci.id, parted.id)
        family = [*within, ci]
        originals = originals_after_split(self.draft, ci.id, family)
        for each in (ci, parted):
            self._keep(each, place)
        self._redraw(place, originals)
        self.begun.add(parted.id)
        self.moved.add(parted.id)
        return parted.id

    def _break_out(self, ci: CI, edit: SplitCi, place: Place) -> str | None:
        before = len(self.faults)
        wanted = {*edit.claims}
        claims = [each for each in self.draft.claims.get(ci.id, ()) if not is_retirement(each)]
        known = {(each.data_source, each.native_key) for each in claims}
        for data_source, native_key in sorted(wanted - known):
            message = f"{data_source} says nothing of {ci.key} under {native_key!r}"
            self._fault("UNKNOWN_CLAIM", message, place.inside("claims"), "look at the CI's claims")
        leaving = [each for each in claims if (each.data_source, each.native_key) in wanted]
        staying = [each for each in claims if each not in leaving]
        for some, whose in ((leaving, "the new CI"), (staying, ci.key)):
            if not any(keeps_alive(each) for each in some):
                message = f"nothing would be left that says that {whose} exists"
                self._fault(
                    "NOTHING_LEFT", message, place.inside("claims"), "divide them otherwise"
                )
        key = named(edit.key, "key", place, self.faults) if edit.key else ""
        if key and key not in self.granted:
            message = f"the key {key!r} belongs to another CI"
            self._fault("KEY_TAKEN", message, place.inside("key"), "choose another, or none")
        if len(self.faults) > before:
            return None
        made = self.granted.get(key) or CIId(self.new_id("ci"))
        self.draft.create_ci(made, key)
        break_out(self.draft, ci.id, made, wanted)
        # Whom its claims were made of is over: from here on they are its own.
        parted = CI(id=made, key=key or made, name="", class_name="")
        self._redraw(place, originals_after_split(self.draft, ci.id, [parted]))
        self.begun.add(made)
        self.moved.add(made)
        return made

    def _keep(self, ci: CI, place: Place) -> None:
        """Vouch for a CI that nobody else speaks of any more, rather than end it by a split."""
        if not self.draft.keepers(ci.id):
            self.by_hand.vouch_for(ci)
            self.warnings.append(
                f"{place.path}: no data source speaks of {ci.key}; it is kept by hand, as last seen"
            )

    def _redraw(self, place: Place, originals: Originals = ends_before) -> None:
        for claim in reseat(self.draft, originals):
            source, target = (self._key(claim.content[end]) for end in ("source", "target"))
            self.warnings.append(
                f"{place.path}: {source} {claim.content['type']} {target}, as {claim.data_source} "
                "says, would lead from the CI to itself; it is left out until they are split"
            )

    def _key(self, ci_id: str) -> str:
        ci = self.draft.cis.get(ci_id)
        return ci.key if ci else ci_id

    def _known(self, ci_id: CIId | None, place: Place) -> CI | None:
        if ci_id is None:
            return None
        ci = self.draft.cis.get(ci_id)
        if ci is None or ci.presence is Presence.RETIRED:
            message = "this list begins the CI that it merges or splits"
            self._fault("CONTRADICTION", message, place, "do the one first, then the other")
            return None
        return ci

    def _refuse_twice(self, cis: Sequence[CI], spots: Sequence[Place]) -> None:
        seen: set[str] = set()
        for ci, spot in zip(cis, spots, strict=True):
            if ci.id in seen:
                message = f"{ci.key} cannot be merged with itself"
                self._fault("SELF_MERGE", message, spot, "name each CI once")
            seen.add(ci.id)

    def _class_of_all(self, survivor: CI, others: Sequence[CI], spots: Sequence[Place]) -> str:
        """Return the most special class of CIs of one lineage."""
        found = self.draft.class_of(survivor.id)
        for each, spot in zip(others, spots, strict=True):
            other = self.draft.class_of(each.id)
            if self.vocabulary.is_a(other, found):
                found = other
            elif not self.vocabulary.is_a(found, other):
                self._fault(
                    "INCOMPATIBLE_CLASSES",
                    f"{each.key} is a {other}, and {survivor.key} a {found}: "
                    "neither specialises the other",
                    spot,
                    "change the class of one of them first, or relate the two",
                )
        return found

    def _refuse_tiers(self, cis: Sequence[CI], place: Place) -> None:
        tiers: Mapping[str, object] = {
            each.key: found
            for each in cis
            if (found := self.draft.effective(each.id).get("tier")) is not None
        }
        if len({*tiers.values()}) > 1:
            said = ", ".join(f"{key} is tier {tier}" for key, tier in tiers.items())
            self._fault(
                "TIER_CONFLICT", said, place.inside("values"), "say which tier it is from now on"
            )

    def _fault(self, code: str, message: str, place: Place, remedy: str = "") -> None:
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))


def _answers(ci: CI, wanted: EditRef) -> bool:
    if wanted.id:
        return ci.id == wanted.id
    return ci.key == wanted.key if wanted.key else ci.name == wanted.name
