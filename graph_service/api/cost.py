"""What does an operation cost? Computed from the document before execution, each fragment once.

    cost(field)      = weight + cost of the selection
    cost(connection) = weight + first x (1 + cost of a node's selection) + cost of the rest, once
    cost(list)       = (weight + cost of the selection) x (length of slicing argument or assumed)

A leaf weighs 0, an object 1, a mutation 10, unless the schema says otherwise (``@cost``).
Introspection has a budget of its own, counted by the same rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

from graph_service.api.directives import Cost, ListSize
from graph_service.api.failures import LimitExceededError
from graph_service.api.limits import Limits

OBJECT_WEIGHT = 1
MUTATION_WEIGHT = 10
LIST_SIZE = 5

Variables = Mapping[str, Any]
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Bill:
    """What a selection costs. ``items`` is paid for each node of a connection, ``rest`` once."""

    rest: int = 0
    items: int = 0
    introspection: int = 0

    def plus(self, other: "Bill") -> "Bill":
        """Return the bill for two selections of the same object."""
        return Bill(
            self.rest + other.rest,
            self.items + other.items,
            self.introspection + other.introspection,
        )


class Costing:
    """Bills the selections of one operation under its variables.

    ``visited_count`` is how many selections were looked at.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Variables) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._bills: dict[str, Bill] = {}
        self.visited_count = 0

    def check(self, operation: OperationDefinitionNode, limits: Limits) -> int:
        """Return what a valid operation costs.

        Raises:
            LimitExceededError: More than allowed.

        """
        root = self._schema.get_root_type(operation.operation)
        assert root is not None  # noqa: S101 - validation found the operation's type
        bill = self._selections(root, operation.selection_set)
        cost = bill.rest
        if operation.operation is OperationType.QUERY and bill.introspection > (
            most := limits.introspection_cost
        ):
            raise LimitExceededError("introspectionCost", bill.introspection, most)
        if cost > limits.cost:
            raise LimitExceededError("cost", cost, limits.cost)
        return cost

    def _selections(self, on: GraphQLNamedType, selections: SelectionSetNode | None) -> Bill:
        bill = Bill()
        for each in selections.selections if selections else ():
            self.visited_count += 1
            if isinstance(each, FieldNode):
                bill = bill.plus(self._field(on, each))
            elif isinstance(each, FragmentSpreadNode):
                bill = bill.plus(self._fragment(each.name.value))
            elif isinstance(each, InlineFragmentNode):
                condition = each.type_condition
                inner = self._schema.type_map[condition.name.value] if condition else on
                bill = bill.plus(self._selections(inner, each.selection_set))
        return bill

    def _fragment(self, name: str) -> Bill:
        if name not in self._bills:
            fragment = self._fragments[name]
            on = self._schema.type_map[fragment.type_condition.name.value]
            self._bills[name] = self._selections(on, fragment.selection_set)
        return self._bills[name]

    def _field(self, on: GraphQLNamedType, node: FieldNode) -> Bill:
        name = node.name.value
        meta = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}.get(name)
        if meta is not None:
            inner = self._selections(get_named_type(meta.type), node.selection_set)
            return Bill(introspection=OBJECT_WEIGHT + inner.rest)
        if not isinstance(on, GraphQLObjectType | GraphQLInterfaceType) or name == "__typename":
            return Bill()
        field = on.fields[name]
        weight = self._weight(on, field)
        named = get_named_type(field.type)
        inner = self._selections(named, node.selection_set)
        if is_connection(named):
            first = self._number(field, node, "first")
            return Bill(rest=weight + first * (1 + inner.items) + inner.rest)
        if is_connection(on) and name in _ITEMS:
            return Bill(items=inner.rest)
        return Bill(rest=(weight + inner.rest) * self._length(field, node))

    def _weight(self, on: GraphQLNamedType, field: GraphQLField) -> int:
        said = directive(field, Cost)
        if said is not None:
            return said.weight
        if on is self._schema.mutation_type:
            return MUTATION_WEIGHT
        return 0 if is_leaf_type(get_named_type(field.type)) else OBJECT_WEIGHT

    def _length(self, field: GraphQLField, node: FieldNode) -> int:
        """Return how many elements a list is counted as; what is no list is one."""
        if not _is_list(field.type):
            return 1
        size = directive(field, ListSize)
        if size is None:
            return LIST_SIZE
        for name in size.slicing_arguments or ():
            given = self._argument(node, name)
            if isinstance(given, list):
                return len(given)
        return size.assumed_size

    def _number(self, field: GraphQLField, node: FieldNode, name: str) -> int:
        given = self._argument(node, name)
        if isinstance(given, int):
            return max(given, 0)
        argument = field.args.get(name)
        default = argument.default_value if argument else None
        return default if isinstance(default, int) else LIST_SIZE

    def _argument(self, node: FieldNode, name: str) -> Any:  # noqa: ANN401 - any argument
        for each in node.arguments or ():
            if each.name.value == name:
                return self._value(each.value)
        return None

    def _value(self, node: ValueNode) -> Any:  # noqa: ANN401 - any argument
        if isinstance(node, VariableNode):
            return self._variables.get(node.name.value)
        if isinstance(node, IntValueNode):
            return int(node.value)
        return list(node.values) if isinstance(node, ListValueNode) else None


_ITEMS = frozenset({"nodes", "edges"})


def is_connection(named: GraphQLNamedType) -> bool:
    """Whether a type is a page of a list."""
    return named.name.endswith("Connection")


def directive(field: GraphQLField, of: type[D]) -> D | None:
    """Return what the schema says about a field by a directive."""
    definition = field.extensions.get("strawberry-definition")
    said = definition.directives if definition else ()
    return next((each for each in said if isinstance(each, of)), None)


def _is_list(of: GraphQLOutputType) -> bool:
    while isinstance(of, GraphQLNonNull):
        of = of.of_type
    return isinstance(of, GraphQLList)
