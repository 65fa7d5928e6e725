"""CIs that turn out to be one, and that turn out not to be."""

from random import Random

import pytest

from graph_service.model.ci import Presence
from graph_service.model.condition import EVERYTHING
from graph_service.model.edit import Edit, EditRef, RetireCi, SplitCi, UpdateCi
from graph_service.model.errors import InvalidInputError
from graph_service.model.observation import Event, Reference
from graph_service.model.vocabulary import packaged
from graph_service.store import GraphStore
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.finding.search import search
from graph_service.use_cases.inventory.inventory import Inventory
from graph_service.use_cases.inventory.references import CIRef, resolve
from tests.builders import ADA, TickingClock
from tests.merges import begin, everything, merge_all, merge_world, merging, say, split_all
from tests.readings import Estate, counting_ids, on, relates, says

pytestmark = pytest.mark.anyio


@pytest.fixture
def estate(store: GraphStore) -> Estate:
    return on(store, TickingClock(), counting_ids())


@pytest.mark.parametrize("seed", range(12))
async def test_merged_then_split_is_never_merged(estate: Estate, seed: int) -> None:
    """For everything there is and everything claimed; and what was said again meanwhile is old."""
    world = merge_world(Random(seed))  # noqa: S311 - draws a world, keeps no secret
    await begin(estate, world)
    before = await everything(estate)

    await merge_all(estate, world)
    merged = await estate.revision()
    await say(estate, world)
    assert await estate.revision() == merged

    await split_all(estate, world)
    assert await everything(estate) == before
    apart = await estate.revision()
    await say(estate, world)
    assert await estate.revision() == apart


async def edit(estate: Estate, *edits: Edit) -> EditResult:
    return await estate.editing.edit(edits, actor=ADA, reason="the same")


def parting(key: str) -> SplitCi:
    return SplitCi(ci=EditRef(key=key), absorbed=EditRef(key=key))


async def two(estate: Estate, tier: int = 1) -> None:
    """Two data sources speak of one server."""
    await estate.take_in(
        says("web", "Application", tier=1, owner="ops"),
        says("api"),
        relates("api", "web", "RUNS_ON"),
        data_source="cmdb",
    )
    await estate.take_in(
        says("web-7", "Api", name="Seven", region="EMEA", owner="x", tier=tier),
        says("db", "Database"),
        relates("db", "web-7", "RUNS_ON"),
        relates("web-7", Reference(key="web"), "DEPENDS_ON"),
        data_source="cloud",
    )


async def test_all_that_is_said_of_the_others_is_said_of_the_survivor(estate: Estate) -> None:
    """Its key and name stay, its own data sources win, and the more special class holds."""
    await two(estate)

    result = await edit(estate, merging("web", "web-7"))

    web = await estate.ci("web")
    assert (web.name, web.class_name, web.tier) == ("web", "Api", 1)
    assert web.attributes["owner"] == "ops"
    assert web.attributes["region"] == "EMEA"
    assert await estate.relationships() == {"api RUNS_ON web", "db RUNS_ON web"}
    assert (await estate.ci("web-7")).presence is Presence.RETIRED
    assert any("web-7 DEPENDS_ON web" in each for each in result.warnings)
    assert result.subjects == (web.id,)
    assert await estate.revision() == 3


async def test_whoever_asks_for_the_other_gets_the_survivor(estate: Estate) -> None:
    """By id or key, in references of data sources too, and through a chain of merges."""
    await two(estate)
    seven, web = await estate.ci("web-7"), await estate.ci("web")
    await edit(estate, merging("web", "web-7"))
    await estate.take_in(says("web-8", "Application"), data_source="other")
    await edit(estate, merging("web-8", "web"))

    eight = await estate.ci("web-8")
    for ref in (CIRef(id=seven.id), CIRef(key="web-7"), CIRef(text="web-7"), CIRef(id=web.id)):
        assert (await resolve(estate.store, ref)).id == eight.id
    await estate.take_in(
        says("job"),
        relates("job", "web-7", "RUNS_ON"),
        relates("job", Reference(id=web.id), "DEPENDS_ON"),
        data_source="jobs",
    )
    assert {"job RUNS_ON web-8", "job DEPENDS_ON web-8"} <= await estate.relationships()
    assert await estate.unresolved() == set()


async def test_words_that_only_the_other_was_called_lead_to_the_survivor(estate: Estate) -> None:
    """A search finds what is; of what it looked for in vain it says what that turned out to be."""
    await estate.take_in(says("web"), says("i-0abc"))
    await edit(estate, merging("web", "i-0abc"))

    found = await search(estate.store, "i-0abc", EVERYTHING)

    assert (found.total_count, [*found.suggestions]) == (0, ["web"])


async def test_what_was_said_while_they_were_one_goes_where_it_belongs(estate: Estate) -> None:
    """By what the data source calls the CI, or by its key."""
    await two(estate)
    before = await everything(estate)
    await edit(estate, merging("web", "web-7"))
    await estate.take_in(
        says("job"), relates("job", "web-7", "RUNS_ON"), data_source="jobs", complete=True
    )
    await estate.take_in(
        says("web-7", "Api", name="Seven", region="APAC", owner="x", tier=1),
        relates("web-7", "db"),
        data_source="cloud",
    )

    await edit(estate, parting("web-7"))

    found = await estate.relationships()
    assert {"job RUNS_ON web-7", "web-7 DEPENDS_ON db", "web-7 DEPENDS_ON web"} <= found
    assert (await estate.ci("web-7")).attributes["region"] == "APAC"
    assert "region" not in (await estate.ci("web")).attributes
    assert before != await everything(estate)


async def test_both_histories_are_one_in_order(estate: Estate) -> None:
    """Page by page, each entry once, the merged one's among them."""
    await two(estate)
    await edit(estate, UpdateCi(ci=EditRef(key="web-7"), attributes={"tier": 1}))
    await edit(estate, merging("web", "web-7"))
    inventory = Inventory(estate.store, packaged())
    web = await estate.ci("web")

    found = []
    before: tuple[int, int] | None = None
    while page := await inventory.history(web.id, before=before, limit=2):
        found += [(each.revision, each.sequence, each.record_id) for each in page]
        before = (page[-1].revision, page[-1].sequence)

    assert found == sorted(found, reverse=True)
    assert len(found) == len({*found})
    seven = await estate.ci("web-7")
    assert {3} == {number for number, _, record in found if record == seven.id} - {2, 4}
    assert [each.key for each in await inventory.absorbed(web.id)] == ["web-7"]


async def test_what_a_merge_settles_is_over_until_somebody_states_otherwise(
    estate: Estate,
) -> None:
    """And is gone with the split."""
    await two(estate, tier=3)
    await edit(estate, UpdateCi(ci=EditRef(key="web"), attributes={"tier": 2}))
    before = await everything(estate)
    await edit(estate, merging("web", "web-7", tier=0))
    assert (await estate.ci("web")).tier == 0

    await edit(estate, UpdateCi(ci=EditRef(key="web"), attributes={"tier": 4}))
    assert (await estate.ci("web")).tier == 4
    await edit(estate, UpdateCi(ci=EditRef(key="web"), attributes={"tier": 2}))

    await edit(estate, parting("web-7"))
    after = await everything(estate)
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    assert after[:2] == before[:2]


async def test_claims_are_broken_out_into_a_ci_of_their_own(estate: Estate) -> None:
    """Each stays apart from then on, whatever the data sources say again."""
    await two(estate)
    await edit(estate, merging("web", "web-7"))
    split = SplitCi(ci=EditRef(key="web"), claims=(("cloud", "web-7"),), key="seven")

    await edit(estate, split)

    seven = await estate.ci("seven")
    assert (seven.name, seven.class_name) == ("Seven", "Api")
    assert {"db RUNS_ON seven", "api RUNS_ON web"} <= await estate.relationships()
    apart = await estate.revision()
    await two(estate)
    assert await estate.revision() == apart


@pytest.mark.parametrize(
    ("edits", "code", "path"),
    [
        ([merging("web", "web")], "SELF_MERGE", "mergeCis.others[0]"),
        ([merging("web", "web-7", "web-7")], "SELF_MERGE", "mergeCis.others[1]"),
        ([merging("web")], "NOTHING_TO_MERGE", "mergeCis"),
        ([merging("web", "gone")], "CI_RETIRED", "mergeCis.others[0]"),
        ([merging("gone", "web")], "CI_RETIRED", "mergeCis.survivor"),
        ([merging("web", "low")], "TIER_CONFLICT", "mergeCis.values"),
        ([merging("web", "db")], "INCOMPATIBLE_CLASSES", "mergeCis.others[0]"),
        ([merging("web", "web-7", teir=1)], "UNKNOWN_ATTRIBUTE", "mergeCis.values.attributes.teir"),
        ([parting("web")], "NOT_MERGED", "splitCi.absorbed"),
        ([SplitCi(ci=EditRef(key="web"))], "NOTHING_TO_SPLIT", "splitCi"),
        (
            [SplitCi(ci=EditRef(key="web"), claims=(("cmdb", "nope"), ("cmdb", "web")))],
            "UNKNOWN_CLAIM",
            "splitCi.claims",
        ),
        (
            [SplitCi(ci=EditRef(key="web"), claims=(("cmdb", "web"),))],
            "NOTHING_LEFT",
            "splitCi.claims",
        ),
    ],
)
async def test_what_cannot_be_one_or_two_is_refused(
    estate: Estate, edits: list[Edit], code: str, path: str
) -> None:
    """With the remedy, and nothing is written."""
    await two(estate)
    await estate.take_in(says("low", "Application", tier=3), says("gone", "Application"))
    await edit(estate, RetireCi(ci=EditRef(key="gone")))
    before = await estate.revision()

    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, *edits)

    fault = refusal.value.faults[0]
    assert (fault.code, fault.place.path) == (code, f"edits[0].{path}")
    assert fault.remedy
    assert await estate.revision() == before


async def test_merging_them_again_is_merging_with_itself(estate: Estate) -> None:
    """For the other one's key leads to the survivor already."""
    await two(estate)
    await edit(estate, merging("web", "web-7"))

    with pytest.raises(InvalidInputError) as refusal:
        await edit(estate, merging("web", "web-7"))

    assert refusal.value.faults[0].code == "SELF_MERGE"


async def test_a_relationship_within_a_merged_pair_does_not_stop_a_strict_reading(
    estate: Estate,
) -> None:
    """What its author wrote was right, and is again after the split."""
    await two(estate)
    await edit(estate, merging("web", "web-7"))
    said: list[Event] = [
        says("web-7", "Api", name="Seven", region="EMEA", owner="x", tier=1),
        says("db", "Database"),
        relates("db", "web-7", "RUNS_ON"),
        relates("web-7", Reference(key="web"), "DEPENDS_ON", port=7),
    ]

    result = await estate.take_in(*said, data_source="cloud", strict=True)
    assert "MERGED_ENDS" in {each.code for each in result.findings}
    await edit(estate, parting("web-7"))

    drawn = await estate.store.relationships_of([(await estate.ci("web-7")).id])
    assert {each.attributes.get("port") for each in drawn if each.type == "DEPENDS_ON"} == {7}
