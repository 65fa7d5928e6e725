"""TechSol, the demonstration company, as an estate file: one module a layer of the company."""

from seed.techsol.company import SIZE_MAX, SIZE_MIN, techsol
from seed.techsol.people import people

__all__ = ["SIZE_MAX", "SIZE_MIN", "people", "techsol"]
