"""Conditions as text and as JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.condition import (
    EVERYTHING,
    NOTHING,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Contains,
    End,
    Exists,
    IsCI,
    KnownTo,
    Not,
    OfClass,
    OneOf,
    Orphan,
    OwnedBy,
    Ref,
    RefBy,
    Related,
    Saved,
    Stale,
    StartsWith,
    Text,
    Within,
    condition_of_data,
    condition_of_text,
    condition_to_data,
    condition_to_text,
    depth,
    simplified,
    terms,
)
from graph_service.model.errors import InvalidInputError
from graph_service.model.place import Place
from tests.conditions import any_leaf, trees

HERE = Place("filter")


def _one(name: str, *values: str | float) -> Attribute:
    return Attribute(name, OneOf(values))


TEXTS: list[tuple[str, Condition]] = [
    ("", EVERYTHING),
    ("()", EVERYTHING),
    ("not ()", NOTHING),
    ("payments", Text("payments")),
    ('"two words"', Text("two words")),
    ("class:Server", OfClass(frozenset({"Server"}))),
    ("class:Server,Host", OfClass(frozenset({"Server", "Host"}))),
    ("tier<=1", Attribute("tier", AtMost(1))),
    ("memoryGib>=1.5", Attribute("memoryGib", AtLeast(1.5))),
    ("env:PRODUCTION", _one("environment", "PRODUCTION")),
    ("environment=PRODUCTION", _one("environment", "PRODUCTION")),
    ("tier:0,1", _one("tier", 0, 1)),
    ("version:1.10", _one("version", "1.10")),
    ('version:"1.1"', _one("version", "1.1")),
    ("internal:true", Attribute("internal", OneOf((True,)))),
    ("opensslVersion^=1.1", Attribute("opensslVersion", StartsWith("1.1"))),
    ("endpoints~:443", Attribute("endpoints", Contains(":443"))),
    ('owner:"Payments team"', _one("owner", "Payments team")),
    ("tag:exempt", Attribute("tag.exempt", Exists())),
    ("tag:team=payments", _one("tag.team", "payments")),
    ('tag:team="a b"', _one("tag.team", "a b")),
    ("has:owner", Attribute("owner", Exists())),
    ("is:stale", Stale()),
    ("is:stale,orphan", AnyOf((Stale(), Orphan()))),
    ("source:csv", KnownTo(frozenset({"csv"}))),
    ("within:fra-1", Within(Ref(RefBy.TEXT, "fra-1"))),
    ("ci:pg-1,pg-2", IsCI((Ref(RefBy.TEXT, "pg-1"), Ref(RefBy.TEXT, "pg-2")))),
    ("related:USES", Related(frozenset({"USES"}))),
    (
        "related:DEPENDS_ON|USES->pg-1",
        Related(frozenset({"DEPENDS_ON", "USES"}), End.SOURCE, Ref(RefBy.TEXT, "pg-1")),
    ),
    ("related:<-web", Related(end=End.TARGET, to=Ref(RefBy.TEXT, "web"))),
    ("related:RUNS_ON<-*", Related(frozenset({"RUNS_ON"}), End.TARGET)),
    ("since:41", ChangedSince(41)),
    ("since:2026-03-01T12:00:00Z", ChangedSince("2026-03-01T12:00:00Z")),
    ("query:mine", Saved("mine")),
    ('owned-by:"Ada Weaver",payments', AnyOf((OwnedBy("Ada Weaver"), OwnedBy("payments")))),
    ("a b", AllOf((Text("a"), Text("b")))),
    ("a and b", AllOf((Text("a"), Text("b")))),
    ("a b or c", AnyOf((AllOf((Text("a"), Text("b"))), Text("c")))),
    ("a (b OR c)", AllOf((Text("a"), AnyOf((Text("b"), Text("c")))))),
    ("not a b", AllOf((Not(Text("a")), Text("b")))),
    ("not not a", Text("a")),
    ("order nothing android", AllOf((Text("order"), Text("nothing"), Text("android")))),
    ('"or"', Text("or")),
]


@pytest.mark.parametrize(("text", "condition"), TEXTS, ids=[text for text, _ in TEXTS])
def test_text_says(text: str, condition: Condition) -> None:
    assert condition_of_text(text) == condition


@given(trees(any_leaf))
def test_text_round_trips(condition: Condition) -> None:
    """Whatever can be said can be written as text, and means the same when read again."""
    text = condition_to_text(condition)

    assert condition_of_text(text) == simplified(condition)
    assert condition_to_text(condition_of_text(text)) == text


@given(trees(any_leaf))
def test_json_round_trips(condition: Condition) -> None:
    assert condition_of_data(condition_to_data(condition), HERE) == condition


_PIECES = st.sampled_from(
    [
        *':=~<>,()"*| \\',
        *("^=", "->", "--", "or", "not", "class", "tag", "has", "is", "related", "since", "tier"),
        *("text", "1.5", "-0", "true", "USES", "\x00", "\u2028"),
    ]
)


@given(st.lists(_PIECES | st.text(max_size=3), max_size=20).map("".join))
def test_any_text_is_a_condition_or_says_where_it_is_none(text: str) -> None:
    try:
        read = condition_of_text(text)
    except InvalidInputError as refused:
        for fault in refused.faults:
            assert fault.place.column is not None
            assert 1 <= fault.place.column <= len(text) + 1
            assert fault.remedy
    else:
        assert condition_of_text(condition_to_text(read)) == read


FAULTS = [
    ("class:", "where:7", "a value is missing"),
    ("(a", "where:1", "not closed"),
    ("a)", "where:2", "nothing opened"),
    ('owner:"x', "where:7", "quotation is not closed"),
    ("a or", "where:5", "a condition is missing"),
    ("or a", "where:1", "a condition is missing"),
    ("tier<1", "where:5", "not a comparison"),
    ("class<=Server", "where:1", "is not compared with"),
    ("is:stael", "where:4", "did you mean stale?"),
    ("related:uses", "where:9", "is no relationship"),
    ("related:USES->", "where:9", "no CI"),
    ("tag:=x", "where:5", "a value is missing"),
    ('""', "where:1", "looks for no word"),
    ('a called:""', "where:10", "looks for no word"),
    ("since:1,2", "where:9", "one moment"),
    ("(" * 30 + "a" + ")" * 30, "where:25", "nested too deeply"),
    ("a" * 10_001, "where:1", "characters long"),
]


@pytest.mark.parametrize(
    ("text", "place", "message"), FAULTS, ids=[text[:12] for text, *_ in FAULTS]
)
def test_a_fault_in_text_says_where_and_what(text: str, place: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        condition_of_text(text)

    (fault,) = refused.value.faults
    assert message in f"{fault.message} {fault.remedy}"
    assert str(fault.place).startswith(place)


def test_fields_of_one_object_all_hold() -> None:
    read = condition_of_data(
        {
            "classes": ["Server"],
            "tiers": [0, 1],
            "environments": [],
            "owners": None,
            "stale": False,
            "tag": {"name": "exempt", "value": None},
            "any": [{"namePrefix": "a"}, {"where": "tier<=1"}],
        },
        HERE,
    )

    assert read == AllOf(
        (
            OfClass(frozenset({"Server"})),
            _one("tier", 0, 1),
            Not(Stale()),
            Attribute("tag.exempt", Exists()),
            AnyOf((Attribute("name", StartsWith("a")), Attribute("tier", AtMost(1)))),
        )
    )


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "filter"),
        ({"clases": ["Server"]}, "filter"),
        ({"classes": [1]}, "filter (classes)"),
        ({"any": {}}, "filter (any)"),
        ({"any": [{"stale": 1}]}, "filter (any[0].stale)"),
        ({"not": {"refs": [{}]}}, "filter (not.refs[0])"),
        ({"refs": [{"key": "a", "id": "b"}]}, "filter (refs[0])"),
        ({"attribute": {"name": "tier", "is": {}}}, "filter (attribute)"),
        ({"attribute": {"name": "tier", "is": {"atLeast": True}}}, "filter (attribute.is.atLeast)"),
        ({"attribute": {"name": "tier", "is": {"equals": [1]}}}, "filter (attribute.is.equals)"),
        ({"attribute": {"name": "tier", "is": {"equals": {}}}}, "filter (attribute.is.equals)"),
        ({"related": {"end": "LEFT"}}, "filter (related)"),
        ({"related": {"ends": "SOURCE"}}, "filter (related)"),
        ({"changedSince": {"revision": "1"}}, "filter (changedSince)"),
        ({"where": "("}, "filter:2 (where)"),
    ],
    ids=str,
)
def test_a_fault_in_json_says_where(data: object, place: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        condition_of_data(data, HERE)

    assert [str(each.place) for each in refused.value.faults] == [place]


def test_all_faults_in_json_come_at_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        condition_of_data({"clases": 1, "tag": 2, "any": [{"stale": 3}]}, HERE)

    assert len(refused.value.faults) == 3


def test_depth_and_terms_are_counted() -> None:
    tree = AllOf((Not(AnyOf((Text("a"), _one("tier", 1, 2, 3)))), Stale()))

    assert depth(tree) == 3
    assert terms(tree) == 5
