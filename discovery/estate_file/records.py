"""One CI, or one relationship, of an estate file → observations."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from discovery.estate_file.attributes import (
    CI_FIELDS,
    COMMON_ATTRIBUTES,
    RELATIONSHIP_FIELDS,
    ci_attributes,
    redundancy,
    relationship_attributes,
    tags,
)
from discovery.estate_file.fields import Fields
from discovery.estate_file.references import reference
from discovery.formats.marked import MarkedMapping
from graph_service import (
    CIObservation,
    Event,
    Fault,
    Place,
    Reference,
    RelationshipObservation,
    Unreadable,
)

_REMEDIES = {
    "id": "a CI is known by its key; ids are given by the service",
    "type": "the class of a CI is written class",
    "kind": "the class of a CI is written class",
    "source": "relationships are written under relationships",
    "target": "relationships are written under relationships",
}


@dataclass(slots=True)
class Records:
    """Turns the records of one reading into observations, and knows which it has seen."""

    data_source: str
    _cis: dict[str, Place] = field(default_factory=dict)
    _relationships: dict[tuple[str, str, str], tuple[str, int | None]] = field(default_factory=dict)

    def ci(self, value: Any, place: Place) -> Iterator[Event]:  # noqa: ANN401 - whatever was written
        """Read a CI and the relationships written in it."""
        if not isinstance(value, MarkedMapping):
            yield Unreadable(_not_a_mapping("a CI", place, "write key: … and class: …"))
            return
        faults: list[Fault] = []
        fields = Fields(value, place.document, place.path, faults)
        fields.only(
            CI_FIELDS,
            COMMON_ATTRIBUTES,
            remedies=_REMEDIES,
            otherwise="what only its class has stands under attributes:",
        )
        key = sys.intern(fields.text("key", required="give it a key of its own"))
        class_name = sys.intern(fields.text("class", required="say what it is, as in Application"))
        name = fields.text("name")
        attributes = {**ci_attributes(fields), **redundancy(fields), **tags(fields)}
        self._note_key(fields, key)
        observed = CIObservation(
            native_key=key,
            class_name=class_name,
            name=name or key,
            key=key,
            attributes=attributes,
            text_values=True,
            place=place,
        )
        known = {"key": key, "class": class_name}
        written: Iterable[Event]
        if not faults:
            yield observed
            written = self._written_inside(fields, Reference(key=key))
        else:
            own_faults, fields.faults = faults, []
            written = [*self._written_inside(fields, Reference(key=key) if key else None)]
            stray = [each for each in written if _is_stray(each)]
            yield from unreadable(own_faults, known, [observed, *stray])
            written = [each for each in written if not _is_stray(each)]
        for each in written:
            yield replace(each, record=known) if isinstance(each, Unreadable) else each

    def relationship(self, value: Any, place: Place) -> Iterator[Event]:  # noqa: ANN401 - same
        """Read a relationship that names both its ends."""
        if not isinstance(value, MarkedMapping):
            remedy = "write source: …, type: … and target: …"
            yield Unreadable(_not_a_mapping("a relationship", place, remedy))
            return
        faults: list[Fault] = []
        fields = Fields(value, place.document, place.path, faults)
        fields.only(RELATIONSHIP_FIELDS, {"source"})
        source = reference(fields.mapping.get("source"), fields.place("source"), faults)
        yield from self._relationship(fields, source, place)

    def _written_inside(self, fields: Fields, source: Reference | None) -> Iterator[Event]:
        """Read the relationships written in a CI; stray ones if it has no key."""
        for value, place in fields.listed("relationships"):
            if not isinstance(value, MarkedMapping):
                remedy = "write type: … and target: …, or use depends_on"
                yield Unreadable(_not_a_mapping("a relationship", place, remedy))
                continue
            inner = Fields(value, place.document, place.path, [])
            inner.only(RELATIONSHIP_FIELDS, remedies={"source": "the CI it is written in is it"})
            yield from self._relationship(inner, source, place)
        for value, place in fields.listed("depends_on"):
            faults: list[Fault] = []
            target = reference(value, place, faults)
            if target and source:
                self._is_new(source, "DEPENDS_ON", target, place, faults)
            if target and not faults:
                yield RelationshipObservation(
                    type="DEPENDS_ON", source=source or Reference(), target=target, place=place
                )
            yield from (Unreadable(each) for each in faults)
        yield from (Unreadable(each) for each in fields.faults)

    def _relationship(
        self, fields: Fields, source: Reference | None, place: Place
    ) -> Iterator[Event]:
        type_name = sys.intern(fields.text("type", required="name its type, as in DEPENDS_ON"))
        target = reference(fields.mapping.get("target"), fields.place("target"), fields.faults)
        attributes = relationship_attributes(fields)
        if source and target and type_name:
            self._is_new(source, type_name, target, fields.place("target"), fields.faults)
        observed = RelationshipObservation(
            type=type_name,
            source=source or Reference(),
            target=target or Reference(),
            attributes=attributes,
            place=place,
        )
        if fields.faults:
            yield from unreadable(fields.faults, {}, [observed])
        else:
            yield observed

    def _note_key(self, fields: Fields, key: str) -> None:
        if not key:
            return
        place = fields.place("key")
        first = self._cis.setdefault(key, place)
        if first is not place:
            remedy = f"first at {first}; give one of them another key"
            fields.fault("DUPLICATE_KEY", f"the key {key[:60]!r} stands here again", "key", remedy)

    def _is_new(
        self,
        source: Reference,
        type_name: str,
        target: Reference,
        place: Place,
        faults: list[Fault],
    ) -> bool:
        spoken = (self._own(source), type_name, self._own(target))
        if spoken[0] == spoken[2]:
            message = f"{source.key[:60]!r} cannot stand in a relationship to itself"
            remedy = "name another CI, or take it out"
            faults.append(Fault(code="SELF_LOOP", message=message, place=place, remedy=remedy))
            return False
        here = (place.document, place.line)
        first = self._relationships.setdefault(spoken, here)
        if first is here:
            return True
        faults.append(
            Fault(
                code="DUPLICATE_RELATIONSHIP",
                message=f"{source.key[:60]} -{type_name[:60]}-> {target.key[:60]} stands again",
                place=place,
                remedy=f"first at {Place(first[0], line=first[1])}; keep one of them",
            )
        )
        return False

    def _own(self, named: Reference) -> str:
        is_own = not named.id and named.data_source in {"", self.data_source}
        return named.key if is_own else f"\0{named}"


def _is_stray(event: Event) -> TypeGuard[RelationshipObservation]:
    """Whether this is a relationship of a CI that has no key: there to be checked only."""
    return isinstance(event, RelationshipObservation) and event.source == Reference()


def unreadable(
    faults: Sequence[Fault],
    known: Mapping[str, str],
    understood: Sequence[CIObservation | RelationshipObservation],
) -> Iterator[Unreadable]:
    """Yield each fault of a record; the first one tells what was understood of it."""
    for index, each in enumerate(faults):
        yield Unreadable(each, known, () if index else understood)


def _not_a_mapping(what: str, place: Place, remedy: str) -> Fault:
    message = f"{what} must be a mapping of fields"
    return Fault(code="WRONG_TYPE", message=message, place=place, remedy=remedy)
