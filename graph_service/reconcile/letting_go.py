"""Relationships begin when both their ends are there, and end with the first that goes."""

from collections.abc import Collection
from dataclasses import replace

from graph_service.model.ci import Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.ids import CIId, RelationshipId, relationship_id
from graph_service.model.observation import Reference
from graph_service.reconcile.deferred import deferred_record
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import ORIGINAL
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.statement import (
    RelationshipStatement,
    relationship_claim,
    restated,
)


def relate(
    draft: Draft,
    statement: RelationshipStatement,
    ends: tuple[CIId, CIId],
    former: Claim | None,
    at: str,
) -> RelationshipId:
    """Put a statement whose ends are known into a draft, and return its relationship.

    ``former`` is what its data source said under the same native key before.
    """
    source, target = ends
    subject = relationship_id(source, statement.type, target)
    draft.create_relationship(subject, source, statement.type, target)
    claim = relationship_claim(statement, subject, ends, at)
    if former is not None and former.subject == subject and ORIGINAL in former.content:
        # Its ends were merged into others: whose they were is not for this statement to say.
        claim = replace(claim, content={**claim.content, ORIGINAL: former.content[ORIGINAL]})
    if former is not None and former.subject != subject:
        draft.move_binding(claim, former.subject)
    elif former is None or not former.live or former.digest != claim.digest:
        draft.state(claim)
    return subject


def let_go(
    draft: Draft, ended: set[str], labels: Labels, others: Collection[str] = frozenset()
) -> None:
    """End all relationships of CIs that end, and defer what is still said of them.

    ``others`` are relationships that end as well, and of which nothing is deferred.
    """
    if not ended:
        return
    touching = [
        each
        for each in draft.relationships.values()
        if (each.source in ended or each.target in ended)
        and each.presence is not Presence.RETIRED
        and each.id not in others
    ]
    for relationship in touching:
        for claim in draft.keepers(relationship.id):
            statement = restated(claim)
            source = None if relationship.source in ended else relationship.source
            target = None if relationship.target in ended else relationship.target
            draft.withdraw(claim)
            record = dangling_record(statement, source, target, labels, claim.place)
            draft.write_along(relationship.id, record)


def dangling_record(
    statement: RelationshipStatement,
    source: CIId | None,
    target: CIId | None,
    labels: Labels,
    place: str,
) -> Record:
    """Return a statement, one or both ends of which no CI answers to, as it is kept."""
    ends = (("SOURCE", source), ("TARGET", target))
    return deferred_record(
        statement,
        missing=[name for name, ci_id in ends if ci_id is None],
        labels=(
            labels[source] if source else _shown(statement.source, labels),
            labels[target] if target else _shown(statement.target, labels),
        ),
        subject=source or target,
        place=place,
    )


def _shown(reference: Reference, labels: Labels) -> str:
    return labels[reference.id] if reference.id else str(reference)
