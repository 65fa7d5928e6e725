"""A CI and what is claimed of it → JSON objects, under the names that programs rely on."""

from collections.abc import Sequence

from graph_service.cli.shapes import Shape
from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.condition import TAG_PREFIX
from graph_service.reconcile.completeness import RecordCompleteness
from graph_service.use_cases.inventory.freshness import Freshness
from graph_service.use_cases.inventory.inventory import AttributeValue, Neighbour, terms_of


def ci(found: CI) -> Shape:
    """Shape a CI in a list."""
    return {
        "id": found.id,
        "key": found.key,
        "name": found.name,
        "className": found.class_name,
        "tier": found.tier,
        "environment": found.attributes.get("environment"),
        "presence": found.presence.value,
        "revision": found.revision,
    }


def ci_page(
    found: CI,
    attributes: Sequence[AttributeValue],
    outwards: Sequence[Neighbour],
    inwards: Sequence[Neighbour],
    history: Sequence[Shape],
    now: str,
) -> Shape:
    """Shape what is claimed of one CI as it is now, what stands beside it, and its history."""
    return {
        **ci(found),
        "attributes": [
            {
                "name": each.name,
                "value": each.value,
                "provenance": each.winner and claim(each.winner, each.name, now),
                "alternatives": [
                    {
                        **claim(other, each.name, now),
                        "value": other.content["attributes"].get(each.name),
                    }
                    for other in each.alternatives
                ],
                "conflicting": each.conflicting,
            }
            for each in attributes
        ],
        "tags": [
            tag(each)
            for each in attributes
            if each.name.startswith(TAG_PREFIX) and each.value is not None
        ],
        "needs": [neighbour(each) for each in outwards],
        "neededBy": [neighbour(each) for each in inwards],
        "history": list(history),
    }


def tag(found: AttributeValue) -> Shape:
    """Shape a tag that a CI has."""
    terms = terms_of(found.winner, found.name) if found.winner else None
    return {
        "name": found.name.removeprefix(TAG_PREFIX),
        "value": str(found.value) or None,
        "expiresAt": (terms.until or None) if terms else None,
        "dataSource": found.winner.data_source if found.winner else None,
    }


def freshness(found: Freshness) -> Shape:
    """Shape how long ago a CI was last seen."""
    return {
        "lastSeenAt": found.last_seen_at or None,
        "lastSource": found.last_source or None,
        "stale": found.stale,
        "staleSince": found.stale_since or None,
        "unverifiedBy": list(found.unverified_by),
    }


def record_completeness(found: RecordCompleteness) -> Shape:
    """Shape what a CI lacks of what policies want of it."""
    return {
        "requiredCount": found.required_count,
        "filledCount": found.filled_count,
        "missing": list(found.missing),
        "recommended": list(found.recommended),
        "odd": list(found.odd),
    }


def claim(found: Claim, attribute: str, now: str) -> Shape:
    """Shape who says something about an attribute, and on what terms."""
    terms = terms_of(found, attribute)
    return {
        "dataSource": found.data_source,
        "origin": found.origin.value,
        "observedAt": found.observed_at,
        "evidence": found.place or None,
        "statedBy": terms.by if terms else None,
        "statedAt": terms.at if terms else None,
        "reason": (terms.reason or None) if terms else None,
        "validUntil": (terms.until or None) if terms else None,
        "expired": bool(terms and terms.has_ended(now)),
    }


def neighbour(found: Neighbour) -> Shape:
    """Shape a relationship as read from one end."""
    return {
        "verb": found.verb,
        "type": found.relationship.type,
        "key": found.other.key,
        "name": found.other.name,
        "className": found.other.class_name,
        "origin": found.relationship.origin.value,
        "strength": found.strength.value,
        **{
            name: found.relationship.attributes.get(name)
            for name in ("group", "role", "toleranceMinutes", "evidence")
        },
    }
