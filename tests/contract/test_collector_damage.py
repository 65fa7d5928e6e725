"""Documents that were damaged on their way: an answer that names the place, never a crash."""

import random
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from graph_service import (
    Event,
    Fault,
    InvalidInputError,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
)

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [
    ("estate", "tests/fixtures/estate/shop.yaml"),
    ("estate", "seed/story.yaml"),
    ("csv", "tests/fixtures/csv/cis.csv"),
    ("csv", "tests/fixtures/csv/relationships.csv"),
    ("kubernetes", "tests/fixtures/kubernetes/shop.yaml"),
    ("people", "tests/fixtures/people/staff.csv"),
    ("people", "tests/fixtures/people/directory.json"),
    ("compose", "tests/fixtures/compose/shop.yaml"),
]
DAMAGES = 150
SPLINTERS = [
    *(bytes([each]) for each in b"{}[]:,-#&*!|>'\"%@`\n\t ?~<0aZ\xff\x00"),
    *(b"{{ x }}", b"&a ", b"*a", b"<<: ", b"? ", b"!!x ", b"---\n", b"null", b"\xc3\xa9", b"1e999"),
]


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Return the content with a few bytes lost, doubled, put in, or everything after cut off."""
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(content) + 1)
        length = dice.randint(1, 40)
        content = dice.choice(
            [
                content[:at] + content[at + length :],
                content[:at] + content[at : at + length] * 2 + content[at + length :],
                content[:at] + dice.choice(SPLINTERS) + content[at:],
                content[:at] + dice.choice(SPLINTERS) + content[at + 1 :],
                content[: max(at, len(content) // 2)],
            ]
        )
    return content


@pytest.mark.parametrize(("name", "path"), DOCUMENTS)
def test_a_damaged_document_is_read_or_refused(name: str, path: str) -> None:
    """Either everything was read, or something is said to be wrong and where; never both."""
    collector = entry_points(group="graph_service.collectors")[name].load()
    whole = (ROOT / path).read_bytes()

    for seed in range(DAMAGES):
        content = damaged(whole, random.Random(seed))  # noqa: S311 - damage, not a secret
        events: list[Event] = []
        faults: list[Fault] = []
        try:
            readings = collector.readings(ReadingRequest(documents=[("sent", content)]))
            events = [event for each in readings for event in each.events]
        except InvalidInputError as error:
            faults += error.faults

        faults += (each.fault for each in events if isinstance(each, Unreadable))
        to_the_end = any(isinstance(each, ReadToTheEnd) for each in events)
        assert to_the_end != bool(faults), (seed, [str(each) for each in faults])
        assert all(each.place.document == "sent" for each in faults)
