"""How much may one request ask for? Counted before anything is validated, in linear time."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)

from graph_service.api.failures import LimitExceededError

INTROSPECTION_ROOTS_MAX = 4
NESTING_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may ask for at most. ``fields`` counts with all fragments written out."""

    body_bytes: int = 256 * 1024
    file_bytes: int = 128 * 1024 * 1024
    tokens: int = 2_000
    depth: int = 12
    aliases: int = 30
    directives: int = 50
    fragments: int = 50
    fields: int = 5_000
    root_fields: int = 20
    cost: int = 10_000
    introspection_cost: int = 10_000
    page_size: int = 500
    column_rows: int = 100_000
    edits: int = 1_000
    causes: int = 500
    operation_seconds: float = 15.0
    import_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Shape:
    """What a selection comes to with all fragments written out. Introspection adds no depth."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    introspection: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """Return the shape of two selections of the same object."""
        return Shape(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.introspection + other.introspection,
        )


def parsed(text: str, limits: Limits) -> DocumentNode:
    """Parse a document, unless it has too many tokens or is nested too deeply.

    Raises:
        LimitExceededError: Before any tree is built.
        GraphQLSyntaxError: It is not GraphQL.

    """
    nesting = 0
    for number, kind in enumerate(_kinds(text), 1):
        if number > limits.tokens:
            raise LimitExceededError("tokens", number, limits.tokens)
        nesting += _NESTING.get(kind, 0)
        if nesting > NESTING_MAX:
            raise LimitExceededError("nesting", nesting, NESTING_MAX)
    return parse(text)


_NESTING = {
    TokenKind.BRACE_L: 1,
    TokenKind.BRACKET_L: 1,
    TokenKind.PAREN_L: 1,
    TokenKind.BRACE_R: -1,
    TokenKind.BRACKET_R: -1,
    TokenKind.PAREN_R: -1,
}


def _kinds(text: str) -> Iterator[TokenKind]:
    lexer = Lexer(Source(text))
    try:
        while (token := lexer.advance()).kind is not TokenKind.EOF:
            yield token.kind
    except GraphQLSyntaxError:
        return  # The parser says it better.


class Measurement:
    """Measures the operations of one document, each fragment once.

    A fragment that is being measured already counts nothing: such cycles are refused by validation.
    ``visited_count`` is how many selections were looked at.
    """

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._shapes: dict[str, Shape] = {}
        self.visited_count = 0

    def check(self, limits: Limits) -> None:
        """Refuse a document that exceeds a limit.

        Raises:
            LimitExceededError: Naming the first limit exceeded, the value and the most allowed.

        """
        _at_most("fragments", len(self._fragments), limits.fragments)
        for each in self._document.definitions:
            if not isinstance(each, OperationDefinitionNode):
                continue
            shape = self._shape(each.selection_set)
            directives = shape.directives + len(each.directives or ())
            _at_most("rootFields", self._root_fields(each.selection_set, set()), limits.root_fields)
            _at_most("depth", shape.depth, limits.depth)
            _at_most("aliases", shape.aliases, limits.aliases)
            _at_most("directives", directives, limits.directives)
            _at_most("introspection", shape.introspection, INTROSPECTION_ROOTS_MAX)
            _at_most("fields", shape.fields, limits.fields)

    def _shape(self, selections: SelectionSetNode | None) -> Shape:
        shape = Shape()
        for each in selections.selections if selections else ():
            self.visited_count += 1
            if isinstance(each, FieldNode):
                inner = self._field(each)
            elif isinstance(each, FragmentSpreadNode):
                inner = self._fragment(each.name.value)
            else:
                assert isinstance(each, InlineFragmentNode)  # noqa: S101 - there is no fourth sort
                inner = self._shape(each.selection_set)
            shape = shape.beside(inner).beside(Shape(directives=len(each.directives or ())))
        return shape

    def _field(self, field: FieldNode) -> Shape:
        inner = self._shape(field.selection_set)
        is_introspection = field.name.value in {"__schema", "__type"}
        return Shape(
            depth=1 if is_introspection else inner.depth + 1,
            fields=inner.fields + 1,
            aliases=inner.aliases + (field.alias is not None),
            directives=inner.directives,
            introspection=inner.introspection + is_introspection,
        )

    def _fragment(self, name: str) -> Shape:
        if name not in self._shapes:
            self._shapes[name] = Shape()
            fragment = self._fragments.get(name)
            if fragment is not None:
                inner = self._shape(fragment.selection_set)
                self._shapes[name] = inner.beside(Shape(directives=len(fragment.directives or ())))
        return self._shapes[name]

    def _root_fields(self, selections: SelectionSetNode, entered: set[str]) -> int:
        """Count root fields; like execution, this enters each fragment of a selection once."""
        count = 0
        for each in selections.selections:
            if isinstance(each, FieldNode):
                count += 1
            elif isinstance(each, InlineFragmentNode):
                count += self._root_fields(each.selection_set, entered)
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in entered:
                entered.add(each.name.value)
                fragment = self._fragments.get(each.name.value)
                count += self._root_fields(fragment.selection_set, entered) if fragment else 0
        return count


def _at_most(limit: str, value: int, most: int) -> None:
    if value > most:
        raise LimitExceededError(limit, value, most)
