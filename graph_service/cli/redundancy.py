"""Commands about groups that look redundant: redundancy list, show, confirm, reject."""

from typing import Annotated, Any

import typer
from rich.console import Console

from graph_service.cli.answers import Asked, Data
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import (
    ListFormat,
    RecordFormat,
    counted,
    shown,
    stdout,
    table,
    write_csv,
    write_json,
)
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.use_cases.redundancy.assistant import AT_ONCE_MAX, REJECTED_FOR, REVIEWED_AFTER
from graph_service.use_cases.redundancy.candidates import Sort
from graph_service.use_cases.redundancy.proposal import Confidence

ROWS_SHOWN = 20
PAGE = 200

redundancy = typer.Typer(
    help="Groups that look redundant and need somebody's word: list, show, confirm, reject.",
    no_args_is_help=True,
)

_CI = "ci { key name className tier }"
_PROPOSAL = f"""id sort name n k kKnown kReason mode confidence
    dependant {{ key name className tier }}
    members {{ {_CI} role moves related }} evidence {{ code text }}
    effect {{ serviceCount ciCount services {{ key name className tier }}
              losses {{ {_CI} servicesDownNow servicesDownThen }} }}
    rejection {{ reason by at until }}"""
_LIST = f"""
query Proposals($first: Int!, $after: String, $filter: RedundancyFilter!) {{
  page: redundancyProposals(first: $first, after: $after, filter: $filter) {{
    totalCount uncomputedCount revision
    nodes {{ {_PROPOSAL} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_ONE = f"query Proposal($id: ID!) {{ redundancyProposal(id: $id) {{ {_PROPOSAL} }} }}"
_PROBLEMS = """... on Problem { code message hint }
    ... on ValidationFailed { faults { code message hint place } }"""
_CONFIRM = f"""
mutation Confirm($input: ConfirmRedundancyInput!) {{
  confirmRedundancy(input: $input) {{
    ... on RedundancyConfirmed {{
      revision changed confirmedCount updatedCount warnings {{ message }} }}
    ... on StaleRevision {{ baseRevision: expectedRevision currentRevision moved: changed }}
    {_PROBLEMS}
  }}
}}"""
_REJECT = f"""
mutation Reject($input: RejectRedundancyInput!) {{
  rejectRedundancy(input: $input) {{
    ... on RedundancyRejected {{ rejectedCount until }}
    {_PROBLEMS}
  }}
}}"""

_COLUMNS = {
    "services": "services",
    "cis": "CIs",
    "confidence": "confidence",
    "dependant": "CI",
    "group": "group",
    "members": "members",
    "k": "k",
    "why": "why",
    "id": "id",
}
_CSV_COLUMNS = (
    "id", "sort", "dependant", "className", "group", "members", "n", "k", "mode", "confidence",
    "services", "cis", "savedServices", "evidence",
)  # fmt: skip

_Confidence = Annotated[
    list[str] | None,
    typer.Option("--confidence", help=f"{', '.join(Confidence)}; may be repeated."),
]
_Sorts = Annotated[
    list[str] | None, typer.Option("--sort", help=f"{', '.join(Sort)}; may be repeated.")
]
_Classes = Annotated[
    list[str] | None,
    typer.Option("--class", help="Class of the CI that leans on the group; may be repeated."),
]


@redundancy.command("list")
def list_proposals(
    context: typer.Context,
    confidence: _Confidence = None,
    sort: _Sorts = None,
    classes: _Classes = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Those that somebody said no to, instead.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"Most of them; default: {ROWS_SHOWN} in a table, else all."),
    ] = None,
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or csv.")
    ] = ListFormat.TABLE,
) -> None:
    """List them, those whose confirmation keeps most services up first."""
    session: Session = context.obj
    wanted = _filter(confidence, sort, classes, rejected=rejected)
    most = limit or (ROWS_SHOWN if output is ListFormat.TABLE else None)

    async def do() -> ExitCode:
        async with session.asked() as asked:
            found, last = await _proposals(asked, wanted, most)
        if output is ListFormat.JSON:
            write_json(found)
        elif output is ListFormat.CSV:
            write_csv((_csv_row(each) for each in found), _CSV_COLUMNS)
        else:
            _write_list(stdout(), found, last)
        return ExitCode.DONE

    run(do)


@redundancy.command("show")
def show(
    context: typer.Context,
    proposal_id: Annotated[str, typer.Argument(metavar="ID", help="rpr_…, as the list shows it.")],
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """Show one: members, what speaks for it, what confirming gives."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked() as asked:
            found = (await asked.ask(_ONE, id=proposal_id))["redundancyProposal"]
        if found is None:
            messages.print(
                f"No such proposal (any more): {proposal_id}; see: graph-service redundancy list",
                markup=False,
            )
            return ExitCode.INCOMPLETE
        if output is RecordFormat.JSON:
            write_json(found)
        else:
            _write_one(stdout(), found)
        return ExitCode.DONE

    run(do)


@redundancy.command("confirm")
def confirm(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="rpr_…")] = None,
    classes: _Classes = None,
    confidence: _Confidence = None,
    k: Annotated[
        int | None, typer.Option("--k", min=1, help="Needed members, if not as proposed.")
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="How standbys take over: AUTO, MANUAL or ACTIVE_ACTIVE.")
    ] = None,
    days: Annotated[
        int, typer.Option(min=0, help="How long it holds until it is looked at again; 0: for good.")
    ] = REVIEWED_AFTER.days,
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")] = "",
) -> None:
    """Make proposed groups real, as one revision: those named, or all of a class.

    With --class and no ids: all of that class that are HIGH, or of the --confidence given.
    """
    session: Session = context.obj
    if bool(ids) == bool(classes):
        raise typer.BadParameter("name proposals, or a --class, and not both")
    wanted = _filter(confidence or [Confidence.HIGH.value], None, classes, rejected=False)

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            chosen, left = list(ids or ()), 0
            if classes:
                found, last = await _proposals(asked, wanted, AT_ONCE_MAX)
                chosen = [each["id"] for each in found]
                left = last["totalCount"] - len(chosen)
            if not chosen:
                messages.print("Nothing of that sort is proposed.")
                return ExitCode.DONE
            given: Data = {"proposals": chosen, "reason": reason, "days": days or None}
            given |= {"k": k} if k is not None else {}
            given |= {"mode": mode.upper().replace("-", "_")} if mode else {}
            done = (await asked.ask(_CONFIRM, input=given))["confirmRedundancy"]
        if "confirmedCount" not in done:
            raise problem_error(done)
        for each in done["warnings"]:
            messages.print(each["message"], markup=False)
        stdout().print(
            f"{counted(done['confirmedCount'], 'group')} confirmed in revision {done['revision']}"
        )
        if left:
            messages.print(f"{left} more are proposed: run this again for the next of them.")
        return ExitCode.CHANGES_PENDING if left else ExitCode.DONE

    run(do)


@redundancy.command("reject")
def reject(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="rpr_…")],
    reason: Annotated[str, typer.Option(help="Why; whoever asks again finds it.")],
    days: Annotated[
        int, typer.Option(min=1, help="How long it is not proposed again.")
    ] = REJECTED_FOR.days,
) -> None:
    """Say no: it is not proposed again for a while, unless its members change."""
    session: Session = context.obj

    async def do() -> ExitCode:
        async with session.asked(writing=True) as asked:
            given = {"proposals": ids, "reason": reason, "days": days}
            done = (await asked.ask(_REJECT, input=given))["rejectRedundancy"]
        if "rejectedCount" not in done:
            raise problem_error(done)
        stdout().print(
            f"{counted(done['rejectedCount'], 'proposal')} rejected until {done['until']}"
        )
        return ExitCode.DONE

    run(do)


def _filter(
    confidence: list[str] | None,
    sort: list[str] | None,
    classes: list[str] | None,
    *,
    rejected: bool,
) -> Data:
    wanted: Data = {"rejected": rejected}
    for name, given, known, option in (
        ("confidence", confidence, Confidence, "--confidence"),
        ("sorts", sort, Sort, "--sort"),
    ):
        values = [each.strip().upper().replace("-", "_") for each in given or ()]
        for each in values:
            if each not in [*known]:
                raise typer.BadParameter(
                    f"{each!r} is none of {', '.join(known)}", param_hint=option
                )
        if values:
            wanted[name] = values
    if classes:
        wanted["classes"] = classes
    return wanted


async def _proposals(asked: Asked, wanted: Data, most: int | None) -> tuple[list[Shape], Data]:
    """Return proposals, and the last page of them for its figures."""
    found: list[Shape] = []
    after = None
    while True:
        first = PAGE if most is None else min(PAGE, most - len(found))
        page = (await asked.ask(_LIST, first=first, after=after, filter=wanted))["page"]
        found += page["nodes"]
        is_full = most is not None and len(found) >= most
        if is_full or not page["pageInfo"]["hasNextPage"]:
            return found, page
        after = page["pageInfo"]["endCursor"]


def _write_list(console: Console, found: list[Shape], last: Data) -> None:
    total = last["totalCount"]
    title = (
        f"{counted(total, 'group looks', 'groups look')} redundant (revision {last['revision']})"
    )
    console.print(table(_COLUMNS, (_row(each) for each in found), title))
    if total > len(found):
        console.print(f"… and {total - len(found)} more: --limit shows more, --format json all")
    if last["uncomputedCount"]:
        console.print(
            f"The effect of the last {last['uncomputedCount']} was not computed: the estate is "
            "large. Confirm some and ask again."
        )


def _row(each: Shape) -> Shape:
    effect = each["effect"]
    return {
        "services": effect and effect["serviceCount"],
        "cis": effect and effect["ciCount"],
        "confidence": each["confidence"],
        "dependant": each["dependant"]["key"],
        "group": each["name"],
        "members": _members(each),
        "k": f"{each['k']} of {each['n']}",
        "why": each["evidence"][0]["text"] if each["evidence"] else "",
        "id": each["id"],
    }


def _members(each: Shape) -> str:
    return ", ".join(member["ci"]["key"] for member in each["members"])


def _csv_row(each: Shape) -> Shape:
    services = each["effect"]["services"] if each["effect"] else []
    return {
        **_row(each),
        "sort": each["sort"],
        "className": each["dependant"]["className"],
        "n": each["n"],
        "k": each["k"],
        "mode": each["mode"],
        "savedServices": ", ".join(one["key"] for one in services),
        "evidence": "; ".join(one["text"] for one in each["evidence"]),
    }


def _write_one(console: Console, found: Shape) -> None:
    key = shown(found["dependant"]["key"])
    console.print(
        f"{key} would need {found['k']} of {found['n']} in group {shown(found['name'])}  "
        f"({found['confidence']}, {found['sort']})"
    )
    console.print(f"k: {shown(found['kReason'])}")
    if found["mode"]:
        console.print(f"mode: {found['mode']}, unless you say otherwise")
    console.print()
    columns = {"key": "member", "className": "class", "role": "role", "today": "today"}
    columns |= {"now": "services down without it", "then": "once confirmed"}
    console.print(table(columns, _member_rows(found), "Members"))
    console.print()
    console.print("What speaks for it")
    for each in found["evidence"]:
        console.print(f"  {shown(each['text'])}")
    console.print()
    console.print(_effect(found))
    if rejection := found["rejection"]:
        console.print(
            f"Rejected by {shown(rejection['by'])} until {rejection['until']}: "
            f"{shown(rejection['reason'])}"
        )


def _member_rows(found: Shape) -> list[Shape]:
    losses: dict[str, Any] = {
        each["ci"]["key"]: each for each in (found["effect"] or {}).get("losses", ())
    }
    rows = []
    for each in found["members"]:
        loss = losses.get(each["ci"]["key"])
        today = "leaned on alone" if each["moves"] else "in the group"
        rows.append(
            {
                "key": each["ci"]["key"],
                "className": each["ci"]["className"],
                "role": each["role"],
                "today": today if each["related"] else "not related yet",
                "now": loss and loss["servicesDownNow"],
                "then": loss and loss["servicesDownThen"],
            }
        )
    return rows


def _effect(found: Shape) -> str:
    effect = found["effect"]
    if effect is None:
        return "Its effect was not computed: the queue had cost enough."
    if not effect["ciCount"]:
        return "Confirming it changes nothing that goes down when one member is lost."
    services = ", ".join(shown(each["key"]) for each in effect["services"])
    named = f": {services}" if services else ""
    return (
        f"If any one member is lost, {counted(effect['ciCount'], 'CI stays', 'CIs stay')} up that "
        f"would go down today, {counted(effect['serviceCount'], 'service')} among them{named}"
    )
