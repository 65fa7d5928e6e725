"""On what terms a person stated a value: who, when, why, and until when.

They stand in the content of a person's claim, under ``terms``, by attribute; under the empty name
those of all attributes that have none of their own. After its end a value is expired: it counts
until the sweep takes it out, and whoever reads it is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph_service.model.claim import MANUAL, Claim
from graph_service.model.edit import Terms
from graph_service.model.revision import Actor

TERMS = "terms"
ALL = ""
"""Stands for all attributes that have no terms of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTerms:
    """Who stated a value, when, why, and until when it holds; empty texts: not said."""

    by: str
    by_id: str
    at: str
    reason: str = ""
    until: str = ""

    def has_ended(self, now: str) -> bool:
        """Whether the value should no longer count."""
        return bool(self.until) and self.until <= now


@dataclass(frozen=True, slots=True)
class Author:
    """Who states something by hand, and why."""

    actor: Actor
    reason: str = ""


def terms_of(claim: Claim, attribute: str) -> StatedTerms | None:
    """Return on what terms a person's claim states an attribute, where that is known."""
    said: Mapping[str, Any] = claim.content.get(TERMS, {})
    found = said.get(attribute) or said.get(ALL)
    if claim.data_source != MANUAL or found is None:
        return None
    return StatedTerms(
        by=found["by"],
        by_id=found["byId"],
        at=found["at"],
        reason=found.get("reason", ""),
        until=found.get("until", ""),
    )


def ended_attributes(claim: Claim, now: str) -> Iterator[str]:
    """Yield the attributes of a claim that should no longer count."""
    for name in claim.content.get("attributes") or ():
        terms = terms_of(claim, name)
        if terms is not None and terms.has_ended(now):
            yield name


def terms_data(author: Author, at: str, given: Terms | None = None) -> dict[str, str]:
    """Return terms as a claim keeps them."""
    said = {"by": author.actor.name, "byId": author.actor.id, "at": at}
    reason = (given.reason if given else "") or author.reason
    until = given.until if given else ""
    return said | ({"reason": reason} if reason else {}) | ({"until": until} if until else {})
