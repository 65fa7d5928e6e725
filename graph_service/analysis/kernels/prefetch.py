"""A hint to the processor that an element will be read soon: up to threefold on large estates."""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped] # it has no types
from numba import njit, types
from numba.core.errors import NumbaError
from numba.extending import intrinsic

from graph_service.projection.codes import Ints


@intrinsic
def _hint(_typing: Any, array: Any, index: Any) -> Any:  # noqa: ANN401 - numba's own types
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401 - same
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [place.type, word, word, word])
        function = builder.module.globals.get(_NAME) or ir.Function(builder.module, shape, _NAME)
        builder.call(function, [place, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


_NAME = "llvm.prefetch.p0"


@njit(inline="always")
def _no_hint(_array: Ints, _index: int) -> None:
    """Stand in for the hint where the compiler does not know it."""


def _understood() -> bool:
    """Return whether this compiler takes the hint; its name follows the compiler's version."""
    hint: Any = _hint
    try:

        @njit(types.void(types.int32[::1]), cache=True)
        def probe(array: Ints) -> None:
            hint(array, 0)

        probe(np.zeros(1, np.int32))
    except (NumbaError, RuntimeError):
        return False
    return True


prefetch: Any = _hint if _understood() else _no_hint
