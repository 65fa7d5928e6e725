"""Confirming a proposed group changes exactly what the proposal announced."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.model.impact_state import ImpactState
from graph_service.model.observation import Event
from graph_service.model.vocabulary import packaged
from graph_service.projection.confirmed import one_is_enough
from graph_service.use_cases.impact.impact_answer import Outcome
from graph_service.use_cases.inventory.references import CIRef
from graph_service.use_cases.product import Product, joined
from graph_service.use_cases.redundancy.proposal import Proposal
from tests.builders import ADA, TickingClock
from tests.property.worlds import World, same, snapshot_of
from tests.property.worlds import worlds as worlds_at_large
from tests.readings import opened, relates, says

CLASSES = {
    "db-1": "Database",
    "db-2": "Database",
    "db-3": "Database",
    "vm-a": "VirtualMachine",
    "vm-b": "VirtualMachine",
    "api": "Application",
    "cluster": "DatabaseCluster",
    "lb": "LoadBalancer",
    "shop": "BusinessService",
    "pay": "BusinessService",
}
KEYS = [*CLASSES]

BACKBONE = [
    *(("shop", "api", "DEPENDS_ON"), ("pay", "lb", "DEPENDS_ON"), ("api", "db-1", "DEPENDS_ON")),
    *(("api", "db-2", "DEPENDS_ON"), ("lb", "vm-a", "DEPENDS_ON"), ("lb", "vm-b", "DEPENDS_ON")),
    *(("db-1", "cluster", "MEMBER_OF"), ("db-2", "cluster", "MEMBER_OF")),
    *(("api", "cluster", "DEPENDS_ON"), ("cluster", "db-1", "DEPENDS_ON")),
    *(("db-1", "vm-a", "RUNS_ON"), ("db-1", "db-3", "FAILS_OVER_TO")),
]
"""What makes most worlds look like something."""

_attributes: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}] * 8
    + [
        {"group": "g"},
        {"group": "g"},
        {"group": "g", "role": "STANDBY"},
        {"strength": "SOFT", "evidence": "tried"},
        {"toleranceMinutes": 5},
    ]
)
_types = st.sampled_from(
    ["DEPENDS_ON"] * 6
    + ["MEMBER_OF"] * 3
    + ["RUNS_ON", "USES", "FAILS_OVER_TO", "FAILS_OVER_TO", "REPLICATES_TO", "POWERED_BY"]
)
_rules: st.SearchStrategy[dict[str, Any] | None] = st.sampled_from(
    [
        *([None] * 3),
        *({}, {"k": 1}, {"k": 2, "kFull": 3}, {"percent": 50}, {"mode": "AUTO"}),
        *({"kFull": 2}, {"mode": "MANUAL", "switchMinutes": 5}, {"strength": "SOFT"}),
    ]
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Event]:
    """Draw what a data source says of a small estate in which much looks redundant."""
    cis: list[Event] = []
    for key, class_name in CLASSES.items():
        said: dict[str, Any] = {
            "environment": draw(st.sampled_from(["PRODUCTION", "PRODUCTION", "TEST"])),
            "lifecycle": draw(st.sampled_from(["LIVE"] * 7 + ["RETIRED"])),
        }
        for group in ("g", "members"):
            if (rules := draw(_rules)) is not None:
                said[f"redundancy.{group}"] = rules
        cis.append(says(key, class_name, key=key, **said))
    pairs = st.sampled_from([(a, b) for a in KEYS for b in KEYS if a != b])
    drawn = draw(
        st.lists(
            st.tuples(pairs, _types, _attributes),
            max_size=12,
            unique_by=lambda each: (each[0], each[1]),
        )
    )
    known = {(*ends, named) for ends, named, _ in drawn}
    backbone = draw(st.lists(st.sampled_from(BACKBONE), min_size=4, unique=True))
    drawn += [((a, b), named, {}) for a, b, named in backbone if (a, b, named) not in known]
    return [
        *cis,
        *(relates(one, other, named, **attributes) for (one, other), named, attributes in drawn),
    ]


async def down_without(product: Product, key: str) -> dict[str, bool]:
    """Return what goes down if one CI alone is lost, by key, and whether it bears value."""
    answer = await product.questions.impact([(CIRef(key=key), ImpactState.DOWN)], start_all_up=True)
    rows = answer.rows(Outcome.AFFECTED)
    return {each.ci.key: each.ci.value_bearing for each in rows if each.after == ImpactState.DOWN}


async def check_the_announcement(events: Sequence[Event], data: st.DataObject) -> None:
    """Confirm one proposal and ask again, by the way everybody asks."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder) / "estate.db") as estate:
            await estate.take_in(*events)
            product = joined(estate.store, packaged(), clock=TickingClock(), follows=False)
            proposals = (await product.redundancy.queue()).proposals
            if not proposals:
                return
            chosen: Proposal = data.draw(st.sampled_from(list(proposals)))
            keys = [each.ci.key for each in chosen.members]
            now = [await down_without(product, each) for each in keys]

            await product.redundancy.confirm([chosen.id], actor=ADA)

            then = [await down_without(product, each) for each in keys]
            relieved = {
                key: bears
                for one, other in zip(now, then, strict=True)
                for key, bears in one.items()
                if key not in other
            }
            effect = chosen.effect
            assert effect is not None
            assert {each.key for each in effect.services} == {
                key for key, bears in relieved.items() if bears
            }
            assert effect.ci_count == len(relieved)
            assert [(each.member.key, each.down_now, each.down_then) for each in effect.losses] == [
                (key, sum(one.values()), sum(other.values()))
                for key, one, other in zip(keys, now, then, strict=True)
            ]
            left = (await product.redundancy.queue()).by_id()
            assert chosen.id not in left


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=worlds(), data=st.data())
def test_confirming_gives_exactly_the_effect_that_was_announced(
    events: list[Event], data: st.DataObject
) -> None:
    """Whatever the estate: services, all CIs, and each member's loss."""
    asyncio.run(check_the_announcement(events, data))


@given(worlds_at_large())
def test_one_is_enough_is_what_saying_k_1_everywhere_gives(world: World) -> None:
    """Where nobody says k; whoever says it is believed."""
    snapshot = snapshot_of(world)
    groups = snapshot.groups
    said = world
    for number in np.flatnonzero(~groups.k_known).tolist():
        key, name = snapshot.keys[int(groups.owner[number])], f"redundancy.{groups.name[number]}"
        (owner,) = (each for each in said.cis if each.key == key)
        rules = {**owner.attributes.get(name, {}), "k": 1}
        kept = {each: value for each, value in rules.items() if each != "percent"}
        said = said.with_ci(key, **{name: kept})

    found = one_is_enough(snapshot)

    assert np.array_equal(found.groups.rule, snapshot_of(said).groups.rule)
    assert same(replace(found, groups=groups), snapshot)
