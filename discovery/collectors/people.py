"""``import people``: who is who, from a CSV list, an LDAP directory as JSON, or verified claims."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from discovery.csv_file.columns import column_map
from discovery.formats.documents import Document, documents_of
from discovery.formats.nearest import hint
from discovery.formats.options import option_faults
from discovery.formats.source_name import source_name_faults
from discovery.people.entries import Entry
from discovery.people.json_reading import looks_like_json, records_of
from discovery.people.ldap import LdapEntries
from discovery.people.lists import PeopleList, opened_list
from graph_service import (
    Event,
    Fault,
    InvalidInputError,
    Note,
    Place,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
    person_of_claims,
)

OPTIONS = ("format", "map", "encoding", "separator", "teams", "groups_claim")
_SUFFIXES = (".csv", ".tsv", ".json")


class Format(StrEnum):
    """What a document of people is."""

    CSV = "csv"
    LDAP = "ldap"
    OIDC = "oidc"


class PeopleCollector:
    """Reads people, and whoever they are in a team with.

    Options: ``format`` (csv, ldap, oidc; found out unless given), ``map``, ``encoding`` and
    ``separator`` as for CSV, ``teams=create`` to make LDAP groups CIs of class Team,
    ``groups_claim`` where claims have groups under another name.
    """

    name = "people"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Open the documents; one reading of them all."""
        data_source = request.data_source or self.name
        faults = [
            *source_name_faults(data_source, Place(data_source)),
            *option_faults(request, OPTIONS),
            *_choice_faults(request.options),
        ]
        if faults:
            raise InvalidInputError(faults)
        renamed = column_map(request.options.get("map", ""))
        lists: list[PeopleList] = []
        records: list[tuple[Format, Any, Place]] = []
        for document in documents_of(request, _SUFFIXES):
            try:
                _open(document, request.options, renamed, (lists, records))
            except InvalidInputError as error:
                faults.extend(error.faults)
        if faults:
            raise InvalidInputError(faults)
        return [
            Reading(
                data_source=data_source,
                collector=self.name,
                complete=request.complete,
                events=_events(lists, records, request.options),
            )
        ]

    def locate(self, place: Place) -> Place:
        """Return the place: a row's line is known, and a record's number says enough."""
        return place


COLLECTOR = PeopleCollector()


def _choice_faults(options: Mapping[str, str]) -> list[Fault]:
    choices = {"format": tuple(Format), "teams": ("create", "refer")}
    return [
        Fault(
            code="INVALID_OPTION",
            message=f"{name} cannot be {options[name][:60]!r}",
            place=Place(name),
            remedy=hint(options[name], known),
        )
        for name, known in choices.items()
        if name in options and options[name] not in known
    ]


def _open(
    document: Document,
    options: Mapping[str, str],
    renamed: Mapping[str, str],
    into: tuple[list[PeopleList], list[tuple[Format, Any, Place]]],
) -> None:
    lists, records = into
    content = document.read()
    said = options.get("format", "")
    if said == Format.CSV or not (said or looks_like_json(content)):
        lists.append(opened_list(content, document.name, renamed, options))
        return
    for record, place in records_of(content, document.name):
        records.append((Format(said) if said else _format_of(record), record, place))


def _format_of(record: object) -> Format:
    """Tell claims from entries: only claims have a subject."""
    return Format.OIDC if isinstance(record, dict) and "sub" in record else Format.LDAP


def _events(
    lists: Sequence[PeopleList],
    records: Sequence[tuple[Format, Any, Place]],
    options: Mapping[str, str],
) -> Iterator[Event]:
    seen_all = True
    for event in _all_events(lists, records, options):
        seen_all = seen_all and not isinstance(event, Unreadable)
        yield event
    if seen_all:
        yield ReadToTheEnd()


def _all_events(
    lists: Sequence[PeopleList],
    records: Sequence[tuple[Format, Any, Place]],
    options: Mapping[str, str],
) -> Iterator[Event]:
    for each in lists:
        yield from each.events()
    directory = LdapEntries(teams=options.get("teams") == "create")
    claim = options.get("groups_claim", "groups")
    for written_as, record, place in records:
        if not isinstance(record, dict):
            message, remedy = "a record must be an object", "write names with a value each"
            fault = Fault(code="WRONG_TYPE", message=message, place=place, remedy=remedy)
            yield Unreadable(fault)
        elif written_as is Format.OIDC:
            yield person_of_claims(record, place, groups_claim=claim)
        else:
            directory.add(Entry(record), place)
    yield from directory.events()
    yield Progress(len(records), len(records))
    if directory.other_count:
        yield Note(f"left out, neither a person nor a group: {directory.other_count}")
