"""A vocabulary as a page of documentation."""

from collections.abc import Iterator

from graph_service.model.vocabulary.vocabulary import Vocabulary


def vocabulary_reference(vocabulary: Vocabulary) -> str:
    """Return docs/reference/vocabulary.md: classes, relationship types and operations."""
    lines = [
        f"# Vocabulary {vocabulary.version}",
        "",
        "Generated from the packaged vocabulary. An organisation adds rows with a file of its own:",
        "[how to](../how-to/vocabulary.md).",
        "",
        "## Classes",
        "",
        "| class | lineage | consequence counted | own attributes |",
        "|---|---|---|---|",
    ]
    lines += _classes(vocabulary)
    lines += ["", "## Attributes of every CI", "", "| attribute | type | what |", "|---|---|---|"]
    lines += [
        f"| `{each.name}` | {each.type.value}{' list' if each.list else ''}"
        f"{': ' + ', '.join(each.values) if each.values else ''} | {each.description} |"
        for each in vocabulary.classes["CI"].attributes
    ]
    lines += ["", "## Relationship types", ""]
    lines += ["| type | verbs | failure reaches | strength | channels | group |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += _types(vocabulary)
    lines += ["", "## Operations", "", "| operation | what | planned | failed | channels |"]
    lines += ["|---|---|---|---|---|"]
    lines += [
        f"| `{each.name}` | {each.label} | {each.planned} | {each.failed} "
        f"| {', '.join(channel.value for channel in each.channels)} |"
        for each in vocabulary.operations.values()
    ]
    return "\n".join(lines) + "\n"


def _classes(vocabulary: Vocabulary) -> Iterator[str]:
    for name, each in vocabulary.classes.items():
        label = f"`{name}`{' (abstract)' if each.abstract else ''}"
        lineage = " › ".join(vocabulary.lineage(name)[1:])
        bears = "yes" if vocabulary.is_value_bearing(name) else ""
        own = "" if name == "CI" else ", ".join(f"`{it.name}`" for it in each.attributes)
        yield f"| {label} | {lineage} | {bears} | {own} |"


def _types(vocabulary: Vocabulary) -> Iterator[str]:
    reached = {
        "TO_SOURCE": "the source, when the target fails",
        "TO_TARGET": "the target, when the source fails",
        "BY_UPLINK": "the end that is not the uplink",
        "NEITHER": "nobody",
    }
    for name, each in vocabulary.relationship_types.items():
        group = ""
        if each.group:
            group = f"`{each.group.name}`, k = {each.group.k or 'unknown'}"
        channels = ", ".join(channel.value for channel in each.channels)
        yield (
            f"| `{name}` | {each.verb} / {each.inverse_verb} | {reached[each.impact.value]} "
            f"| {each.strength.value} | {channels} | {group} |"
        )
