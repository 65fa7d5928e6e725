"""What people state by hand, as claims in a draft."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from graph_service.model.ci import CI, MERGED_INTO
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.codec import canonical, digest
from graph_service.model.edit import Terms
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import (
    INTO,
    MERGE,
    PARTIAL,
    RETIREMENT,
    is_pin,
    is_retirement,
)
from graph_service.reconcile.terms import ALL, TERMS, Author, terms_data


class ByHand:
    """Puts a person's statements into a draft.

    There is at most one about the values of a record, under the record's id as native key, and
    one that it is no more. A CI that others were merged into has theirs as well, and one for each
    merge with what that settled.
    """

    def __init__(self, draft: Draft, observed_at: str, author: Author | None = None) -> None:
        self._draft = draft
        self._author = author
        self._observed_at = observed_at

    @property
    def now(self) -> str:
        """When things are stated."""
        return self._observed_at

    def stated_attributes(self, subject: str) -> frozenset[str]:
        """Return the attributes that some person states of a record."""
        return frozenset(
            name for each in self._said(subject) for name in each.content.get("attributes") or ()
        )

    def stated(self, subject: str) -> Mapping[str, Any] | None:
        """Return the content of what a person states about a record, if anything."""
        claim = self._claim(subject, subject)
        return claim.content if claim is not None and claim.live else None

    def effective(self, subject: str) -> Mapping[str, Any]:
        """Return the attributes of a record as the draft has them now."""
        return self._draft.effective(subject)

    def create_ci(
        self,
        ci_id: CIId,
        key: str,
        content: Mapping[str, Any],
        terms: Mapping[str, Terms] | None = None,
    ) -> None:
        """State that a CI exists."""
        self._draft.create_ci(ci_id, key)
        kept = {name: self._terms(each) for name, each in (terms or {}).items()}
        self._state(ci_id, ci_id, {**content, **self._noted({ALL: self._terms(None), **kept})})

    def state_ci(
        self,
        ci_id: str,
        said: Mapping[str, str],
        attributes: Mapping[str, Any],
        unsaid: frozenset[str],
        terms: Mapping[str, Terms] | None = None,
    ) -> None:
        """State ``said`` (name, class) and attributes of a CI, and no longer state others."""
        content = dict(self.stated(ci_id) or {PARTIAL: True, "attributes": {}})
        known = content["attributes"]
        kept = {name: value for name, value in known.items() if name not in unsaid}
        noted = {name: each for name, each in content.pop(TERMS, {}).items() if name not in unsaid}
        for name, value in attributes.items():
            given = (terms or {}).get(name)
            if name not in known or self._is_news(known[name], value, noted.get(name), given):
                noted[name] = self._terms(given)
        content |= said
        content["attributes"] = {**kept, **attributes}
        self._state_or_withdraw(ci_id, {**content, **self._noted(noted)})
        self._unsay(ci_id, unsaid, attributes.keys())

    def _is_news(
        self, known: object, value: object, noted: Mapping[str, str] | None, given: Terms | None
    ) -> bool:
        """Whether a value is stated that was not, or on other terms; who repeats it is no news."""
        if canonical(known) != canonical(value) or (given and given.reason):
            return True
        return (noted or {}).get("until", "") != (given.until if given else "")

    def _terms(self, given: Terms | None) -> dict[str, str]:
        if self._author is not None:
            return terms_data(self._author, self._observed_at, given)
        return {}

    def _noted(self, terms: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        found = {name: dict(each) for name, each in terms.items() if each}
        return {TERMS: found} if found else {}

    def _unsay(self, subject: str, unsaid: Collection[str], stated: Collection[str]) -> None:
        """Take attributes out of what merges brought: what is withdrawn, and what is settled anew.

        What the person stated of a CI that was merged into this one comes after what is stated of
        this one anyway, and is kept for the day the two are split.
        """
        for each in self._said(subject):
            if each.native_key == subject:
                continue
            gone = {*unsaid, *(stated if is_pin(each) else ())}
            said = each.content.get("attributes") or {}
            if gone & said.keys():
                left = {name: value for name, value in said.items() if name not in gone}
                self._draft.state(replace(each, content={**each.content, "attributes": left}))

    def _said(self, subject: str) -> list[Claim]:
        """Return all that people state about the values of a record."""
        return [
            each
            for each in self._draft.claims.get(subject, ())
            if each.live and each.data_source == MANUAL and not is_retirement(each)
        ]

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
        for each in self._said(subject):
            if not is_pin(each):
                self._draft.withdraw(each)

    def retire(self, subject: str) -> bool:
        """State that a record is no more; return whether that is new."""
        native_key = f"{RETIREMENT}{subject}"
        known = self._claim(subject, native_key)
        if known is not None and known.live:
            return False
        self._state(subject, native_key, {"presence": "RETIRED", "attributes": {}})
        return True

    def pin(
        self, survivor: CI, absorbed: str, values: Mapping[str, Any], class_name: str = ""
    ) -> None:
        """State that a CI is part of a survivor, and what that settles about the survivor."""
        content: dict[str, Any] = {PARTIAL: True, "key": survivor.key, "attributes": values}
        content |= {"class": class_name} if class_name else {}
        content |= self._noted({ALL: self._terms(None)})
        self._state(survivor.id, f"{MERGE}{absorbed}", content)
        gone: dict[str, Any] = {"presence": "RETIRED", "attributes": {}, INTO: survivor.id}
        gone |= self._noted({ALL: self._terms(None)})
        self._state(absorbed, f"{RETIREMENT}{absorbed}", gone)

    def unpin(self, survivor: str, absorbed: str) -> None:
        """No longer state that a CI is part of a survivor."""
        pin = self._claim(survivor, f"{MERGE}{absorbed}")
        if pin is not None and pin.live:
            self._draft.withdraw(pin)
        self.undo_retirement(absorbed)

    def undo_retirement(self, subject: str) -> bool:
        """No longer state that a record is no more; return whether somebody did."""
        known = self._claim(subject, f"{RETIREMENT}{subject}")
        if known is None or not known.live:
            return False
        self._draft.withdraw(known)
        return True

    def vouch_for(self, ci: CI) -> None:
        """State that a CI exists as it was last known."""
        content: dict[str, Any] = {"class": ci.class_name, "key": ci.key, "name": ci.name}
        attributes = {name: value for name, value in ci.attributes.items() if name != MERGED_INTO}
        content |= {"attributes": attributes, **self._noted({ALL: self._terms(None)})}
        self._state(ci.id, ci.id, content)

    def _state_or_withdraw(self, subject: str, content: Mapping[str, Any]) -> None:
        says_nothing = content.get(PARTIAL) and not (
            content["attributes"] or content.get("name") or content.get("class")
        )
        if says_nothing:
            claim = self._claim(subject, subject)
            if claim is not None and claim.live:
                self._draft.withdraw(claim)
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
