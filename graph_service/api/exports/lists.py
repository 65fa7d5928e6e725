"""Every list that can be had as a file. A new list is a row of this table."""

from dataclasses import dataclass

from graph_service.model.vocabulary import AttributeType
from graph_service.use_cases.files.columns import Column, column

PAGE = "pageInfo { hasNextPage endCursor }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as the API has it: the document that asks for a page, and the columns of a row.

    The document takes ``$first`` and ``$after``, counts if ``$counted``, and names its connection
    ``page``; ``within`` leads there from the data. ``needs`` are further variables it cannot do
    without, ``takes`` those it may be given. ``ci_columns`` lists have the attributes of CIs as
    further columns. A ``page_size`` below the usual is for rows that cost more; one whose document
    does not know ``$counted`` is not counted beforehand.
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
    page_size: int = 500

    @property
    def is_of_estate(self) -> bool:
        """Whether it is of one state of the estate, which may be another than that of now."""
        return "$asOf" in self.document

    @property
    def is_counted(self) -> bool:
        """Whether its first page says how many rows there are."""
        return "$counted" in self.document


_INTEGER, _DECIMAL = AttributeType.INTEGER, AttributeType.DECIMAL
_BOOLEAN, _INSTANT = AttributeType.BOOLEAN, AttributeType.INSTANT
_ESTATE = "estate(asOf: $asOf, overlay: $overlay) { revision"
_OF_NOW = "estate { revision"
_VARIABLES = "$first: Int!, $after: String, $asOf: AsOf, $overlay: [EstateEdit!]"
_COUNT = "totalCount @include(if: $counted)"


def _connection(field_and_arguments: str, nodes: str, count: str = _COUNT) -> str:
    return f"page: {field_and_arguments} {{ {count} nodes {{ {nodes} }} {PAGE} }}"


CIS = Listing(
    name="cis",
    title="CIs",
    about="configuration items with their attributes; as XLSX or CSV it comes back",
    document=f"""
query ExportCIs({_VARIABLES}, $counted: Boolean!, $filter: CIFilter,
                $attributes: [String!]) {{
  {_ESTATE} page: cis(first: $first, after: $after, filter: $filter) {{
    totalCount @include(if: $counted) hiddenCiCount
    nodes {{ id key name className presence revision values(names: $attributes) }} {PAGE}
  }} }}
}}""",
    within=("estate",),
    columns=(
        column("key", about="The handle people use. Never changes"),
        column("name"),
        column("class", "className", about="What it is"),
        column("revision", type=_INTEGER, about="The revision that last changed it"),
        column("id", about="Never changes"),
    ),
    takes=("filter", "attributes"),
    ci_columns=True,
)

RELATIONSHIPS = Listing(
    name="relationships",
    title="Relationships",
    about="relationships; of CIs, those within their cone",
    document=f"""
query ExportRelationships({_VARIABLES}, $counted: Boolean!, $cone: [CIRef!]) {{
  {_ESTATE} cone(of: $cone) {{ revision unresolved {
        _connection(
            "relationships(first: $first, after: $after)",
            "id typeName source { id key } target { id key } strength channels toleranceMinutes "
            "group role protocol port evidence origin revision",
        )
    } }} }}
}}""",
    within=("estate", "cone"),
    columns=(
        column("source", "source", "key"),
        column("type", "typeName"),
        column("target", "target", "key"),
        column("strength"),
        column("channels", many=True),
        column("toleranceMinutes", type=AttributeType.MINUTES),
        column("group"),
        column("role"),
        column("protocol"),
        column("port", type=_INTEGER),
        column("evidence"),
        column("origin"),
        column("revision", type=_INTEGER),
        column("id"),
    ),
    takes=("cone",),
)

UNRESOLVED = Listing(
    name="unresolved",
    title="Unresolved references",
    about="relationships one end of which no CI answers to",
    document=f"""
query ExportUnresolved($first: Int!, $after: String, $counted: Boolean!) {{
  {_OF_NOW} {
        _connection(
            "unresolvedReferences(first: $first, after: $after)",
            "dataSource source typeName target missing evidence",
        )
    } }}
}}""",
    within=("estate",),
    columns=(
        column("dataSource"),
        column("source"),
        column("type", "typeName"),
        column("target"),
        column("missing", many=True, about="Which end no CI answers to"),
        column("place", "evidence", about="Where it was read"),
    ),
)

REVISIONS = Listing(
    name="revisions",
    title="Revisions",
    about="what was written: when, by whom and why",
    document=f"""
query ExportRevisions($first: Int!, $after: String, $counted: Boolean!) {{
  {_OF_NOW} }}
  {
        _connection(
            "revisions(first: $first, after: $after)",
            "number committedAt actor { name type } reason run entryCount hash",
        )
    }
}}""",
    within=(),
    columns=(
        column("revision", "number", type=_INTEGER),
        column("at", "committedAt", type=_INSTANT),
        column("actor", "actor", "name"),
        column("actorType", "actor", "type"),
        column("reason"),
        column("run"),
        column("records", "entryCount", type=_INTEGER),
        column("hash"),
    ),
)

RUNS = Listing(
    name="runs",
    title="Import runs",
    about="what was imported, and what came of it",
    document=f"""
query ExportRuns($first: Int!, $after: String, $counted: Boolean!) {{
  {_OF_NOW} }}
  {
        _connection(
            "runs(first: $first, after: $after)",
            "id dataSource collector state startedAt endedAt complete readToTheEnd documents "
            "cis { created updated unchanged retired } "
            "relationships { created updated unchanged retired } "
            "unresolvedCount quarantinedCount revisions error",
        )
    }
}}""",
    within=(),
    columns=(
        column("id"),
        column("dataSource"),
        column("collector"),
        column("state"),
        column("startedAt", type=_INSTANT),
        column("endedAt", type=_INSTANT),
        column("complete", type=_BOOLEAN),
        column("readToTheEnd", type=_BOOLEAN),
        column("documents", many=True),
        *(
            column(f"{record}{what.capitalize()}", record, what, type=_INTEGER)
            for record in ("cis", "relationships")
            for what in ("created", "updated", "unchanged", "retired")
        ),
        column("unresolved", "unresolvedCount", type=_INTEGER),
        column("quarantined", "quarantinedCount", type=_INTEGER),
        column("revisions", type=_INTEGER, many=True),
        column("error"),
    ),
    page_size=200,
)

HISTORY = Listing(
    name="history",
    title="History",
    about="what happened to one CI and its relationships",
    document=f"""
query ExportHistory({_VARIABLES}, $ci: CIRef!) {{
  {_ESTATE} ci(ref: $ci) {{ {
        _connection(
            "history(first: $first, after: $after)",
            "revision at actor { name } action record { key recordType } "
            "differences { name before after }",
            count="",
        )
    } }} }}
}}""",
    within=("estate", "ci"),
    columns=(
        column("revision", type=_INTEGER),
        column("at", type=_INSTANT),
        column("actor", "actor", "name"),
        column("action"),
        column("record", "record", "key"),
        column("recordType", "record", "recordType"),
        column("differences", type=AttributeType.JSON),
    ),
    needs=("ci",),
    page_size=100,
)

_REACHED = (
    column("key", "ci", "key"),
    column("name", "ci", "name"),
    column("class", "ci", "className"),
    column("tier", "ci", "tier", type=_INTEGER),
    column("hops", type=_INTEGER),
)
_STATES = (column("before"), column("after"))
_WHY = (
    column("reason"),
    column("path", "pathText", about="The way from a cause"),
    column("id", "ci", "id"),
)


def _impact_list(name: str, listed: str, about: str, *, states: bool) -> Listing:
    own = "before after" if states else ""
    nodes = f"ci {{ id key name className tier }} hops reason pathText {own}"
    return Listing(
        name=name,
        title=name.replace("-", " ").capitalize(),
        about=about,
        document=f"""
query ExportImpact({_VARIABLES}, $counted: Boolean!, $of: [CIState!]!) {{
  {_ESTATE} impact(of: {{states: $of}}) {{
    revision completeness {{ complete hiddenCiCount unresolved notes }}
    {_connection(f"{listed}(first: $first, after: $after)", nodes)}
  }} }}
}}""",
        within=("estate", "impact"),
        columns=(*_REACHED, *(_STATES if states else ()), *_WHY),
        needs=("of",),
    )


IMPACTS = (
    _impact_list("affected", "affected", "what becomes worse when CIs go down", states=True),
    _impact_list("saved", "saved", "what is reached and saved when CIs go down", states=False),
    _impact_list(
        "reached-only", "reachedOnly", "what is reached on paper only when CIs go down",
        states=False,
    ),
    _impact_list(
        "already-affected", "alreadyAffected", "what was not up before and is no worse",
        states=True,
    ),
)  # fmt: skip

LISTS: dict[str, Listing] = {
    each.name: each for each in (CIS, RELATIONSHIPS, UNRESOLVED, REVISIONS, RUNS, HISTORY, *IMPACTS)
}
