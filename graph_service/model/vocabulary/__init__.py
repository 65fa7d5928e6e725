"""Meaning as data: classes, relationship types and operations, packaged and extended by a file.

Policies, a file of their own, say what an organisation wants of them.
"""

from graph_service.model.vocabulary.load import (
    common_attribute_names,
    extended,
    located_in,
    packaged,
    places_of_rows,
)
from graph_service.model.vocabulary.policies import NO_POLICIES, Lifetime, Policies
from graph_service.model.vocabulary.policy_file import located_in_policies, read_policies
from graph_service.model.vocabulary.policy_rows import BrakeLimits, Requirement
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
    "NO_POLICIES",
    "AttributeDefinition",
    "AttributeType",
    "BrakeLimits",
    "CIClass",
    "Channel",
    "ImpactFlow",
    "Lifetime",
    "OperationType",
    "Policies",
    "RelationshipType",
    "Requirement",
    "Vocabulary",
    "common_attribute_names",
    "extended",
    "located_in",
    "located_in_policies",
    "packaged",
    "places_of_rows",
    "read_policies",
]
