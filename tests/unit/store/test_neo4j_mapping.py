"""Records as properties of Neo4j, and back: nothing may change on the way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.codec import canonical, ci_to_data, claim_to_data, relationship_to_data
from graph_service.model.delta import Record
from graph_service.model.relationship import Relationship
from graph_service.store.neo4j import log_mapping, mapping
from graph_service.store.neo4j.properties import Properties, uid_of
from tests.builders import ci, claim_about, related

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
# Names that our own properties have, and names that no property can have.
NAMES = (
    st.sampled_from(sorted(mapping._CI_PROPERTIES | mapping._RELATIONSHIP_PROPERTIES))
    | st.sampled_from(["tier", "redundancy.cluster", "a b", "", "`", "x\0y", "größe", "$uid"])
    | TEXTS
)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=6)
SCALARS = (str, int, float)


def can_be_stored(properties: Properties) -> bool:
    """Whether Neo4j takes these as properties: scalars and lists of texts, under whole names."""
    return all(
        name
        and "\0" not in name
        and (
            all(isinstance(each, str) for each in value)
            if isinstance(value, list)
            else isinstance(value, SCALARS)
        )
        for name, value in properties.items()
    )


@given(name=TEXTS, key=TEXTS, attributes=ATTRIBUTES, presence=st.sampled_from(Presence))
def test_a_ci_comes_back_as_it_was(
    name: str, key: str, attributes: dict[str, object], presence: Presence
) -> None:
    """Every JSON value survives exactly: 1 stays 1, 1.0 stays 1.0, true stays true."""
    whole = replace(ci("x", presence=presence), name=name, key=key, attributes=attributes)

    properties = mapping.ci_properties(whole, 7)

    assert can_be_stored(properties)
    assert canonical(ci_to_data(mapping.ci_of(properties))) == canonical(ci_to_data(whole))


@given(attributes=ATTRIBUTES)
def test_a_relationship_comes_back_as_it_was(attributes: dict[str, object]) -> None:
    """As an edge and as the node of a retired one."""
    whole: Relationship = replace(related("a", "b"), attributes=attributes)

    for properties in (
        mapping.relationship_properties(whole),
        mapping.retired_relationship_properties(whole),
    ):
        found = mapping.relationship_of([whole.type, whole.source, whole.target, properties])
        assert can_be_stored(properties)
        assert canonical(relationship_to_data(found)) == canonical(relationship_to_data(whole))


@given(data_source=TEXTS, native_key=TEXTS, content=ATTRIBUTES)
def test_a_claim_comes_back_as_it_was(
    data_source: str, native_key: str, content: dict[str, object]
) -> None:
    """Whatever a data source calls itself and its things."""
    whole = replace(
        claim_about(ci("x")), data_source=data_source, native_key=native_key, content=content
    )

    found = log_mapping.claim_of(log_mapping.claim_properties(whole))

    assert canonical(claim_to_data(found)) == canonical(claim_to_data(whole))


@given(record_id=TEXTS, group=TEXTS, data=ATTRIBUTES)
def test_a_record_comes_back_as_it_was(record_id: str, group: str, data: dict[str, object]) -> None:
    """Runs, plans, tokens: any JSON object under any id."""
    whole = Record("run", record_id, data, group)

    found = log_mapping.record_of(log_mapping.record_properties(whole))

    assert (found.id, found.group) == (whole.id, whole.group)
    assert canonical(found.data) == canonical(whole.data)


@given(first=TEXTS, second=TEXTS, third=TEXTS)
def test_a_key_of_several_parts_is_not_mistaken_for_another(
    first: str, second: str, third: str
) -> None:
    """("a", "bc") and ("ab", "c") are different records."""
    parts = {(first, second + third), (first + second, third), (first, second)}

    assert len({uid_of(*each) for each in parts}) == len(parts)


def test_what_people_ask_for_stands_in_properties_of_its_own() -> None:
    """A tier can be asked for in Cypher; a list, an object or nothing at all cannot."""
    whole: CI = ci("shop", tier=1, tags=["a"], owner=None)

    properties = mapping.ci_properties(whole, 1)

    assert properties["tier"] == 1
    assert properties["nested"] == '{"owner":null,"tags":["a"]}'
    assert properties["impact"] == '{"tier":1}'


@pytest.mark.parametrize(
    ("relationship_type", "in_query"),
    [
        ("RUNS_ON", "`RUNS_ON`"),
        ("HÄNGT_AB_VON", "`HÄNGT_AB_VON`"),
        ("", None),
        ("A B", None),
        ("A`]->() DETACH DELETE n //", None),
        ("A\\u0060", None),
        ("A" * 251, None),
        ("A\n", None),
    ],
)
def test_only_words_become_part_of_a_query(relationship_type: str, in_query: str | None) -> None:
    """A relationship type is the only text of a user in any query, and it can end no quotes."""
    assert mapping.as_cypher_type(relationship_type) == in_query
