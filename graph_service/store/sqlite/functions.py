"""Functions of ours that the file's SQL calls; every connection has them."""

import sqlite3

import orjson

from graph_service.model.ci import CI
from graph_service.model.condition import disagree
from graph_service.model.ids import CIId
from graph_service.model.search_words import name_words, said_words


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection its functions."""
    connection.create_function("name_words", 4, _name_words, deterministic=True)
    connection.create_function("said_words", 1, _said_words, deterministic=True)
    # typeshed wants an aggregate's step to take anything.
    connection.create_aggregate("disagree", 1, _Disagree)  # type: ignore[arg-type] # see above


def _name_words(key: str, name: str, attributes: str, former_names: str) -> str:
    ci = CI(id=CIId(""), key=key, name=name, class_name="", attributes=orjson.loads(attributes))
    return " ".join(name_words(ci, orjson.loads(former_names)))


def _said_words(attributes: str) -> str:
    ci = CI(id=CIId(""), key="", name="", class_name="", attributes=orjson.loads(attributes))
    return " ".join(said_words(ci))


class _Disagree:
    """Whether claims about one CI say different values: given their bodies, one by one."""

    def __init__(self) -> None:
        self._bodies: list[str] = []

    def step(self, body: str) -> None:
        """Take one more claim."""
        self._bodies.append(body)

    def finalize(self) -> bool:
        """Say whether they disagree."""
        return disagree([orjson.loads(each)[0] for each in self._bodies])
