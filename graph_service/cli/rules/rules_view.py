"""Vocabularies, policies and their plans as tables for people."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graph_service.cli.output import counted, plain, stdout, table
from graph_service.cli.shapes import Shape
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place

_CHANGE_COLUMNS = {
    "action": "what",
    "section": "of",
    "name": "row",
    "fields": "differs in",
    "useCount": "used by",
    "effect": "effect",
}
_VALUE_COLUMNS = {
    "key": "CI",
    "name": "attribute",
    "before": "now",
    "beforeSource": "said by",
    "after": "becomes",
    "afterSource": "said by",
}


def write_vocabulary_plan(plan: Shape, file: Path) -> None:
    """Write what a vocabulary file would do."""
    console = stdout()
    console.print(
        f"Vocabulary {plain(plan['beforeVersion'])} → {plain(plan['afterVersion'])} "
        f"(revision {plan['baseRevision']})",
        markup=False,
    )
    changes = plan["changes"]
    if plan["inForce"] or not changes["totalCount"]:
        console.print("Nothing to do: no row differs.", markup=False)
    else:
        rows = [{**each, "fields": ", ".join(each["fields"])} for each in changes["nodes"]]
        console.print(table(_CHANGE_COLUMNS, rows))
        if (left := changes["totalCount"] - len(rows)) > 0:
            console.print(f"… and {left} more", markup=False)
    for each in plan["refusals"]:
        hint = f" ({each['hint']})" if each["hint"] else ""
        console.print(
            f"Refused: {plain(each['place'])}: {plain(each['message'])}{hint}", markup=False
        )
    _write_end(plan, "vocabulary", file, is_refused=bool(plan["refusals"]))


def _write_end(plan: Shape, command: str, file: Path, *, is_refused: bool) -> None:
    console = stdout()
    for each in plan["warnings"]:
        console.print(f"Note: {plain(each)}", markup=False)
    if not is_refused and not plan["inForce"]:
        console.print(
            f'Apply it with: graph-service {command} apply {file} --reason "why"', markup=False
        )


def write_policy_plan(plan: Shape, file: Path) -> None:
    """Write what a policy file would do."""
    console = stdout()
    before = plan["beforeVersion"] or "none"
    console.print(
        f"Policies {plain(before)} → {plain(plan['afterVersion'])} "
        f"(revision {plan['baseRevision']})",
        markup=False,
    )
    if plan["inForce"] or not plan["sections"]:
        console.print("Nothing to do: no rule differs.", markup=False)
    for each in plan["sections"]:
        console.print(
            f"{each['section']}: {each['addedCount']} new, {each['removedCount']} gone, "
            f"{each['keptCount']} stay",
            markup=False,
        )
    if plan["valueCount"]:
        shown = plan["values"]["nodes"]
        title = f"{counted(plan['valueCount'], 'value')} of {counted(plan['ciCount'], 'CI')} change"
        console.print(table(_VALUE_COLUMNS, shown, title))
        if (left := plan["valueCount"] - len(shown)) > 0:
            console.print(f"… and {left} more", markup=False)
    if plan["incomplete"]:
        columns = {"className": "class", "before": "incomplete now", "after": "then"}
        console.print(table(columns, plan["incomplete"], "CIs that lack what is required"))
    if plan["oddCount"]:
        some = "; ".join(plan["odd"])
        console.print(
            f"{counted(plan['oddCount'], 'CI')} with values not allowed: {plain(some)}",
            markup=False,
        )
    _write_end(plan, "policy", file, is_refused=False)


def write_words(words: Shape, names: Sequence[str]) -> None:
    """Write the organisation's own rows, or all about some classes.

    Raises:
        InvalidInputError: One of the names is not a class.

    """
    console = stdout()
    by_name = {each["name"]: each for each in words["ciClasses"]}
    if unknown := [each for each in names if each not in by_name]:
        raise InvalidInputError(
            [
                Fault(
                    code="UNKNOWN_CLASS",
                    message=f"{plain(each)} is not a class",
                    place=Place("CLASS"),
                    remedy="graph-service vocabulary show --format json lists all",
                )
                for each in unknown
            ]
        )
    console.print(f"Vocabulary {plain(words['version'])}", markup=False)
    if names:
        for name in names:
            _write_class(by_name[name])
        return
    own: dict[str, list[dict[str, Any]]] = {
        "classes": [each for each in words["ciClasses"] if not each["packaged"]],
        "types": [each for each in words["relationshipTypes"] if not each["packaged"]],
    }
    if not (own["classes"] or own["types"]):
        console.print("All rows are packaged; your own are added by a file.", markup=False)
    if own["classes"]:
        rows = [
            {
                **each,
                "lineage": " › ".join(each["lineage"][1:]),
                "own": ", ".join(
                    one["name"] for one in each["attributes"] if one["declaredBy"] == each["name"]
                ),
            }
            for each in own["classes"]
        ]
        columns = {"name": "class", "lineage": "specialises", "own": "own attributes"}
        console.print(table(columns, rows, "Own classes"))
    if own["types"]:
        columns = {
            "name": "type",
            "verb": "verb",
            "impact": "impact",
            "defaultStrength": "strength",
        }
        console.print(table(columns, own["types"], "Own relationship types"))


def _write_class(found: Shape) -> None:
    rows = [
        {
            **each,
            "type": each["type"] + (" list" if each["list"] else ""),
            "values": ", ".join(each["allowedValues"] or ()),
            "wanted": _wanted(each),
        }
        for each in found["attributes"]
    ]
    columns = {
        "name": "attribute",
        "type": "type",
        "values": "values",
        "declaredBy": "of",
        "wanted": "wanted",
    }
    title = f"{found['name']}: {' › '.join(found['lineage'][1:])}"
    stdout().print(table(columns, rows, title))


def _wanted(attribute: Shape) -> str:
    if attribute["requirement"] == "OPTIONAL":
        return ""
    tiers = attribute["requiredForTiers"]
    of = f" for tier {', '.join(map(str, tiers))}" if tiers else ""
    return f"{attribute['requirement'].lower()}{of}"
