"""A CI's page as text."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from graph_service.cli.chosen_estate import estate_words
from graph_service.cli.output import shown, table
from graph_service.cli.people.named_people import with_names
from graph_service.cli.shapes import Shape


def write_ci(console: Console, page: Shape) -> None:
    """Write what a CI is, who says so, what it stands in relation to, and what happened to it."""
    tier = "no tier" if page["tier"] is None else f"tier {page['tier']}"
    console.print(
        f"{shown(page['name'])}  ({shown(page['className'])}, {tier}, {page['presence'].lower()})",
        style="bold",
    )
    console.print(f"key {shown(page['key'])} · id {page['id']} · revision {page['revision']}")
    if "estate" in page:
        console.print(f"as of {shown(estate_words(page))}")
    for line in _state(page):
        console.print(shown(line))
    if page["attributes"]:
        console.print()
        columns = {"name": "attribute", "value": "value", "dataSource": "said by"}
        columns |= {"origin": "how", "evidence": "where"}
        people = page["people"]
        rows = [
            {**(each["provenance"] or {}), **each, "value": with_names(each["value"], people)}
            for each in page["attributes"]
        ]
        console.print(table(columns, rows, "Attributes"))
        for terms, names in _by_terms(page["attributes"]).items():
            console.print(f"  {shown(', '.join(names))}: {shown(terms)}")
        for each in page["attributes"]:
            if each["conflicting"]:
                others = ", ".join(
                    f"{other['dataSource']} says {with_names(other['value'], people)}"
                    for other in each["alternatives"]
                )
                console.print(f"  {shown(each['name'])} is disputed: {shown(others)}")
    for name, title in (
        ("needs", "Relationships from here"),
        ("neededBy", "Relationships to here"),
    ):
        if page[name]:
            console.print()
            columns = {"verb": "", "key": "CI", "className": "class", "strength": "strength"}
            columns |= {"group": "group", "origin": "how"}
            console.print(table(columns, page[name], title))
    console.print()
    columns = {"revision": "revision", "at": "at", "actor": "by", "action": "what"}
    columns |= {"label": "record", "changed": "changed"}
    rows = [{**each, "changed": ", ".join(each["changed"])} for each in page["history"]]
    console.print(table(columns, rows, "History, newest first"))


def _state(page: Shape) -> Iterator[str]:
    """Yield its tags, when it was last seen, and what it lacks of what policies want."""
    if page["tags"]:
        yield "tags: " + ", ".join(_tag(each) for each in page["tags"])
    if fresh := page["freshness"]:
        if fresh["lastSeenAt"]:
            yield f"last seen {fresh['lastSeenAt']} by {fresh['lastSource']}"
        if fresh["staleSince"]:
            yield f"stale since {fresh['staleSince']}: not seen for longer than its class allows"
        if fresh["unverifiedBy"]:
            yield f"no longer seen by {', '.join(fresh['unverifiedBy'])}"
    for name, said in (
        ("missing", "required, and nobody says it"),
        ("recommended", "recommended, and nobody says it"),
        ("odd", "with a value that policies do not allow"),
    ):
        if names := page["completeness"][name]:
            yield f"{said}: {', '.join(names)}"


def _tag(tag: Shape) -> str:
    value = f"={tag['value']}" if tag["value"] else ""
    until = f" (until {tag['expiresAt']})" if tag["expiresAt"] else ""
    return f"{tag['name']}{value}{until}"


def _by_terms(attributes: Sequence[Shape]) -> dict[str, list[str]]:
    """Return which attributes were stated by hand on which terms."""
    found: dict[str, list[str]] = {}
    for each in attributes:
        said = each["provenance"] or {}
        if said.get("statedBy"):
            found.setdefault(_terms(said), []).append(each["name"])
    return found


def _terms(said: Shape) -> str:
    until = f", until {said['validUntil']}" if said["validUntil"] else ""
    over = ", which is over: the next sweep takes it out" if said["expired"] else ""
    because = f", because {said['reason']}" if said["reason"] else ""
    return f"stated by {said['statedBy']}{until}{over}{because}"
