"""What the command line asks a service: GraphQL documents, one an answer or a page of it."""

from collections.abc import Iterable

from graph_service.cli.chosen_estate import ESTATE, VARIABLES

PAGE = 200
"""Rows a page: with their paths well within the cost of one operation."""

CI = "id key name className tier environment presence revision"

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"

_ROW = """hops reason ci { id key name className tier }
        path { ci { key } typeName group }"""

ROWS = {
    "affected": f"before after {_ROW}",
    "saved": f"{_ROW} savedBy {{ rule group text remaining {{ key }} }}",
    "reachedOnly": _ROW,
    "alreadyAffected": f"before after {_ROW}",
}

_ASKED = """impact(
    of: {states: $of}, options: {durationMinutes: $minutes, maxHops: $maxHops}
  )"""

_FIRST_PAGES = "".join(
    f"{name}(first: $first) {{ nodes {{ {of} }} {_PAGE_INFO} }}\n    " for name, of in ROWS.items()
)

IMPACT = f"""
query Impact(
  {VARIABLES}, $of: [CIState!]!, $minutes: Minutes, $maxHops: Int, $first: Int!
) {{
  {ESTATE} {{ {_ASKED} {{
    revision answerDigest versions {{ model vocabulary }}
    causes {{ ci {{ key }} state }}
    summary {{ reachedCount savedCount reachedOnlyCount alreadyAffectedCount
              byState {{ state count }} }}
    completeness {{ complete truncations {{ limit value frontierCount }} hiddenCiCount unresolved
      unresolvedReferenceCount staleRelationshipCount unconfirmedGroupCount unorientedLinkCount
      unverifiedProtectionCount unrelatedCiCount notes }}
    ifConfirmed {{ unconfirmedGroupCount downCount degradedCount atRiskCount savedCount
      noLongerDownCount noLongerDown(first: 20) {{ key }} }}
    {_FIRST_PAGES}
  }} }}
}}"""
"""Figures and the first rows of each list, all of one revision; later pages stay with it."""


def rows_of(name: str) -> str:
    """Return the document that asks for a page of one of the four lists."""
    return f"""
query Rows(
  {VARIABLES}, $of: [CIState!]!, $minutes: Minutes, $maxHops: Int, $first: Int!, $after: String
) {{
  {ESTATE} {{ {_ASKED} {{
    page: {name}(first: $first, after: $after) {{ nodes {{ {ROWS[name]} }} {_PAGE_INFO} }}
  }} }}
}}"""


_CLAIM = """dataSource origin observedAt evidence statedBy statedAt reason validUntil expired"""

_NEIGHBOURS = f"""nodes {{ verb end other {{ key name className }} relationship {{
      typeName origin strength group role toleranceMinutes evidence
    }} }} {_PAGE_INFO}"""

PAGE_OF_A_CI = f"""
query Page({VARIABLES}, $ref: CIRef!, $first: Int!) {{
  {ESTATE} {{ ci(ref: $ref) {{
    {CI}
    relationships(first: $first) {{ {_NEIGHBOURS} }}
    attributes {{
      name value
      provenance {{ {_CLAIM} }}
      alternatives {{ {_CLAIM} value }}
      conflicting
    }}
    tags {{ name value expiresAt dataSource }}
    freshness {{ lastSeenAt lastSource stale staleSince unverifiedBy }}
    completeness {{ requiredCount filledCount missing recommended odd }}
    history(first: 20) {{ nodes {{
      revision at actor {{ name }} action record {{ key recordType }} differences {{ name }}
    }} }}
  }} }}
}}"""

NEIGHBOURS = f"""
query Neighbours({VARIABLES}, $ref: CIRef!, $first: Int!, $after: String) {{
  {ESTATE} {{ ci(ref: $ref) {{
    page: relationships(first: $first, after: $after) {{ {_NEIGHBOURS} }}
  }} }}
}}"""

KEYS_LIKE = f"""
query KeysLike({VARIABLES}, $text: String!) {{
  {ESTATE} {{ keysLike(text: $text) }}
}}"""

_UNRESOLVED = "dataSource source typeName target missing evidence"

UNRESOLVED = f"""
query Unresolved($dataSource: String, $first: Int!, $after: String) {{
  estate {{ page: unresolvedReferences(first: $first, after: $after, dataSource: $dataSource) {{
    nodes {{ {_UNRESOLVED} }} {_PAGE_INFO}
  }} }}
}}"""

REVISIONS = """
query Revisions($first: Int!, $after: String) {
  page: revisions(first: $first, after: $after) {
    nodes { number committedAt actor { name } reason run entryCount hash }
    pageInfo { hasNextPage endCursor }
  }
}"""

_FAULTS = "... on ValidationFailed { faults { code message hint place } }"

_BRAKE = "id brake className observed limit heldCount message"
_COUNTS = "created updated unchanged retired"

PLAN_IMPORT = f"""
mutation Plan($input: PlanImportInput!) {{
  planImport(input: $input) {{
    ... on ImportPlanned {{ plans {{ id }} }}
    ... on Problem {{ code message hint }}
    {_FAULTS}
  }}
}}"""

PLAN_LISTS = {
    "operations": "action recordType id label className changed why",
    "unresolved": _UNRESOLVED,
    "quarantined": "fault { code message hint place }",
    "findings": "code subject message place",
}


def plan_with(lists: Iterable[str]) -> str:
    """Return the document that asks for a plan's figures and the first page of some lists."""
    pages = "".join(
        f"{name}(first: $first) {{ nodes {{ {PLAN_LISTS[name]} }} {_PAGE_INFO} }}\n    "
        for name in lists
    )
    return f"""
query Plan($id: ID!, $first: Int!) {{
  plan(id: $id) {{
    id runId dataSource baseRevision readToTheEnd complete
    cis {{ {_COUNTS} }} relationships {{ {_COUNTS} }} people {{ {_COUNTS} }}
    brakes {{ {_BRAKE} }}
    {pages}
  }}
}}"""


def plan_list(name: str) -> str:
    """Return the document that asks for a page of one list of a plan."""
    return f"""
query PlanList($id: ID!, $first: Int!, $after: String) {{
  plan(id: $id) {{ page: {name}(first: $first, after: $after) {{
    nodes {{ {PLAN_LISTS[name]} }} {_PAGE_INFO}
  }} }}
}}"""


APPLY_PLAN = f"""
mutation Apply($input: ApplyPlanInput!) {{
  applyPlan(input: $input) {{
    ... on PlanWritten {{
      plan {{ id }} revisions cis {{ {_COUNTS} }} relationships {{ {_COUNTS} }}
      people {{ {_COUNTS} }}
    }}
    ... on Problem {{ code message hint }}
    ... on HeldByBrakes {{
      plan {{ id }} revisions cis {{ {_COUNTS} }} relationships {{ {_COUNTS} }}
      people {{ {_COUNTS} }} brakes {{ {_BRAKE} }}
    }}
    ... on PlanOutdated {{ moved baseRevision currentRevision }}
    {_FAULTS}
  }}
}}"""
