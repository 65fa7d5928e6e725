"""What a reading says, event by event, against what its data source said before.

What was said before in the same words costs one look-up and is forgotten at once, so that reading
the same data again is cheap; everything else is validated and kept for the plan.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from graph_service.model.errors import Fault
from graph_service.model.observation import (
    CIObservation,
    Event,
    Note,
    Reading,
    ReadToTheEnd,
    RelationshipObservation,
    Unreadable,
)
from graph_service.model.person import PersonObservation
from graph_service.model.place import Place
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.import_plan import Finding
from graph_service.reconcile.person_validation import plain_person
from graph_service.reconcile.statement import (
    CIStatement,
    RelationshipStatement,
    ci_digest,
    relationship_digest,
    relationship_native_key,
)
from graph_service.reconcile.validation import (
    ci_attributes,
    class_faults,
    is_weakened_without_evidence,
    named,
    origin_faults,
    overheard_ci,
    overheard_relationship,
    reference,
    relationship_attributes,
    relationship_type,
)
from graph_service.store import ClaimIndex

KNOWN_TEXT_MAX = 200

_Statement = TypeVar("_Statement", CIStatement, RelationshipStatement)
_Observation = TypeVar("_Observation", CIObservation, RelationshipObservation)


class Listening:
    """Takes the events of one reading. Afterwards its attributes are what was heard.

    ``cis`` and ``relationships`` are new or said differently, by native key; ``people`` are all
    that were heard of. ``seen`` flags the rows of the claim index that were said again.
    ``quarantined`` has each fault of a record that cannot be taken in, and what is known of the
    record; a ``strict`` reading with any is refused.
    """

    def __init__(
        self, reading: Reading, index: ClaimIndex, vocabulary: Vocabulary, run: str
    ) -> None:
        self.cis: dict[str, CIStatement] = {}
        self.relationships: dict[str, RelationshipStatement] = {}
        self.people: dict[str, PersonObservation] = {}
        self.seen = bytearray(len(index.native_key))
        self.seen_by_class: Counter[str] = Counter()
        self.unchanged_cis = 0
        self.unchanged_relationships = 0
        self.quarantined: list[tuple[Fault, Mapping[str, Any]]] = []
        self.findings: list[Finding] = []
        self.documents: dict[str, None] = {}
        self.read_to_the_end = False
        self.rows = {key: row for row, key in enumerate(index.native_key)}
        self._reading = reading
        self._index = index
        self._vocabulary = vocabulary
        self._run = run

    @property
    def saw_anything(self) -> bool:
        """Whether any CI, relationship or person was heard of, faulty ones included."""
        return bool(
            self.cis
            or self.people
            or self.relationships
            or self.unchanged_cis
            or self.unchanged_relationships
            or self.quarantined
        )

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, RelationshipObservation):
            self._hear_relationship(event)
        elif isinstance(event, CIObservation):
            self._hear_ci(event)
        elif isinstance(event, PersonObservation):
            self._hear_person(event)
        elif isinstance(event, Unreadable):
            self.quarantined.append((event.fault, event.record))
            self.documents[event.fault.place.document] = None
            for each in event.understood:
                self._overhear(each, event.record)
        elif isinstance(event, Note):
            place = str(event.place) if event.place else ""
            note = Finding(code="NOTE", subject="", message=event.message, place=place)
            self.findings.append(note)
        elif isinstance(event, ReadToTheEnd):
            self.read_to_the_end = True

    def _overhear(
        self, said: CIObservation | RelationshipObservation, known: Mapping[str, Any]
    ) -> None:
        """Check what is not taken in; what is empty of it has its fault already."""
        faults: list[Fault] = []
        if isinstance(said, CIObservation):
            overheard_ci(self._vocabulary, said, faults)
        else:
            overheard_relationship(self._vocabulary, said, faults)
        self.quarantined += ((each, known) for each in faults)

    def _is_unchanged(self, native_key: str, digest: str) -> bool:
        """Whether this was said before, and mark it as said again if so."""
        row = self.rows.get(native_key)
        if row is None or self.seen[row]:
            return False
        if self._index.digest[row] != digest or not self._index.live[row]:
            return False
        self.seen[row] = 1
        return True

    def _hear_ci(self, said: CIObservation) -> None:
        digest = _digest(ci_digest, said, self._reading.scope)
        if self._is_unchanged(said.native_key, digest):
            self._count_unchanged_ci(said)
            return
        faults: list[Fault] = []
        statement = self._ci_statement(said, digest, faults)
        if self._is_taken(statement.native_key, self.cis, digest, faults, said.place):
            return
        if faults:
            known = {"nativeKey": said.native_key, "class": said.class_name, "name": said.name}
            self._refuse(faults, known)
        elif self._is_unchanged(statement.native_key, digest):
            self._count_unchanged_ci(said)
        else:
            self._keep(statement, self.cis, said.class_name)

    def _count_unchanged_ci(self, said: CIObservation) -> None:
        self.unchanged_cis += 1
        self.seen_by_class[said.class_name] += 1
        self.documents[said.place.document] = None

    def _ci_statement(self, said: CIObservation, digest: str, faults: list[Fault]) -> CIStatement:
        place = said.place
        native_key = named(said.native_key, "key", place, faults)
        faults += class_faults(self._vocabulary, said.class_name, place.inside("class"))
        faults += origin_faults(said.origin, place)
        return CIStatement(
            native_key=native_key,
            key=native_key
            if said.key in {"", said.native_key}
            else named(said.key, "key", place, faults),
            class_name=said.class_name,
            name=native_key
            if said.name == said.native_key
            else said.name and named(said.name, "name", place, faults),
            attributes=ci_attributes(
                self._vocabulary,
                said.class_name,
                said.attributes,
                place,
                faults,
                from_text=said.text_values,
            ),
            origin=said.origin,
            digest=digest,
            place=place,
        )

    def _hear_relationship(self, said: RelationshipObservation) -> None:
        digest = _digest(relationship_digest, said, self._reading.scope)
        native_key = relationship_native_key(said.source, said.type, said.target)
        if self._is_unchanged(native_key, digest):
            self._count_unchanged_relationship(said)
            return
        faults: list[Fault] = []
        statement = self._relationship_statement(said, digest, faults)
        if faults:
            known = {"type": said.type, "source": str(said.source), "target": str(said.target)}
            self._refuse(faults, known)
        elif self._is_taken(statement.native_key, self.relationships, digest, faults, said.place):
            return
        elif self._is_unchanged(statement.native_key, digest):
            self._count_unchanged_relationship(said)
        else:
            self._keep(statement, self.relationships, said.type)

    def _count_unchanged_relationship(self, said: RelationshipObservation) -> None:
        self.unchanged_relationships += 1
        self.seen_by_class[said.type] += 1
        self.documents[said.place.document] = None

    def _relationship_statement(
        self, said: RelationshipObservation, digest: str, faults: list[Fault]
    ) -> RelationshipStatement:
        place = said.place
        row = relationship_type(self._vocabulary, said.type, place, faults)
        source = reference(self._vocabulary, said.source, "source", place, faults)
        target = reference(self._vocabulary, said.target, "target", place, faults)
        if source == target and (source.key or source.id):
            faults.append(self_loop(str(source), place))
        faults += origin_faults(said.origin, place)
        attributes = relationship_attributes(row, said.attributes, place, faults)
        if row is not None and not faults and is_weakened_without_evidence(row, attributes):
            attributes = self._without_evidence(said, attributes)
        return RelationshipStatement(
            data_source=self._reading.data_source,
            native_key=relationship_native_key(source, said.type, target),
            type=said.type,
            source=source,
            target=target,
            attributes=attributes,
            origin=said.origin,
            digest=digest,
            scope=self._reading.scope,
            place=place,
            run=self._run,
        )

    def _without_evidence(
        self, said: RelationshipObservation, attributes: dict[str, Any]
    ) -> dict[str, Any]:
        """Note a softness that nothing stands behind; only a person's word is enough for it."""
        believed = self._reading.strict
        consequence = (
            "taken at its word, and answers that rest on it say so"
            if believed
            else "so the strength of its type counts"
        )
        message = (
            f"{said.source} -{said.type}-> {said.target} is said to be {attributes['strength']} "
            f"without evidence, {consequence}"
        )
        self.findings.append(
            Finding(
                code="WEAK_WITHOUT_EVIDENCE",
                subject=str(said.source),
                message=message,
                place=str(said.place),
            )
        )
        if believed:
            return attributes
        return {name: value for name, value in attributes.items() if name != "strength"}

    def _hear_person(self, said: PersonObservation) -> None:
        faults: list[Fault] = []
        plain = plain_person(said, faults)
        self.documents[said.place.document] = None
        first = self.people.get(plain.native_key)
        if first is not None and not faults:
            message = f"this person was described already at {first.place}"
            remedy = "describe everybody once"
            place = said.place.inside("id")
            faults.append(Fault(code="DUPLICATE_KEY", message=message, place=place, remedy=remedy))
        if faults:
            # Nothing of what is known of somebody goes along: the place says where it stands.
            self._refuse(faults, {})
        else:
            self.people[plain.native_key] = plain

    def _is_taken(
        self,
        native_key: str,
        heard: Mapping[str, CIStatement] | Mapping[str, RelationshipStatement],
        digest: str,
        faults: list[Fault],
        place: Place,
    ) -> bool:
        """Whether this native key was heard already; the first one counts."""
        first = heard.get(native_key)
        row = self.rows.get(native_key)
        if first is None and (row is None or not self.seen[row]):
            return False
        is_same = digest == (first.digest if first else self._index.digest[row or 0])
        label = " ".join(native_key.split())
        where = f" at {first.place}" if first else ""
        if is_same and not self._reading.strict:
            message = f"{label} stands twice in this reading, in the same words"
            self.findings.append(
                Finding(code="DUPLICATE", subject=label, message=message, place=str(place))
            )
            return True
        code = "DUPLICATE_KEY" if heard is self.cis else "DUPLICATE_RELATIONSHIP"
        fault = Fault(
            code=code,
            message=f"{label[:200]} was described already{where}",
            place=place,
            remedy="describe it once" + ("" if is_same else ", or give this one another key"),
        )
        self._refuse([*faults, fault], {"nativeKey": native_key})
        return True

    def _keep(self, statement: _Statement, heard: dict[str, _Statement], class_name: str) -> None:
        heard[statement.native_key] = statement
        self.documents[statement.place.document] = None
        row = self.rows.get(statement.native_key)
        if row is not None:
            self.seen[row] = 1
            self.seen_by_class[class_name] += self._index.live[row]

    def _refuse(self, faults: list[Fault], known: Mapping[str, str]) -> None:
        record = {name: text[:KNOWN_TEXT_MAX] for name, text in known.items() if text}
        self.quarantined += ((each, record) for each in faults)


def _digest(of: Callable[[_Observation, str], str], said: _Observation, scope: str) -> str:
    """Return an observation's digest, or none for one that holds what no statement can."""
    try:
        return of(said, scope)
    except TypeError:
        return ""


def self_loop(label: str, place: Place) -> Fault:
    """Return the fault of a relationship from a CI to itself."""
    return Fault(
        code="SELF_LOOP",
        message=f"{label} cannot stand in a relationship to itself",
        place=place,
        remedy="name two different ends, or leave it out",
    )
