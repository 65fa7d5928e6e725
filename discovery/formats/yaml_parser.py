"""The YAML parser, in C where there is one, and the classes of its own events and errors."""

from typing import IO, Any

import yaml

# The parser in C makes events of the classes it met when it was loaded first. They are taken from
# where it has them: should a program load yaml twice (as coverage does), yaml's own are others.
events: Any = getattr(yaml, "_yaml", yaml)

YamlError: Any = events.YAMLError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parser(stream: IO[bytes]) -> Any:  # noqa: ANN401 - the parser is untyped
    """Return a parser that knows ``peek_event`` and ``get_event``."""
    return _Loader(stream)
