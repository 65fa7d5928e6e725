"""Random conditions over the small world of ``tests.contract.random_deltas`` and any other."""

from collections.abc import Sequence

from hypothesis import strategies as st

from graph_service.model.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    Contains,
    End,
    Exists,
    Incomplete,
    IsCI,
    KnownTo,
    Leaf,
    Match,
    Not,
    OfClass,
    OneOf,
    Orphan,
    OwnedBy,
    Ref,
    RefBy,
    Related,
    Saved,
    Scalar,
    Stale,
    StartsWith,
    Text,
    ValueBearing,
    Within,
)

_texts = st.one_of(
    st.sampled_from(
        ["1", "1.1", "1.10", "true", "or", "a b", 'q"uote', "back\\slash", "a,b", "=", "数"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
)
_scalars = st.one_of(
    _texts,
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.decimals(-1000, 1000, places=2, allow_nan=False).map(float).map(lambda each: each + 0.0),
)
_bounds = st.one_of(_texts.filter(lambda each: each not in {"true", "false"}), st.integers(0, 99))
_matches: st.SearchStrategy[Match] = st.one_of(
    st.lists(_scalars, min_size=1, max_size=3).map(tuple).map(OneOf),
    st.builds(Contains, _texts),
    st.builds(StartsWith, _texts),
    st.builds(AtLeast, _bounds),
    st.builds(AtMost, _bounds),
    st.just(Exists()),
)
_names = st.sampled_from(
    [
        "tier",
        "environment",
        "owner",
        "name",
        "key",
        "tag.exempt",
        "tag.a b",
        "redundancy.g",
        "class",
    ]
)
_types = st.frozensets(st.sampled_from(["USES", "DEPENDS_ON", "RUNS_ON"]), max_size=2)
_refs = st.builds(Ref, st.just(RefBy.TEXT), _texts.filter(lambda each: each != "*"))

any_leaf: st.SearchStrategy[Leaf] = st.one_of(
    st.lists(st.builds(Ref, st.just(RefBy.TEXT), _texts), min_size=1, max_size=2)
    .map(tuple)
    .map(IsCI),
    st.lists(st.builds(Ref, st.just(RefBy.ID), _texts), min_size=1, max_size=2)
    .map(tuple)
    .map(IsCI),
    st.builds(OfClass, st.frozensets(_texts, min_size=1, max_size=2)),
    st.builds(Attribute, _names, _matches),
    st.builds(Related, _types, st.sampled_from([None, *End]), st.one_of(st.none(), _refs)),
    st.builds(Within, _refs),
    st.builds(KnownTo, st.frozensets(_texts, min_size=1, max_size=2)),
    st.sampled_from([Stale(), Orphan(), Conflicting(), Incomplete(), ValueBearing()]),
    st.builds(ChangedSince, st.one_of(st.integers(0, 99), st.just("2026-03-01T12:00:00Z"))),
    st.builds(Text, _texts, st.booleans()),
    st.builds(Saved, _texts),
    st.builds(OwnedBy, _texts),
)
"""Leaves as people may say them, whatever they name."""


def trees(leaves: st.SearchStrategy[Leaf], most: int = 6) -> st.SearchStrategy[Condition]:
    """Return trees over some leaves."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(tuple).map(AllOf),
            st.lists(inner, max_size=3).map(tuple).map(AnyOf),
            st.builds(Not, inner),
        ),
        max_leaves=most,
    )


def settled_leaves(
    ids: Sequence[str], classes: Sequence[str], types: Sequence[str], sources: Sequence[str]
) -> st.SearchStrategy[Leaf]:
    """Return leaves that a store can be asked, about a world in which these occur."""
    refs = st.sampled_from([*ids, "ci_nowhere"]).map(lambda each: Ref(RefBy.ID, each))
    scalars: st.SearchStrategy[Scalar] = st.sampled_from(
        [True, False, 0, 1, 2, 1.5, "", "1", "prod", "数据 words", "a"]
    )
    texts = st.sampled_from(["", "1", "prod", "words", "数", "a", "%", "_", "'", "P"])
    matches: st.SearchStrategy[Match] = st.one_of(
        st.lists(scalars, min_size=1, max_size=3).map(tuple).map(OneOf),
        st.builds(Contains, texts),
        st.builds(StartsWith, texts),
        st.builds(AtLeast, st.sampled_from([0, 1, 1.5, "1", "b"])),
        st.builds(AtMost, st.sampled_from([0, 1, 1.5, "1", "b"])),
        st.just(Exists()),
    )
    names = st.sampled_from(
        ["tier", "environment", "description", "owner", "name", "key", "redundancy.g", "uid", "é"]
    )
    some_types = st.frozensets(st.sampled_from([*types, "NEVER"]), max_size=2)
    return st.one_of(
        st.lists(refs, min_size=1, max_size=3).map(tuple).map(IsCI),
        st.builds(OfClass, st.frozensets(st.sampled_from([*classes, "Never"]), min_size=1)),
        st.builds(Attribute, names, matches),
        st.builds(Attribute, names, matches),
        st.builds(Related, some_types, st.sampled_from([None, *End]), st.one_of(st.none(), refs)),
        st.builds(Within, refs),
        st.builds(KnownTo, st.frozensets(st.sampled_from([*sources, "never"]), min_size=1)),
        st.sampled_from([Stale(), Orphan(), Conflicting()]),
        st.builds(ChangedSince, st.integers(0, 6)),
        st.builds(
            Text,
            st.sampled_from(["a", "数", "数据 w", "words", "same", "sa", "--", "e 5"]),
            st.booleans(),
        ),
    )
