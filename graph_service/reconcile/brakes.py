"""When absence is too much to believe: limits on what one reading may retire."""

from collections import Counter
from collections.abc import Mapping

from graph_service.reconcile.import_plan import Brake

RETIRE_SHARE_MAX = 0.10
"""Share of a class that may go in one run; see the two bounds below."""

RETIRE_SHARE_COUNT_MAX = 5
RETIRE_SHARE_POPULATION_MIN = 10

RETIRE_COUNT_MAX = 200
"""CIs that may go in one run, whatever their classes."""


def share_brakes(retired: Counter[str], population: Mapping[str, int]) -> list[Brake]:
    """Return a brake for every class (or type) of which too large a part would go.

    Shares mean little on small sets, so a handful may always go, and all of a tiny class.
    """
    brakes = []
    for name, count in sorted(retired.items()):
        known = population[name]
        share = count / known
        if (
            known >= RETIRE_SHARE_POPULATION_MIN
            and count > RETIRE_SHARE_COUNT_MAX
            and share > RETIRE_SHARE_MAX
        ):
            brakes.append(
                Brake(
                    id=f"RETIRE_SHARE:{name}",
                    name="RETIRE_SHARE",
                    class_name=name,
                    observed=share,
                    limit=RETIRE_SHARE_MAX,
                    held_count=count,
                    message=f"{count} of {known} {name} are gone from this reading "
                    f"({share:.0%}; {RETIRE_SHARE_MAX:.0%} may go unasked)",
                )
            )
    return brakes


def count_brakes(count: int) -> list[Brake]:
    """Return a brake when too many CIs would go."""
    if count <= RETIRE_COUNT_MAX:
        return []
    return [
        Brake(
            id="RETIRE_COUNT",
            name="RETIRE_COUNT",
            class_name="",
            observed=count,
            limit=RETIRE_COUNT_MAX,
            held_count=count,
            message=f"{count} CIs are gone from this reading ({RETIRE_COUNT_MAX} may go unasked)",
        )
    ]


def empty_brakes(count: int, *, saw_anything: bool) -> list[Brake]:
    """Return a brake when there is nothing to read where there was something."""
    if saw_anything or not count:
        return []
    counted = "1 statement was" if count == 1 else f"{count} statements were"
    return [
        Brake(
            id="EMPTY_READING",
            name="EMPTY_READING",
            class_name="",
            observed=0,
            limit=1,
            held_count=count,
            message=f"this reading is empty, but {counted} read here before",
        )
    ]
