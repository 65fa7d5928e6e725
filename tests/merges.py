"""Small worlds in which two data sources and a person speak of CIs that may be one."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graph_service.model.ci import Presence
from graph_service.model.claim import Claim
from graph_service.model.edit import Edit, EditRef, MergeCis, SetRelationship, SplitCi, UpdateCi
from graph_service.model.observation import Event
from tests.builders import ADA
from tests.readings import Estate, relates, says

KEYS = ("a0", "a1", "a2", "b0", "b1", "b2")
TYPES = ("DEPENDS_ON", "USES", "MEMBER_OF")


@dataclass(frozen=True, slots=True)
class MergeWorld:
    """What is said, what is stated by hand, and which CIs are merged into which, in that order."""

    said: dict[str, list[Event]]
    stated: list[Edit]
    merges: list[tuple[str, tuple[str, ...]]]
    parted: list[str]


def merge_world(random: Random) -> MergeWorld:
    """Draw one."""
    choices: list[list[tuple[str, tuple[str, ...]]]] = [
        [("a0", ("b0",))],
        [("a0", ("a1",))],
        [("a0", ("b0", "b1"))],
        [("a0", ("b0",)), ("a0", ("b1",))],
        [("a0", ("b0",)), ("a1", ("a0",))],
        [("a0", ("b0",)), ("b1", ("b2",)), ("b1", ("a0",))],
    ]
    merges = random.choice(choices)
    parted = [each for _, absorbed in merges for each in absorbed]
    random.shuffle(parted)
    said = {source: [*_said_by(source, random)] for source in "ab"}
    return MergeWorld(said, [*_stated(random)], merges, parted)


def _said_by(source: str, random: Random) -> Sequence[Event]:
    own = [key for key in KEYS if key.startswith(source)]
    cis: list[Event] = []
    for key in own:
        attributes: dict[str, Any] = {
            name: random.choice(["x", "y"])
            for name in ("owner", "supportGroup", "region")
            if random.random() < 0.5
        }
        if random.random() < 0.3:
            attributes["redundancy_db"] = {"k": random.randint(1, 2)}
        class_name = random.choice(["Application", "Api"])
        cis.append(says(key, class_name, name=random.choice(["", key.upper()]), **attributes))
    pairs = {(random.choice(KEYS), random.choice(TYPES), random.choice(KEYS)) for _ in range(8)}
    return [
        *cis,
        *(
            relates(first, second, type_, port=random.randint(1, 3))
            for first, type_, second in sorted(pairs)
            if first != second
        ),
    ]


def _stated(random: Random) -> Sequence[Edit]:
    edits: list[Edit] = []
    for key in KEYS:
        if random.random() < 0.4:
            attributes = {"owner": random.choice(["Ada", "Bob"])}
            edits.append(UpdateCi(ci=EditRef(key=key), attributes=attributes))
        if random.random() < 0.2:
            edits.append(UpdateCi(ci=EditRef(key=key), name=f"{key} by hand"))
    for _ in range(2):
        first, second = random.sample(KEYS, 2)
        edits.append(
            SetRelationship(
                source=EditRef(key=first),
                type=random.choice(TYPES),
                target=EditRef(key=second),
                attributes={"port": 4},
            )
        )
    return edits


def merging(survivor: str, *others: str, **values: object) -> MergeCis:
    """Return a merge by keys."""
    refs = tuple(EditRef(key=each) for each in others)
    return MergeCis(survivor=EditRef(key=survivor), others=refs, values=values)


async def begin(estate: Estate, world: MergeWorld) -> None:
    """Let everybody speak."""
    await say(estate, world)
    if world.stated:
        await estate.editing.edit(world.stated, actor=ADA, reason="as it is")


async def say(estate: Estate, world: MergeWorld) -> None:
    """Let the data sources say what they say, again."""
    for source, events in world.said.items():
        await estate.take_in(*events, data_source=source, complete=True)


async def merge_all(estate: Estate, world: MergeWorld) -> None:
    """Merge."""
    for survivor, others in world.merges:
        await estate.editing.edit([merging(survivor, *others)], actor=ADA, reason="the same")


async def split_all(estate: Estate, world: MergeWorld) -> None:
    """Split again, in any order: a CI may be within one that is within another."""
    for key in world.parted:
        split = SplitCi(ci=EditRef(key=key), absorbed=EditRef(key=key))
        await estate.editing.edit([split], actor=ADA, reason="not the same")


async def everything(estate: Estate) -> object:
    """Return all that is there and all that is claimed of it, by keys."""
    cis = await estate.cis()
    keys = {str(each.id): each.key for each in cis.values()}
    drawn = await estate.store.relationships_of(keys.keys(), include_retired=True)
    names = {str(each.id): f"{keys[each.source]} {each.type} {keys[each.target]}" for each in drawn}
    claims = await estate.store.claims_of([*keys, *names])
    return (
        {
            key: (each.name, each.class_name, each.presence, dict(each.attributes))
            for key, each in cis.items()
        },
        {
            names[each.id]: (dict(each.attributes), each.origin)
            for each in drawn
            if each.presence is not Presence.RETIRED
        },
        {
            (each.data_source, each.native_key): (
                {**keys, **names}[each.subject],
                _content(each, keys),
                each.digest,
            )
            for some in claims.values()
            for each in some
            if each.live
        },
        await estate.unresolved(),
    )


def _content(claim: Claim, keys: dict[str, str]) -> dict[str, object]:
    return {
        name: keys.get(str(value), value) if name in {"source", "target"} else value
        for name, value in claim.content.items()
    }
