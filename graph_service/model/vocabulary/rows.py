"""The rows a vocabulary is made of."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from graph_service.model.impact_state import Strength

CLASS_PATTERN = r"^[A-Z][A-Za-z0-9]{0,62}$"
TYPE_PATTERN = r"^[A-Z][A-Z0-9_]{0,62}$"
ATTRIBUTE_PATTERN = r"^[a-z][A-Za-z0-9]{0,62}$"
STATE_PATTERN = "^(UP|AT_RISK|DEGRADED|DOWN)$"

ClassName = Annotated[str, StringConstraints(pattern=CLASS_PATTERN)]
TypeName = Annotated[str, StringConstraints(pattern=TYPE_PATTERN)]
AttributeName = Annotated[str, StringConstraints(pattern=ATTRIBUTE_PATTERN)]


class AttributeType(StrEnum):
    """What values an attribute takes. MINUTES are a number of minutes; INSTANT is RFC 3339."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    INSTANT = "INSTANT"
    MINUTES = "MINUTES"
    ENUM = "ENUM"
    IP_ADDRESS = "IP_ADDRESS"
    MAC_ADDRESS = "MAC_ADDRESS"
    URL = "URL"
    JSON = "JSON"


class ImpactFlow(StrEnum):
    """Which end a failure reaches: the source when the target fails, or the other way round.

    BY_UPLINK: the relationship's ``uplink`` says which end is the provider.
    """

    TO_SOURCE = "TO_SOURCE"
    TO_TARGET = "TO_TARGET"
    BY_UPLINK = "BY_UPLINK"
    NEITHER = "NEITHER"


class Channel(StrEnum):
    """What travels along a dependency. FLOW is a note for operators, never harm."""

    AVAILABILITY = "AVAILABILITY"
    CONFIG = "CONFIG"
    DATA = "DATA"
    FLOW = "FLOW"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AttributeDefinition(_Row):
    """An attribute of a class and everything that specialises it."""

    name: AttributeName
    type: AttributeType = AttributeType.TEXT
    label: str = ""
    description: str = ""
    unit: str = ""
    values: tuple[str, ...] = Field(default=(), description="Allowed values of an ENUM.")
    list: bool = False
    minimum: float | None = None
    maximum: float | None = None
    sensitive: bool = False


class CIClass(_Row):
    """A class of CIs. ``name`` is also the label in Neo4j."""

    name: ClassName
    extends: ClassName | None = "CI"
    label: str = ""
    description: str = ""
    abstract: bool = False
    value_bearing: bool | None = Field(
        default=None, description="Whether consequence is counted on it; inherited when not said."
    )
    attributes: tuple[AttributeDefinition, ...] = ()


class DefaultGroup(_Row):
    """The redundancy group that a relationship of this type joins when it names none."""

    name: str
    k: int | None = Field(default=None, ge=1, description="Members needed; none: unknown.")


class RelationshipType(_Row):
    """A type of relationship and how impact crosses it."""

    name: TypeName
    verb: str = Field(description="Read from the source: runs on.")
    inverse_verb: str = Field(description="Read from the target: runs.")
    description: str = ""
    impact: ImpactFlow
    strength: Strength = Strength.HARD
    channels: tuple[Channel, ...] = (Channel.AVAILABILITY,)
    group: DefaultGroup | None = None


class OperationType(_Row):
    """A type of work on a CI and the states it causes, as planned and when it goes wrong."""

    name: TypeName
    label: str
    planned: str = Field(pattern=STATE_PATTERN)
    failed: str = Field(pattern=STATE_PATTERN)
    channels: tuple[Channel, ...] = (Channel.AVAILABILITY,)
    permanent: bool = False
    irreversible: bool = False
    description: str = ""


class VocabularyFile(_Row):
    """A vocabulary as a file: the packaged one, or an organisation's extension of it."""

    vocabulary: int = Field(description="Version of this format.", ge=1, le=1)
    name: str
    version: str
    classes: tuple[CIClass, ...] = ()
    relationship_types: tuple[RelationshipType, ...] = ()
    operations: tuple[OperationType, ...] = ()
