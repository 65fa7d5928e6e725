"""Who works at TechSol, and who works for it: teams and suppliers."""

from collections.abc import Iterator

from seed.techsol.record import ci, to

TEAMS = {
    "engineering": "Engineering",
    "payments": "Payments",
    "finance-apps": "Finance applications",
    "health-apps": "Healthcare applications",
    "retail-apps": "Retail applications",
    "portals": "Portals",
    "identity": "Identity and access",
    "network": "Network operations",
    "compute": "Compute and virtualisation",
    "databases": "Databases",
    "platform": "Kubernetes and delivery platform",
    "facilities": "Facilities",
    "suppliers": "Supplier management",
    "service-desk": "Service desk",
    "accounts-emea": "Accounts EMEA",
    "accounts-amer": "Accounts AMER",
    "accounts-apac": "Accounts APAC",
    "archive": "Archive and records",
}
ENGINEERING = "engineering"
_IN_ENGINEERING = (
    "payments", "finance-apps", "health-apps", "retail-apps", "portals", "platform", "archive",
)  # fmt: skip
_SUPPLIERS = (
    ("carrier-nordljus", "Nordljus Fiber", "SE", "EMEA", "Carrier in northern and western Europe"),
    ("carrier-meridiana", "Meridiana Reti", "IT", "EMEA", "Carrier with lines in every region"),
    ("carrier-wislana", "Wiślana Łączność", "PL", "EMEA", "Carrier in Poland"),
    ("carrier-cordillera", "Cordillera Enlaces", "CL", "AMER", "Carrier in the Americas"),
    ("carrier-kaiyo", "海洋ケーブル通信", "JP", "APAC", "Carrier of sea cables"),
    ("cloud-cumulonia", "Cumulonia Cloud", "IE", "EMEA", "Cloud provider"),
    ("cloud-stratoveil", "Stratoveil Compute", "US", "AMER", "Cloud provider"),
    ("vendor-quillbase", "Quillbase Software", "CA", "AMER", "Vendor of the service desk tool"),
    ("vendor-kogumi", "小組ソフトウェア", "JP", "APAC", "Vendor of card and store software"),
    ("operator-hallenwerk", "Hallenwerk Betriebs-GmbH", "DE", "EMEA", "Runs rented halls"),
)
SECTOR_TEAM = {"finance": "finance-apps", "healthcare": "health-apps", "retail": "retail-apps"}


def owned_by(team: str) -> str:
    """Return the relationship to the team that answers for a CI."""
    return to("OWNED_BY", f"team-{team}")


def managed_by(team: str) -> str:
    """Return the relationship to the team that looks after a CI."""
    return to("MANAGED_BY", f"team-{team}")


def team_name(team: str) -> str:
    """Return what a team is called."""
    return TEAMS[team]


def organisation() -> Iterator[str]:
    """Write the teams, and the suppliers with their contracts."""
    for team, name in TEAMS.items():
        inner = _IN_ENGINEERING if team == ENGINEERING else ()
        yield ci(
            f"team-{team}", "Team", [to("CONTAINS", f"team-{each}") for each in inner], name=name
        )
    for key, name, country, region, description in _SUPPLIERS:
        yield ci(
            key,
            "Supplier",
            [managed_by("suppliers"), to("GOVERNED_BY", f"contract-{key}")],
            name=name,
            country=country,
            region=region,
            description=description,
        )
        yield ci(f"contract-{key}", "Document", [owned_by("suppliers")], name=f"Contract: {name}")
