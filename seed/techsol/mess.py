"""What no real estate is without: gaps, doubts and leftovers, on purpose and counted."""

from collections.abc import Iterator

from seed.techsol.organisation import owned_by, team_name
from seed.techsol.record import ALL_ACTIVE, ci, to

_CIS_PER_ROUND = 8
_TEAM, _GONE_TEAM = "portals", "archive"
_LEFTOVERS = (
    "Lohnabrechnung ALT (nicht anfassen)",
    "Отчёты копия 2 новая",
    "旧 顧客台帳 2011",
    "نظام الأرشيف القديم",
    "tmp-test-final-FINAL2",
    "Ancien intranet à supprimer ?",
    "पुराना वेतन सर्वर",
    "결재 시스템 (백업) (백업)",
)


def rounds(size: int) -> int:
    """Return how often each flaw occurs in an estate of so many CIs."""
    return max(1, size // 400)


def mess_count(size: int) -> int:
    """Return how many CIs the flaws bring along."""
    return _CIS_PER_ROUND * rounds(size)


def flaws(size: int) -> list[str]:
    """Return what is wrong with the estate, a line each, with exact numbers and where to look."""
    n = rounds(size)
    return [
        f"services and applications without an owner: {n} ({_all('tool', n)})",
        f"services and applications without a tier: {n} ({_all('job', n)})",
        f"groups of unknown k: {n} (instances of {_all('gateway', n)})",
        f"unresolved references: {n} ({_all('report', n)}, which lean on an old database)",
        f"groups defeated by a plain HARD relationship: {n} ({_all('batch', n)})",
        f"names that look stale, in several scripts: {n} ({_all('leftover', n)})",
        f"names that two CIs share: {n} ({_all('twin', n)} are the tools, found twice)",
        f"network links without an uplink: {n} ({_all('sw-lab', n)})",
        "circles of two services: 1 (orders and inventory)",
        "service owners in another spelling: 2 (claims, lab-results)",
        "once the people are in (--people): service owners who have left: 3, two of them of tier 0",
        f"  (payments, patient-records); a team of which nobody is left: 1 ({_all('leftover', n)})",
    ]


def _all(stem: str, count: int) -> str:
    return f"{stem}-1" if count == 1 else f"{stem}-1 to {stem}-{count}"


def mess(size: int) -> Iterator[str]:
    """Write the CIs that carry the flaws: eight a round."""
    both = [to("RUNS_ON", f"vm-tools-{each}", group="instances") for each in (1, 2)]
    alone = [to("RUNS_ON", "vm-tools-1")]
    known = {"instances": f"k: 1, {ALL_ACTIVE}"}
    for n in range(1, rounds(size) + 1):
        yield _application(f"tool-{n}", f"Reconciliation tool {n}", alone, team=None)
        yield _application(f"job-{n}", f"Nightly job {n}", alone, tier=None)
        yield _application(f"gateway-{n}", f"File gateway {n}", both)
        gone = to("DEPENDS_ON", f"old-db-{n}")
        yield _application(f"report-{n}", f"Report {n}", [*alone, gone])
        plain = to("DEPENDS_ON", "vm-tools-2")
        yield _application(f"batch-{n}", f"Batch import {n}", [*both, plain], groups=known)
        name = _LEFTOVERS[(n - 1) % len(_LEFTOVERS)]
        again = (n - 1) // len(_LEFTOVERS)
        called = f"{name} {again}" if again else name
        yield _application(f"leftover-{n}", called, alone, team=_GONE_TEAM)
        yield _application(f"twin-{n}", f"Reconciliation tool {n}", alone)
        yield ci(
            f"sw-lab-{n}",
            "Switch",
            [to("LOCATED_IN", "room-fra1"), to("CONNECTS_TO", "core-fra1-a")],
            name=f"Laboratory switch {n}",
        )


def _application(
    key: str,
    name: str,
    relationships: list[str],
    *,
    team: str | None = _TEAM,
    tier: int | None = 3,
    groups: dict[str, str] | None = None,
) -> str:
    called = team_name(team) if team else None
    return ci(
        key,
        "Application",
        [*relationships, *([owned_by(team)] if team else [])],
        groups=groups,
        name=name,
        tier=tier,
        environment="PRODUCTION",
        owner=called,
        supportGroup=called,
    )
