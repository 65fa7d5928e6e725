"""Lists of records beside the estate: its log, imports, people, proposals."""

from graph_service.api.exports.listing import (
    BOOLEAN,
    INSTANT,
    INTEGER,
    OF_NOW,
    Listing,
    connection,
)
from graph_service.model.vocabulary import AttributeType
from graph_service.use_cases.files.columns import column

LOG = Listing(
    name="log",
    title="Log",
    about="what was done to records, newest first",
    document=f"""
query ExportLog($first: Int!, $after: String, $filter: LogFilter) {{
  {OF_NOW} }}
  {
        connection(
            "log(first: $first, after: $after, filter: $filter)",
            "revision sequence at actor { name } action record { id key recordType } reason "
            "change run differences { name before after }",
            count="",
        )
    }
}}""",
    within=(),
    columns=(
        column("revision", type=INTEGER),
        column("sequence", type=INTEGER),
        column("at", type=INSTANT),
        column("actor", "actor", "name"),
        column("action"),
        column("record", "record", "key"),
        column("recordType", "record", "recordType"),
        column("recordId", "record", "id"),
        column("reason"),
        column("change"),
        column("run"),
        column("differences", type=AttributeType.JSON),
    ),
    takes=("filter",),
    page_size=200,
)

REVISIONS = Listing(
    name="revisions",
    title="Revisions",
    about="what was written: when, by whom and why",
    document=f"""
query ExportRevisions($first: Int!, $after: String, $counted: Boolean!) {{
  {OF_NOW} }}
  {
        connection(
            "revisions(first: $first, after: $after)",
            "number committedAt actor { name type } reason run entryCount hash",
        )
    }
}}""",
    within=(),
    columns=(
        column("revision", "number", type=INTEGER),
        column("at", "committedAt", type=INSTANT),
        column("actor", "actor", "name"),
        column("actorType", "actor", "type"),
        column("reason"),
        column("run"),
        column("records", "entryCount", type=INTEGER),
        column("hash"),
    ),
)

RUNS = Listing(
    name="runs",
    title="Import runs",
    about="what was imported, and what came of it",
    document=f"""
query ExportRuns($first: Int!, $after: String, $counted: Boolean!) {{
  {OF_NOW} }}
  {
        connection(
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
        column("startedAt", type=INSTANT),
        column("endedAt", type=INSTANT),
        column("complete", type=BOOLEAN),
        column("readToTheEnd", type=BOOLEAN),
        column("documents", many=True),
        *(
            column(f"{record}{what.capitalize()}", record, what, type=INTEGER)
            for record in ("cis", "relationships")
            for what in ("created", "updated", "unchanged", "retired")
        ),
        column("unresolved", "unresolvedCount", type=INTEGER),
        column("quarantined", "quarantinedCount", type=INTEGER),
        column("revisions", type=INTEGER, many=True),
        column("error"),
    ),
    page_size=200,
)

PEOPLE = Listing(
    name="people",
    title="People",
    about="people with their manager, deputy, teams and absence",
    document=f"""
query ExportPeople($first: Int!, $after: String, $counted: Boolean!, $filter: PersonFilter) {{
  {OF_NOW} }}
  {
        connection(
            "people(first: $first, after: $after, filter: $filter)",
            "id login name manager { label } deputy { label } onCall absentFrom absentUntil "
            "leftOn left contacts { way value } memberships { text role }",
        )
    }
}}""",
    within=(),
    columns=(
        column("login"),
        column("name"),
        column("manager", "manager", "label"),
        column("deputy", "deputy", "label"),
        column("onCall"),
        column("absentFrom", type=AttributeType.DATE),
        column("absentUntil", type=AttributeType.DATE),
        column("left", type=BOOLEAN),
        column("leftOn", type=AttributeType.DATE),
        column("contacts", type=AttributeType.JSON),
        column("memberships", type=AttributeType.JSON),
        column("id"),
    ),
    takes=("filter",),
    page_size=100,
)

OWNERLESS = Listing(
    name="ownerless",
    title="Lost owners",
    about="owners, teams and contacts that are nobody, with the proposed heir",
    document=f"""
query ExportOwnerless($first: Int!, $after: String, $counted: Boolean!, $filter: OwnerGapFilter) {{
  {OF_NOW} }}
  {
        connection(
            "ownerless(first: $first, after: $after, filter: $filter)",
            "id duty problem text label ciCount worstTier near",
        )
    }
}}""",
    within=(),
    columns=(
        column("duty"),
        column("problem"),
        column("text"),
        column("label"),
        column("cis", "ciCount", type=INTEGER),
        column("worstTier", type=INTEGER),
        column("near", many=True),
        column("id"),
    ),
    takes=("filter",),
    page_size=100,
)

PROPOSALS = Listing(
    name="redundancy-proposals",
    title="Redundancy proposals",
    about="redundancy groups that the estate suggests, to confirm or reject",
    document=f"""
query ExportProposals($first: Int!, $after: String, $counted: Boolean!,
                      $filter: RedundancyFilter) {{
  {OF_NOW} }}
  {
        connection(
            "redundancyProposals(first: $first, after: $after, filter: $filter)",
            "id sort confidence dependant { key } name k kReason n mode effect { serviceCount }",
        )
    }
}}""",
    within=(),
    columns=(
        column("dependant", "dependant", "key"),
        column("group", "name"),
        column("sort"),
        column("confidence"),
        column("k", type=INTEGER),
        column("n", type=INTEGER),
        column("mode"),
        column("why", "kReason"),
        column("servicesSaved", "effect", "serviceCount", type=INTEGER),
        column("id"),
    ),
    takes=("filter",),
    page_size=100,
)
