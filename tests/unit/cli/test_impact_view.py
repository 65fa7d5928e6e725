"""An impact answer as text, rows and a picture."""

import io
from typing import Any

from rich.console import Console

from graph_service.cli import impact_view

NOTHING_MISSING = {
    "complete": True,
    "truncations": [],
    "hiddenCiCount": 0,
    "unresolved": [],
    "unresolvedReferenceCount": 0,
    "staleRelationshipCount": 0,
    "unconfirmedGroupCount": 0,
    "unorientedLinkCount": 0,
    "unverifiedProtectionCount": 0,
    "unrelatedCiCount": 0,
    "notes": [],
}


def row(key: str, state: str, *path: str, **more: object) -> dict[str, Any]:
    """Return a row as the shapes have it."""
    steps: list[dict[str, Any]] = [{"key": path[0]}] if path else [{"key": "db"}]
    steps += [{"key": each, "type": "DEPENDS_ON", "group": None} for each in (*path[1:], key)]
    return {
        "id": f"ci_{key}", "key": key, "name": key, "className": "Application", "tier": None,
        "before": "UP", "state": state, "hops": len(steps) - 1, "path": steps,
        "reason": f"{key} needs {steps[-2]['key']}", **more,
    }  # fmt: skip


def answer(*affected: dict[str, Any], **lists: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an answer about the loss of db."""
    reached = len(affected) + sum(len(each) for each in lists.values())
    return {
        "revision": 8, "of": [{"key": "db", "state": "DOWN"}],
        "summary": {
            "down": len(affected), "degraded": 0, "atRisk": 0, "saved": len(lists.get("saved", [])),
            "reachedOnly": 0, "alreadyAffected": 0, "reached": reached,
        },
        "affected": list(affected), "saved": [], "reachedOnly": [], "alreadyAffected": [],
        "completeness": NOTHING_MISSING, "ifConfirmed": None, **lists,
    }  # fmt: skip


def page(of: dict[str, Any]) -> str:
    """Return the page as plain text."""
    text = io.StringIO()
    impact_view.write_page(Console(file=text, width=160), of)
    return text.getvalue()


def test_leads_with_the_figures_and_the_causes() -> None:
    """What a change board reads first."""
    text = page(answer(row("api", "DOWN"), row("web", "DOWN", "db", "api")))

    assert text.startswith("If db down")
    assert "Goes down: 2" in text
    assert "api needs db" in text
    assert "Complete: nothing was cut" in text


def test_the_figures_sum_to_all_that_is_reached() -> None:
    """The five, and what was not well before only where there is such a thing."""
    plain = page(answer(row("api", "DOWN")))
    before = answer(row("api", "DOWN"), alreadyAffected=[row("web", "DEGRADED")])
    before["summary"]["alreadyAffected"] = 1

    assert plain.splitlines()[1] == (
        "Goes down: 1 · degraded: 0 · at risk: 0 · saved: 0 · reached only on paper: 0 · "
        "reached in all: 1"
    )
    assert "already affected: 1 · reached in all: 2" in page(before)


def test_nothing_known_is_not_nothing() -> None:
    """A bare 0 would read as: go ahead."""
    unknown = answer()
    unknown["completeness"] = {**NOTHING_MISSING, "complete": False, "unrelatedCiCount": 1}

    text = page(unknown)

    assert "What breaks is not known" in text
    assert "1 cause has no relationship at all" in text
    assert "0" not in text.replace("(revision 8)", "")


def test_says_how_many_rows_it_does_not_show() -> None:
    """A table is cut for people, never silently."""
    whole = answer(*(row(f"web-{number}", "DOWN") for number in range(5)))

    text = page(whole | {"affected": whole["affected"][:2]})

    assert "web-1" in text
    assert "web-4" not in text
    assert "and 3 more" in text


def test_shows_what_saved_a_ci() -> None:
    """Half the value of the answer."""
    saved = row("api", "UP", savedBy=["pg-2 and pg-3 carry on"])

    assert "pg-2 and pg-3 carry on" in page(answer(saved=[saved]))


def test_tells_everything_that_is_missing() -> None:
    """Each figure of completeness has its sentence."""
    found = {**NOTHING_MISSING, "complete": False, "unresolvedReferenceCount": 2}
    found |= {"truncations": [{"limit": "maxHops", "value": 3, "frontierCount": 7}]}
    found |= {"unresolved": ["ghost"], "unconfirmedGroupCount": 1, "notes": ["a note"]}

    lines = "\n".join(impact_view.completeness_lines(found))

    assert "cut at maxHops = 3; 7 CIs come next" in lines
    assert "2 references lead nowhere" in lines
    assert "ghost" in lines
    assert "1 redundancy group does not say" in lines
    assert "a note" in lines


def test_names_cannot_colour_or_break_the_page() -> None:
    """A name with markup or control characters is shown, not obeyed."""
    text = page(answer(row("[red]x\x1b[31m\n", "DOWN")))

    assert "[red]x\\x1b[31m\\x0a" in text


def test_rows_of_csv_say_which_list_they_are_in() -> None:
    """All four lists in one file, each row once."""
    rows = [*impact_view.csv_rows(answer(row("api", "DOWN"), saved=[row("web", "UP", savedBy=[])]))]

    assert [(each["list"], each["key"], each["path"]) for each in rows] == [
        ("affected", "api", "db > api"),
        ("saved", "web", "db > web"),
    ]


def test_draws_every_ci_once_and_states_in_words() -> None:
    """A diamond stays a diamond; colour is never alone."""
    drawn = "\n".join(
        impact_view.mermaid(
            answer(row("a", "DOWN"), row("b", "DEGRADED"), row("web", "DOWN", "db", "a"))
        )
    )

    assert drawn.startswith("flowchart LR")
    assert drawn.count("-->") == 3
    assert 'c1["b<br/>degraded"]' in drawn or "b<br/>degraded" in drawn


def test_a_picture_says_what_it_leaves_out() -> None:
    """Nobody reads two thousand boxes."""
    many = [row(f"web-{number}", "DOWN") for number in range(impact_view.MERMAID_CIS_MAX + 12)]

    assert 'more["… and 12 more CIs"]' in "\n".join(impact_view.mermaid(answer(*many)))


def test_a_name_cannot_break_out_of_its_box() -> None:
    """Quotes, brackets and line ends are written as character codes."""
    drawn = "\n".join(impact_view.mermaid(answer(row('x"]\n click evil', "DOWN"))))

    assert 'x"]' not in drawn
    assert "#34;#93;#10;" in drawn
