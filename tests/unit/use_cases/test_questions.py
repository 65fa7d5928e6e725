"""Questions about impact, through a real store."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.ci import Presence
from graph_service.model.delta import Record
from graph_service.model.errors import (
    AmbiguousReferenceError,
    InvalidInputError,
    QuestionTooLargeError,
)
from graph_service.model.impact_state import ImpactState
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.store import GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.impact.impact_answer import (
    ImpactAnswer,
    Outcome,
    ReachAnswer,
    SavingRule,
)
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.references import CIRef
from tests.builders import TickingClock, ci, ci_id, delta, estate, related, related_id, retired_ci

pytestmark = pytest.mark.anyio
DOWN = ImpactState.DOWN

PAYMENTS = """
    web:BusinessService(tier=0) -> api -> db:DatabaseCluster(redundancy.members={"k":2})
    pg-1 & pg-2 & pg-3 -MEMBER_OF-> db
    report:BusinessService(tier=3) -[USES strength=SOFT]-> api
    pg-1 -RUNS_ON-> host:Server
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[GraphStore]:
    opened = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    yield opened
    await opened.close()


def questions_to(store: GraphStore, deadline_seconds: float = 20) -> Questions:
    vocabulary = packaged()
    current = CurrentEstate(store, vocabulary)
    return Questions(store, current, vocabulary, deadline_seconds=deadline_seconds)


async def impact_of(store: GraphStore, *keys: str, state: ImpactState = DOWN) -> ImpactAnswer:
    return await questions_to(store).impact([(CIRef(text=key), state) for key in keys])


def lists(answer: ImpactAnswer) -> dict[str, list[str]]:
    return {
        outcome.value: [row.ci.key for row in answer.rows(outcome)]
        for outcome in Outcome
        if answer.count(outcome)
    }


async def test_says_who_is_hit_by_which_way_and_why(store: GraphStore) -> None:
    """A row has state, distance, evidence path and a sentence; causes are in no list."""
    await store.apply(estate(PAYMENTS))

    answer = await impact_of(store, "pg-1", "pg-2")

    row = answer.rows(Outcome.AFFECTED)[0]
    assert (row.ci.key, row.after, row.hops) == ("web", DOWN, 3)
    assert [(step.ci.key, step.type, step.verb, step.group) for step in row.path] == [
        ("pg-1", None, None, None),
        ("db", "MEMBER_OF", "members", "members"),
        ("api", "DEPENDS_ON", "depends on", None),
        ("web", "DEPENDS_ON", "depends on", None),
    ]
    assert row.path[2].relationship_id == related_id("api", "db")
    assert row.reason == "web depends on api, which is down"
    verdict = answer.verdict(ci_id("db"))
    assert verdict
    assert verdict.reason == "db loses 2 of 3 members (pg-1, pg-2); needs 2"
    assert lists(answer) == {"AFFECTED": ["web", "db", "api", "report"]}


async def test_the_figures_add_up(store: GraphStore) -> None:
    """The four lists sum to what is reached; states, tiers and distances are counted."""
    await store.apply(estate(PAYMENTS))

    summary = (await impact_of(store, "pg-1", "pg-2")).summary

    assert (summary.reached, summary.affected, summary.saved) == (4, 4, 0)
    assert (summary.down, summary.degraded, summary.at_risk) == (3, 1, 0)
    assert (summary.value_bearing, summary.highest_tier, summary.hops_max) == (2, 0, 3)
    assert summary.worst_state is DOWN


async def test_proves_every_state_from_causes(store: GraphStore) -> None:
    """A proof is a list whose steps rest on earlier ones and name relationships and groups."""
    await store.apply(estate(PAYMENTS))

    steps = (await impact_of(store, "host", "pg-2")).proof(ci_id("api"))

    assert [(step.ci.key, step.rule.value, step.because) for step in steps] == [
        ("host", "CAUSE", ()),
        ("pg-2", "CAUSE", ()),
        ("pg-1", "RELATIONSHIP", (0,)),
        ("db", "GROUP", (1, 2)),
        ("api", "RELATIONSHIP", (3,)),
    ]
    assert steps[3].group == "members"
    assert steps[3].relationship_ids == (
        related_id("pg-2", "db", "MEMBER_OF"),
        related_id("pg-1", "db", "MEMBER_OF"),
    )
    assert steps[2].text == "pg-1 runs on host, which is down"


async def test_says_what_saved_and_whether_anything_stands_behind_it(store: GraphStore) -> None:
    """A group that held names those that carry on; a claim without evidence is counted."""
    await store.apply(
        estate("""
            api(redundancy.db={"k":1}) -[DEPENDS_ON group=db]-> a & b & c
            batch(redundancy.db={"k":1,"evidence":"drill"}) -[DEPENDS_ON group=db]-> a & b & c
            web -> api
        """)
    )

    answer = await impact_of(store, "a")

    saved = {row.ci.key: row.saved_by for row in answer.rows(Outcome.SAVED)}
    assert {key: [each.verified for each in by] for key, by in saved.items()} == {
        "api": [False],
        "batch": [True],
    }
    by = saved["api"][0]
    assert (by.rule, [each.key for each in by.by], by.slack_left) == (
        SavingRule.GROUP,
        ["b", "c"],
        1,
    )
    assert by.text == "b, c carry on for a; needs 1, 1 to spare"
    assert answer.completeness.unverified_protection_count == 1
    assert lists(answer)["REACHED_ONLY"] == ["web"]


async def test_a_lost_group_that_is_needed_only_softly_names_its_terms(store: GraphStore) -> None:
    """Too few carry on: saved by the group's strength, naming what was lost, not who is left."""
    await store.apply(
        estate("""
            all(redundancy.db={"k":1}) -[USES group=db strength=ADVISORY]-> a & b
            most(redundancy.db={"k":2}) -[USES group=db strength=ADVISORY]-> a & b & c
        """)
    )

    answer = await impact_of(store, "a", "b", state=ImpactState.DEGRADED)

    saved = {row.ci.key: row.saved_by for row in answer.rows(Outcome.SAVED)}
    assert {
        key: [(by.rule, by.group, [each.key for each in by.by], by.slack_left) for by in savings]
        for key, savings in saved.items()
    } == {key: [(SavingRule.STRENGTH, "db", ["a", "b"], None)] for key in ("all", "most")}
    assert saved["all"][0].text == "all loses a, b, and needs its group db only as ADVISORY"


async def test_a_whole_group_is_borne_for_as_long_as_its_tolerance(store: GraphStore) -> None:
    """What softened the harm is the time that is left, not the group."""
    await store.apply(
        estate(
            'api(redundancy.db={"k":1}) -[USES group=db toleranceMinutes=30]-> a;'
            "api -[USES group=db toleranceMinutes=30]-> b"
        )
    )

    answer = await questions_to(store).impact(
        [(CIRef(key=each), DOWN) for each in ("a", "b")], duration_minutes=10
    )

    (row,) = answer.rows(Outcome.AFFECTED)
    assert (row.after, [each.rule for each in row.saved_by]) == (
        ImpactState.AT_RISK,
        [SavingRule.TOLERANCE],
    )
    assert row.saved_by[0].text == "api bears 30 min without its group db (a, b)"


async def test_a_judgement_stops_harm_but_not_reach(store: GraphStore) -> None:
    """A CI judged unaffected is saved by that; what lies behind it is reached on paper."""
    await store.apply(estate("web -> api -> db"))

    answer = await questions_to(store).impact(
        [(CIRef(key="db"), DOWN)], unaffected=[CIRef(key="api")]
    )

    assert lists(answer) == {"SAVED": ["api"], "REACHED_ONLY": ["web"]}
    assert answer.rows(Outcome.SAVED)[0].reason == "api is judged unaffected by db"
    assert answer.completeness.unverified_protection_count == 1


async def test_a_limit_on_hops_cuts_rows_and_says_so(store: GraphStore) -> None:
    """Rows beyond the limit are not shown, states are as without it, the frontier is counted."""
    await store.apply(estate("web -> api -> db; batch -> api"))

    answer = await questions_to(store).impact([(CIRef(key="db"), DOWN)], max_hops=1)

    assert lists(answer) == {"AFFECTED": ["api"]}
    assert answer.summary.reached == 1
    assert [(each.value, each.frontier_count) for each in answer.completeness.truncations] == [
        (1, 2)
    ]
    assert not answer.completeness.complete
    assert answer.verdict(ci_id("web")) is not None


async def test_what_nothing_answers_to_is_named(store: GraphStore) -> None:
    """References that fit no CI are listed; the answer is of the others, or empty."""
    await store.apply(estate("web -> api"))

    some, none = await impact_of(store, "api", "apy"), await impact_of(store, "apy")

    assert lists(some) == {"AFFECTED": ["web"]}
    assert some.completeness.unresolved == none.completeness.unresolved == ("apy",)
    assert (none.summary.reached, none.causes) == (0, ())


async def test_a_name_of_several_cis_is_an_error(store: GraphStore) -> None:
    """Nothing is guessed: the candidates are named."""
    twins = [replace(ci("one"), name="twin"), replace(ci("two"), name="twin")]
    await store.apply(delta(*twins))

    with pytest.raises(AmbiguousReferenceError, match="one"):
        await impact_of(store, "twin")


async def test_a_cause_that_is_not_in_service_hits_nothing_and_says_so(store: GraphStore) -> None:
    """Nothing leans on what is retired or on the shelf; the answer says which that is."""
    await store.apply(estate("web -> old; web -> shelved(lifecycle=IN_STOCK)"))
    await store.apply(delta(retired_ci("old"), based_on=1))

    answer = await impact_of(store, "old", "shelved")

    assert answer.summary.reached == 0
    assert [cause.ci.key for cause in answer.causes] == ["old", "shelved"]
    assert answer.completeness.notes == (
        "shelved is not in service, so nothing leans on it now",
        "old is retired, so nothing leans on it now",
    )


async def test_counts_what_it_may_be_missing(store: GraphStore) -> None:
    """Unresolved references, stale records, unknown k and unoriented links in the cone."""
    await store.apply(
        estate("""
            cluster -> api
            n1 & n2 -MEMBER_OF-> cluster
            web -> cluster
            api -CONNECTS_TO-> switch
            elsewhere -CONNECTS_TO-> switch
        """)
    )
    stale = replace(related("web", "cluster"), presence=Presence.STALE)
    unresolved = [
        Record("unresolved", f"unr_{name}", {"subject": ci_id(name)})
        for name in ("web", "elsewhere")
    ]
    counter = Record("counter", "unresolved", {"version": 1})
    await store.apply(replace(delta(stale, based_on=1), records=(*unresolved, counter)))

    missing = (await impact_of(store, "n1", "api")).completeness

    assert missing.unresolved_reference_count == 1
    assert missing.stale_relationship_count == 1
    assert missing.unconfirmed_group_count == 1
    assert missing.unoriented_link_count == 1
    assert missing.unrelated_ci_count == 0


async def test_a_link_that_could_carry_nothing_leaves_no_gap(store: GraphStore) -> None:
    """A network link of strength NONE would hit nobody, whichever end its uplink were."""
    await store.apply(
        estate("""
        one -[CONNECTS_TO strength=NONE]-> switch
        two -[CONNECTS_TO]-> switch
    """)
    )

    counts = {
        key: (await impact_of(store, key)).completeness.unoriented_link_count
        for key in ("one", "two")
    }

    assert counts == {"one": 0, "two": 1}


async def test_reads_unresolved_references_anew_when_they_changed(store: GraphStore) -> None:
    """What was counted is kept until the counter moves."""
    await store.apply(estate("web -> api"))
    questions = questions_to(store)

    async def count() -> int:
        answer = await questions.impact([(CIRef(key="api"), DOWN)])
        return answer.completeness.unresolved_reference_count

    assert await count() == 0
    for version in (1, 2):
        records = (
            Record("unresolved", f"unr_{version}", {"subject": ci_id("web")}),
            Record("counter", "unresolved", {"version": version}),
        )
        await store.apply(replace(delta(based_on=1), records=records))
        assert await count() == version


async def test_a_cause_alone_in_the_world_is_counted(store: GraphStore) -> None:
    """A CI without any relationship may only look harmless."""
    await store.apply(estate("web -> api; lonely"))

    assert (await impact_of(store, "lonely")).completeness.unrelated_ci_count == 1


async def test_the_same_question_gets_the_same_digests(store: GraphStore) -> None:
    """Digests depend on what is asked and found, not on how it was spelt or in which order."""
    await store.apply(estate(PAYMENTS))
    one, other = await impact_of(store, "pg-1", "pg-2"), await impact_of(store, "pg-2", "ci_pg-1")

    assert one.question_digest == other.question_digest
    assert one.answer_digest == other.answer_digest
    assert (await impact_of(store, "pg-1")).answer_digest != one.answer_digest


async def test_answers_as_of_the_newest_revision(store: GraphStore) -> None:
    """What is written before a question is asked is in its answer."""
    questions = questions_to(store)
    assert (await questions.blast_radius([CIRef(key="api")])).completeness.unresolved == ("api",)
    await store.apply(estate("web -> api"))

    answer = await questions.blast_radius([CIRef(key="api")])

    assert (answer.revision, answer.total_count) == (1, 1)
    assert (await questions.estate_counts()).relationship_count == 1


async def test_questions_asked_at_once_share_one_reading(store: GraphStore) -> None:
    """Everyone gets the same snapshot, built once, even if the first to ask gives up."""
    await store.apply(estate(PAYMENTS))
    current = CurrentEstate(store, packaged())
    impatient = asyncio.ensure_future(current.snapshot())
    others = [asyncio.ensure_future(current.snapshot()) for _ in range(5)]
    await asyncio.sleep(0)
    impatient.cancel()

    snapshots = await asyncio.gather(*others)

    assert len({id(each) for each in snapshots}) == 1


async def test_gives_up_at_its_deadline(store: GraphStore) -> None:
    """A question that takes too long ends as too large, and the next one is answered."""
    await store.apply(estate(PAYMENTS))
    questions = questions_to(store, deadline_seconds=0)

    with pytest.raises(QuestionTooLargeError):
        await questions.impact([(CIRef(key="host"), DOWN)])
    with pytest.raises(QuestionTooLargeError):
        await questions.blast_radius([CIRef(key="host")])

    assert (await impact_of(store, "host")).summary.reached == 5


@pytest.mark.parametrize("minutes", [-1.0, float("nan"), float("inf")])
async def test_refuses_what_cannot_be(store: GraphStore, minutes: float) -> None:
    """All faults of a question are named at once."""
    with pytest.raises(InvalidInputError) as refused:
        await questions_to(store).impact([], duration_minutes=minutes, max_hops=0)

    assert [str(each.place) for each in refused.value.faults] == [
        "question (duration)",
        "question (maxHops)",
    ]


async def reach_of(store: GraphStore, keys: Sequence[str]) -> ReachAnswer:
    return await questions_to(store).blast_radius([CIRef(key=key) for key in keys])


async def test_a_blast_radius_counts_rows_and_columns_alike(store: GraphStore) -> None:
    """Counts by tier, class and distance; rows and columns in the same order."""
    await store.apply(estate(PAYMENTS))

    answer = await reach_of(store, ["pg-1"])

    assert [(row.ci.key, row.hops) for row in answer.rows()] == [
        ("db", 1),
        ("api", 2),
        ("web", 3),
        ("report", 3),
    ]
    assert answer.by_tier == [(0, 1), (3, 1), (None, 2)]
    assert answer.by_class == [("Application", 1), ("BusinessService", 2), ("DatabaseCluster", 1)]
    assert answer.by_hops == [1, 1, 2]
    columns = answer.columns(start=1)
    assert columns.key == ["api", "web", "report"]
    assert columns.previous == [0, 1, 1]
    assert answer.rows(start=2, limit=1)[0].path[-1].verb == "depends on"


async def test_names_stay_on_one_line_in_sentences(store: GraphStore) -> None:
    """A name with control characters or of ten thousand letters cannot break a sentence."""
    wild = replace(ci("api"), name="évil\x1b[31m\nname " + "x" * 10_000)
    await store.apply(delta(wild, ci("web"), related("web", "api")))

    row = (await impact_of(store, "api")).rows(Outcome.AFFECTED)[0]

    assert row.reason.isprintable()
    assert len(row.reason) < 100


async def test_a_question_about_nothing_says_so(store: GraphStore) -> None:
    """A bare zero would read as: nothing breaks."""
    questions = questions_to(store)

    for answer in (await questions.impact([]), await questions.blast_radius([])):
        assert answer.completeness.notes == ("no CI was asked about",)


async def test_a_member_at_risk_does_not_carry_on_for_itself(store: GraphStore) -> None:
    """It still works, so nobody has to stand in for it."""
    await store.apply(
        estate("""
            db(redundancy.members={"k":2})
            pg-1 & pg-2 & pg-3 -MEMBER_OF-> db
            pg-1 -[USES strength=SOFT]-> cache
        """)
    )

    answer = await questions_to(store).impact([(CIRef(key="cache"), ImpactState.DEGRADED)])

    (saved,) = answer.rows(Outcome.SAVED)
    assert saved.reason == "pg-1 still works, though at risk; needs 2, 1 to spare"


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        ("a -SECURED_BY-> x", "a is secured by x, which is down"),
        ("a -DEPENDS_ON-> x", "a depends on x, which is down"),
        ("x -CONTAINS-> a", "a is contained by x, which is down"),
    ],
)
async def test_a_reason_is_a_sentence(store: GraphStore, drawing: str, said: str) -> None:
    """Whatever the verb of the type."""
    await store.apply(estate(drawing))

    answer = await questions_to(store).impact([(CIRef(key="x"), DOWN)])

    assert [each.reason for each in answer.rows(Outcome.AFFECTED)] == [said]
