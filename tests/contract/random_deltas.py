"""Random deltas over a small world, so that they often meet: right, wrong and late ones."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.relationship import Origin, Relationship
from tests.builders import ci, ci_id, claim_about, delta, related, related_id

NAMES = ("a", "b", "c", "数据库", "e 5")
TYPES = ("DEPENDS_ON", "USES")
CLASSES = ("Server", "Application")
DATA_SOURCES = ("cmdb", "kubernetes")
PAIRS = [(a, b) for a in NAMES for b in NAMES if a != b]
CI_IDS = [ci_id(each) for each in NAMES]
RELATIONSHIP_IDS = [related_id(a, b, each) for a, b in PAIRS for each in TYPES]

FIRST = delta(
    *(ci(each) for each in NAMES),
    *(related(a, b) for a, b in pairwise(NAMES)),
    related("a", "数据库", "USES"),
)
"""The world a random history begins with, so that most deltas are about something there is."""

_presences = st.sampled_from([Presence.ACTIVE] * 5 + [Presence.STALE] + [Presence.RETIRED] * 2)
_values: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 2, "", "1", "prod", "数据 words", [], [1, "a", [None]], {"k": 1}]
)
_attributes = st.dictionaries(
    st.sampled_from(
        ["tier", "environment", "description", "owner", "redundancy.g", "name", "uid", "class", "é"]
    ),
    _values,
    max_size=3,
)


@st.composite
def _cis(draw: st.DrawFn) -> CI:
    name = draw(st.sampled_from(NAMES))
    key = draw(st.sampled_from([name] * 40 + ["", "", "CI-000002", "a"]))
    drawn = ci(name, draw(st.sampled_from(CLASSES)), key=key, presence=draw(_presences))
    renamed = draw(st.sampled_from([name] * 4 + ["same", "\U0001f5a5", "\uffee"]))
    return replace(drawn, name=renamed, attributes=draw(_attributes))


@st.composite
def _relationships(draw: st.DrawFn) -> Relationship:
    source, target = draw(st.sampled_from([*PAIRS, *PAIRS, ("a", "a")]))
    drawn = related(source, target, draw(st.sampled_from(TYPES)), presence=draw(_presences))
    origin = draw(st.sampled_from([Origin.DECLARED, Origin.INFERRED]))
    return replace(drawn, origin=origin, attributes=draw(_attributes))


@st.composite
def _claims(draw: st.DrawFn, relationships: list[Relationship]) -> Claim:
    known: list[CI | Relationship] = [ci(each) for each in NAMES]
    subject = draw(st.sampled_from([*known, *relationships, related("a", "b"), related("b", "a")]))
    drawn = claim_about(subject, draw(st.sampled_from(DATA_SOURCES)), live=draw(st.booleans()))
    native_key = draw(st.sampled_from([drawn.native_key] * 4 + ["shared"]))
    return replace(drawn, native_key=native_key, content=draw(_attributes))


_records = st.builds(
    Record,
    st.sampled_from(["run", "plan"]),
    st.sampled_from(["1", "2", "数"]),
    _attributes,
    st.sampled_from(["", "g"]),
)


@st.composite
def deltas(draw: st.DrawFn, head: int) -> GraphDelta:
    """Draw a delta that somebody may have computed at about the revision ``head``."""
    cis = draw(st.lists(_cis(), max_size=3, unique_by=lambda each: each.id))
    relationships = draw(st.lists(_relationships(), max_size=2))
    claims = draw(st.lists(_claims(relationships), max_size=2))
    late = draw(st.sampled_from([0] * 12 + [1, 2, -1]))
    whole = delta(*cis, *relationships, *claims, based_on=max(head - late, 0))
    return replace(
        whole,
        reason=draw(st.sampled_from(["", "because 数"])),
        run=draw(st.sampled_from([None, "run_1"])),
        own_revisions=draw(st.sampled_from([frozenset(), frozenset(range(1, head + 1))])),
        records=tuple(draw(st.lists(_records, max_size=2))),
        removed_records=draw(st.sampled_from([(), (("run", "1"),)])),
    )
