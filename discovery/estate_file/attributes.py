"""What an estate file may say about a CI, a redundancy group or a relationship."""

import sys
from typing import Any

from discovery.estate_file.fields import Fields
from discovery.formats.marked import MarkedSequence, unmarked
from discovery.formats.nearest import hint
from discovery.formats.yaml_scalars import as_written
from graph_service import Fault, common_attribute_names

STRENGTHS = ("HARD", "SOFT", "ADVISORY", "NONE")
MODES = ("ACTIVE_ACTIVE", "AUTO", "MANUAL")
ROLES = ("ACTIVE", "STANDBY")
UPLINKS = ("SOURCE", "TARGET", "UNKNOWN")
CHANNELS = ("AVAILABILITY", "CONFIG", "DATA", "FLOW")

CI_FIELDS = frozenset(
    {"key", "class", "name", "attributes", "redundancy", "tags", "relationships", "depends_on"}
)
RELATIONSHIP_FIELDS = frozenset(
    {
        "type",
        "target",
        "strength",
        "channels",
        "tolerance_minutes",
        "group",
        "role",
        "uplink",
        "evidence",
        "protocol",
        "port",
    }
)
GROUP_FIELDS = frozenset(
    {"k", "percent", "k_full", "mode", "switch_minutes", "strength", "evidence"}
)
REFERENCE_FIELDS = frozenset({"id", "key", "class", "data_source"})

PORT_MAX = 65535
COMMON_ATTRIBUTES = common_attribute_names()


def ci_attributes(fields: Fields) -> dict[str, Any]:
    """Return the attributes of a CI, those every class has and those under ``attributes``."""
    said = {
        name: unmarked(value)
        for name, value in fields.mapping.items()
        if name in COMMON_ATTRIBUTES and name not in CI_FIELDS
    }
    inner = fields.inner("attributes")
    if inner is None:
        return said
    for name, value in inner.mapping.items():
        if name in said:
            message = f"{name} stands beside attributes as well"
            inner.fault("DUPLICATE_NAME", message, name, "keep one of them")
        elif name.partition(".")[0] in {"redundancy", "tag"}:
            field = "tags" if name.startswith("tag") else "redundancy"
            remedy = f"write {field}: beside attributes:"
            inner.fault("UNKNOWN_FIELD", f"{name} is not an attribute", name, remedy)
        else:
            said[name] = unmarked(value)
    return said


def redundancy(fields: Fields) -> dict[str, Any]:
    """Return the redundancy groups of a CI as attributes; an empty one has an unknown k."""
    groups = fields.inner("redundancy")
    if groups is None:
        return {}
    read: dict[str, Any] = {}
    for name, value in groups.mapping.items():
        if not name.strip():
            message, remedy = "a redundancy group has no name", "name it, as in db: {k: 2}"
            groups.fault("MISSING_FIELD", message, name, remedy)
            continue
        group = groups.inner(name)
        read[f"redundancy.{name}"] = _group(group) if group and value else {}
    return read


def tags(fields: Fields) -> dict[str, Any]:
    """Return the tags of a CI as attributes: a list of names, or names with a value each."""
    value = fields.mapping.get("tags")
    if isinstance(value, MarkedSequence):
        return {f"tag.{as_written(each)}": "" for each, _ in fields.listed("tags")}
    inner = fields.inner("tags")
    if inner is None:
        return {}
    return {
        f"tag.{name}": "" if said is None else unmarked(said)
        for name, said in inner.mapping.items()
    }


def _group(fields: Fields) -> dict[str, Any]:
    before = len(fields.faults)
    fields.only(GROUP_FIELDS)
    k = fields.number("k", 1, whole=True)
    k_full = fields.number("k_full", 1, whole=True)
    if fields.has("k") and fields.has("percent"):
        message = "a group needs k or percent, not both"
        fields.fault("K_AND_PERCENT", message, "percent", "keep one of them")
    if k is not None and k_full is not None and k_full < k:
        message = f"k_full ({k_full}) is less than k ({k})"
        fields.fault("OUT_OF_RANGE", message, "k_full", "full service takes at least k members")
    said = {
        "k": k,
        "percent": fields.number("percent", 1, 100),
        "kFull": k_full,
        "mode": fields.choice("mode", MODES),
        "switchMinutes": fields.number("switch_minutes", 0),
        "strength": fields.choice("strength", STRENGTHS),
        "evidence": fields.text("evidence"),
    }
    return _spoken(said) if len(fields.faults) == before else {}


def relationship_attributes(fields: Fields) -> dict[str, Any]:
    """Return what departs from the defaults of the relationship's type."""
    if fields.mapping.keys() <= {"source", "type", "target"}:
        return {}
    said = {
        "strength": fields.choice("strength", STRENGTHS),
        "channels": _channels(fields),
        "toleranceMinutes": fields.number("tolerance_minutes", 0),
        "group": sys.intern(fields.text("group")),
        "role": fields.choice("role", ROLES),
        "uplink": fields.choice("uplink", UPLINKS),
        "evidence": fields.text("evidence"),
        "protocol": fields.text("protocol"),
        "port": fields.number("port", 1, PORT_MAX, whole=True),
    }
    return _spoken(said)


def _channels(fields: Fields) -> list[str]:
    read = []
    for value, place in fields.listed("channels"):
        if value in CHANNELS:
            read.append(value)
        else:
            shown = as_written(value) or "that"
            fields.faults.append(
                Fault(
                    code="UNKNOWN_VALUE",
                    message=f"there is no channel {shown[:60]!r}",
                    place=place,
                    remedy=hint(shown, CHANNELS),
                )
            )
    return read


def _spoken(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in (None, "", [])}
