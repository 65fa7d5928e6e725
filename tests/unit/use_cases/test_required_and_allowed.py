"""What policies require and allow: counted everywhere, enforced on edits where they say so."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.condition import evidence_of, matcher
from graph_service.model.edit import CreateCi, Edit, EditRef, UpdateCi
from graph_service.model.errors import InvalidInputError
from graph_service.model.vocabulary import Vocabulary, packaged, read_policies
from graph_service.reconcile.completeness import completeness, incomplete_condition
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.intake.intake import Intake
from tests.builders import ADA, TickingClock, ci, estate
from tests.readings import SCRIBE, Estate, opened, reading, says

pytestmark = pytest.mark.anyio

HEAD = "policy: 1\nname: acme\nversion: '1'\n"
RULES = """
required:
  - {class: Host, attributes: [owner, hostname], tiers: [0, 1], enforce: true}
  - {class: CI, attributes: [supportGroup], tiers: [0]}
  - {class: Server, attributes: [country], level: RECOMMENDED}
  - {class: CI, attributes: [memoryGib]}
allowed:
  - {class: Server, attribute: country, values: [DE, CH], enforce: true}
  - {attribute: complianceScopes, values: [PCI, SOX]}
"""


def by(rules: str) -> Vocabulary:
    """Return the packaged words with these policies."""
    return replace(packaged(), policies=read_policies("p.yaml", HEAD + rules, packaged()))


WORDS = by(RULES)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Estate]:
    async with opened(tmp_path / "estate.db") as found:
        yield found


async def edit(place: Estate, *edits: Edit) -> EditResult:
    """Edit by the policies."""
    editing = Editing(place.store, WORDS, clock=TickingClock())
    return await editing.edit(edits, actor=ADA, reason="because")


def test_completeness_counts_what_the_class_and_tier_want() -> None:
    found = completeness(WORDS, "Server", {"tier": 0, "owner": "Ada", "country": "FR"})

    assert (found.required_count, found.filled_count) == (4, 1)
    assert found.missing == ("hostname", "memoryGib", "supportGroup")
    assert (found.recommended, found.odd) == ((), ("country",))


def test_a_tier_that_nobody_said_is_none_of_those_named() -> None:
    assert completeness(WORDS, "Application", {}).missing == ()
    assert completeness(WORDS, "Server", {}).missing == ("memoryGib",)


def test_what_is_said_to_be_none_is_not_said() -> None:
    assert "owner" in completeness(WORDS, "Server", {"tier": 1, "owner": None}).missing


def test_each_element_of_a_list_has_to_be_allowed() -> None:
    assert completeness(WORDS, "Api", {"complianceScopes": ["PCI", "SOX"]}).odd == ()
    assert completeness(WORDS, "Api", {"complianceScopes": ["PCI", "GDPR"]}).odd == (
        "complianceScopes",
    )


_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.integers(0, 4),
        "owner": st.sampled_from(["Ada", None]),
        "hostname": st.just("h"),
        "supportGroup": st.just("s"),
        "memoryGib": st.integers(1, 9),
    },
)


@given(class_name=st.sampled_from(["Server", "Host", "Application", "Api"]), values=_VALUES)
def test_the_filter_finds_exactly_what_is_not_complete(
    class_name: str, values: dict[str, object]
) -> None:
    one = replace(ci("one", class_name), attributes=values)

    is_found = matcher(incomplete_condition(WORDS), evidence_of([]))(one)

    assert is_found == bool(completeness(WORDS, class_name, values).missing)


def test_without_policies_nothing_is_incomplete() -> None:
    assert not matcher(incomplete_condition(packaged()), evidence_of([]))(ci("one"))
    assert completeness(packaged(), "Server", {}).required_count == 0


async def test_a_new_ci_without_what_is_enforced_is_refused_all_at_once(place: Estate) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await edit(
            place,
            CreateCi(class_name="Server", name="s", key="s", attributes={"tier": 1}),
            CreateCi(class_name="Server", name="t", key="t", attributes={"country": "FR"}),
        )

    assert [(each.code, each.place.path) for each in caught.value.faults] == [
        ("REQUIRED_BY_POLICY", "edits[0].createCi.attributes.hostname"),
        ("REQUIRED_BY_POLICY", "edits[0].createCi.attributes.owner"),
        ("NOT_ALLOWED_BY_POLICY", "edits[1].createCi.attributes.country"),
    ]


async def test_a_later_edit_of_the_list_may_fill_it(place: Estate) -> None:
    result = await edit(
        place,
        CreateCi(class_name="Server", name="s", key="s", attributes={"tier": 1}),
        UpdateCi(ci=EditRef(key="s"), attributes={"owner": "Ada", "hostname": "h"}),
    )

    assert result.created == 1


async def test_what_lacked_something_before_may_be_edited_otherwise(place: Estate) -> None:
    await place.store.apply(estate("s:Server(tier=1)"))

    result = await edit(place, UpdateCi(ci=EditRef(key="s"), attributes={"version": "2"}))

    assert result.changed


@pytest.mark.parametrize(
    ("before", "becomes"),
    [({"tier": 2}, {"tier": 1}), ({"tier": 1, "owner": "Ada"}, {"owner": None})],
)
async def test_an_edit_that_makes_it_lack_something_is_refused(
    place: Estate, before: dict[str, object], becomes: dict[str, object]
) -> None:
    attributes = {"hostname": "h", **before}
    created = CreateCi(class_name="Server", name="s", key="s", attributes=attributes)
    await place.editing.edit([created], actor=ADA, reason="because")

    with pytest.raises(InvalidInputError, match="owner is required of Server of tier 1"):
        await edit(place, UpdateCi(ci=EditRef(key="s"), attributes=becomes))


async def test_recommendations_and_what_is_not_enforced_stop_nobody(place: Estate) -> None:
    result = await edit(
        place,
        CreateCi(class_name="Api", name="a", attributes={"tier": 0, "complianceScopes": ["GDPR"]}),
    )

    assert result.created == 1


async def test_a_value_that_was_there_before_may_stay(place: Estate) -> None:
    await place.store.apply(estate("s:Server(country=FR)"))

    result = await edit(place, UpdateCi(ci=EditRef(key="s"), attributes={"version": "2"}))

    assert result.changed


async def test_what_is_refused_is_said_before_anybody_writes(place: Estate) -> None:
    """The preview has the faults that the write would be refused for."""
    lacking = CreateCi(key="h", name="h", class_name="Server", attributes={"tier": 1})
    editing = Editing(place.store, WORDS, clock=TickingClock())

    preview = await editing.preview([lacking], actor=ADA)

    with pytest.raises(InvalidInputError) as refusal:
        await editing.edit([lacking], actor=ADA, reason="because")
    assert preview.faults == tuple(refusal.value.faults)
    assert {each.code for each in preview.faults} == {"REQUIRED_BY_POLICY"}


async def test_an_import_plan_says_once_what_new_cis_lack_and_what_is_not_allowed(
    place: Estate,
) -> None:
    """By class and attribute, however many; what was so before is nobody's news."""
    intake = Intake(place.store, WORDS, clock=TickingClock())
    old = [says("s0", "Server", country="FR")]
    new = [says(f"s{number}", "Server", country="FR") for number in range(1, 6)]

    first = await intake.plan(reading(*old), collector=SCRIBE, actor=ADA)
    await intake.apply(first, actor=ADA)
    then = await intake.plan(reading(*old, *new), collector=SCRIBE, actor=ADA)
    await intake.apply(then, actor=ADA)
    again = await intake.plan(reading(*old, *new), collector=SCRIBE, actor=ADA)

    assert {(each.code, each.subject, each.message) for each in then.findings} == {
        (
            "REQUIRED_BY_POLICY",
            "Server",
            "memoryGib is required by policy, and nobody says it: s1, s2, s3 and 2 more",
        ),
        (
            "NOT_ALLOWED_BY_POLICY",
            "Server",
            "country has a value that policy does not allow: s1, s2, s3 and 2 more",
        ),
    }
    assert [each.message.partition(": ")[2] for each in first.findings] == ["s0", "s0"]
    assert again.findings == []
