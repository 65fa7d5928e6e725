"""How meaning is packed into small numbers: one byte for each dependency, one for each CI."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph_service.model.impact_state import Strength
from graph_service.model.vocabulary import Channel

Bits = NDArray[np.uint8]
Small = NDArray[np.int8]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Minutes = NDArray[np.float32]

# A dependency's byte. The low two bits are its strength; the map of a strength is a subtraction:
# what crosses is the provider's state minus (3 - strength), never below UP.
STRENGTH_MASK: Final = 0b0000_0011
AVAILABILITY_BIT: Final = 0b0000_0100
CONFIG_BIT: Final = 0b0000_1000
DATA_BIT: Final = 0b0001_0000
HARM_BITS: Final = AVAILABILITY_BIT | CONFIG_BIT | DATA_BIT
TOLERANT_BIT: Final = 0b0010_0000
"""On a plain dependency: it has a tolerance."""
STANDBY_BIT: Final = 0b0010_0000
"""On a group's member: it stands by."""
CONSUMER_IS_SOURCE_BIT: Final = 0b0100_0000
UNPROVEN_BIT: Final = 0b1000_0000
"""It protects (weaker than its type, or tolerant) on nothing but its own word."""

STRENGTH_CODES: Final[Mapping[str, int]] = {
    Strength.NONE.value: 0,
    Strength.ADVISORY.value: 1,
    Strength.SOFT.value: 2,
    Strength.HARD.value: 3,
}
STRENGTHS: Final = (Strength.NONE, Strength.ADVISORY, Strength.SOFT, Strength.HARD)
CHANNEL_BITS: Final[Mapping[str, int]] = {
    Channel.AVAILABILITY.value: AVAILABILITY_BIT,
    Channel.CONFIG.value: CONFIG_BIT,
    Channel.DATA.value: DATA_BIT,
}
"""FLOW has no bit: it is a note for operators and never carries harm."""

# A CI's byte.
IN_SERVICE_FLAG: Final = 0b0001
VALUE_BEARING_FLAG: Final = 0b0010
STALE_FLAG: Final = 0b0100
RELATED_FLAG: Final = 0b1000

ACTIVE_ACTIVE, AUTO, MANUAL = range(3)
MODES: Final[Mapping[str, int]] = {
    "ACTIVE_ACTIVE": ACTIVE_ACTIVE,
    "AUTO": AUTO,
    "MANUAL": MANUAL,
}
