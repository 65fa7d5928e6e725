"""How hard random tests try: the same examples every run, few enough for every run."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "run",
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.register_profile(
    "search", settings.get_profile("run"), max_examples=2_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "run"))
