"""Where solutions run: halls, each in two cities of a region, filled one after the other."""

from dataclasses import dataclass

SOLUTIONS_PER_HALL = 12
HALLS_PER_DATA_CENTRE = 350

# Home and partner, in the order in which halls are filled.
_PAIRS = (
    ("EMEA", "fra", "ams"),
    ("AMER", "ash", "tor"),
    ("EMEA", "lon", "fra"),
    ("APAC", "sin", "tyo"),
    ("EMEA", "ams", "lon"),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Two places of a region and the pod that each has for a hall.

    ``turn`` counts the halls that the region had before.
    """

    region: str
    home: str
    partner: str
    pod: int
    turn: int


def ground_of_hall(number: int) -> Ground:
    """Return where a hall is; they are counted from 0."""
    rounds, place = divmod(number, len(_PAIRS))
    region, home, partner = _PAIRS[place]
    generation = 1 + number // HALLS_PER_DATA_CENTRE
    regions = [each for each, _, _ in _PAIRS]
    turn = rounds * regions.count(region) + regions[:place].count(region)
    return Ground(region, f"{home}{generation}", f"{partner}{generation}", 2 + number, turn)
