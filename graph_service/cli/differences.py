"""The command diff: what differs between two states of the estate."""

from collections.abc import Sequence
from typing import Annotated

import typer

from graph_service.cli.answers import Asked, Data
from graph_service.cli.asked_of import left_out
from graph_service.cli.chosen_estate import (
    ESTATE,
    VARIABLES,
    ChosenEstate,
    EstateChoice,
    WhatIfOption,
    estate_words,
)
from graph_service.cli.editing.edit_file import read_edits
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.log.log_view import changed
from graph_service.cli.moments import moment
from graph_service.cli.output import ListFormat, counted, stdout, table, write_csv, write_json
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape

PAGE = 500
ROWS_SHOWN = 50

_DIFFERENCE = f"""
query Difference(
  {VARIABLES}, $since: AsOf!, $of: [CIRef!], $first: Int!, $after: String
) {{
  {ESTATE} {{ difference(since: $since, of: $of) {{
    fromRevision toRevision createdCount updatedCount retiredCount
    entries(first: $first, after: $after) {{
      nodes {{
        action record {{ id key recordType name }} differences {{ name before after }}
        revision at actor {{ id name type }} reason
      }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }} }}
}}"""

_COLUMNS = {
    "action": "what", "key": "record", "changed": "changed", "revision": "last written in",
    "at": "at", "actor": "by",
}  # fmt: skip
_CSV_COLUMNS = (
    "action", "recordType", "record", "key", "name", "before", "after", "revision", "at", "actor",
    "reason",
)  # fmt: skip


def diff(
    context: typer.Context,
    since: Annotated[
        str,
        typer.Option(
            metavar="REVISION|INSTANT",
            help="The earlier state: 812, 2026-11-24T14:00Z, 2026-11-24 or 2d (ago).",
        ),
    ],
    until: Annotated[
        str | None,
        typer.Option(metavar="REVISION|INSTANT", help="The later state; default: now."),
    ] = None,
    cis: Annotated[
        list[str] | None,
        typer.Option(
            "--ci", help="Only this CI and its relationships: an id, key or name; repeatable."
        ),
    ] = None,
    what_if: WhatIfOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"In a table, show more than {ROWS_SHOWN} records.")
    ] = False,
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or csv.")
    ] = ListFormat.TABLE,
) -> None:
    """Show what differs between two states of the estate, net: undone in between is no change."""
    session: Session = context.obj
    earlier = moment(since, "--since")
    later = None if until is None else moment(until, "--until", is_end=True)
    choice = EstateChoice(later, None if what_if is None else read_edits(what_if))
    most = ROWS_SHOWN if output is ListFormat.TABLE and not everything else None

    async def ask() -> ExitCode:
        async with session.asked() as asked:
            chosen = await choice.opened(asked)
            of = [{"text": each} for each in cis] if cis else None
            found, entries = await _whole(asked, chosen, {"since": earlier, "of": of}, most)
            chosen.say_faults()
        if found["fromRevision"] > found["toRevision"]:
            messages.print("--since is the later one of the two: this is the way back")
        _write(found, entries, chosen, output)
        return left_out(chosen)

    run(ask)


async def _whole(
    asked: Asked, chosen: ChosenEstate, question: Data, most: int | None
) -> tuple[Data, list[Data]]:
    """Return the difference and as many of its entries as are wanted."""
    entries: list[Data] = []
    after = None
    while True:
        first = PAGE if most is None else min(PAGE, most)
        data = await asked.ask(
            _DIFFERENCE, first=first, after=after, **question, **chosen.variables
        )
        found = data["estate"]["difference"]
        entries += found["entries"]["nodes"]
        after = found["entries"]["pageInfo"]["endCursor"]
        is_enough = most is not None and len(entries) >= most
        if is_enough or not found["entries"]["pageInfo"]["hasNextPage"]:
            return found, entries


def _write(found: Data, entries: Sequence[Data], chosen: ChosenEstate, output: ListFormat) -> None:
    counts = {name: found[f"{name}Count"] for name in ("created", "updated", "retired")}
    if output is ListFormat.JSON:
        shape = {"fromRevision": found["fromRevision"], "toRevision": found["toRevision"]}
        write_json({**shape, **counts, "entries": entries, "estate": chosen.shape})
        return
    if output is ListFormat.CSV:
        write_csv((row for each in entries for row in _csv_rows(each)), _CSV_COLUMNS)
        return
    later = estate_words({"estate": chosen.shape})
    console = stdout()
    console.print(f"From revision {found['fromRevision']} to {later}", markup=False)
    console.print(" · ".join(f"{name}: {count}" for name, count in counts.items()), style="bold")
    if entries:
        console.print()
        console.print(table(_COLUMNS, [_row(each) for each in entries]))
    if left := sum(counts.values()) - len(entries):
        messages.print(f"… and {counted(left, 'more record')}: --all or --format csv has them all")


def _row(entry: Data) -> Shape:
    return {
        **entry,
        "actor": entry["actor"]["name"] if entry["actor"] else None,
        "key": entry["record"]["key"],
        "changed": changed(entry, names_only=entry["action"] == "CREATED"),
    }


def _csv_rows(entry: Data) -> list[Shape]:
    record = entry["record"]
    row = {
        **entry,
        "recordType": record["recordType"],
        "record": record["id"],
        "key": record["key"],
        "actor": entry["actor"]["name"] if entry["actor"] else None,
    }
    values = entry["differences"] or [{"name": None, "before": None, "after": None}]
    return [{**row, **each} for each in values]
