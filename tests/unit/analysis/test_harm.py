"""On which way harm came, and what a state rests on, where the short answer would be wrong."""

from graph_service.analysis import Scenario, States, proof
from graph_service.model.impact_state import AT_RISK, DEGRADED, DOWN, ImpactState
from tests.unit.analysis.test_analysis import analysis_of


def states_of(drawing: str, causes: dict[str, ImpactState], minutes: float = 60) -> States:
    analysis = analysis_of(drawing)
    number = analysis.snapshot.place_by_key
    scenario = Scenario(
        causes={number[key]: state for key, state in causes.items()}, duration_minutes=minutes
    )
    return States(analysis.snapshot, analysis.hit(scenario))


def way(states: States, key: str) -> list[str]:
    """Return the keys on the way to a CI, its cause first."""
    harm, keys = states.harm, states.snapshot.keys
    place = [keys[each] for each in harm.order].index(key)
    found = []
    while place >= 0:
        found.append(keys[harm.order[place]])
        place = int(harm.previous[place])
    return found[::-1]


def proven(states: States, key: str) -> list[str]:
    """Return the keys a proof goes through, in its order."""
    steps = proof(states, states.snapshot.place_by_key[key])
    return [states.snapshot.keys[step.ci] for step in steps]


def test_harm_does_not_come_through_what_needed_the_harmed_ci_to_fail_first() -> None:
    """Only with both its members gone is ``p`` DOWN, so ``n`` is not DOWN for want of it."""
    drawing = """
        p(redundancy.g={"k":1}) -[DEPENDS_ON group=g]-> c & n
        n -> p & long; long -> way; way -> c
    """

    states = states_of(drawing, {"c": DOWN})

    assert way(states, "n") == ["c", "way", "long", "n"]
    assert way(states, "p") == ["c", "p"]
    assert proven(states, "p") == ["c", "way", "long", "n", "p"]


def test_harm_passes_through_a_cause_that_became_worse_than_the_question_puts_it() -> None:
    """``b`` is asked about as AT_RISK; that ``c`` is DOWN is the doing of ``a``."""
    states = states_of("c -> b -> a", {"a": DOWN, "b": AT_RISK})

    assert way(states, "c") == ["a", "b", "c"]
    assert states.outcome.reach.hops.tolist() == [0, 0, 1]


def test_harm_takes_a_longer_way_where_the_short_one_only_weakens_it() -> None:
    """``web`` uses ``db`` softly, and hard through ``api``: DOWN is what came through ``api``."""
    states = states_of("web -[DEPENDS_ON strength=SOFT]-> db; web -> api -> db", {"db": DOWN})

    assert way(states, "web") == ["db", "api", "web"]


def test_what_is_no_worse_is_proven_though_what_it_leans_on_is() -> None:
    """``a`` bears the outage, so it stays AT_RISK when ``p`` goes from DEGRADED to DOWN."""
    drawing = "a -[DEPENDS_ON toleranceMinutes=90]-> p(operationalState=DEGRADED)"

    states = states_of(drawing, {"p": DOWN}, minutes=10)

    assert states.before.tolist() == [AT_RISK, DEGRADED]
    assert states.after.tolist() == [AT_RISK, DOWN]
    assert proven(states, "a") == ["p", "a"]


def test_harm_comes_from_the_member_that_went_and_not_from_one_that_was_gone_before() -> None:
    """``a`` was DEGRADED already; that two of three are, is the doing of ``b``."""
    drawing = """
        api(redundancy.x={"k":2}) -[DEPENDS_ON group=x]-> a & b & c
        a(operationalState=DEGRADED)
    """

    states = states_of(drawing, {"a": DOWN, "b": DEGRADED})

    assert way(states, "api") == ["b", "api"]
    assert proven(states, "api") == ["a", "b", "api"]


def test_harm_comes_from_members_bad_enough_for_what_became_of_the_owner() -> None:
    """Two are DOWN, so the group is; ``a`` is only DEGRADED, which alone would pass more softly."""
    drawing = 'api(redundancy.x={"k":2,"strength":"SOFT"}) -[DEPENDS_ON group=x]-> a & b & c'

    states = states_of(drawing, {"a": DEGRADED, "b": DOWN, "c": DOWN})

    assert way(states, "api") == ["b", "api"]
    assert proven(states, "api") == ["b", "c", "api"]


def test_harm_comes_from_an_active_member_where_a_standby_is_not_asked() -> None:
    """The standby is lost too, but what counts is that no active member is left."""
    drawing = """
        api(redundancy.x={"k":1,"mode":"MANUAL"})
        api -[DEPENDS_ON group=x role=STANDBY]-> a & s
        api -[DEPENDS_ON group=x]-> b
    """

    states = states_of(drawing, {"a": DOWN, "b": DOWN})

    assert way(states, "api") == ["b", "api"]
    assert proven(states, "api") == ["b", "api"]
