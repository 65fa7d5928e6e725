"""The option ``labels``: which labels of a file become tags."""

import re
from collections.abc import Mapping

from graph_service import Fault, Place, ReadingRequest

LABELS = "labels"
_TAG = re.compile(r"[^\W_][\w.\-/]{0,99}")


def wanted_labels(request: ReadingRequest) -> tuple[list[str], list[Fault]]:
    """Return the labels that are to become tags, and what is wrong with how they are named."""
    said = request.options.get(LABELS)
    if said is None:
        return [], []
    names = list(dict.fromkeys(each.strip() for each in said.split(",") if each.strip()))
    faults = [
        Fault(
            code="INVALID_OPTION",
            message=f"the label {each[:60]!r} cannot be a tag",
            place=Place(LABELS),
            remedy="tags begin with a letter or digit; letters, digits and . - _ / may follow",
        )
        for each in names
        if not _TAG.fullmatch(each)
    ]
    if not names:
        message, remedy = f"{LABELS} names no label", "name them: --option labels=app,team"
        faults.append(
            Fault(code="INVALID_OPTION", message=message, place=Place(LABELS), remedy=remedy)
        )
    return names, faults


def tags_of(labels: Mapping[str, str], wanted: list[str]) -> dict[str, str]:
    """Return the wanted labels that there are as tags."""
    return {f"tag.{each}": labels[each] for each in wanted if each in labels}
