"""Lists of what stands in the estate, and of what an impact says of it."""

from graph_service.api.exports.listing import (
    BOOLEAN,
    ESTATE,
    INSTANT,
    INTEGER,
    OF_NOW,
    PAGE,
    VARIABLES,
    Listing,
    connection,
)
from graph_service.model.vocabulary import AttributeType
from graph_service.reconcile.redundancy import GROUP_RULES
from graph_service.reconcile.validation import RELATIONSHIP_ATTRIBUTES
from graph_service.use_cases.files.columns import column, open_column

CIS = Listing(
    name="cis",
    title="CIs",
    about="configuration items with their attributes; as XLSX or CSV it comes back",
    document=f"""
query ExportCIs({VARIABLES}, $counted: Boolean!, $filter: CIFilter,
                $attributes: [String!]) {{
  {ESTATE} page: cis(first: $first, after: $after, filter: $filter) {{
    totalCount @include(if: $counted) hiddenCiCount
    nodes {{ id key name className presence revision values(names: $attributes) }} {PAGE}
  }} }}
}}""",
    within=("estate",),
    columns=(
        column("key", about="The handle people use. Never changes"),
        column("name"),
        column("class", "className", about="What it is"),
        column("revision", type=INTEGER, about="The revision that last changed it"),
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
query ExportRelationships({VARIABLES}, $counted: Boolean!, $cone: [CIRef!]) {{
  {ESTATE} cone(of: $cone) {{ revision unresolved {
        connection(
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
        *(open_column(each) for name, each in RELATIONSHIP_ATTRIBUTES.items() if name != "uplink"),
        column("origin"),
        column("revision", type=INTEGER),
        column("id"),
    ),
    takes=("cone",),
)

GROUPS = Listing(
    name="groups",
    title="Redundancy groups",
    about="redundancy groups: who leans on whom, how many it takes, how many may be lost",
    document=f"""
query ExportGroups({VARIABLES}, $filter: CIFilter) {{
  {ESTATE} {
        connection(
            "cis(first: $first, after: $after, filter: $filter)",
            "key name revision redundancyGroups { name declared k kKnown n slack "
            "members { role inService ci { key } } "
            "findings { message } }",
            count="",
        )
    } }}
}}""",
    within=("estate",),
    columns=(
        column("dependant", "key"),
        column("group", "each", "name"),
        column("dependantName", "name"),
        *(open_column(each, "each", "declared", name) for name, each in GROUP_RULES.items()),
        column("kKnown", "each", "kKnown", type=BOOLEAN),
        column("needed", "each", "k", type=INTEGER, about="Members needed, evaluated then"),
        column("n", "each", "n", type=INTEGER, about="Members in service"),
        column("slack", "each", "slack", type=INTEGER, about="How many may be lost"),
        column("members", "each", "members", type=AttributeType.JSON),
        column("findings", "each", "findings", type=AttributeType.JSON),
        column("revision", type=INTEGER, about="The revision that last changed the dependant"),
    ),
    takes=("filter",),
    spread="redundancyGroups",
    page_size=50,
)

UNRESOLVED = Listing(
    name="unresolved",
    title="Unresolved references",
    about="relationships one end of which no CI answers to",
    document=f"""
query ExportUnresolved($first: Int!, $after: String, $counted: Boolean!) {{
  {OF_NOW} {
        connection(
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

HISTORY = Listing(
    name="history",
    title="History",
    about="what happened to one CI and its relationships",
    document=f"""
query ExportHistory({VARIABLES}, $ci: CIRef!) {{
  {ESTATE} ci(ref: $ci) {{ {
        connection(
            "history(first: $first, after: $after)",
            "revision at actor { name } action record { key recordType } "
            "differences { name before after }",
            count="",
        )
    } }} }}
}}""",
    within=("estate", "ci"),
    columns=(
        column("revision", type=INTEGER),
        column("at", type=INSTANT),
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
    column("tier", "ci", "tier", type=INTEGER),
    column("hops", type=INTEGER),
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
query ExportImpact({VARIABLES}, $counted: Boolean!, $of: [CIState!]!) {{
  {ESTATE} impact(of: {{states: $of}}) {{
    revision completeness {{ complete hiddenCiCount unresolved notes }}
    {connection(f"{listed}(first: $first, after: $after)", nodes)}
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
