"""By which a test reads a text with a collector, and sees what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph_service import (
    CIObservation,
    Collector,
    Event,
    Fault,
    InvalidInputError,
    Note,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    RelationshipObservation,
    Unreadable,
)


@dataclass
class Read:
    """Everything that a reading said."""

    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def cis(self) -> dict[str, CIObservation]:
        return {each.native_key: each for each in self.events if isinstance(each, CIObservation)}

    @property
    def keys(self) -> dict[str, str]:
        return {native_key: each.key for native_key, each in self.cis.items()}

    @property
    def relationships(self) -> list[RelationshipObservation]:
        return [each for each in self.events if isinstance(each, RelationshipObservation)]

    @property
    def arrows(self) -> set[str]:
        return {f"{each.source} {each.type} {each.target}" for each in self.relationships}

    def arrow(self, text: str) -> RelationshipObservation:
        (found,) = [
            each
            for each in self.relationships
            if f"{each.source} {each.type} {each.target}" == text
        ]
        return found

    @property
    def notes(self) -> list[str]:
        return [each.message for each in self.events if isinstance(each, Note)]

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.faults]

    @property
    def to_the_end(self) -> bool:
        return any(isinstance(each, ReadToTheEnd) for each in self.events)


def read(
    collector: Collector,
    *texts: str | bytes,
    complete: bool = False,
    data_source: str = "",
    options: Mapping[str, str] | None = None,
) -> Read:
    """Read texts as documents ``1``, ``2``, … in one request."""
    documents = [
        (str(number), text.encode() if isinstance(text, str) else text)
        for number, text in enumerate(texts, 1)
    ]
    result = Read()
    request = ReadingRequest(
        documents=documents, complete=complete, data_source=data_source, options=options or {}
    )
    try:
        result.readings = [*collector.readings(request)]
    except InvalidInputError as error:
        result.faults = [*error.faults]
        return result
    for each in result.readings:
        result.events += each.events
    result.faults = [each.fault for each in result.events if isinstance(each, Unreadable)]
    return result
