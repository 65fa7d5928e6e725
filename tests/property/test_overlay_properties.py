"""What edits would make of the estate is what they make of it once they are written."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_service.model.ci import CI
from graph_service.model.condition import Condition
from graph_service.model.edit import CreateCi, Edit, EditRef, RetireCi, SetRedundancyGroup
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.projection.projected import Projections
from graph_service.reconcile.deferred import UNRESOLVED
from graph_service.store import CIOrder, CIQuery, EstateReader
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.estates.finding_in_memory import count_in, page_in
from graph_service.use_cases.estates.overlay import NOBODY, Overlay, names_of, overlaid
from graph_service.use_cases.estates.past_estate import PastEstate
from tests.conditions import settled_leaves, trees
from tests.property.test_estate_invariants import (
    KEYS,
    SOURCES,
    TYPES,
    Step,
    do,
    edits,
    readings,
    refs,
)
from tests.property.worlds import same
from tests.readings import Estate, opened

AS_DRAWN = (Phase.explicit, Phase.generate)
"""Every example takes a store of its own, so a failing one is shown as it was drawn."""

groups = st.builds(
    lambda dependant, k, members: SetRedundancyGroup(
        dependant=dependant,
        name="g",
        rules={"k": k},
        members=tuple((each, False) for each in members),
    ),
    refs,
    st.integers(1, 2),
    st.lists(refs, max_size=2, unique=True),
)
fresh = st.builds(
    lambda key, name: CreateCi(class_name="Api", name=name, key=key),
    st.sampled_from(["", "k4", "k5"]),
    st.sampled_from(["same", "k1"]),
)
overlays = st.lists(st.one_of(edits, groups, fresh), min_size=1, max_size=5)


async def _all_of(estate: EstateReader) -> dict[str, Any]:
    """Read everything there is, by id; the versions of records apart."""
    found = (await estate.find_cis(CIQuery(include_retired=True, limit=1_000))).cis
    ids = [str(each.id) for each in found]
    relationships = await estate.relationships_of(ids, include_retired=True)
    subjects = [*ids, *(each.id for each in relationships)]
    native_keys = [*subjects, *KEYS, *(f"retirement:{each}" for each in subjects)]
    return {
        "cis": [_unversioned(each) for each in found],
        "by id": {id_: _unversioned(each) for id_, each in (await estate.cis(ids)).items()},
        "by key": sorted(await estate.cis_by_key([*KEYS, "k4", "k5", "CI-000001", "CI-000006"])),
        "by name": [
            [each.id for each in await estate.cis_by_name(name, limit)]
            for name in (*KEYS, "same")
            for limit in (1, 10)
        ],
        "pages": [
            [each.id for each in (await estate.find_cis(query)).cis]
            for query in (
                CIQuery(limit=2),
                CIQuery(limit=2, after=("k1", "")),
                CIQuery(text="k same"),
                CIQuery(tiers=frozenset({0, 1, 2})),
                CIQuery(classes=frozenset({"Api"}), name_prefix="k"),
            )
        ],
        "relationships": [_unversioned(each) for each in relationships],
        "living": [each.id for each in await estate.relationships_of(ids)],
        "claims of": await estate.claims_of(subjects),
        "claims": [await estate.claims(each, native_keys) for each in (*SOURCES, "manual")],
        "unresolved": await estate.records(UNRESOLVED, limit=1_000),
    }


def _unversioned(record: CI | Relationship) -> CI | Relationship:
    return replace(record, revision=0)


async def _written(estate: Estate, overlay: Overlay, asked: list[Edit]) -> None:
    """Write the edits that were not at fault, with the ids and at the instant of the overlay."""
    at_fault = {int(each.place.path.split("[")[1].split("]")[0]) for each in overlay.faults}
    usable = [each for index, each in enumerate(asked) if index not in at_fault]
    head = await estate.store.head()
    editing = Editing(
        estate.store,
        packaged(),
        clock=lambda: datetime.fromisoformat(head.at),
        new_id=names_of(overlay.digest),
    )
    await editing.edit(usable, actor=NOBODY, reason="")


@settings(max_examples=25, deadline=None, phases=AS_DRAWN)
@given(steps=st.lists(readings, min_size=1, max_size=4), asked=overlays)
def test_an_overlay_is_what_editing_then_writes(steps: list[Step], asked: list[Edit]) -> None:
    """Every answer of the hypothetical estate is that of the written one, arrays included."""

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "estate.db") as estate:
                for step in steps:
                    await do(estate, step)
                head = await estate.store.head()
                if not head.revision:
                    return
                past = PastEstate(estate.store, head)
                overlay = await overlaid(past, packaged(), [*enumerate(asked)])
                would_be = await _all_of(overlay.estate)
                current = CurrentEstate(estate.store, packaged())
                projections = Projections(estate.store, current, packaged())
                drawn = await projections.snapshot(head, overlay.images)
                untouched = await _all_of(estate.store)
                assert await _all_of(past) == untouched

                await _written(estate, overlay, asked)

                is_ = await _all_of(estate.store)
                for question, answer in is_.items():
                    assert would_be[question] == answer, question
                snapshot = await CurrentEstate(estate.store, packaged()).snapshot()
                assert same(replace(drawn, revision=0, at=""), replace(snapshot, revision=0, at=""))
                assert await _all_of(past) == {**untouched, "unresolved": is_["unresolved"]}

    asyncio.run(work())


@settings(max_examples=20, deadline=None, phases=AS_DRAWN)
@given(
    steps=st.lists(readings, min_size=1, max_size=3),
    asked=overlays,
    where=trees(
        settled_leaves(["ci_000002", "ci_000003"], ["Server", "Api"], TYPES, [*SOURCES, "manual"])
    ),
    order=st.sampled_from(CIOrder),
    limit=st.sampled_from([1, 2, 50]),
)
def test_finding_in_an_overlay_is_scanning_it(
    steps: list[Step], asked: list[Edit], where: Condition, order: CIOrder, limit: int
) -> None:
    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "estate.db") as estate:
                for step in steps:
                    await do(estate, step)
                past = PastEstate(estate.store, await estate.store.head())
                overlay = await overlaid(past, packaged(), [*enumerate(asked)])
                would_be = overlay.estate
                scanned = (await estate.store.find_cis(CIQuery(include_retired=True))).cis
                ids = {each.id for each in (*scanned, *overlay.images.cis)}
                everything = (await would_be.cis(ids)).values()
                for descending in (False, True):
                    query = CIQuery(where=where, order=order, descending=descending, limit=limit)
                    assert await would_be.find_cis(query) == await page_in(
                        would_be, everything, query
                    )
                    assert await would_be.count_cis(query) == await count_in(
                        would_be, everything, query
                    )

    asyncio.run(work())


@settings(max_examples=20, deadline=None, phases=AS_DRAWN)
@given(steps=st.lists(readings, min_size=1, max_size=2), asked=overlays)
def test_asking_writes_nothing(steps: list[Step], asked: list[Edit]) -> None:
    """The store is as it was, and asking again draws the same ids."""

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "estate.db") as estate:
                for step in steps:
                    await do(estate, step)
                head = await estate.store.head()
                before = await _all_of(estate.store)
                past = PastEstate(estate.store, head)
                once = await overlaid(past, packaged(), [*enumerate(asked)])
                again = await overlaid(past, packaged(), [*enumerate(asked)])
                assert once.images == again.images
                assert once.faults == again.faults
                assert await _all_of(estate.store) == before
                assert await estate.store.head() == head

    asyncio.run(work())


@pytest.mark.anyio
async def test_what_leans_on_an_edit_at_fault_is_at_fault_itself(tmp_path: Path) -> None:
    async with opened(tmp_path / "estate.db") as estate:
        asked: list[Edit] = [
            CreateCi(class_name="Nonsense", name="spare", key="spare"),
            RetireCi(ci=EditRef(key="spare")),
            CreateCi(class_name="Api", name="kept", key="kept"),
        ]
        past = PastEstate(estate.store, await estate.store.head())

        overlay = await overlaid(past, packaged(), [*enumerate(asked)])

        assert [(each.code, each.place.path) for each in overlay.faults] == [
            ("UNKNOWN_CLASS", "edits[0].createCi.class"),
            ("CI_NOT_FOUND", "edits[1].retireCi"),
        ]
        assert [each.key for each in overlay.images.cis] == ["kept"]
