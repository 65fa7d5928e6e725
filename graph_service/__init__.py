"""Graph Service: what exists, what depends on what, and what a change would take down.

What stands here is the front door for collectors and other Python programs; the rest is internal.
"""

from graph_service.model.errors import Fault, GraphServiceError, InvalidInputError
from graph_service.model.observation import (
    CIObservation,
    Collector,
    Event,
    Note,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Reference,
    RelationshipObservation,
    Unreadable,
)
from graph_service.model.person import Membership, PersonFacts, PersonObservation, TeamRole
from graph_service.model.place import Place
from graph_service.model.relationship import Origin
from graph_service.model.sign_in_claims import person_of_claims
from graph_service.model.vocabulary import common_attribute_names

__all__ = [
    "CIObservation",
    "Collector",
    "Event",
    "Fault",
    "GraphServiceError",
    "InvalidInputError",
    "Membership",
    "Note",
    "Origin",
    "PersonFacts",
    "PersonObservation",
    "Place",
    "Progress",
    "ReadToTheEnd",
    "Reading",
    "ReadingRequest",
    "Reference",
    "RelationshipObservation",
    "TeamRole",
    "Unreadable",
    "common_attribute_names",
    "person_of_claims",
]
