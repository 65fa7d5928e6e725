"""Chance that depends on a seed and on what is asked, on nothing else."""

from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15

_Any = TypeVar("_Any")


class Dice:
    """A row of chance numbers for one thing, whatever was drawn for others before.

    Every CI has dice of its own, so that an estate needs no memory of what it wrote, and the
    numbers are arithmetic of ours, so that they stay the same from one Python to the next.
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int, thing: str) -> None:
        self._state = _mixed(_mixed(seed & _MASK) ^ crc32(thing.encode()))

    def below(self, bound: int) -> int:
        """Return a whole number from 0 to ``bound`` - 1."""
        self._state = (self._state + _STEP) & _MASK
        return (_mixed(self._state) * bound) >> 64

    def pick(self, among: Sequence[_Any]) -> _Any:
        """Return one of them."""
        return among[self.below(len(among))]

    def happens(self, percent: int) -> bool:
        """Return true so many times in a hundred."""
        return self.below(100) < percent


def _mixed(value: int) -> int:
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit moves every other.
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
