"""Identifiers: opaque, sortable by age, never reused, never derived from a name.

The exceptions keep two writers from creating one thing twice: the id of a relationship is a
function of its ends and type, that of a CI created under an idempotency key a function of the key.
"""

import hashlib
import os
import time
import uuid
from collections.abc import Callable
from typing import NewType

CIId = NewType("CIId", str)
RelationshipId = NewType("RelationshipId", str)

_RELATIONSHIPS = uuid.UUID("6b1d3c1e-6f0e-5b0a-9a57-2f6c0d2f7a11")

IdGenerator = Callable[[str], str]
"""Given a prefix (``ci``, ``run``, ``pln``), returns a fresh id such as ``ci_018f…``."""


def uuid7(milliseconds: int, random: bytes) -> uuid.UUID:
    """Return the UUID version 7 (RFC 9562, section 5.7) of an instant and ten random bytes."""
    value = milliseconds << 80 | int.from_bytes(random, "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return uuid.UUID(int=value | 0x7 << 76 | 0x2 << 62)


def new_id(prefix: str) -> str:
    """Return a fresh id of the given prefix, for example ``ci_018f…``."""
    return f"{prefix}_{uuid7(time.time_ns() // 1_000_000, os.urandom(10)).hex}"


def derived_id(prefix: str, *names: str) -> str:
    """Return the one id of these names, for what two writers may both be about to create.

    A UUID version 8 (RFC 9562, section 5.8), so that nobody takes an age from it.
    """
    hashed = bytearray(hashlib.sha256("\0".join(names).encode()).digest()[:16])
    hashed[6] = hashed[6] & 0x0F | 0x80
    hashed[8] = hashed[8] & 0x3F | 0x80
    return f"{prefix}_{hashed.hex()}"


def relationship_id(source: CIId, relationship_type: str, target: CIId) -> RelationshipId:
    """Return the id of the one relationship of this type between these two CIs."""
    name = f"{source} {relationship_type} {target}".encode()
    # RFC 9562, section 5.5, without the object in between: estates have millions of these.
    hashed = bytearray(hashlib.sha1(_RELATIONSHIPS.bytes + name, usedforsecurity=False).digest())
    hashed[6] = hashed[6] & 0x0F | 0x50
    hashed[8] = hashed[8] & 0x3F | 0x80
    return RelationshipId(f"rel_{hashed[:16].hex()}")
