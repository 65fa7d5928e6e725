"""What a reading may say, and everything wrong with it at once."""

import pytest

from graph_service.model.errors import Fault
from graph_service.model.observation import (
    CIObservation,
    Event,
    Reference,
    RelationshipObservation,
)
from graph_service.model.relationship import Origin
from graph_service.model.vocabulary import packaged
from graph_service.reconcile.listening import Listening
from graph_service.store import ClaimIndex
from tests.readings import reading, relates, says

NOTHING = ClaimIndex([], [], [], [], [])


def heard(*events: Event, strict: bool = True) -> Listening:
    listening = Listening(reading(strict=strict), NOTHING, packaged(), "run_1")
    for each in events:
        listening.hear(each)
    return listening


def faults(*events: Event, strict: bool = True) -> list[Fault]:
    return [fault for fault, _ in heard(*events, strict=strict).quarantined]


def codes(*events: Event) -> list[str]:
    return [each.code for each in faults(*events)]


@pytest.mark.parametrize(
    ("observation", "code", "path", "remedy"),
    [
        (says("a", "Serwer"), "UNKNOWN_CLASS", "cis[a].class", "Server"),
        (says("a", "Service"), "ABSTRACT_CLASS", "cis[a].class", "BusinessService"),
        (says("a", langage="Go"), "UNKNOWN_ATTRIBUTE", "cis[a].attributes.langage", "language"),
        (says("a", engine="x"), "UNKNOWN_ATTRIBUTE", "cis[a].attributes.engine", "Database"),
        (says("a", tier="1"), "INVALID_VALUE", "cis[a].attributes.tier", "digits"),
        (says("a", tier=7), "INVALID_VALUE", "cis[a].attributes.tier", "4"),
        (says("a", environment="PROD"), "INVALID_VALUE", "cis[a].attributes.environment", "DR"),
        (says(""), "INVALID_NAME", "cis[].key", ""),
        (says("a", name="x\x00"), "INVALID_NAME", "cis[a].name", "take it out"),
        (says("a", redundancy_db={"k": 0}), "INVALID_GROUP", "cis[a].redundancy.db.k", "least"),
        (says("a", redundancy_db={"k": "2"}), "INVALID_GROUP", "cis[a].redundancy.db.k", ""),
        (
            says("a", redundancy_db={"k": 3, "kFull": 2}),
            "INVALID_GROUP",
            "cis[a].redundancy.db.kFull",
            "at least",
        ),
        (
            says("a", redundancy_db={"k": 1, "percent": 50}),
            "INVALID_GROUP",
            "cis[a].redundancy.db.percent",
            "one",
        ),
        (
            says("a", redundancy_g={"percent": 0}),
            "INVALID_GROUP",
            "cis[a].redundancy.g.percent",
            "",
        ),
        (
            says("a", redundancy_g={"percent": 101}),
            "INVALID_GROUP",
            "cis[a].redundancy.g.percent",
            "",
        ),
        (
            says("a", redundancy_g={"mode": "auto"}),
            "INVALID_GROUP",
            "cis[a].redundancy.g.mode",
            "AUTO",
        ),
        (says("a", redundancy_g={"quorum": 2}), "INVALID_GROUP", "cis[a].redundancy.g.quorum", "k"),
        (says("a", redundancy_g=2), "INVALID_GROUP", "cis[a].redundancy.g", "{k: 2}"),
        (says("a", redundancy_={}), "INVALID_GROUP", "cis[a].redundancy.", ""),
        (relates("a", "b", group="g" * 201), "INVALID_VALUE", "relationships[a b].group", "200"),
        (says("a", origin=Origin.MANUAL), "INVALID_ORIGIN", "cis[a]", "DECLARED"),
        (relates("a", "b", "DEPENDS"), "UNKNOWN_TYPE", "relationships[a b].type", "DEPENDS_ON"),
        (relates("a", "a"), "SELF_LOOP", "relationships[a a]", "two different ends"),
        (relates("a", ""), "INVALID_NAME", "relationships[a ].target", ""),
        (relates("a", "b", prt=80), "UNKNOWN_ATTRIBUTE", "relationships[a b].prt", "port"),
        (relates("a", "b", strength="W"), "INVALID_VALUE", "relationships[a b].strength", "SOFT"),
        (relates("a", "b", port=70_000), "INVALID_VALUE", "relationships[a b].port", "65535"),
        (relates("a", "b", role="STANDBY"), "INVALID_GROUP", "relationships[a b].role", "group"),
        (relates("a", "b", uplink="SOURCE"), "INVALID_VALUE", "relationships[a b].uplink", ""),
        (relates("a", "b", "OWNED_BY", group="g"), "INVALID_GROUP", "relationships[a b].group", ""),
        (
            relates("a", Reference(key="b", class_name="Sever")),
            "UNKNOWN_CLASS",
            "relationships[a Sever b].target",
            "Server",
        ),
    ],
)
def test_names_place_and_remedy(
    observation: CIObservation | RelationshipObservation, code: str, path: str, remedy: str
) -> None:
    """Every fault says what is wrong, where, and what to do; misspelt names with the nearest."""
    found = faults(observation)

    assert [each.code for each in found] == [code]
    assert found[0].place.path == path
    assert remedy in found[0].remedy


def test_names_all_faults_at_once() -> None:
    """A file is corrected in one go, not fault by fault."""
    found = codes(
        says("a", "Serwer", name="\x01", nonsense=1),
        relates("a", "a", "DEPENDZ", port=-1),
        says("b", tier=9, environment="?"),
    )

    assert sorted(found) == sorted(
        [
            "INVALID_NAME",
            "UNKNOWN_CLASS",
            "UNKNOWN_ATTRIBUTE",
            "UNKNOWN_TYPE",
            "SELF_LOOP",
            "INVALID_VALUE",
            "INVALID_VALUE",
            "INVALID_VALUE",
        ]
    )


def test_refuses_one_key_described_twice() -> None:
    """The second description of a key is a fault that says where the first one is."""
    found = faults(says("a", tier=1), says("a", tier=2))

    assert [each.code for each in found] == ["DUPLICATE_KEY"]
    assert "notes.txt" in found[0].message


def test_refuses_one_relationship_described_twice() -> None:
    """The same ends and type, twice: even in the same words, a person meant something else."""
    assert codes(relates("a", "b"), relates("a", "b")) == ["DUPLICATE_RELATIONSHIP"]


def test_bears_repetition_from_programs() -> None:
    """A program that says the same twice is noted; what contradicts it comes too late."""
    said = says("a", tier=1)
    listening = heard(said, said, says("a", tier=2), strict=False)

    assert [each.code for each in listening.findings] == ["DUPLICATE"]
    assert [fault.code for fault, _ in listening.quarantined] == ["DUPLICATE_KEY"]
    assert listening.cis["a"].attributes == {"tier": 1}


def test_finds_keys_equal_that_look_equal() -> None:
    """Composed and decomposed letters are one key, and so is a self-loop between them."""
    assert codes(says("café"), says("cafe\u0301")) == ["DUPLICATE_KEY"]
    assert codes(relates("café", "cafe\u0301")) == ["SELF_LOOP"]


def test_believes_a_soft_word_of_a_person() -> None:
    """A person may call a dependency soft without evidence; the plan says that nothing backs it."""
    listening = heard(relates("a", "b", strength="SOFT"))

    (statement,) = listening.relationships.values()
    assert statement.attributes == {"strength": "SOFT"}
    assert [each.code for each in listening.findings] == ["WEAK_WITHOUT_EVIDENCE"]


@pytest.mark.parametrize("strength", ["SOFT", "ADVISORY", "NONE"])
def test_does_not_believe_a_soft_word_of_a_program(strength: str) -> None:
    """A program that calls a dependency softer than its type must show why."""
    listening = heard(relates("a", "b", strength=strength), strict=False)

    (statement,) = listening.relationships.values()
    assert statement.attributes == {}
    assert [each.code for each in listening.findings] == ["WEAK_WITHOUT_EVIDENCE"]


def test_believes_evidence() -> None:
    """With evidence, and for what only hardens, no question is asked."""
    listening = heard(
        relates("a", "b", strength="SOFT", evidence="queue, tested 2026-10-02"),
        relates("a", "c", "SENDS_DATA_TO", strength="HARD"),
        strict=False,
    )

    strengths = [each.attributes["strength"] for each in listening.relationships.values()]
    assert strengths == ["SOFT", "HARD"]
    assert not listening.findings


def test_keeps_no_attribute_in_quarantine() -> None:
    """What is kept of a bad record names it, and holds nothing that might be secret."""
    listening = heard(says("a", "Serwer", description="password is hunter2"), strict=False)

    assert listening.quarantined[0][1] == {"nativeKey": "a", "class": "Serwer"}


def test_reads_text_values_as_the_class_asks() -> None:
    """A document of text gives typed attributes; an empty field says nothing."""
    said = says("a", "Server", text_values=True, tier="2", cpuCount="8", owner="", assetTag=12)

    assert heard(said).cis["a"].attributes == {"tier": 2, "cpuCount": 8, "assetTag": "12"}


def test_refuses_attributes_no_json_can_hold() -> None:
    """A value that cannot be kept is a fault like any other, however deep it sits."""
    assert codes(says("a", labels={"a": 2**70}), says("b", labels={"x": "\ud800"})) == [
        "INVALID_VALUE",
        "INVALID_VALUE",
    ]


@pytest.mark.parametrize(
    "key", ["') DETACH DELETE n //", "x'; DROP TABLE ci; --", "ключ", "x" * 10_240]
)
def test_takes_odd_keys_as_keys(key: str) -> None:
    """Keys that look like commands, of any script and length, are keys."""
    listening = heard(says(key), relates(key, "b"))

    assert not listening.quarantined
    assert key in listening.cis
