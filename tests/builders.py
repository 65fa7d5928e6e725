"""By which a test draws its own small world in a line.

``estate("web -> api -> db")`` is a delta that creates three CIs and two relationships. A drawing
has one chain a line (or between semicolons)::

    web:Application(tier=1) -> api -[STORES_DATA_IN group=cluster role=STANDBY]-> db:Database
    a & b -RUNS_ON-> server(lifecycle=RETIRED redundancy.power={"k":1})
    lonely

An arrow without a type is DEPENDS_ON. A value is JSON without blanks, or else a bare word. Ids are
``ci_`` and the name, keys are the names, so that a test can say what it expects at sight.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import digest
from graph_service.model.delta import GraphDelta
from graph_service.model.ids import CIId, RelationshipId, relationship_id
from graph_service.model.relationship import Origin, Relationship
from graph_service.model.revision import Actor

ADA = Actor("usr_ada", "Ada")
"""The person who does things in tests."""

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When the world of a test begins."""

_CI = re.compile(r"(?P<name>[^\s:()&;]+)(?::(?P<class>\w+))?(?:\((?P<attributes>[^)]*)\))?")
_ARROW = re.compile(r"\s*(-(?:\[[^\]]*\]|\w+)?->|->)\s*")


class TickingClock:
    """A clock that moves on by a second whenever it is read."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start - timedelta(seconds=1)

    def __call__(self) -> datetime:
        """Read it."""
        self._now += timedelta(seconds=1)
        return self._now

    def go_on(self, *, hours: float) -> None:
        """Let time pass."""
        self._now += timedelta(hours=hours)


def ci_id(name: str) -> CIId:
    """Return the id that a drawn CI of this name has."""
    return CIId(f"ci_{name}")


def ci(
    name: str,
    class_name: str = "Application",
    *,
    key: str | None = None,
    presence: Presence = Presence.ACTIVE,
    **attributes: object,
) -> CI:
    """Return a CI whose key is its name unless given."""
    return CI(
        id=ci_id(name),
        key=name if key is None else key,
        name=name,
        class_name=class_name,
        presence=presence,
        attributes=attributes,
    )


def related(
    source: str,
    target: str,
    relationship_type: str = "DEPENDS_ON",
    *,
    presence: Presence = Presence.ACTIVE,
    origin: Origin = Origin.DECLARED,
    **attributes: object,
) -> Relationship:
    """Return the relationship between two CIs given by name."""
    return Relationship(
        id=related_id(source, target, relationship_type),
        source=ci_id(source),
        target=ci_id(target),
        type=relationship_type,
        presence=presence,
        origin=origin,
        attributes=attributes,
    )


def related_id(source: str, target: str, relationship_type: str = "DEPENDS_ON") -> RelationshipId:
    """Return the id of the relationship between two CIs given by name."""
    return relationship_id(ci_id(source), relationship_type, ci_id(target))


def retired_ci(name: str, class_name: str = "Application", **attributes: object) -> CI:
    """Return a CI as it is when retired."""
    return replace(ci(name, class_name), presence=Presence.RETIRED, attributes=attributes)


def claim_about(
    record: CI | Relationship, data_source: str = "cmdb", *, live: bool = True, **content: object
) -> Claim:
    """Return what a data source says about a record, under the record's id as native key."""
    return Claim(
        data_source=data_source,
        native_key=record.id,
        subject=record.id,
        content=content,
        digest=digest(content),
        observed_at="2026-03-01T12:00:00.000Z",
        live=live,
    )


def delta(*records: CI | Relationship | Claim, based_on: int = 0) -> GraphDelta:
    """Return a delta by Ada that writes these records."""
    return GraphDelta(
        based_on=based_on,
        actor=ADA,
        cis=tuple(each for each in records if isinstance(each, CI)),
        relationships=tuple(each for each in records if isinstance(each, Relationship)),
        claims=tuple(each for each in records if isinstance(each, Claim)),
    )


def estate(drawing: str, *, based_on: int = 0) -> GraphDelta:
    """Return the delta that creates what a drawing shows; see the top of this module."""
    cis: dict[str, CI] = {}
    relationships: dict[str, Relationship] = {}
    for chain in re.split(r"[;\n]", drawing):
        if not chain.strip():
            continue
        stops, arrows = _ARROW.split(chain.strip())[::2], _ARROW.split(chain.strip())[1::2]
        ends = [[*_drawn_cis(stop)] for stop in stops]
        for each in (each for end in ends for each in end):
            _keep(cis, each)
        for sources, arrow, targets in zip(ends, arrows, ends[1:], strict=False):
            for relationship in _drawn_relationships(sources, arrow, targets):
                relationships[relationship.id] = relationship
    return delta(*cis.values(), *relationships.values(), based_on=based_on)


def _keep(cis: dict[str, CI], drawn: CI) -> None:
    """Keep the fullest drawing of a CI: a bare name refers to what is drawn elsewhere."""
    known = cis.setdefault(drawn.id, drawn)
    if drawn.class_name != "Application" or drawn.attributes:
        cis[drawn.id] = replace(drawn, attributes={**known.attributes, **drawn.attributes})


def _drawn_cis(stop: str) -> Iterator[CI]:
    for part in stop.split("&"):
        drawn = _CI.fullmatch(part.strip())
        assert drawn, f"cannot read {part!r} as a CI"
        plain = ci(drawn["name"], drawn["class"] or "Application")
        yield replace(plain, attributes=_drawn_attributes(drawn["attributes"] or ""))


def _drawn_relationships(
    sources: list[CI], arrow: str, targets: list[CI]
) -> Iterator[Relationship]:
    relationship_type, _, attributes = arrow.strip("->[]").partition(" ")
    for source in sources:
        for target in targets:
            plain = related(source.name, target.name, relationship_type or "DEPENDS_ON")
            yield replace(plain, attributes=_drawn_attributes(attributes))


def _drawn_attributes(text: str) -> Mapping[str, Any]:
    pairs = (pair.split("=", 1) for pair in text.split())
    return {name: _drawn_value(value) for name, value in pairs}


def _drawn_value(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
