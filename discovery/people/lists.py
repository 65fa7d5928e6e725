"""CSV lists of people → observations."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discovery.csv_file.dialect import Table, table_of
from discovery.people.columns import KNOWN, columns_of, ignored
from discovery.people.memberships import memberships_of
from graph_service import (
    Event,
    Fault,
    Membership,
    Note,
    PersonFacts,
    PersonObservation,
    Place,
    Progress,
    Unreadable,
)

_ROWS_PER_PROGRESS = 1000
_PLAIN = (
    "login", "name", "manager", "on_call", "deputy", "absent_from", "absent_until", "left_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A CSV file of people, opened: how it is written, and what its columns say."""

    document: str
    table: Table
    columns: Sequence[str]

    def events(self) -> Iterator[Event]:
        """Read it row by row; a row that cannot be read is said, and the rest goes on."""
        yield Note(f"people, {self.table.described}", Place(self.document))
        if unread := ignored(self.table.header, self.columns):
            message = f"says nothing about people and is left out: {', '.join(unread)}"
            yield Note(message, Place(self.document))
        rows = self.table.rows()
        line = self.table.first_line + 1
        try:
            next(rows)
            for count, row in enumerate(rows, 1):
                line, at = self.table.first_line + rows.line_num, line + 1
                if any(each.strip() for each in row):
                    yield self._person(row, Place(self.document, "", at))
                if count % _ROWS_PER_PROGRESS == 0:
                    yield Progress(count)
        except csv.Error as error:
            message = f"the rows from here on cannot be read: {error}"
            place = Place(self.document, "", line)
            remedy = "close every double quote, and write one inside text twice"
            yield _unreadable("NOT_CSV", message, place, remedy)

    def _person(self, row: Sequence[str], place: Place) -> Event:
        if len(row) != len(self.columns):
            message = f"{len(row)} cells under {len(self.columns)} column names"
            remedy = "put text that has the separator in it into double quotes"
            return _unreadable("RAGGED_ROW", message, place, remedy)
        cells = {name: text.strip() for name, text in zip(self.columns, row, strict=True) if name}
        memberships = memberships_of(cells.get("team", ""), cells.get("role", ""))
        if memberships is None:
            message = "this is not a role in a team"
            remedy = "there are LEAD, MEMBER and ON_CALL"
            return _unreadable("INVALID_VALUE", message, place.inside("role"), remedy)
        return PersonObservation(
            native_key=_native_key(cells), facts=_facts(cells, memberships), place=place
        )


def opened_list(
    content: bytes, document: str, renamed: Mapping[str, str], options: Mapping[str, str]
) -> PeopleList:
    """Find out how a list is written and what its columns say.

    Raises:
        InvalidInputError: It is no table, or none of people.

    """
    known = (*KNOWN, *(each.lower() for each in renamed))
    table = table_of(content, document, known, options)
    return PeopleList(
        document, table, columns_of(table.header, renamed, document, table.first_line + 1)
    )


def _native_key(cells: Mapping[str, str]) -> str:
    mail = cells.get("mail", "").partition(";")[0].strip()
    return cells.get("id") or cells.get("login", "").lower() or mail.lower()


def _facts(cells: Mapping[str, str], memberships: Sequence[Membership]) -> PersonFacts:
    plain: dict[str, Any] = {name: cells.get(name, "") for name in _PLAIN}
    return PersonFacts(
        **plain,
        mails=_several(cells.get("mail", "")),
        phones=_several(cells.get("phone", "")),
        memberships=tuple(memberships),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(";") if each.strip())


def _unreadable(code: str, message: str, place: Place, remedy: str) -> Unreadable:
    return Unreadable(Fault(code=code, message=message, place=place, remedy=remedy))
