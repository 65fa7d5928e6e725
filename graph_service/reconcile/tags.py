"""Tags: attributes ``tag.<name>`` of any CI, whatever its class; the value is text, often empty."""

import re
from typing import Any

from graph_service.model.condition import TAG_PREFIX
from graph_service.reconcile.texts import Misfit, shown, text_misfit

TAG_NAME_LENGTH_MAX = 100
TAG_VALUE_LENGTH_MAX = 1_000
TAGS_MAX = 100
"""Tags that one data source may say of one CI."""

_NAME = re.compile(r"[^\W_][\w.\-/]*")


def tag_name_misfit(name: str) -> Misfit | None:
    """Return what is wrong with the name of a tag."""
    if len(name) > TAG_NAME_LENGTH_MAX:
        return Misfit(
            f"is {len(name):,} characters long", f"at most {TAG_NAME_LENGTH_MAX} for a tag"
        )
    if not _NAME.fullmatch(name):
        return Misfit(
            f"{shown(name)} cannot name a tag",
            "begin with a letter or digit; letters, digits, and . - _ / may follow",
        )
    return None


def fitted_tag(value: Any, *, from_text: bool = False) -> Any:  # noqa: ANN401 - JSON in, JSON or Misfit out
    """Return the value of a tag as text, or the ``Misfit`` that says why it is none.

    ``None`` is a value: somebody states that the CI has no such tag. With ``from_text`` numbers
    and truth values are what was written.
    """
    if value is None:
        return None
    if from_text and isinstance(value, bool):
        value = "true" if value else "false"
    elif from_text and isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        return Misfit(f"{shown(value)} is not text", "put it in quotes")
    if len(value) > TAG_VALUE_LENGTH_MAX:
        return Misfit(
            f"is {len(value):,} characters long", f"at most {TAG_VALUE_LENGTH_MAX:,} for a tag"
        )
    return (text_misfit(value) or value) if value else ""


def is_tag(attribute: str) -> bool:
    """Whether an attribute is a tag."""
    return attribute.startswith(TAG_PREFIX)
