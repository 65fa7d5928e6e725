"""CIs as arrays, for machines."""

from collections.abc import Callable, Sequence

import strawberry

from graph_service.api.context import Info
from graph_service.api.fields import field
from graph_service.api.scalars import IntColumn, Json, RevisionNumber, TextColumn
from graph_service.api.types.attributes import checked_names
from graph_service.api.types.columns import DictionaryColumn, dictionary
from graph_service.model import ci as model


@strawberry.type(
    name="CIColumns",
    description="CIs as arrays, the same ones in the same order as cis: row i of every column is "
    "the same CI. Which columns come is what you select. In texts null: nobody says.",
)
class CIColumns:
    """CIs as arrays."""

    found: strawberry.Private[Sequence[model.CI]]
    revision: RevisionNumber
    row_count: int
    hidden_ci_count: int = strawberry.field(description="CIs the viewer may not see.")
    end_cursor: str | None = strawberry.field(description="Null: there is nothing after it.")

    @field()
    def id(self) -> TextColumn:
        """Return ids."""
        return TextColumn([each.id for each in self.found])

    @field()
    def key(self) -> TextColumn:
        """Return keys."""
        return TextColumn([each.key for each in self.found])

    @field()
    def name(self) -> TextColumn:
        """Return names."""
        return TextColumn([each.name for each in self.found])

    @field()
    def class_name(self) -> DictionaryColumn:
        """Return classes."""
        return self._dictionary(lambda ci: ci.class_name)

    @field()
    def presence(self) -> DictionaryColumn:
        """Return whether they are part of today's estate."""
        return self._dictionary(lambda ci: ci.presence.value)

    @field(description="-1: nobody has said.")
    def tier(self) -> IntColumn:
        """Return tiers."""
        tiers = (each.tier for each in self.found)
        return IntColumn([each if type(each) is int else -1 for each in tiers])

    @field(name="revisions", description="The revision that last changed each record.")
    def revision_column(self) -> IntColumn:
        """Return versions."""
        return IntColumn([each.revision for each in self.found])

    @field(description="Empty: nobody has said.")
    def environment(self) -> DictionaryColumn:
        """Return environments."""
        return self._dictionary(_text("environment"))

    @field(description="Empty: nobody has said, which counts as LIVE.")
    def lifecycle(self) -> DictionaryColumn:
        """Return lifecycles."""
        return self._dictionary(_text("lifecycle"))

    @field(description="Empty: nobody has said.")
    def owner(self) -> DictionaryColumn:
        """Return owners."""
        return self._dictionary(_text("owner"))

    @field(description="Empty: nobody has said.")
    def region(self) -> DictionaryColumn:
        """Return regions."""
        return self._dictionary(_text("region"))

    @field(
        description="Values of one attribute; null where there is none. Alias it for several. A "
        "name no class knows is an UNKNOWN_ATTRIBUTE error."
    )
    def attribute(self, info: Info, name: str) -> Json:
        """Return the values of an attribute."""
        checked_names(info.context.services.vocabulary, [name])
        return Json([each.attributes.get(name) for each in self.found])

    def _dictionary(self, value: Callable[[model.CI], str]) -> DictionaryColumn:
        return dictionary([value(each) for each in self.found])


def _text(name: str) -> Callable[[model.CI], str]:
    def of(ci: model.CI) -> str:
        value = ci.attributes.get(name)
        return value if isinstance(value, str) else ""

    return of
