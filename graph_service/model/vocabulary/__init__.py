"""Meaning as data: classes, relationship types and operations, packaged and extended by a file."""

from graph_service.model.vocabulary.load import common_attribute_names, extended, packaged
from graph_service.model.vocabulary.rows import (
    AttributeDefinition,
    AttributeType,
    Channel,
    CIClass,
    ImpactFlow,
    OperationType,
    RelationshipType,
)
from graph_service.model.vocabulary.vocabulary import Vocabulary

__all__ = [
    "AttributeDefinition",
    "AttributeType",
    "CIClass",
    "Channel",
    "ImpactFlow",
    "OperationType",
    "RelationshipType",
    "Vocabulary",
    "common_attribute_names",
    "extended",
    "packaged",
]
