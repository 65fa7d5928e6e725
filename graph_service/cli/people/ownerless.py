"""The ownerless command: what lost its owner, who could take over, and handing it over."""

from typing import Annotated

import typer

from graph_service.cli.answers import Asked
from graph_service.cli.editing.edit_sending import say_warnings
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import (
    ListFormat,
    counted,
    plain,
    stdout,
    table,
    write_csv,
    write_json,
)
from graph_service.cli.pages import all_nodes
from graph_service.cli.people.people import PROBLEM
from graph_service.cli.service.service import problem_error
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.people.duties import Duty
from graph_service.use_cases.people.ownerless import Problem

GAPS_PAGE = 50
CIS_PAGE = 200
CIS_SHOWN = 3

_PAGE_INFO = "totalCount pageInfo { hasNextPage endCursor }"

_GAP = """id problem duty text label near tie ciCount worstTier
      heir { label reason person { id } team { key } }
      cis(first: $cis) { nodes { key } pageInfo { hasNextPage endCursor } }"""

_GAPS = f"""
query Ownerless($first: Int!, $after: String, $filter: OwnerGapFilter, $cis: Int!) {{
  ownerless(first: $first, after: $after, filter: $filter) {{
    nodes {{ {_GAP} }}
    {_PAGE_INFO}
  }}
}}"""

_MORE_CIS = """
query MoreCIs($filter: OwnerGapFilter, $cis: Int!, $after: String) {
  ownerless(first: 1, filter: $filter) {
    nodes { cis(first: $cis, after: $after) {
      nodes { key } pageInfo { hasNextPage endCursor }
    } }
  }
}"""

_PREVIEW = f"""
query HandOverPreview($gaps: OwnerGapFilter!, $heir: String, $first: Int!, $cis: Int!) {{
  handOverPreview(gaps: $gaps, heir: $heir, first: $first) {{
    seal gapCount leftCount gaps {{ {_GAP} }}
    edits {{ warnings {{ message }} faults {{ message hint place }} }}
  }}
}}"""

_HAND_OVER = f"""
mutation HandOver($input: HandOverInput!) {{
  handOver(input: $input) {{
    ... on EstateWritten {{ revision changed updatedCount warnings {{ message }} }}
    {PROBLEM}
  }}
}}"""

_COLUMNS = {
    "problem": "problem", "duty": "as", "label": "who", "tier": "tier", "ciCount": "CIs",
    "cis": "which",
}  # fmt: skip
_HEIR_COLUMNS = {"heir": "heir", "reason": "because"}
_CSV_COLUMNS = (
    "problem", "duty", "text", "label", "near", "heir", "heirReason", "tie", "ci",
)  # fmt: skip
_SAID = {
    "LEFT": "left",
    "UNKNOWN": "nobody is called that",
    "AMBIGUOUS": "several are called that",
    "EMPTY_TEAM": "nobody in it is left",
    "NOBODY": "nobody is named",
}


def ownerless(
    context: typer.Context,
    problems: Annotated[
        list[str] | None,
        typer.Option("--problem", help=f"Only {', '.join(Problem)}; repeatable."),
    ] = None,
    duties: Annotated[
        list[str] | None,
        typer.Option("--duty", help=f"Only as {', '.join(Duty.__members__)}; repeatable."),
    ] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", help="Only this row, as JSON names it; repeatable.")
    ] = None,
    text: Annotated[str, typer.Option("--of", help="Only what the CIs say exactly so.")] = "",
    heirs: Annotated[bool, typer.Option("--heirs", help="Show who could take over.")] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Name the heirs on the CIs, as one revision.")
    ] = False,
    heir: Annotated[
        str, typer.Option(metavar="WHO", help="With --apply: this person or team for all of it.")
    ] = "",
    reason: Annotated[str, typer.Option(help="With --apply: why.")] = "",
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Show what --apply would do, and do nothing.")
    ] = False,
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or csv.")
    ] = ListFormat.TABLE,
) -> None:
    """List CIs whose owner, support, contact or approver is gone, unknown, empty or nobody."""
    session: Session = context.obj
    wanted: Shape = {
        "ids": ids or None,
        "problems": [_one_of(each, [*Problem], "--problem") for each in problems or ()] or None,
        "duties": [_one_of(each, [*Duty.__members__], "--duty") for each in duties or ()] or None,
        "text": text or None,
    }
    handing_over = apply or plan_only
    if heir and not handing_over:
        message = "an heir is named with --apply or --plan"
        raise typer.BadParameter(message, param_hint="--heir")
    if handing_over and output is not ListFormat.TABLE:
        message = "what was handed over is not a list; without --apply and --plan it is"
        raise typer.BadParameter(message, param_hint="--format")
    if apply and not plan_only and not reason.strip():
        raise typer.BadParameter("say why: --reason TEXT", param_hint="--apply")

    async def do() -> ExitCode:
        async with session.asked(writing=apply and not plan_only) as asked:
            if handing_over:
                seal = await _previewed(asked, wanted, heir)
                if plan_only:
                    messages.print('Do it with --apply --reason "why" in place of --plan')
                    return ExitCode.CHANGES_PENDING
                return await _apply(asked, wanted, heir, reason, seal)
            rows = await _found(asked, wanted, everything=output is not ListFormat.TABLE)
        _write(rows, output, heirs=heirs)
        return ExitCode.DONE

    run(do)


def _one_of(text: str, known: list[str], option: str) -> str:
    name = text.strip().upper().replace("-", "_")
    if name in known:
        return name
    near = nearest(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    raise typer.BadParameter(f"{text!r} is none; {hint}", param_hint=option)


async def _found(asked: Asked, wanted: Shape, *, everything: bool) -> list[Shape]:
    cis = CIS_PAGE if everything else CIS_SHOWN
    page = GAPS_PAGE if not everything else max(1, GAPS_PAGE // 10)
    nodes, _ = await all_nodes(asked, _GAPS, ["ownerless"], page=page, filter=wanted, cis=cis)
    if everything:
        for each in nodes:
            await _complete(asked, each)
    return [_shape(each) for each in nodes]


async def _complete(asked: Asked, gap: Shape) -> None:
    """Read the CIs of a gap that did not fit its first page."""
    while gap["cis"]["pageInfo"]["hasNextPage"]:
        after = gap["cis"]["pageInfo"]["endCursor"]
        data = await asked.ask(_MORE_CIS, filter={"ids": [gap["id"]]}, cis=CIS_PAGE, after=after)
        if not data["ownerless"]["nodes"]:
            return  # somebody was named meanwhile
        page = data["ownerless"]["nodes"][0]["cis"]
        gap["cis"]["nodes"] += page["nodes"]
        gap["cis"]["pageInfo"] = page["pageInfo"]


def _shape(found: Shape) -> Shape:
    heir = found["heir"]
    return {
        **{name: value for name, value in found.items() if name not in {"heir", "cis"}},
        "heir": heir
        and {
            "id": heir["person"]["id"] if heir["person"] else heir["team"]["key"],
            "label": heir["label"],
            "reason": heir["reason"],
        },
        "cis": [each["key"] for each in found["cis"]["nodes"]],
    }


def _write(rows: list[Shape], output: ListFormat, *, heirs: bool) -> None:
    if output is ListFormat.JSON:
        write_json(rows)
    elif output is ListFormat.CSV:
        write_csv([line for each in rows for line in _csv_rows(each)], _CSV_COLUMNS)
    elif rows:
        columns = _COLUMNS | (_HEIR_COLUMNS if heirs else {})
        stdout().print(table(columns, [_row(each) for each in rows]))
        cis = sum(each["ciCount"] for each in rows)
        messages.print(f"{counted(cis, 'time')} somebody is missing.")
        if not heirs:
            messages.print("Who could take over: ownerless --heirs")
        elif any(each["heir"] for each in rows):
            messages.print(
                'Hand it over with: ownerless --apply --reason "why"; --plan, --of, --problem'
            )
    else:
        messages.print("Everybody who is named is there.")


def _csv_rows(found: Shape) -> list[Shape]:
    heir = found["heir"] or {}
    more = {"heir": heir.get("id"), "heirReason": heir.get("reason")}
    near = "; ".join(found["near"])
    return [{**found, **more, "near": near, "ci": each} for each in found["cis"]]


def _row(found: Shape) -> Shape:
    heir = found["heir"] or {}
    left = found["ciCount"] - len(found["cis"][:CIS_SHOWN])
    label = plain(found["label"])
    if found["text"] not in {"", found["label"]}:
        label += f" ({plain(found['text'])})"
    if found["near"]:
        label += f": {' or '.join(map(plain, found['near']))}?"
    return {
        "problem": _SAID[found["problem"]],
        "duty": found["duty"].lower().replace("_", " "),
        "label": label,
        "tier": found["worstTier"],
        "ciCount": found["ciCount"],
        "cis": ", ".join(found["cis"][:CIS_SHOWN]) + (f" and {left} more" if left else ""),
        "heir": heir.get("label"),
        "reason": heir.get("reason"),
    }


async def _previewed(asked: Asked, wanted: Shape, heir: str) -> str:
    """Show who would take what over, and what to know first; return the seal of that."""
    asked_for = {"gaps": wanted, "heir": heir or None, "first": GAPS_PAGE, "cis": CIS_SHOWN}
    found = (await asked.ask(_PREVIEW, **asked_for))["handOverPreview"]
    rows = [_row(_shape(each)) for each in found["gaps"]]
    if heir:
        rows = [{**each, "heir": plain(heir), "reason": "chosen"} for each in rows]
    stdout().print(table(_COLUMNS | _HEIR_COLUMNS, rows))
    if (more := found["gapCount"] - len(rows)) > 0:
        messages.print(f"… and {counted(more, 'row')} more: ownerless --heirs shows all")
    if found["leftCount"]:
        messages.print(f"Nobody can be proposed for {counted(found['leftCount'], 'other row')}.")
    say_warnings(found["edits"]["warnings"])
    for each in found["edits"]["faults"]:
        messages.print(f"Refused: {plain(each['message'])}", markup=False)
    seal: str = found["seal"]
    return seal


async def _apply(asked: Asked, wanted: Shape, heir: str, reason: str, seal: str) -> ExitCode:
    asked_for = {"gaps": wanted, "heir": heir or None, "reason": reason, "seal": seal}
    done = (await asked.ask(_HAND_OVER, input=asked_for))["handOver"]
    if "revision" not in done:
        raise problem_error(done)
    count = counted(done["updatedCount"], "CI names", "CIs name")
    stdout().print(f"{count} somebody who is there, as of revision {done['revision']}.")
    for each in done["warnings"]:
        messages.print(each["message"], markup=False)
    return ExitCode.CHANGES_PENDING if done["warnings"] else ExitCode.DONE
