"""What people state by hand, as claims in a draft."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.codec import digest
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin
from graph_service.model.revision import Actor
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import PARTIAL, RETIREMENT


@dataclass(frozen=True, slots=True)
class Author:
    """Who states something by hand, and why."""

    actor: Actor
    reason: str = ""


class ByHand:
    """Puts a person's statements into a draft.

    There is at most one about the values of a record, under the record's id as native key, and
    one that it is no more.
    """

    def __init__(self, draft: Draft, observed_at: str, author: Author | None = None) -> None:
        self._draft = draft
        self._author = author
        self._observed_at = observed_at

    def stated(self, subject: str) -> Mapping[str, Any] | None:
        """Return the content of what a person states about a record, if anything."""
        claim = self._claim(subject, subject)
        return claim.content if claim is not None and claim.live else None

    def effective(self, subject: str) -> Mapping[str, Any]:
        """Return the attributes of a record as the draft has them now."""
        return self._draft.effective(subject)

    def create_ci(self, ci_id: CIId, key: str, content: Mapping[str, Any]) -> None:
        """State that a CI exists."""
        self._draft.create_ci(ci_id, key)
        self._state(ci_id, ci_id, content)

    def state_ci(
        self,
        ci_id: str,
        said: Mapping[str, str],
        attributes: Mapping[str, Any],
        unsaid: frozenset[str],
    ) -> None:
        """State ``said`` (name, class) and attributes of a CI, and no longer state others."""
        content = dict(self.stated(ci_id) or {PARTIAL: True, "attributes": {}})
        kept = {name: value for name, value in content["attributes"].items() if name not in unsaid}
        content |= said
        content["attributes"] = {**kept, **attributes}
        self._state_or_withdraw(ci_id, content)

    def relate(
        self,
        relationship_id: RelationshipId,
        ends: tuple[CIId, str, CIId],
        attributes: Mapping[str, Any],
    ) -> None:
        """State that a relationship exists, with these attributes."""
        source, relationship_type, target = ends
        self._draft.create_relationship(relationship_id, source, relationship_type, target)
        self.undo_retirement(relationship_id)
        content = {"type": relationship_type, "source": source, "target": target}
        self._state(relationship_id, relationship_id, {**content, "attributes": attributes})

    def state_relationship(
        self,
        relationship_id: str,
        ends: tuple[CIId, str, CIId],
        attributes: Mapping[str, Any],
        unsaid: frozenset[str] = frozenset(),
    ) -> None:
        """State some attributes of a relationship that exists whoever says so, unsay others."""
        source, relationship_type, target = ends
        content = dict(
            self.stated(relationship_id)
            or {"type": relationship_type, "source": source, "target": target, PARTIAL: True}
        )
        known = content.get("attributes", {})
        kept = {name: value for name, value in known.items() if name not in unsaid}
        content["attributes"] = {**kept, **attributes}
        self._state_or_withdraw(relationship_id, content)

    def withdraw(self, subject: str) -> None:
        """No longer state anything about a record."""
        claim = self._claim(subject, subject)
        if claim is not None and claim.live:
            self._draft.withdraw(claim)

    def retire(self, subject: str) -> bool:
        """State that a record is no more; return whether that is new."""
        native_key = f"{RETIREMENT}{subject}"
        known = self._claim(subject, native_key)
        if known is not None and known.live:
            return False
        self._state(subject, native_key, {"presence": "RETIRED", "attributes": {}})
        return True

    def undo_retirement(self, subject: str) -> bool:
        """No longer state that a record is no more; return whether somebody did."""
        known = self._claim(subject, f"{RETIREMENT}{subject}")
        if known is None or not known.live:
            return False
        self._draft.withdraw(known)
        return True

    def vouch_for(self, ci: CI) -> None:
        """State that a CI exists as it was last known."""
        content = {"class": ci.class_name, "key": ci.key, "name": ci.name}
        self._state(ci.id, ci.id, {**content, "attributes": ci.attributes})

    def _state_or_withdraw(self, subject: str, content: Mapping[str, Any]) -> None:
        says_nothing = content.get(PARTIAL) and not (
            content["attributes"] or content.get("name") or content.get("class")
        )
        if says_nothing:
            self.withdraw(subject)
        else:
            self._state(subject, subject, content)

    def _state(self, subject: str, native_key: str, content: Mapping[str, Any]) -> None:
        known = self._claim(subject, native_key)
        claim = Claim(
            data_source=MANUAL,
            native_key=native_key,
            subject=CIId(subject) if subject.startswith("ci_") else RelationshipId(subject),
            content=content,
            digest=digest(content),
            origin=Origin.MANUAL,
            observed_at=self._observed_at,
        )
        if known is None or replace(known, observed_at=claim.observed_at) != claim:
            self._draft.state(claim)

    def _claim(self, subject: str, native_key: str) -> Claim | None:
        for each in self._draft.claims.get(subject, ()):
            if each.data_source == MANUAL and each.native_key == native_key:
                return each
        return None
