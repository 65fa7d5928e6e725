"""How relationships and groups are read into a snapshot."""

from dataclasses import replace

import numpy as np
import pytest

from graph_service.model.revision import Head
from graph_service.projection import Snapshot
from graph_service.projection.tables import EstateTables, UnknownEndError
from graph_service.store import CIColumns, RelationshipColumns
from tests.builders import ci_id, estate, related
from tests.property.worlds import World, snapshot_of


def drawn(drawing: str) -> Snapshot:
    delta = estate(drawing)
    return snapshot_of(World(delta.cis, delta.relationships))


def hits(snapshot: Snapshot) -> set[tuple[str, str]]:
    """Return who hits whom, by key."""
    count = len(snapshot)
    found = set()
    for provider, key in enumerate(snapshot.keys):
        row = snapshot.hit[snapshot.hit_start[provider] : snapshot.hit_start[provider + 1]]
        for hit in row.tolist():
            place = hit if hit < count else int(snapshot.groups.owner[hit - count])
            found.add((key, snapshot.keys[place]))
    return found


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("web -DEPENDS_ON-> api", {("api", "web")}),
        ("rack -CONTAINS-> server", {("rack", "server")}),
        ("node -MEMBER_OF-> cluster", {("node", "cluster")}),
        ("a -[CONNECTS_TO uplink=TARGET]-> b", {("b", "a")}),
        ("a -[CONNECTS_TO uplink=SOURCE]-> b", {("a", "b")}),
        ("a -CONNECTS_TO-> b", set()),
        ("a -BACKED_UP_TO-> b", set()),
        ("a -[DEPENDS_ON strength=NONE]-> b", set()),
        ("a -INVENTED-> b", set()),
        ("a -DEPENDS_ON-> b(lifecycle=IN_STOCK)", set()),
        ("a(lifecycle=IN_STOCK) -DEPENDS_ON-> b", set()),
        ("a -DEPENDS_ON-> b(lifecycle=IN_MAINTENANCE)", {("b", "a")}),
    ],
)
def test_the_vocabulary_gives_relationships_their_direction(
    drawing: str, expected: set[tuple[str, str]]
) -> None:
    """Who is hit is a matter of the type, the uplink, the strength, the channels, the service."""
    assert hits(drawn(drawing)) == expected


@pytest.mark.parametrize(
    ("channels", "carries"),
    [
        ([], False),
        (["FLOW"], False),
        (["AVAILABILITY", "FLOW"], True),
        (["CONFIG"], True),
        (["AVAILABLE"], True),
        ("AVAILABILITY", True),
        ([7], True),
    ],
)
def test_channels_override_the_types_unless_they_make_no_sense(
    channels: object,
    carries: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """No channel of harm, no dependency; a channel nobody knows leaves the type's in force."""
    cis = estate("a; b").cis

    snapshot = snapshot_of(World(cis, (related("a", "b", channels=channels),)))

    assert bool(len(snapshot.hit)) == carries


@pytest.mark.parametrize(
    ("rule", "k", "k_full", "known"),
    [
        ('{"k":2}', 2, 2, True),
        ('{"k":1,"kFull":3}', 1, 3, True),
        ('{"percent":50}', 2, 2, True),
        ('{"percent":33.4}', 2, 2, True),
        ('{"percent":33.3}', 1, 1, True),
        ('{"percent":100}', 3, 3, True),
        ("{}", 3, 3, False),
        ('{"k":9}', 3, 3, True),
        ('{"k":0}', 3, 3, False),
        ('{"k":-1}', 3, 3, False),
        ('{"k":"two"}', 3, 3, False),
        ('{"k":true}', 3, 3, False),
        ('{"percent":0}', 3, 3, False),
        ('{"percent":101}', 3, 3, False),
        ('{"k":2,"kFull":1}', 2, 2, True),
        ('{"k":2,"kFull":99}', 2, 3, True),
        ('"nonsense"', 3, 3, False),
    ],
)
def test_a_group_needs_what_is_said_or_else_everything(
    rule: str,
    k: int,
    k_full: int,
    known: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """K is counted, or a share rounded up; what makes no sense is not known, the worst case."""
    groups = drawn(f"api(redundancy.db={rule}) -[DEPENDS_ON group=db]-> a & b & c").groups

    assert (groups.k.tolist(), groups.k_full.tolist(), groups.k_known.tolist()) == (
        [k],
        [k_full],
        [known],
    )


@pytest.mark.parametrize(
    ("drawing", "code"),
    [
        ('api(redundancy.db={"k":3}) -[DEPENDS_ON group=db]-> a & b', "K_ABOVE_N"),
        ('api(redundancy.db={"k":2,"kFull":1}) -[DEPENDS_ON group=db]-> a & b', "K_FULL_BELOW_K"),
        ('api(redundancy.db={"k":0}) -[DEPENDS_ON group=db]-> a & b', "UNREADABLE"),
        ("api -[DEPENDS_ON strength=WEAK]-> a", "UNREADABLE"),
        ('api -[DEPENDS_ON toleranceMinutes="long"]-> a', "UNREADABLE"),
        ("api -[DEPENDS_ON group=db role=STANDBY]-> a; api -[USES group=db]-> b", "MODE_UNKNOWN"),
        ("api -[DEPENDS_ON group=db]-> a & b; api -RUNS_ON-> a", "GROUP_DEFEATED"),
    ],
)
def test_what_is_doubtful_is_found(drawing: str, code: str) -> None:
    """A finding names the CI it concerns, in words."""
    (finding,) = drawn(drawing).findings

    assert (finding.code, finding.subject) == (code, ci_id("api"))
    assert "api" in finding.message


def test_types_and_attributes_choose_the_group() -> None:
    """A type's own group holds until the relationship names another, or none."""
    snapshot = drawn("""
        a -MEMBER_OF-> c
        b -[MEMBER_OF group=other]-> c
        d -[MEMBER_OF group=null]-> c
        srv -POWERED_BY-> feed-1 & feed-2
    """)

    groups = snapshot.groups
    members = {
        (snapshot.keys[groups.owner[at]], groups.name[at]): [
            snapshot.keys[each] for each in groups.members(at)
        ]
        for at in range(len(groups))
    }
    assert members == {
        ("c", "members"): ["a"],
        ("c", "other"): ["b"],
        ("srv", "power"): ["feed-1", "feed-2"],
    }
    assert groups.k[groups.name.index("power")] == 1
    assert snapshot.keys[snapshot.needs(snapshot.keys.index("c"))[0]] == "d"


def test_a_member_related_twice_counts_once() -> None:
    """Two relationships to the same provider are one member, active if one of them says so."""
    snapshot = drawn("""
        api -[DEPENDS_ON group=db role=STANDBY]-> a
        api -[USES group=db]-> a
        api -[USES group=db]-> b
    """)

    assert snapshot.groups.size(0) == 2
    assert not snapshot.groups.is_standby(0).any()


def test_arrays_cannot_be_written_to() -> None:
    """Whoever holds a snapshot holds it unchanged."""
    snapshot = drawn("a -> b")

    with pytest.raises(ValueError, match="read-only"):
        snapshot.hit[0] = 1
    assert not snapshot.groups.rule.flags.writeable
    assert snapshot.array_bytes > 0


def test_an_empty_estate_has_a_snapshot() -> None:
    """Before the first import there is nothing, and that can be asked about."""
    snapshot = snapshot_of(World((), ()))

    assert len(snapshot) == 0
    assert np.array_equal(snapshot.hit_start, [0])


def test_refuses_relationships_without_their_ends() -> None:
    """A store that hands out half a graph is broken, and not silently so."""
    alone = CIColumns((1,), ("ci_a",), ("a",), ("a",), ("Server",), (None,))
    dangling = RelationshipColumns(("rel_1",), (1,), (7,), ("USES",), ("DECLARED",), (None,))

    with pytest.raises(UnknownEndError):
        EstateTables.loaded([Head(1), alone, dangling])


def test_takes_more_types_than_a_byte_can_number() -> None:
    """Every relationship keeps its type, however many an organisation has."""
    plain = estate("a -> b").relationships[0]
    many = tuple(replace(plain, type=f"TYPE_{number}") for number in range(300))

    snapshot = snapshot_of(World(estate("a -> b").cis, (*many, plain)))

    assert snapshot.relationship_count == 301
    assert hits(snapshot) == {("b", "a")}
