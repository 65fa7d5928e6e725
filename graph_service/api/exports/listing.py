"""What a list is that can be had as a file: a document, and the columns of its rows."""

from dataclasses import dataclass

from graph_service.model.vocabulary import AttributeType
from graph_service.use_cases.files.columns import Column

PAGE = "pageInfo { hasNextPage endCursor }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as the API has it: the document that asks for a page, and the columns of a row.

    The document takes ``$first`` and ``$after``, counts if ``$counted``, and names its connection
    ``page``; ``within`` leads there from the data. ``needs`` are further variables it cannot do
    without, ``takes`` those it may be given. ``ci_columns`` lists have the attributes of CIs as
    further columns. ``spread`` names a list within each node: every element of it makes a row, in
    which it stands under ``each``. A ``page_size`` below the usual is for rows that cost more; one
    whose document does not know ``$counted`` is not counted beforehand.
    """

    name: str
    title: str
    about: str
    document: str
    within: tuple[str, ...]
    columns: tuple[Column, ...]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    ci_columns: bool = False
    spread: str = ""
    page_size: int = 500

    @property
    def is_of_estate(self) -> bool:
        """Whether it is of one state of the estate, which may be another than that of now."""
        return "$asOf" in self.document

    @property
    def is_counted(self) -> bool:
        """Whether its first page says how many rows there are."""
        return "$counted" in self.document


INTEGER, DECIMAL = AttributeType.INTEGER, AttributeType.DECIMAL
BOOLEAN, INSTANT = AttributeType.BOOLEAN, AttributeType.INSTANT
ESTATE = "estate(asOf: $asOf, overlay: $overlay) { revision"
OF_NOW = "estate { revision"
VARIABLES = "$first: Int!, $after: String, $asOf: AsOf, $overlay: [EstateEdit!]"
COUNT = "totalCount @include(if: $counted)"


def connection(field_and_arguments: str, nodes: str, count: str = COUNT) -> str:
    """Return the part of a document that asks for a page."""
    return f"page: {field_and_arguments} {{ {count} nodes {{ {nodes} }} {PAGE} }}"
