"""Random small estates: circles, islands, groups of every sort, things out of service, twins."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import orjson
from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.impact_state import ImpactState
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head
from graph_service.model.vocabulary import packaged
from graph_service.projection import Groups, Incidence, Snapshot
from graph_service.projection.build import built
from graph_service.projection.tables import EstateTables
from graph_service.store import CIColumns, RelationshipColumns
from graph_service.store.topology import IMPACT_ATTRIBUTES
from tests.builders import ci, related

NAMES = "abcdefgh"
TYPES = (
    "DEPENDS_ON",
    "DEPENDS_ON",
    "USES",
    "CONTAINS",
    "MEMBER_OF",
    "POWERED_BY",
    "CONNECTS_TO",
    "SENDS_DATA_TO",
    "BACKED_UP_TO",
    "PROTECTED_BY",
)


@dataclass(frozen=True)
class World:
    """An estate and what stands in it."""

    cis: tuple[CI, ...]
    relationships: tuple[Relationship, ...]

    def __repr__(self) -> str:
        drawn = [f"{each.name} {dict(each.attributes)}" for each in self.cis if each.attributes]
        drawn += [
            f"{each.source} -{each.type} {dict(each.attributes)}-> {each.target}"
            for each in self.relationships
        ]
        return "\n".join(["World of " + " ".join(each.name for each in self.cis), *drawn])

    def with_ci(self, name: str, **attributes: object) -> "World":
        """Return the same world with attributes of one CI set, or dropped where ``None``."""
        return replace(
            self,
            cis=tuple(
                replace(each, attributes=_merged(each.attributes, attributes))
                if each.name == name
                else each
                for each in self.cis
            ),
        )


def _merged(old: Mapping[str, Any], new: Mapping[str, object]) -> Mapping[str, Any]:
    return {name: value for name, value in {**old, **new}.items() if value is not None}


def snapshot_of(world: World) -> Snapshot:
    """Build the snapshot of a world without a store in between."""
    ordinal = {each.id: place for place, each in enumerate(world.cis, 1)}
    living = [each for each in world.cis if each.presence is not Presence.RETIRED]
    cis = CIColumns(
        ordinal=[ordinal[each.id] for each in living],
        id=[each.id for each in living],
        key=[each.key for each in living],
        name=[each.name for each in living],
        class_name=[each.class_name for each in living],
        attributes=[_impact_attributes(each) for each in living],
        stale=[at for at, each in enumerate(living) if each.presence is Presence.STALE],
    )
    links = world.relationships
    relationships = RelationshipColumns(
        id=[each.id for each in links],
        source=[ordinal[each.source] for each in links],
        target=[ordinal[each.target] for each in links],
        type=[each.type for each in links],
        origin=[each.origin.value for each in links],
        attributes=[_text(each.attributes) for each in links],
        stale=[at for at, each in enumerate(links) if each.presence is Presence.STALE],
    )
    return built(EstateTables.loaded([Head(1), cis, relationships]), packaged())


def same(one: object, other: object) -> bool:
    """Return whether two snapshots, or parts of them, are alike to the last element."""
    if isinstance(one, Snapshot | Groups | Incidence):
        names = [each.name for each in fields(one)]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        return one.dtype == other.dtype and np.array_equal(one, other)
    return one == other


def _impact_attributes(each: CI) -> str | None:
    return _text(
        {
            name: value
            for name, value in each.attributes.items()
            if name in IMPACT_ATTRIBUTES or name.startswith("redundancy.")
        }
    )


def _text(attributes: Mapping[str, Any]) -> str | None:
    return orjson.dumps(dict(attributes)).decode() if attributes else None


def _some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


RULES = _some(
    k=st.integers(1, 4),
    percent=st.integers(1, 100),
    kFull=st.integers(1, 4),
    mode=st.sampled_from(["ACTIVE_ACTIVE", "AUTO", "MANUAL"]),
    switchMinutes=st.sampled_from([0, 5, 60]),
    strength=st.sampled_from(["HARD", "SOFT", "ADVISORY", "NONE"]),
    evidence=st.just("tested"),
)

LINK_ATTRIBUTES = _some(
    strength=st.sampled_from(["HARD", "SOFT", "ADVISORY", "NONE"]),
    group=st.sampled_from(["x", "y", ""]),
    role=st.sampled_from(["ACTIVE", "STANDBY"]),
    toleranceMinutes=st.sampled_from([0, 10, 90]),
    uplink=st.sampled_from(["SOURCE", "TARGET", "UNKNOWN"]),
    channels=st.sampled_from([["AVAILABILITY"], ["AVAILABILITY", "DATA"], ["DATA"], []]),
    evidence=st.just("tested"),
)

CI_ATTRIBUTES = _some(
    lifecycle=st.sampled_from(["LIVE", "IN_MAINTENANCE", "IN_STOCK"]),
    operationalState=st.sampled_from(["UP", "DEGRADED", "DOWN", "UNKNOWN"]),
    tier=st.integers(0, 4),
    **{"redundancy.x": RULES, "redundancy.y": RULES, "redundancy.members": RULES},
)


@st.composite
def worlds(draw: st.DrawFn, *, healthy: bool = False, seldom: bool = True) -> World:
    """Draw an estate. ``healthy``: nothing reports to be amiss, and all of it is in service."""
    names = draw(st.permutations(NAMES[: draw(st.integers(1, len(NAMES)))]))
    unusual = st.integers(0, 3).map(lambda roll: roll == 0 and seldom)
    cis = []
    for name in names:
        attributes = draw(CI_ATTRIBUTES)
        if healthy or not draw(unusual):
            attributes.pop("operationalState", None)
        if healthy or not draw(unusual):
            attributes.pop("lifecycle", None)
        cis.append(ci(name, draw(st.sampled_from(["Server", "BusinessService"])), **attributes))
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names), st.sampled_from(TYPES))
    links = draw(st.lists(ends, max_size=3 * len(names), unique=True))
    relationships = []
    for source, target, relationship_type in links:
        attributes = draw(LINK_ATTRIBUTES) if draw(st.booleans()) else {}
        if source != target:
            relationships.append(related(source, target, relationship_type, **attributes))
    return World(tuple(cis), tuple(relationships))


STATES = st.sampled_from([ImpactState.AT_RISK, ImpactState.DEGRADED, ImpactState.DOWN])
DURATIONS = st.sampled_from([5.0, 10.0, 60.0, math.inf])


@st.composite
def causes_in(draw: st.DrawFn, world: World) -> dict[str, ImpactState]:
    """Draw CIs of a world and the states they are put in, by name."""
    names = [each.name for each in world.cis]
    return draw(st.dictionaries(st.sampled_from(names), STATES, max_size=3))
