"""The comment an estate file of TechSol begins with: what to look for, and what is wrong in it."""

from seed.techsol.geography import COUNTRIES
from seed.techsol.mess import flaws

_HEAD = """\
# TechSol, a global IT services company: {size} CIs, seed {seed}. All names are invented.
#
# {countries} countries in EMEA, AMER and APAC; {clients} clients in healthcare, finance and retail.
# Data centres: fra1 (the main one), ams1, lon1 · ash1, tor1 · sin1, tyo1; an office and a service
# desk in every other country.
#
# Stories that hold at any size:
#   site-fra1 lost         claims and lab-results down; payments and patient-records at risk
#                          (two of their three databases are elsewhere); storefront untouched
#   hv-fra1-1-1 lost       one of four hosts: saved, nothing on the cluster becomes worse
#   pg-payments-1 lost     payments at risk, not down
#   vm-identity-1 lost     saved; with vm-identity-2 as well, most services are at risk
#   identity lost          most services down; fx-rates and appointments degraded, they can do
#                          without it for a while
#   carrier-wislana lost   Poland: both lines of site-waw1 are its lines, so desk-pl is down; no
#                          other country notices
#   carrier-cordillera     Mexico and Chile down, they have one line each; Brazil at risk
#
# Wrong on purpose:
{flaws}
graph_service: 1
data_source: techsol
complete: true
cis:
"""


def head(size: int, seed: int, clients: int) -> str:
    """Return everything that stands before the first CI."""
    return _HEAD.format(
        size=size,
        seed=seed,
        countries=len(COUNTRIES),
        clients=clients,
        flaws="\n".join(f"#   {each}" for each in flaws(size)),
    )
