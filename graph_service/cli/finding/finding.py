"""The find command: CIs by words and conditions, in any order, with any columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.asked_of import left_out, of_estate
from graph_service.cli.chosen_estate import (
    ESTATE,
    VARIABLES,
    AsOfOption,
    ChosenEstate,
    EstateChoice,
    WhatIfOption,
)
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import ListFormat, stdout, table, write_csv, write_json
from graph_service.cli.pages import all_nodes
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.errors import QuestionTooLargeError
from graph_service.store import CIOrder

PAGE = 200
RANKED_MAX = 1_000
"""Rows that are put in order of how well they fit; who wants more gets them by name."""

CAUSES_MAX = 500
"""CIs that one question can be about."""

LIST_COLUMNS = {
    "key": "key", "name": "name", "className": "class", "tier": "tier",
    "environment": "environment", "presence": "presence",
}  # fmt: skip

_CI = "id key name className tier environment presence revision"
_PAGE_INFO = "totalCount pageInfo { hasNextPage endCursor }"
_LIST = f"""
query Find(
  {VARIABLES}, $filter: CIFilter, $order: CIOrder!, $direction: Direction!, $columns: [String!],
  $shows: Boolean!, $first: Int!, $after: String
) {{
  {ESTATE} {{ page: cis(
    filter: $filter, orderBy: $order, direction: $direction, first: $first, after: $after
  ) {{ nodes {{ {_CI} values(names: $columns) @include(if: $shows) }} {_PAGE_INFO} }} }}
}}"""
_RANKED = f"""
query Search(
  {VARIABLES}, $text: String!, $filter: CIFilter, $columns: [String!], $shows: Boolean!,
  $first: Int!, $after: String
) {{
  {ESTATE} {{ page: search(text: $text, filter: $filter, first: $first, after: $after) {{
    didYouMean
    nodes {{ score excerpt ci {{ {_CI} values(names: $columns) @include(if: $shows) }} }}
    {_PAGE_INFO}
  }} }}
}}"""
_MEANT = f"""
query Meant({VARIABLES}, $text: String!, $filter: CIFilter) {{
  {ESTATE} {{ search(text: $text, filter: $filter, first: 0) {{ didYouMean }} }}
}}"""

WhereOption = Annotated[
    str,
    typer.Option(
        metavar="CONDITION",
        help="Which CIs: class:Server tier<=1 env:PRODUCTION not tag:exempt; see docs/how-to/"
        "finding.md.",
    ),
]
ColumnsOption = Annotated[
    str, typer.Option(metavar="A,B,…", help="Attributes to show beside the usual columns.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="Most rows.")]
OrderOption = Annotated[
    CIOrder | None,
    typer.Option(case_sensitive=False, help="Default: what fits best, without words by name."),
]
DescendingOption = Annotated[bool, typer.Option("--descending", help="The other way round.")]
ListOption = Annotated[ListFormat, typer.Option("--format", help="table, json or csv.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which CIs, in what order, how many and with which columns."""

    filter: Mapping[str, Any]
    text: str = ""
    order: CIOrder | None = None
    descending: bool = False
    limit: int
    columns: Sequence[str] = ()
    estate: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ranked(self) -> bool:
        """Whether what fits best comes first."""
        has_order = self.order is not None or self.descending
        return bool(self.text.strip()) and not has_order and self.limit <= RANKED_MAX


def find(
    context: typer.Context,
    text: Annotated[
        str,
        typer.Argument(
            metavar="[TEXT]",
            help="Words of what CIs are or were called, or of what is said of them.",
            show_default=False,
        ),
    ] = "",
    where: WhereOption = "",
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Only of this class or what specialises it; may be repeated."),
    ] = None,
    order: OrderOption = None,
    descending: DescendingOption = False,
    columns: ColumnsOption = "",
    limit: LimitOption = 50,
    output: ListOption = ListFormat.TABLE,
    as_of: AsOfOption = None,
    what_if: WhatIfOption = None,
) -> None:
    """Find CIs by words, the last of which may be the beginning of one, and by conditions."""
    asked_for = {"where": where or None, "classes": classes or None, "text": text or None}
    wanted = Wanted(
        filter={name: value for name, value in asked_for.items() if value is not None},
        text=text,
        order=order,
        descending=descending,
        limit=limit,
        columns=column_names(columns),
    )
    show(context.obj, wanted, output, EstateChoice.of(as_of, what_if))


def column_names(text: str) -> list[str]:
    """Return the names in a list of columns."""
    return [each.strip() for each in text.split(",") if each.strip()]


def show(session: Session, wanted: Wanted, output: ListFormat, choice: EstateChoice | None) -> None:
    """Find CIs and write them; leave with the exit code."""

    async def ask() -> ExitCode:
        async with session.asked() as asked:
            chosen = await choice.opened(asked) if choice else None
            found, meant = await _found(asked, wanted, chosen)
        if chosen:
            chosen.say_faults()
        if output is ListFormat.JSON:
            write_json(of_estate(found, chosen))
        else:
            write_list(found["cis"], wanted, output)
            _say_rest(found, wanted, meant)
        return left_out(chosen)

    run(ask)


async def _found(
    asked: Asked, wanted: Wanted, chosen: ChosenEstate | None
) -> tuple[Shape, list[str]]:
    estate = chosen.variables if chosen else {}
    shared = {
        **estate,
        "filter": wanted.filter,
        "columns": [*wanted.columns] or None,
        "shows": bool(wanted.columns),
    }
    if wanted.is_ranked:
        nodes, total = await all_nodes(
            asked, _RANKED, ("estate", "page"), page=PAGE, limit=wanted.limit,
            text=wanted.text, **shared,
        )  # fmt: skip
        rows = [
            {**each["ci"], "score": each["score"], "excerpt": each["excerpt"]} for each in nodes
        ]
    else:
        rows, total = await all_nodes(
            asked, _LIST, ("estate", "page"), page=PAGE, limit=wanted.limit,
            order=wanted.order or CIOrder.NAME,
            direction="DESC" if wanted.descending else "ASC", **shared,
        )  # fmt: skip
    meant: list[str] = []
    if not total and wanted.text.strip():
        said = await asked.ask(_MEANT, **estate, text=wanted.text, filter=wanted.filter)
        meant = said["estate"]["search"]["didYouMean"]
    return {"totalCount": total, "cis": rows, **({"didYouMean": meant} if meant else {})}, meant


async def keys_where(session: Session, where: str, choice: EstateChoice | None) -> list[str]:
    """Return the keys of all CIs that meet a condition, by name.

    Raises:
        GraphServiceError: It is no condition, or names what there is not.

    """
    wanted = Wanted(filter={"where": where}, limit=CAUSES_MAX)
    async with session.asked() as asked:
        chosen = await choice.opened(asked) if choice else None
        found, _ = await _found(asked, wanted, chosen)
    if found["totalCount"] > len(found["cis"]):
        raise QuestionTooLargeError(
            f"{found['totalCount']} CIs meet this, and at most {CAUSES_MAX} can be asked about "
            "at a time; narrow it"
        )
    return [each["key"] for each in found["cis"]]


def write_list(rows: Sequence[Shape], wanted: Wanted, output: ListFormat) -> None:
    """Write CIs as a table or as CSV."""
    flat = [{**each, **_said(each, wanted.columns)} for each in rows]
    columns = {**LIST_COLUMNS, **{f"values.{each}": each for each in wanted.columns}}
    if output is ListFormat.CSV:
        # The names of columns are those of attributes, without what keeps them apart here.
        shown = [{columns[name]: each.get(name) for name in columns} for each in flat]
        names = [name.removeprefix("values.") for name in columns]
        renamed = [dict(zip(names, each.values(), strict=True)) for each in shown]
        write_csv(renamed, names)
    elif rows:
        if any(_is_elsewhere(each) for each in flat):
            columns["where"] = "found in"
        stdout().print(table(columns, flat))


def _said(row: Shape, columns: Sequence[str]) -> Shape:
    values = row.get("values") or {}
    where = row["excerpt"] if _is_elsewhere(row) else None
    return {**{f"values.{each}": values.get(each) for each in columns}, "where": where}


def _is_elsewhere(row: Shape) -> bool:
    """Whether what fits is neither the name nor the key, which are shown anyway."""
    return row.get("excerpt") not in {None, row["name"], row["key"]}


def _say_rest(found: Shape, wanted: Wanted, meant: Sequence[str]) -> None:
    left = found["totalCount"] - len(found["cis"])
    if left:
        messages.print(f"… and {left} more: --limit {found['totalCount']} has them all")
    elif not found["cis"]:
        has_text = f"Nothing that is asked for has {wanted.text!r} in it."
        messages.print(has_text if wanted.text else "Nothing meets this.", markup=False)
        if meant:
            messages.print(f"Did you mean {' or '.join(map(repr, meant))}?", markup=False)
