"""What the schema says about its own fields: what they cost and who may use them."""

import strawberry
from strawberry.schema_directive import Location

from graph_service.use_cases.access import Role


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Cost of a field before list multipliers. Default: object 1, leaf 0, mutation 10.",
)
class Cost:
    """Cost of computing a field, in the unit of reading one object."""

    weight: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="What multiplies the cost of the selection below: the length of the first slicing "
    "argument given, else assumedSize.",
)
class ListSize:
    """How many elements a list is counted as."""

    assumed_size: int
    slicing_arguments: list[str] | None = None


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="access",
    description="Any one of these roles is needed. Without it a field is null with a NOT_ALLOWED "
    "error, and a mutation is refused before execution.",
)
class Needs:
    """Roles of which one is needed."""

    roles: list[Role]
