"""What is true of the estate after anything that data sources and people do to it."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    ReactivateCi,
    RetireCi,
    RetireRelationship,
    SetRelationship,
    UpdateCi,
)
from graph_service.model.errors import GraphServiceError
from graph_service.model.observation import Event, Reference
from graph_service.model.relationship import Relationship
from graph_service.reconcile.effective import RETIREMENT, merged, ranked
from tests.builders import ADA
from tests.readings import Estate, opened, relates, says

KEYS = ("k0", "k1", "k2", "k3")
SOURCES = ("a", "b")
TYPES = ("DEPENDS_ON", "USES")

keys = st.sampled_from(KEYS)
references = st.one_of(
    keys.map(lambda key: Reference(key=key)),
    st.builds(
        lambda key, source: Reference(key=key, data_source=source), keys, st.sampled_from(SOURCES)
    ),
    keys.map(lambda key: Reference(key=key, class_name="Server")),
)
cis = st.builds(
    lambda key, class_name, tier: says(key, class_name, tier=tier),
    keys,
    st.sampled_from(["Server", "Api"]),
    st.integers(0, 4),
)
relationships = st.builds(
    lambda source, target, type_, port: relates(source, target, type_, port=port),
    references,
    references,
    st.sampled_from(TYPES),
    st.integers(1, 2),
).filter(lambda each: each.source.key != each.target.key)
readings = st.tuples(
    st.sampled_from(SOURCES),
    st.lists(st.one_of(cis, relationships), min_size=1, max_size=6),
    st.booleans(),
)
refs = keys.map(lambda key: EditRef(key=key))
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(lambda key: CreateCi(class_name="Api", name=key, key=key), keys),
    st.builds(
        lambda ref, tier: UpdateCi(ci=ref, attributes={"tier": tier}), refs, st.integers(0, 4)
    ),
    st.builds(lambda ref: UpdateCi(ci=ref, withdraw=frozenset({"tier"})), refs),
    refs.map(lambda ref: RetireCi(ci=ref)),
    refs.map(lambda ref: ReactivateCi(ci=ref)),
    st.builds(
        lambda source, target, type_: SetRelationship(source=source, type=type_, target=target),
        refs,
        refs,
        st.sampled_from(TYPES),
    ),
    st.builds(
        lambda source, target, type_: RetireRelationship(source=source, type=type_, target=target),
        refs,
        refs,
        st.sampled_from(TYPES),
    ),
)
Step = tuple[str, list[Event], bool] | Edit


async def everything(estate: Estate) -> tuple[list[CI], list[Relationship], dict[str, list[Claim]]]:
    every_ci = [*(await estate.cis()).values()]
    drawn = await estate.store.relationships_of(
        [each.id for each in every_ci], include_retired=True
    )
    ids: list[str] = [each.id for each in every_ci]
    claims = await estate.store.claims_of([*ids, *(each.id for each in drawn)])
    return every_ci, drawn, claims


def is_kept(claims: list[Claim]) -> bool:
    """Say from first principles whether a record exists: somebody says so, no person denies it."""
    denied = any(
        each.live and each.data_source == MANUAL and each.native_key.startswith(RETIREMENT)
        for each in claims
    )
    vouched = any(
        each.live and not each.native_key.startswith(RETIREMENT) and not each.content.get("partial")
        for each in claims
    )
    return vouched and not denied


async def check(estate: Estate) -> None:
    every_ci, drawn, claims = await everything(estate)
    living = {each.id for each in every_ci if each.presence is not Presence.RETIRED}
    for ci in every_ci:
        assert (ci.id in living) is is_kept(claims.get(ci.id, []))
        if ci.id in living:
            assert ci.attributes == merged(ranked(claims[ci.id]))
    for each in drawn:
        is_living = each.presence is not Presence.RETIRED
        assert is_living is is_kept(claims.get(each.id, []))
        if is_living:
            assert {each.source, each.target} <= living
            assert each.attributes == merged(ranked(claims[each.id]))
    await check_unresolved(estate, claims)


async def check_unresolved(estate: Estate, claims: dict[str, list[Claim]]) -> None:
    """No reference is both resolved and unresolved; one whose ends are all there is neither."""
    resolved = {
        (each.data_source, each.native_key)
        for some in claims.values()
        for each in some
        if each.live and each.is_of_relationship
    }
    by_key = await estate.cis()
    for record in await estate.store.records("unresolved", limit=1_000):
        data = record.data
        assert (data["dataSource"], data["nativeKey"]) not in resolved
        assert data["missing"]
        for end, name in (("source", "SOURCE"), ("target", "TARGET")):
            reference = data[end]
            is_bare = not (reference["id"] or reference["class"] or reference["dataSource"])
            known = by_key.get(reference["key"])
            if name in data["missing"] and is_bare and known:
                assert known.presence is Presence.RETIRED


async def do(estate: Estate, step: Step) -> None:
    if isinstance(step, tuple):
        source, events, complete = step
        await estate.take_in(*events, data_source=source, complete=complete)
    else:
        with suppress(GraphServiceError):
            await estate.editing.edit([step], actor=ADA, reason="")


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.one_of(readings, edits), max_size=8))
def test_records_follow_from_claims(steps: list[Step]) -> None:
    """After any history: a record lives if somebody vouches for it, and says what they say."""

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "estate.db") as estate:
                last: dict[str, Step] = {}
                for step in steps:
                    await do(estate, step)
                    await check(estate)
                    if isinstance(step, tuple):
                        last[step[0]] = step
                await settle(estate, [*last.values()])

    asyncio.run(work())


async def settle(estate: Estate, last: list[Step]) -> None:
    """Everybody says their last word again, twice: the second time nothing is written."""
    for step in last:
        await do(estate, step)
    before = await estate.revision()
    for step in last:
        await do(estate, step)
    await check(estate)
    assert await estate.revision() == before
