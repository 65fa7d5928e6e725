"""Tags are said by data sources and by people, like everything else about a CI."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph_service.model.edit import EditRef, Terms, UpdateCi
from graph_service.model.errors import InvalidInputError
from graph_service.model.observation import CIObservation
from graph_service.reconcile.tags import TAG_NAME_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, TAGS_MAX
from graph_service.reconcile.terms import terms_of
from graph_service.use_cases.editing.edit_result import EditResult
from tests.builders import ADA
from tests.readings import Estate, opened, says

pytestmark = pytest.mark.anyio


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    async with opened(tmp_path / "estate.db") as found:
        yield found


async def edit(estate: Estate, key: str, **how: object) -> EditResult:
    """Change a CI by hand."""
    change = UpdateCi(ci=EditRef(key=key), **how)  # type: ignore[arg-type] # handed on as named
    return await estate.editing.edit([change], actor=ADA, reason="because")


def tagged(key: str, **tags: object) -> CIObservation:
    """Say that a CI has tags."""
    said = {f"tag.{name}": value for name, value in tags.items()}
    return replace(says(key, text_values=True), attributes=said)


async def test_a_data_source_puts_tags_on_and_takes_them_off(estate: Estate) -> None:
    await estate.take_in(tagged("web", exempt="", team="shop"))
    first = (await estate.ci("web")).attributes

    await estate.take_in(tagged("web", team="pay"))

    assert first == {"tag.exempt": "", "tag.team": "shop"}
    assert (await estate.ci("web")).attributes == {"tag.team": "pay"}


async def test_a_person_removes_a_tag_whoever_put_it_on(estate: Estate) -> None:
    await estate.take_in(tagged("web", exempt=""))
    await edit(estate, "web", attributes={"tag.own": "1"})

    await edit(estate, "web", remove_tags=frozenset({"exempt", "own"}))
    await estate.take_in(tagged("web", exempt="", other=""))

    values = (await estate.ci("web")).attributes
    assert {name for name, value in values.items() if value is not None} == {"tag.other"}


async def test_a_tag_of_ones_own_leaves_nothing_behind(estate: Estate) -> None:
    await estate.take_in(says("web"))
    await edit(estate, "web", attributes={"tag.own": "1"})

    await edit(estate, "web", remove_tags=frozenset({"own"}))

    assert (await estate.ci("web")).attributes == {}


async def test_a_removed_tag_may_be_put_on_again(estate: Estate) -> None:
    await estate.take_in(tagged("web", exempt=""))
    await edit(estate, "web", remove_tags=frozenset({"exempt"}))

    await edit(estate, "web", attributes={"tag.exempt": "by hand"})

    assert (await estate.ci("web")).attributes == {"tag.exempt": "by hand"}


async def test_removing_what_is_not_there_is_said(estate: Estate) -> None:
    await estate.take_in(says("web"))

    result = await edit(estate, "web", remove_tags=frozenset({"nix"}))

    assert not result.changed
    assert result.warnings == ("edits[0].updateCi.removeTags: there is no tag nix",)


async def test_one_edit_does_not_both_add_and_remove(estate: Estate) -> None:
    await estate.take_in(says("web"))

    with pytest.raises(InvalidInputError, match="both added and removed"):
        await edit(estate, "web", attributes={"tag.x": ""}, remove_tags=frozenset({"x"}))


async def test_a_tag_may_end_by_itself(estate: Estate) -> None:
    await estate.take_in(says("web"))
    terms = {"tag.exempt": Terms(until="2030-01-01T00:00:00.000Z")}

    await edit(estate, "web", attributes={"tag.exempt": ""}, terms=terms)

    ci = await estate.ci("web")
    [claim] = (await estate.store.claims("manual", [ci.id])).values()
    terms_kept = terms_of(claim, "tag.exempt")
    assert terms_kept is not None
    assert terms_kept.until == "2030-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("", "", "cannot name a tag"),
        ("two words", "", "cannot name a tag"),
        ("-dash", "", "cannot name a tag"),
        ('quo"te', "", "cannot name a tag"),
        ("line\nbreak", "", "cannot name a tag"),
        ("x" * (TAG_NAME_LENGTH_MAX + 1), "", "characters long"),
        ("x", "v" * (TAG_VALUE_LENGTH_MAX + 1), "characters long"),
        ("x", 5, "is not text"),
        ("x", ["a"], "is not text"),
        ("x", "\x00", "control"),
    ],
)
async def test_what_is_no_tag_is_refused(
    estate: Estate, name: str, value: object, message: str
) -> None:
    await estate.take_in(says("web"))

    with pytest.raises(InvalidInputError, match=message) as caught:
        await edit(estate, "web", attributes={f"tag.{name}": value})

    assert caught.value.faults[0].code == "INVALID_TAG"


@pytest.mark.parametrize("name", ["exempt", "équipe", "日本", "app.kubernetes.io/name", "v1.2-x_y"])
async def test_names_of_any_script_are_tags(estate: Estate, name: str) -> None:
    await estate.take_in(says("web"))

    await edit(estate, "web", attributes={f"tag.{name}": "x"})

    assert (await estate.ci("web")).attributes == {f"tag.{name}": "x"}


async def test_a_data_source_says_so_many_tags_and_no_more(estate: Estate) -> None:
    many = {f"t{number}": "" for number in range(TAGS_MAX)}
    await estate.take_in(tagged("web", **many))

    plan = await estate.plan(tagged("api", **many, another=""))

    assert len((await estate.ci("web")).attributes) == TAGS_MAX
    assert [each.fault.code for each in plan.quarantined] == ["INVALID_TAG"]
