"""A table of CIs that may come back: its columns, the same whoever writes or reads it."""

from collections.abc import Mapping

from graph_service.model.condition import TAG_PREFIX
from graph_service.model.vocabulary import AttributeDefinition, AttributeType, Vocabulary
from graph_service.use_cases.files.columns import Column

OPEN_FIELDS = frozenset({"name", "class"})
"""Columns that are no attributes and may be edited all the same."""

FIELDS = ("key", "name", "class", "revision", "id", "presence")
"""Columns that are no attributes."""

TAGS = "tags"
"""The column of all tags of a CI, each ``name`` or ``name=value``."""

_CHOICES_MAX = 20


def attribute_column(definition: AttributeDefinition) -> Column:
    """Return the column of an attribute."""
    choices = definition.values
    least, most = definition.minimum, definition.maximum
    if definition.type is AttributeType.INTEGER and least is not None and most is not None:
        few = most - least < _CHOICES_MAX
        choices = tuple(map(str, range(int(least), int(most) + 1))) if few else ()
    return Column(
        name=definition.name,
        path=("values", definition.name),
        definition=definition,
        is_open=True,
        choices=() if definition.list else choices,
    )


def definitions_of(vocabulary: Vocabulary) -> dict[str, AttributeDefinition]:
    """Return every attribute there is by name, as the first class by name defines it."""
    known: dict[str, AttributeDefinition] = {}
    for name in sorted(vocabulary.classes):
        for definition in vocabulary.attributes(name).values():
            known.setdefault(definition.name, definition)
    return known


def tag_texts(tags: Mapping[str, str]) -> list[str]:
    """Return tags, given as attributes, as they stand in a cell: by name."""
    names = {each: each.removeprefix(TAG_PREFIX) for each in sorted(tags)}
    return [f"{name}={tags[each]}" if tags[each] else name for each, name in names.items()]
