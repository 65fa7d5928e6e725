"""A made-up estate of any size, layered as real ones are: seeded, and drawn with numpy alone."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph_service.model.revision import Head
from graph_service.model.vocabulary import packaged
from graph_service.projection import Snapshot
from graph_service.projection.build import built
from graph_service.projection.tables import EstateTables
from graph_service.store import CIColumns, RelationshipColumns

Numbers = NDArray[np.int64]

# layer: class, share of all CIs, fewest
LAYERS = {
    "BS": ("BusinessService", 0.01, 4),
    "AS": ("TechnicalService", 0.05, 8),
    "AP": ("Application", 0.14, 16),
    "DB": ("Database", 0.07, 8),
    "MW": ("MessageQueue", 0.05, 8),
    "CT": ("Container", 0.22, 16),
    "VM": ("VirtualMachine", 0.31, 32),
    "HO": ("Server", 0.08, 8),
    "SW": ("Switch", 0.03, 4),
    "ST": ("Storage", 0.02, 4),
    "PW": ("PowerSource", 0.0185, 4),
    "SI": ("Site", 0.0, 2),
    "SH": ("DnsService", 0.001, 8),
    "CS": ("Router", 0.0005, 4),
}

# owner, target, fixed, Poisson mean, share of popular targets, share of owners
PLAIN = (
    ("BS", "AS", 2, 2.5, 0.10, 1.0),
    ("AS", "AP", 1, 1.2, 0.10, 1.0),
    ("AS", "AS", 0, 1.0, 0.15, 1.0),
    ("AP", "DB", 1, 0.6, 0.35, 1.0),
    ("AP", "MW", 1, 0.5, 0.35, 1.0),
    ("AP", "CT", 1, 2.0, 0.02, 1.0),
    ("AP", "VM", 0, 0.8, 0.02, 1.0),
    ("AP", "SH", 1, 0.6, 1.0, 1.0),
    ("DB", "VM", 1, 0.6, 0.02, 1.0),
    ("DB", "ST", 1, 0.6, 0.20, 1.0),
    ("MW", "VM", 1, 0.8, 0.02, 1.0),
    ("MW", "DB", 0, 0.5, 0.35, 1.0),
    ("CT", "VM", 1, 0.5, 0.02, 1.0),
    ("CT", "MW", 0, 0.4, 0.35, 1.0),
    ("CT", "SH", 0, 0.8, 1.0, 1.0),
    ("VM", "HO", 1, 0.0, 0.02, 0.95),
    ("VM", "ST", 1, 0.5, 0.15, 1.0),
    ("VM", "SW", 1, 0.3, 0.05, 1.0),
    ("VM", "SH", 1, 0.8, 1.0, 1.0),
    ("HO", "SW", 1, 0.0, 0.02, 0.55),
    ("HO", "PW", 1, 0.0, 0.02, 0.55),
    ("HO", "ST", 1, 0.8, 0.10, 1.0),
    ("SW", "CS", 1, 0.0, 0.20, 0.50),
    ("SW", "PW", 1, 0.3, 0.02, 1.0),
    ("ST", "PW", 1, 0.0, 0.02, 0.50),
    ("ST", "SW", 1, 0.5, 0.02, 1.0),
    ("PW", "SI", 1, 0.0, 0.30, 1.0),
    ("CS", "PW", 1, 0.0, 0.0, 1.0),
    ("CS", "SI", 1, 0.0, 0.0, 1.0),
    ("SH", "VM", 1, 0.5, 0.0, 1.0),
)

# owner, target, share of owners, share of popular anchors
GROUPS = (
    ("AP", "SH", 0.08, 1.0),
    ("DB", "VM", 0.10, 0.02),
    ("MW", "VM", 0.10, 0.02),
    ("CT", "VM", 0.04, 0.02),
    ("VM", "HO", 0.05, 0.02),
    ("HO", "SW", 0.45, 0.02),
    ("HO", "PW", 0.45, 0.02),
    ("SW", "CS", 0.50, 0.20),
    ("ST", "PW", 0.50, 0.02),
    ("SH", "VM", 0.50, 0.0),
)
SHAPES = ((1, 2), (1, 3), (2, 3), (3, 5))
SHAPE_SHARES = (0.70, 0.10, 0.15, 0.05)


@dataclass(frozen=True)
class Estate:
    """Dependencies as numbers: ``owner`` leans on ``target``; group -1 is a plain one."""

    layer: NDArray[np.int64]
    owner: Numbers
    target: Numbers
    group: Numbers
    k: Numbers

    def __len__(self) -> int:
        return len(self.layer)


@dataclass
class _Draft:
    owner: list[Numbers] = field(default_factory=list)
    target: list[Numbers] = field(default_factory=list)
    group: list[Numbers] = field(default_factory=list)


def estate(size: int, seed: int = 7) -> Estate:
    """Draw an estate of about 4.6 dependencies a CI; the same size and seed give the same one."""
    random = np.random.default_rng(seed)
    sizes = {name: max(least, int(size * share)) for name, (_, share, least) in LAYERS.items()}
    sizes["SI"] = max(2, int(np.sqrt(size) / 25))
    sizes["VM"] += size - sum(sizes.values())
    first = dict(zip(sizes, np.cumsum([0, *sizes.values()])[:-1].tolist(), strict=True))
    popular = {name: random.permutation(count) for name, count in sizes.items()}

    def targets(rows: Numbers, owner: str, target: str, share: float) -> Numbers:
        count, spread = sizes[target], 0.002 if owner == target else 0.004
        local = ((rows + 0.5) / sizes[owner] + random.normal(0, spread, len(rows))) % 1.0 * count
        rank = random.random(len(rows)) ** (1 / (1 - 0.85)) * count
        chosen = np.where(
            random.random(len(rows)) < share,
            popular[target][np.minimum(rank.astype(np.int64), count - 1)],
            np.minimum(local.astype(np.int64), count - 1),
        )
        return chosen.astype(np.int64)

    draft, ks, count = _Draft(), [], 0
    for owner, target, fixed, mean, share, owners in PLAIN:
        rows = np.arange(sizes[owner])
        rows = rows[random.random(len(rows)) < owners]
        rows = np.repeat(rows, fixed + random.poisson(mean, len(rows)))
        draft.owner.append(rows + first[owner])
        draft.target.append(targets(rows, owner, target, share) + first[target])
        draft.group.append(np.full(len(rows), -1))
    for owner, target, owners, share in GROUPS:
        rows = np.flatnonzero(random.random(sizes[owner]) < owners)
        anchors = targets(rows, owner, target, share)
        if target == "SH":
            anchors -= anchors % 5
        shapes = random.choice(len(SHAPES), len(rows), p=SHAPE_SHARES)
        k, n = np.array(SHAPES)[shapes].T
        repeated = np.repeat(np.arange(len(rows)), n)
        step = np.arange(len(repeated)) - np.repeat(np.cumsum(n) - n, n)
        draft.owner.append(rows[repeated] + first[owner])
        draft.target.append((anchors[repeated] + step) % sizes[target] + first[target])
        draft.group.append(repeated + count)
        ks.append(k)
        count += len(rows)
    return _finished(draft, np.concatenate(ks), sizes, random)


def _finished(
    draft: _Draft, k: Numbers, sizes: dict[str, int], random: np.random.Generator
) -> Estate:
    owner, target, group = (
        np.concatenate(each) for each in (draft.owner, draft.target, draft.group)
    )
    rows = np.unique(np.stack([owner, target, group])[:, owner != target], axis=1)
    total = sum(sizes.values())
    renumbered = random.permutation(total)
    rows = rows[:, random.permutation(rows.shape[1])]
    layer = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    shuffled = np.empty_like(layer)
    shuffled[renumbered] = layer
    members = np.bincount(rows[2][rows[2] >= 0], minlength=len(k))
    return Estate(
        shuffled, renumbered[rows[0]], renumbered[rows[1]], rows[2], np.minimum(k, members)
    )


def columns(drawn: Estate) -> tuple[CIColumns, RelationshipColumns]:
    """Return an estate as it leaves a store."""
    size = len(drawn)
    grouped = drawn.group >= 0
    number = np.zeros(len(drawn.k), np.int64)
    owners, first = np.unique(drawn.group[grouped], return_index=True)
    number[owners] = drawn.owner[grouped][first]
    rules: dict[int, list[str]] = {}
    for group, (owner, k) in enumerate(zip(number.tolist(), drawn.k.tolist(), strict=True)):
        if k:
            rules.setdefault(owner, []).append(f'"redundancy.g{group}":{{"k":{k}}}')
    classes = [each for each, _, _ in LAYERS.values()]
    width = len(str(size))
    keys = [f"ci-{place:0{width}}" for place in range(size)]
    cis = CIColumns(
        ordinal=range(1, size + 1),
        id=[f"ci_{place:032x}" for place in range(size)],
        key=keys,
        name=keys,
        class_name=[classes[each] for each in drawn.layer.tolist()],
        attributes=[
            "{" + ",".join(rules[each]) + "}" if each in rules else None for each in range(size)
        ],
    )
    count = len(drawn.owner)
    relationships = RelationshipColumns(
        id=[""] * count,
        source=(drawn.owner + 1).tolist(),
        target=(drawn.target + 1).tolist(),
        type=np.where(grouped, "USES", "DEPENDS_ON").tolist(),
        origin=["DECLARED"] * count,
        attributes=[
            f'{{"group":"g{each}"}}' if each >= 0 else None for each in drawn.group.tolist()
        ],
    )
    return cis, relationships


def snapshot_of(drawn: Estate) -> Snapshot:
    """Build the snapshot of an estate, by the way every estate takes."""
    return built(EstateTables.loaded([Head(1), *columns(drawn)]), packaged())
