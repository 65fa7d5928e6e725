"""What collectors say: observations of a reading, in the words of the data source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from graph_service.model.ci import Attributes
from graph_service.model.errors import Fault
from graph_service.model.person import PersonObservation
from graph_service.model.place import Place
from graph_service.model.relationship import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A CI as a data source names it: by ``id``, or by ``key`` and what narrows it.

    A bare key is a native key of this data source, else the key of a CI of the estate. With
    ``data_source`` it is a native key of that one; with ``class_name`` the CI must be of that class
    or one of its specialisations.
    """

    key: str = ""
    id: str = ""
    class_name: str = ""
    data_source: str = ""

    def __str__(self) -> str:
        if self.id:
            return self.id
        narrowed = f"{self.class_name} {self.key}" if self.class_name else self.key
        return f"{narrowed} of {self.data_source}" if self.data_source else narrowed


@dataclass(frozen=True, slots=True, kw_only=True)
class CIObservation:
    """A CI as the data source sees it.

    ``key`` is the handle it would like when that is free; empty: its native key. ``attributes``
    have the vocabulary's names; redundancy groups are attributes ``redundancy.<name>`` with
    ``{"k" | "percent", "kFull", "mode", "switchMinutes", "strength", "evidence"}``.

    ``text_values``: the document does not tell text from numbers, only the attribute's type does.
    Text is then to be read as the type asks (``"3"`` as INTEGER, ``"true"`` as BOOLEAN; the values
    of a list stand between semicolons; JSON is JSON), and a number or truth value where TEXT is
    asked for becomes what was written (``12`` → ``"12"``; ``1.10`` already comes as text).
    """

    native_key: str
    class_name: str
    name: str = ""
    key: str = ""
    attributes: Attributes = field(default_factory=dict)
    text_values: bool = False
    origin: Origin = Origin.DECLARED
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipObservation:
    """A relationship as the data source sees it; attributes as in ``Relationship``."""

    type: str
    source: Reference
    target: Reference
    attributes: Attributes = field(default_factory=dict)
    origin: Origin = Origin.DECLARED
    place: Place


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something could not be read. The reading goes on, but is partial: it retires nothing.

    ``record`` is what is known of it, without secrets, for the quarantine. ``understood`` is what
    could be read of it all the same, text empty where it could not: it is never taken in, but
    checked, so that whoever mends the record learns of everything wrong with it at once.
    """

    fault: Fault
    record: Mapping[str, Any] = field(default_factory=dict)
    understood: Sequence[CIObservation | RelationshipObservation] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading has come; ``total`` is ``None`` when not known. Units are the collector's."""

    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something whoever asked for the reading should know: what was assumed, what was left out."""

    message: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ReadToTheEnd:
    """The last event of a reading that saw all there was to see. Without it, it is partial."""


Event = (
    CIObservation
    | RelationshipObservation
    | PersonObservation
    | Unreadable
    | Progress
    | Note
    | ReadToTheEnd
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One pass over one data source.

    ``complete``: whoever asked for it, or the document itself, says that this is all the data
    source has to say, so what is gone may be retired. ``strict``: a person wrote this, so any fault
    refuses the whole reading; otherwise a faulty record goes to the quarantine.
    """

    data_source: str
    collector: str
    scope: str = "all"
    complete: bool = False
    strict: bool = False
    events: Iterator[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRequest:
    """What a collector is asked to read.

    ``documents`` are (name, bytes) for what arrived over the network; otherwise ``paths``.
    ``data_source`` overrides the collector's default where the document does not name its own.
    ``options`` are the collector's own (``{"map": "hostname=key"}`` for CSV).
    """

    paths: Sequence[Path] = ()
    documents: Sequence[tuple[str, bytes]] = ()
    data_source: str = ""
    complete: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


class Collector(Protocol):
    """Reads the world into observations. It never decides identity, precedence or retirement."""

    @property
    def name(self) -> str:
        """The word typed after ``graph-service import``."""
        ...

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Open what is to be read, one reading for each data source in it.

        Raises:
            InvalidInputError: The request itself cannot be read (no such file, too large, not of
                this format); faults inside a record are events of the reading instead.

        """
        ...

    def locate(self, place: Place) -> Place:
        """Fill in line and column of a place, which may be costly and is asked for faults only."""
        ...
