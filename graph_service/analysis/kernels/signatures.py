"""Types of the kernels' arguments: one signature each, so that each is compiled once."""

from numba import types

BITS = types.Array(types.uint8, 1, "C", readonly=True)
INTS = types.Array(types.int32, 1, "C", readonly=True)
MINUTES = types.Array(types.float32, 1, "C", readonly=True)
TABLE = types.Array(types.int32, 2, "C", readonly=True)
FLAGS = types.Array(types.boolean, 1, "C", readonly=True)

BITS_OUT = types.uint8[::1]
INTS_OUT = types.int32[::1]
WORDS_OUT = types.uint64[::1]
TABLE_OUT = types.int32[:, ::1]

BYTE = types.uint8
COUNT = types.int64
AMOUNT = types.float64
