"""Commands that state facts by hand: set, retire, relate, unrelate, merge, split."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from graph_service.cli import moments
from graph_service.cli.answers import Asked
from graph_service.cli.editing.edit_sending import checked_reason, meant, sent
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.group_rules import as_attributes, without_rules
from graph_service.cli.output import RecordFormat
from graph_service.cli.session import Session, run
from graph_service.model.errors import Fault

Reason = Annotated[str, typer.Option(help="Why; it stands in the log.")]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Show what it would do, and do nothing.")]
Output = Annotated[RecordFormat, typer.Option("--format", help="table or json.")]
_CI = typer.Argument(metavar="CI", help="An id, key or name.", show_default=False)
_FIELDS = {"name": "name", "class": "class"}
_RELATIONSHIP_NUMBERS = {"port": int, "toleranceMinutes": float}
_RELATIONSHIP_NAMES = ("strength", "channels", "group", "role", "protocol", "evidence")

Edits = Callable[[Asked], Awaitable[list[dict[str, Any]]]]


def set_(
    context: typer.Context,
    ci: Annotated[str, _CI],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ATTRIBUTE=VALUE…",
            help="What to state; nothing after = states that there is none. name= and class= too, "
            "and redundancy.GROUP.k= for a rule of one of its groups.",
        ),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ATTRIBUTE", help="No longer state this, so that data sources speak again."
        ),
    ] = None,
    until: Annotated[
        str,
        typer.Option(metavar="WHEN", help="When the values end: 30d, 2027-01-01 or an instant."),
    ] = "",
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """State values of a CI by hand; they outrank data sources."""
    if not (values or unset):
        raise typer.BadParameter("say what to set, as in tier=1, or what to --unset")
    stated, rules = without_rules(attributes_of(values or (), until, reason))
    fields = {each["name"]: each.get("text") for each in stated if each["name"] in _FIELDS}
    if missing := [name for name, text in fields.items() if not text]:
        raise typer.BadParameter(f"{missing[0]} cannot be nothing")

    async def edits(asked: Asked) -> list[dict[str, Any]]:
        ref = await meant(asked, ci)
        patch: dict[str, Any] = {"ci": ref, **fields}
        patch["attributes"] = [
            *(each for each in stated if each["name"] not in fields),
            *await as_attributes(asked, ref, rules, terms_until(until, reason)),
        ]
        patch["releaseAttributes"] = unset or []
        return [{"updateCi": patch}]

    _do(context, edits, reason, output, plan_only=plan_only)


def retire(
    context: typer.Context,
    cis: Annotated[
        list[str], typer.Argument(metavar="CI…", help="Ids, keys or names.", show_default=False)
    ],
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """Retire CIs and their relationships; their history stays."""

    async def edits(asked: Asked) -> list[dict[str, Any]]:
        return [{"retireCi": await meant(asked, each)} for each in cis]

    _do(context, edits, reason, output, plan_only=plan_only)


def relate(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", show_default=False)],
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="As in DEPENDS_ON.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", show_default=False)],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]…",
            help="strength, channels, toleranceMinutes, group, role, protocol, port, evidence.",
        ),
    ] = None,
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """Relate two CIs, or replace the attributes of their relationship."""
    said = _relationship_values(values or ())

    async def edits(asked: Asked) -> list[dict[str, Any]]:
        ends = await _ends(asked, source, type_, target)
        return [{"setRelationship": {**ends, **said}}]

    _do(context, edits, reason, output, plan_only=plan_only)


def unrelate(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", show_default=False)],
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="As in DEPENDS_ON.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", show_default=False)],
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """Retire the relationship of two CIs, whoever states it."""

    async def edits(asked: Asked) -> list[dict[str, Any]]:
        return [{"retireRelationship": await _ends(asked, source, type_, target)}]

    _do(context, edits, reason, output, plan_only=plan_only)


def merge(
    context: typer.Context,
    survivor: Annotated[str, typer.Argument(metavar="SURVIVOR", show_default=False)],
    others: Annotated[
        list[str], typer.Argument(metavar="CI…", help="What turned out to be the same.")
    ],
    settle: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="ATTRIBUTE=VALUE", help="What it settles: the tier, where they differ."
        ),
    ] = None,
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """Say that CIs are one; what they are called leads to the survivor from then on."""
    values = [_settled(each) for each in settle or ()]

    async def edits(asked: Asked) -> list[dict[str, Any]]:
        absorbed = [await meant(asked, each) for each in others]
        known = await meant(asked, survivor)
        return [{"mergeCis": {"survivor": known, "others": absorbed, "values": values}}]

    _do(context, edits, reason, output, plan_only=plan_only)


def split(
    context: typer.Context,
    ci: Annotated[str, _CI],
    absorbed: Annotated[
        str, typer.Argument(metavar="[KEY]", help="Key or id of the CI to give back.")
    ] = "",
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--claim",
            metavar="DATA_SOURCE:KEY",
            help="What a data source calls a CI that is to be one of its own; may be repeated.",
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="Of the CI that --claim makes.")] = "",
    reason: Reason = "",
    plan_only: PlanOnly = False,
    output: Output = RecordFormat.TABLE,
) -> None:
    """Say that a CI is two: give back one that was merged into it, or break claims out."""
    named = [_claim(each) for each in claims or ()]
    if bool(absorbed) == bool(named):
        raise typer.BadParameter("say which CI to give back, or which --claim to break out")

    async def edits(asked: Asked) -> list[dict[str, Any]]:
        said: dict[str, Any] = {"ci": await meant(asked, ci)}
        if absorbed:
            name = "id" if absorbed.startswith("ci_") else "key"
            said["absorbed"] = {name: absorbed}
        else:
            said |= {"claims": named, "key": key or None}
        return [{"splitCi": said}]

    _do(context, edits, reason, output, plan_only=plan_only)


def attributes_of(texts: Sequence[str], until: str, reason: str = "") -> list[dict[str, Any]]:
    """Read ``NAME=VALUE``; nothing after the sign is a value too: that there is none."""
    terms = terms_until(until, reason)
    stated = []
    for each in texts:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise typer.BadParameter(f"{each!r} is not ATTRIBUTE=VALUE")
        said = {"text": value} if value else {"value": None}
        stated.append({"name": name.strip(), **said, **terms})
    return stated


def terms_until(until: str, reason: str) -> dict[str, Any]:
    """Return the terms of values that end; none if they do not."""
    end = moments.end(until, "--until") if until else None
    return {"validUntil": end, "reason": reason or None} if end else {}


def _do(
    context: typer.Context, edits: Edits, reason: str, output: RecordFormat, *, plan_only: bool
) -> None:
    session: Session = context.obj
    said = checked_reason(reason, plan_only=plan_only)

    async def do() -> ExitCode:
        async with session.asked(writing=not plan_only) as asked:
            given = await edits(asked)
            located = _as_typed if len(given) == 1 else None
            return await sent(asked, given, said, output, plan_only=plan_only, located=located)

    run(do)


def _as_typed(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults of the one edit there is without saying which of the edits it is."""
    found = []
    for each in faults:
        path = re.sub(r"^edits\[0\]\.\w+\.?", "", each.place.path)
        found.append(replace(each, place=replace(each.place, path=path)))
    return found


async def _ends(asked: Asked, source: str, type_: str, target: str) -> dict[str, Any]:
    ends = {"source": await meant(asked, source), "target": await meant(asked, target)}
    return {"type": type_, **ends}


def _relationship_values(texts: Sequence[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for each in texts:
        name, sign, value = each.partition("=")
        if not sign or name not in {*_RELATIONSHIP_NUMBERS, *_RELATIONSHIP_NAMES}:
            known = ", ".join((*_RELATIONSHIP_NAMES, *_RELATIONSHIP_NUMBERS))
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE with one of the names {known}")
        said[name] = _relationship_value(name, value)
    return said


def _relationship_value(name: str, value: str) -> Any:  # noqa: ANN401 - any JSON value
    if name == "channels":
        return value.split(",")
    if name not in _RELATIONSHIP_NUMBERS:
        return value
    try:
        return _RELATIONSHIP_NUMBERS[name](value)
    except ValueError:
        raise typer.BadParameter(f"{name}: {value!r} is not a number") from None


def _settled(text: str) -> dict[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise typer.BadParameter(f"{text!r} is not ATTRIBUTE=VALUE", param_hint="--set")
    said = {"text": value} if value else {"value": None}
    return {"name": name.strip(), **said}


def _claim(text: str) -> dict[str, str]:
    data_source, sign, native_key = text.partition(":")
    if not (data_source and sign and native_key):
        raise typer.BadParameter(f"{text!r} is not DATA_SOURCE:KEY", param_hint="--claim")
    return {"dataSource": data_source, "nativeKey": native_key}
