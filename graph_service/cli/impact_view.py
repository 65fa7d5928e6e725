"""An impact answer as a page of text, as rows, or as a picture."""

from collections.abc import Iterator

from rich.console import Console

from graph_service.cli.chosen_estate import estate_words
from graph_service.cli.output import counted, shown, table
from graph_service.cli.shapes import Shape

STATES = {"DOWN": "down", "DEGRADED": "degraded", "AT_RISK": "at risk", "UP": "up"}
ROW_COLUMNS = (
    "list", "state", "before", "key", "name", "className", "tier", "hops", "path", "reason", "id",
)  # fmt: skip
LISTS = ("affected", "saved", "alreadyAffected", "reachedOnly")
MERMAID_CIS_MAX = 500
_MISSING = {
    "unresolvedReferenceCount": (
        "reference leads", "references lead", " nowhere; see: graph-service unresolved",
    ),
    "staleRelationshipCount": (
        "relationship in this answer is", "relationships in this answer are", " stale",
    ),
    "unconfirmedGroupCount": (
        "redundancy group does", "redundancy groups do",
        " not say how many members it takes, so all are taken to be needed",
    ),
    "unorientedLinkCount": (
        "network link carries", "network links carry",
        " nothing, because nobody said which end is the uplink",
    ),
    "unverifiedProtectionCount": (
        "CI is", "CIs are", " saved by a claim that no evidence stands behind",
    ),
    "unrelatedCiCount": (
        "cause has", "causes have", " no relationship at all: the blast radius is unknown",
    ),
    "hiddenCiCount": ("CI is", "CIs are", " hidden from you, and computed with all the same"),
}  # fmt: skip
"""What an answer may be missing: the figure's name to its noun and verb, one and more, and rest."""

_STYLES = {
    "DOWN": "fill:#fde0dd,stroke:#a50f15,stroke-width:3px",
    "DEGRADED": "fill:#fee8c8,stroke:#b35806,stroke-width:2px",
    "AT_RISK": "fill:#ffffcc,stroke:#8a6d00,stroke-dasharray:5 3",
    "UP": "fill:#ffffff,stroke:#4d4d4d",
}


def write_page(console: Console, answer: Shape) -> None:
    """Write the answer for people: figures, then names with the reason, then what is missing."""
    causes = ", ".join(f"{shown(each['key'])} {STATES[each['state']]}" for each in answer["of"])
    console.print(f"If {causes}  ({shown(estate_words(answer))})")
    console.print(_figures(answer), style="bold")
    columns = {"state": "state", "key": "CI", "className": "class", "tier": "tier"}
    columns |= {"hops": "hops", "reason": "why"}
    titles = {
        "affected": "Affected",
        "saved": "Saved",
        "alreadyAffected": "Already affected",
        "reachedOnly": "Reached only on paper",
    }
    summary = answer["summary"]
    totals = {name: summary[name] for name in LISTS if name != "affected"}
    totals["affected"] = summary["down"] + summary["degraded"] + summary["atRisk"]
    for name in LISTS:
        rows = answer[name]
        if not rows:
            continue
        console.print()
        console.print(table(columns, (_readable(each) for each in rows), titles[name]))
        if left := totals[name] - len(rows):
            console.print(f"… and {left} more: --all shows them, --format csv or json has them all")
    console.print()
    for line in completeness_lines(answer["completeness"]):
        console.print(line)
    if confirmed := answer["ifConfirmed"]:
        console.print(_confirmed(answer, confirmed))


def _confirmed(answer: Shape, found: Shape) -> str:
    """Say what the groups of unknown size could give at best."""
    named = ", ".join(shown(each) for each in found["noLongerDown"])
    more = found["noLongerDownCount"] - len(found["noLongerDown"])
    spared = f": {named}{f' and {more} more' if more else ''}" if named else ""
    return (
        f"If one member of each group of unknown size were enough: goes down: {found['down']} "
        f"instead of {answer['summary']['down']}{spared}\n"
        "  see: graph-service redundancy list"
    )


def _figures(answer: Shape) -> str:
    """Return the figures that sum to all that is reached; where none are known, that."""
    summary = answer["summary"]
    if answer["completeness"]["unrelatedCiCount"] == len(answer["of"]):
        return "What breaks is not known: nobody has said what leans on it."
    figures = {"Goes down": summary["down"], "degraded": summary["degraded"]}
    figures |= {"at risk": summary["atRisk"], "saved": summary["saved"]}
    figures["reached only on paper"] = summary["reachedOnly"]
    if summary["alreadyAffected"]:
        figures["already affected"] = summary["alreadyAffected"]
    figures["reached in all"] = summary["reached"]
    return " · ".join(f"{name}: {count}" for name, count in figures.items())


def _readable(row: Shape) -> Shape:
    why = "; ".join(row["savedBy"]) if row.get("savedBy") else row["reason"]
    return {**row, "state": STATES[row["state"]], "reason": why}


def completeness_lines(found: Shape) -> Iterator[str]:
    """Say in sentences what an answer may be missing."""
    if found["complete"]:
        yield "Complete: nothing was cut, nothing in it is unresolved or stale."
    else:
        yield "Not complete:"
    for each in found["truncations"]:
        yield (
            f"  cut at {shown(each['limit'])} = {each['value']:.15g}; "
            + counted(each["frontierCount"], "CI comes", "CIs come")
            + " next"
        )
    if found["unresolved"]:
        yield f"  no CI is called {', '.join(shown(each) for each in found['unresolved'])}"
    for name, (one, more, sentence) in _MISSING.items():
        if found[name]:
            yield f"  {counted(found[name], one, more)}{sentence}"
    for note in found["notes"]:
        yield f"  {shown(note)}"


def csv_rows(answer: Shape) -> Iterator[Shape]:
    """Yield all reached CIs, each with the list it is in."""
    for name in LISTS:
        for row in answer[name]:
            path = " > ".join(each["key"] for each in row["path"])
            yield {**row, "list": name, "path": path}


def mermaid(answer: Shape) -> Iterator[str]:
    """Yield the lines of a flowchart, causes on the left; what is left out is said in it."""
    yield "flowchart LR"
    rows = [row for name in LISTS for row in answer[name]]
    rows.sort(key=lambda each: each["hops"])
    drawn, left_out = rows[:MERMAID_CIS_MAX], rows[MERMAID_CIS_MAX:]
    states = {each["key"]: each["state"] for each in drawn}
    states |= {each["key"]: each["state"] for each in answer["of"]}
    boxes = {key: f"c{index}" for index, key in enumerate(states)}
    for key, state in states.items():
        yield f'  {boxes[key]}["{_label(key)}<br/>{STATES[state]}"]:::{state.lower()}'
    arrows = {
        (before["key"], after["key"], after["group"] or after["type"]): None
        for row in drawn
        for before, after in zip(row["path"], row["path"][1:], strict=False)
    }
    for before, after, label in arrows:
        if before in boxes and after in boxes:
            yield f'  {boxes[before]} -->|"{_label(label)}"| {boxes[after]}'
    if left_out:
        yield f'  more["… and {len(left_out)} more CIs"]'
    for state, style in _STYLES.items():
        yield f"  classDef {state.lower()} {style}"


def _label(text: str) -> str:
    """Return a text that Mermaid takes for nothing but a text."""
    return "".join(
        each if each.isalnum() or each in " -_./:" else f"#{ord(each)};" for each in text
    )
