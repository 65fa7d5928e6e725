"""Conditions → the text that people type; ``text_reading`` says what it is made of."""

from collections.abc import Callable, Sequence
from typing import Any

from graph_service.model.condition.text_reading import (
    ALIASES,
    BARE,
    FLAGS,
    NAME,
    WAYS,
    scalar_of,
)
from graph_service.model.condition.tree import (
    EVERYTHING,
    TAG_PREFIX,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Contains,
    Exists,
    IsCI,
    KnownTo,
    Leaf,
    Match,
    Not,
    OfClass,
    OneOf,
    OwnedBy,
    Ref,
    RefBy,
    Related,
    Saved,
    Scalar,
    StartsWith,
    Text,
    Within,
    simplified,
)

_SHORT = {full: short for short, full in ALIASES.items()}
_FLAG_NAMES = {type(leaf): name for name, leaf in FLAGS.items()}
_WAY_OF = {end: way for way, end in WAYS.items()}


def condition_to_text(condition: Condition) -> str:
    """Write a condition as a person would type it; read again it is ``simplified(condition)``."""
    simple = simplified(condition)
    return "" if simple == EVERYTHING else _written(simple)


def _written(condition: Condition) -> str:
    match condition:
        case AllOf(of):
            return " ".join(map(_grouped, of)) or "()"
        case AnyOf(of):
            return " or ".join(map(_grouped, of)) or "not ()"
        case Not(what):
            return f"not {_grouped(what)}"
        case _:
            return _leaf(condition)


def _grouped(condition: Condition) -> str:
    written = _written(condition)
    return f"({written})" if isinstance(condition, AllOf | AnyOf) and condition.of else written


def _leaf(leaf: Leaf) -> str:
    if type(leaf) in _FLAG_NAMES:
        return f"is:{_FLAG_NAMES[type(leaf)]}"
    return _WRITERS[type(leaf)](leaf)


def _refs(refs: Sequence[Ref]) -> str:
    by = "id" if all(each.by is RefBy.ID for each in refs) else "ci"
    return f"{by}:{_list([each.value for each in refs])}"


def _attribute(name: str, match_: Match) -> str:
    called = _SHORT.get(name, name)
    if isinstance(match_, Exists):
        tag = name.removeprefix(TAG_PREFIX)
        return f"has:{_quoted(called)}" if tag == name else f"tag:{_quoted(tag)}"
    safe = called if _is_plain_name(called) else _in_quotes(called)
    match match_:
        case OneOf(values):
            return f"{safe}:{','.join(map(_scalar, values))}"
        case Contains(text):
            return f"{safe}~{_quoted(text)}"
        case StartsWith(text):
            return f"{safe}^={_quoted(text)}"
        case AtLeast(value):
            return f"{safe}>={_scalar(value)}"
        case AtMost(value):
            return f"{safe}<={_scalar(value)}"


def _is_plain_name(name: str) -> bool:
    found = NAME.match(f"{name}:")
    return found is not None and found[0] == name


def _relationship(leaf: Related) -> str:
    types = "|".join(sorted(leaf.types))
    if leaf.to is None and leaf.end is None:
        return types or "--*"
    return f"{types}{_WAY_OF[leaf.end]}{leaf.to.value if leaf.to else '*'}"


def _list(texts: Sequence[str]) -> str:
    return ",".join(map(_quoted, texts))


def _scalar(value: Scalar) -> str:
    if isinstance(value, str):
        return _quoted(value) if scalar_of(value) == value else _in_quotes(value)
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


def _quoted(text: str) -> str:
    is_bare = bool(BARE.fullmatch(text)) and "=" not in text
    return text if is_bare else _in_quotes(text)


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_WRITERS: dict[type, Callable[[Any], str]] = {
    IsCI: lambda leaf: _refs(leaf.refs),
    OfClass: lambda leaf: f"class:{_list(sorted(leaf.names))}",
    Attribute: lambda leaf: _attribute(leaf.name, leaf.match),
    Related: lambda leaf: f"related:{_quoted(_relationship(leaf))}",
    Within: lambda leaf: f"within:{_quoted(leaf.place.value)}",
    KnownTo: lambda leaf: f"source:{_list(sorted(leaf.data_sources))}",
    ChangedSince: lambda leaf: f"since:{_scalar(leaf.moment)}",
    Text: lambda leaf: f"{'called' if leaf.of_names else 'text'}:{_quoted(leaf.text)}",
    Saved: lambda leaf: f"query:{_quoted(leaf.key)}",
    OwnedBy: lambda leaf: f"owned-by:{_quoted(leaf.who)}",
}
