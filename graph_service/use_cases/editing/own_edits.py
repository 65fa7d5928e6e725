"""By policy, tokens without the role ADMIN edit only what their person owns.

Off unless a policy file says ``editing: {own_cis_only: true}``. Whoever sits at the store itself is
not asked, and neither are imports: what data sources say is nobody's edit.
"""

from collections.abc import Iterator, Sequence

from graph_service.model.ci import CI
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor, ActorType
from graph_service.model.vocabulary import ImpactFlow, Vocabulary
from graph_service.reconcile.draft import Change
from graph_service.store import GraphStore
from graph_service.use_cases.finding.owned_cis import Owning
from graph_service.use_cases.people.duties import OWNING, OWNING_TEAMS, names_of
from graph_service.use_cases.people.ownership import Ownership

TOKEN = "token"  # noqa: S105 - the kind of the records, not a secret
UNBOUND_ROLE = "ADMIN"


async def faults_of_others_cis(
    store: GraphStore,
    vocabulary: Vocabulary,
    owning: Owning | None,
    actor: Actor,
    changes: Sequence[Change],
) -> dict[str, Fault]:
    """Return what an actor may not change, because somebody else owns it, by id of the record."""
    bound = vocabulary.policies.editing.own_cis_only and actor.type is ActorType.TOKEN
    if owning is None or not bound:
        return {}
    record = await store.record(TOKEN, actor.id)
    if record is None or UNBOUND_ROLE in record.data["roles"]:
        return {}
    person = record.data.get("person", "")
    own = _Own(await owning(), vocabulary, person)
    fresh = (each.after for each in changes if each.before is None)
    created = {str(each.id) for each in fresh if own.names(each)}
    remedy = "ask who owns it" if person else "make a token of a person: token create --person"
    return {
        record_id: Fault(
            code="NOT_OWNED",
            message=f"{label} is not {'yours' if person else 'that of anybody this token is of'}",
            place=Place("input", "edits"),
            remedy=remedy,
        )
        for record_id, label in own.others(changes, created)
    }


class _Own:
    """What one person owns, before the changes; what they create has to name them or their team."""

    def __init__(self, ownership: Ownership, vocabulary: Vocabulary, person: str) -> None:
        self._directory = ownership.directory
        self._vocabulary = vocabulary
        self._person = person
        self._owned = ownership.owned_by_person(person) if person else {}
        known = person in self._directory.people and person
        self._teams = self._directory.all_teams_of(person) if known else set()

    def names(self, record: CI | Relationship) -> bool:
        """Whether a CI names the person, or a team they are in, for a duty by which it is owned."""
        if not isinstance(record, CI):
            return False
        for duty, texts in names_of(record.attributes).items():
            for text in texts:
                meaning = self._directory.meaning(text)
                if meaning.person and meaning.person.id == self._person and duty in OWNING:
                    return True
                if meaning.team and meaning.team.id in self._teams and duty in OWNING_TEAMS:
                    return True
        return False

    def others(self, changes: Sequence[Change], created: set[str]) -> Iterator[tuple[str, str]]:
        """Yield what is not theirs, by id: a CI's key, or a relationship by its type."""
        mine = created | self._owned.keys()
        for change in changes:
            record = change.after
            if change.is_bystander:
                continue
            if isinstance(record, CI):
                if record.id not in mine:
                    yield record.id, record.key or record.name
            elif mine.isdisjoint(self._consumers(record)):
                yield record.id, f"the end of {record.type} that needs the other"

    def _consumers(self, relationship: Relationship) -> set[str]:
        """Return whose a relationship is: it belongs to the end that needs the other."""
        row = self._vocabulary.relationship_types.get(relationship.type)
        flow = row.impact if row else ImpactFlow.TO_SOURCE
        if flow is ImpactFlow.TO_TARGET:
            return {relationship.target}
        if flow is ImpactFlow.BY_UPLINK:
            return {relationship.source, relationship.target}
        return {relationship.source}
