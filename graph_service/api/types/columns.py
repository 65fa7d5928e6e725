"""Large answers as arrays: row i of every column is the same CI."""

from collections.abc import Sequence

import strawberry

from graph_service.api.fields import field
from graph_service.api.scalars import IntColumn, RevisionNumber, TextColumn
from graph_service.model.impact_state import ImpactState
from graph_service.use_cases.impact.impact_answer import ImpactColumns, ReachColumns


@strawberry.type(description="A column with few distinct values: values[codes[i]].")
class DictionaryColumn:
    """A column with few distinct values."""

    values: TextColumn
    codes: IntColumn


def dictionary(column: Sequence[str]) -> DictionaryColumn:
    """Write a column of texts that are often the same."""
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(each, len(code_of)) for each in column]
    return DictionaryColumn(values=TextColumn([*code_of]), codes=IntColumn(codes))


def _states(column: Sequence[int]) -> DictionaryColumn:
    return DictionaryColumn(
        values=TextColumn([each.name for each in ImpactState]), codes=IntColumn(column)
    )


@strawberry.type
class ColumnsOfCIs:
    """What every answer says of its CIs as arrays. Its own columns are added by each."""

    found: strawberry.Private[ImpactColumns | ReachColumns]
    revision: RevisionNumber
    row_count: int
    hidden_ci_count: int
    end_cursor: str | None

    @field()
    def id(self) -> TextColumn:
        """Return ids."""
        return TextColumn(self.found.id)

    @field()
    def key(self) -> TextColumn:
        """Return keys."""
        return TextColumn(self.found.key)

    @field()
    def name(self) -> TextColumn:
        """Return names."""
        return TextColumn(self.found.name)

    @field()
    def class_name(self) -> DictionaryColumn:
        """Return classes."""
        return dictionary(self.found.class_name)

    @field(description="-1: nobody has said.")
    def tier(self) -> IntColumn:
        """Return tiers."""
        return IntColumn(self.found.tier)

    @field()
    def hops(self) -> IntColumn:
        """Return distances."""
        return IntColumn(self.found.hops)


@strawberry.type(description="Affected CIs as arrays, in the order of the rows: worst first.")
class AffectedColumns(ColumnsOfCIs):
    """Affected CIs as arrays."""

    found: strawberry.Private[ImpactColumns]

    @field()
    def before(self) -> DictionaryColumn:
        """Return the states they were in."""
        return _states(self.found.before)

    @field()
    def after(self) -> DictionaryColumn:
        """Return the states they are in."""
        return _states(self.found.after)
