"""Rules of redundancy groups as people type them: redundancy.GROUP.RULE=VALUE."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer

from graph_service.cli.answers import Asked

_PREFIX = "redundancy."
_READERS: Mapping[str, Callable[[str], Any]] = {
    "k": int,
    "percent": int,
    "kFull": int,
    "mode": str.upper,
    "switchMinutes": float,
    "strength": str.upper,
    "evidence": str,
}
_INSTEAD = {"k": "percent", "percent": "k"}
_KNOWN = """
query GroupRules($ref: CIRef!, $names: [String!]!) {
  estate { ci(ref: $ref) { attributes(names: $names) { name value } } }
}"""

Rules = dict[str, dict[str, Any]]
"""What is typed of each group, by its name."""


def without_rules(stated: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Rules]:
    """Tell the rules of groups from the other attributes."""
    others: list[Mapping[str, Any]] = []
    rules: Rules = {}
    for each in stated:
        group, _, rule = each["name"].removeprefix(_PREFIX).rpartition(".")
        if not each["name"].startswith(_PREFIX):
            others.append(each)
        elif group and rule in _READERS and "text" in each:
            rules.setdefault(group, {})[rule] = _read(rule, each["text"])
        else:
            raise typer.BadParameter(
                f"{each['name']} is not a rule; write redundancy.GROUP.RULE=VALUE with one of "
                f"{', '.join(_READERS)}"
            )
    return others, rules


def as_input(rules: Rules) -> list[dict[str, Any]]:
    """Return rules as GraphQL takes them for many CIs."""
    found = []
    for group, said in rules.items():
        one: dict[str, Any] = {"name": group}
        for rule, value in said.items():
            if rule in _INSTEAD:
                one["required"] = {"count" if rule == "k" else "percent": value}
            else:
                one[rule] = value
        found.append(one)
    return found


async def as_attributes(
    asked: Asked, ref: Mapping[str, str], rules: Rules, terms: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the attributes of one CI that hold these rules, each within those its group has."""
    names = [f"{_PREFIX}{group}" for group in rules]
    if not names:
        return []
    answer = (await asked.ask(_KNOWN, ref=ref, names=names))["estate"]["ci"]
    known = {each["name"]: each["value"] or {} for each in answer["attributes"]}
    return [
        {"name": name, "value": _within(known.get(name, {}), said), **terms}
        for name, said in zip(names, rules.values(), strict=True)
    ]


def _within(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {_INSTEAD[rule] for rule in said if rule in _INSTEAD}
    return {**{rule: each for rule, each in known.items() if rule not in dropped}, **said}


def _read(rule: str, text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return _READERS[rule](text)
    except ValueError:
        raise typer.BadParameter(f"{rule}: {text!r} is not a number") from None
