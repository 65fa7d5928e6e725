"""The fields of one mapping of an estate file, and everything wrong with them."""

from collections.abc import Collection, Mapping
from typing import Any

from discovery.formats.marked import MarkedMapping, MarkedSequence, joined, place_of
from discovery.formats.nearest import hint
from discovery.formats.yaml_scalars import as_written
from graph_service import Fault, Place


class Fields:
    """Reads the fields of a mapping one by one; faults gather in the list it is given."""

    def __init__(
        self, mapping: MarkedMapping, document: str, path: str, faults: list[Fault]
    ) -> None:
        self.mapping = mapping
        self.document = document
        self.path = path
        self.faults = faults

    def place(self, name: str = "") -> Place:
        """Return where a field stands; without a name or field, where the mapping does."""
        path = joined(self.path, name) if name else self.path
        return place_of(self.document, path, self.mapping.marks.get(name, self.mapping.mark))

    def fault(self, code: str, message: str, name: str = "", remedy: str = "") -> None:
        """Note something wrong with a field."""
        self.faults.append(Fault(code=code, message=message, place=self.place(name), remedy=remedy))

    def only(
        self,
        *known: Collection[str],
        remedies: Mapping[str, str] | None = None,
        otherwise: str = "",
    ) -> None:
        """Refuse every field but the known ones; ``otherwise`` is said when none is like it."""
        for name in self.mapping:
            if not any(name in each for each in known):
                remedy = (remedies or {}).get(name) or hint(
                    name, (field for each in known for field in each), otherwise
                )
                self.fault("UNKNOWN_FIELD", f"there is no field {_short(name)}", name, remedy)

    def has(self, name: str) -> bool:
        """Whether a field is there and says something."""
        return self.mapping.get(name) is not None

    def text(self, name: str, *, required: str = "") -> str:
        """Return text as it was written; ``required`` says what to write when it is missing."""
        value = self.mapping.get(name)
        if value is None or value == "":
            if required:
                self.fault("MISSING_FIELD", f"{name} is missing", name, required)
            return ""
        text = as_written(value)
        if text is None:
            self.fault("WRONG_TYPE", f"{name} must be text", name, "write one value")
            return ""
        return text

    def number(
        self, name: str, least: int, most: int | None = None, *, whole: bool = False
    ) -> int | float | None:
        """Return a number within bounds."""
        value = self.mapping.get(name)
        if value is None:
            return None
        kinds = (int,) if whole else (int, float)
        bounds = f"from {least} to {most}" if most is not None else f"of at least {least}"
        wanted = f"{name} must be a {'whole ' if whole else ''}number {bounds}"
        if isinstance(value, bool) or not isinstance(value, kinds):
            shown = as_written(value)
            found = f"not {_short(shown)}" if shown is not None else ""
            self.fault("WRONG_TYPE", wanted, name, found)
            return None
        if value < least or (most is not None and value > most):
            self.fault("OUT_OF_RANGE", f"{wanted}, not {value}", name)
            return None
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return one of a few words."""
        text = self.text(name)
        if text and text not in choices:
            message = f"{name} cannot be {_short(text)}"
            self.fault("UNKNOWN_VALUE", message, name, hint(text, choices))
            return ""
        return text

    def inner(self, name: str) -> "Fields | None":
        """Return the fields of a mapping inside this one."""
        value = self.mapping.get(name)
        if value is None:
            return None
        if not isinstance(value, MarkedMapping):
            message = f"{name} must be a mapping of names to values"
            self.fault("WRONG_TYPE", message, name, "write names with a value each")
            return None
        return Fields(value, self.document, joined(self.path, name), self.faults)

    def listed(self, name: str) -> list[tuple[Any, Place]]:
        """Return the parts of a list, each with its place."""
        value = self.mapping.get(name)
        if value is None:
            return []
        if not isinstance(value, MarkedSequence):
            self.fault("WRONG_TYPE", f"{name} must be a list", name, "begin each part with a dash")
            return []
        path = joined(self.path, name)
        return [
            (each, place_of(self.document, f"{path}[{index}]", mark))
            for index, (each, mark) in enumerate(zip(value, value.marks, strict=True))
        ]


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")  # noqa: PLR2004 - fits a line
