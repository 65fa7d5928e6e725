"""What can be configured, raised or asked stands in the documentation."""

import re
from pathlib import Path

from graph_service.config import PREFIX, Settings
from graph_service.model import errors
from tests.architecture.sources import ROOT

LINK = re.compile(r"\[[^\]]+\]\((?!https?:|#|mailto:)([^)#\s]+)")


def pages() -> list[Path]:
    """Return every page of ours."""
    return [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_setting_is_documented() -> None:
    """An operator finds every variable on one page."""
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")

    assert [each for each in Settings.model_fields if f"{PREFIX}{each.upper()}`" not in page] == []


def test_every_error_code_is_documented() -> None:
    """A client finds every code and what to do about it."""
    page = (ROOT / "docs/reference/errors.md").read_text("utf-8")
    codes = {
        each.code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.GraphServiceError)
    }

    assert sorted(each for each in codes if f"`{each}`" not in page) == []


def test_every_link_leads_somewhere() -> None:
    """A page that was moved takes its readers along."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_test_that_a_page_points_at_is_there() -> None:
    """What is said to hold a promise does hold it."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in re.findall(r"`((?:tests|bench)/[\w./-]+)`", page.read_text("utf-8"))
        if not (ROOT / target).exists()
    ]

    assert broken == []


def test_no_page_names_a_place_on_the_machine_it_was_written_on() -> None:
    """A path that exists only here helps nobody elsewhere."""
    places = (f"{ROOT.parent}/", f"{Path.home()}/")
    found = [
        f"{page.relative_to(ROOT)}: {place}"
        for page in pages()
        for place in places
        if len(place) > 2 and place in page.read_text("utf-8")
    ]

    assert found == []
