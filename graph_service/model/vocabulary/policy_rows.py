"""The rows policies are made of."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from graph_service.model.vocabulary.rows import AttributeName, ClassName

SourceName = Annotated[str, StringConstraints(min_length=1, max_length=250)]
Tier = Annotated[int, Field(ge=0, le=4)]
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_SHORT = re.compile(r"([0-9]{1,6})([wdhm])")


def _length(value: object) -> object:
    """Read 7d, 12h or P7D; a number alone would leave it open which unit is meant."""
    if not isinstance(value, str | timedelta):
        raise ValueError("write a length of time such as 7d, 12h or P7D")  # noqa: TRY004 - pydantic's
    if isinstance(value, str) and (found := _SHORT.fullmatch(value.strip())):
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    if isinstance(value, str) and not value.strip().upper().startswith("P"):
        raise ValueError("write a length of time such as 7d, 12h or P7D")
    return value


Length = Annotated[
    timedelta,
    BeforeValidator(_length),
    Field(gt=timedelta(0), le=timedelta(days=36_500)),
]

OTHERS = "*"
"""In an order of data sources: all that are not named."""


class Requirement(StrEnum):
    """How much a CI wants an attribute."""

    REQUIRED = "REQUIRED"
    RECOMMENDED = "RECOMMENDED"
    OPTIONAL = "OPTIONAL"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class PrecedenceRule(_Row):
    """Whom to believe about CIs of a class and what specialises it; no attributes: about all."""

    class_name: ClassName = Field(default="CI", alias="class")
    attributes: tuple[AttributeName, ...] = ()
    sources: tuple[SourceName, ...] = Field(
        min_length=1, description="Best first; * stands for all others. People come before all."
    )


class RequiredRule(_Row):
    """Attributes that CIs of a class want; no tiers: whatever their tier."""

    class_name: ClassName = Field(default="CI", alias="class")
    attributes: tuple[AttributeName, ...] = Field(min_length=1)
    tiers: tuple[Tier, ...] = ()
    level: Requirement = Requirement.REQUIRED
    enforce: bool = Field(
        default=False, description="Whether an edit that leaves one empty is refused."
    )


class AllowedRule(_Row):
    """Values that an attribute may have."""

    class_name: ClassName = Field(default="CI", alias="class")
    attribute: AttributeName
    values: tuple[str | int | float | bool, ...] = Field(min_length=1)
    enforce: bool = Field(default=False, description="Whether an edit to another is refused.")


class BrakeLimits(_Row):
    """How much one reading may retire unasked."""

    retire_share: float = Field(default=0.10, ge=0, le=1, description="Share of a class.")
    retire_share_count: int = Field(
        default=5, ge=0, description="So many of a class may always go, whatever their share."
    )
    retire_share_population: int = Field(
        default=10, ge=0, description="Shares count only where a class has at least so many."
    )
    retire_count: int = Field(default=200, ge=0, description="CIs, whatever their classes.")


class EditingRules(_Row):
    """Who may edit what."""

    own_cis_only: bool = Field(
        default=False,
        description="Whether tokens without the role ADMIN edit only what their person owns.",
    )


class LifetimeRule(_Row):
    """How long CIs of a class are believed when nobody has seen them."""

    class_name: ClassName = Field(default="CI", alias="class")
    stale_after: Length | None = None
    retire_after: Length | None = None


class PolicyFile(_Row):
    """Policies as a file."""

    policy: int = Field(description="Version of this format.", ge=1, le=1)
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    precedence: tuple[PrecedenceRule, ...] = ()
    required: tuple[RequiredRule, ...] = ()
    allowed: tuple[AllowedRule, ...] = ()
    brakes: BrakeLimits = BrakeLimits()
    editing: EditingRules = EditingRules()
    time_to_live: tuple[LifetimeRule, ...] = ()
