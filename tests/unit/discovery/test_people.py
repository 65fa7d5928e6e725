"""Lists of people, entries of a directory and claims, as others write them."""

from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from discovery.collectors.people import COLLECTOR
from discovery.people.memberships import memberships_of
from graph_service import (
    CIObservation,
    Event,
    Fault,
    InvalidInputError,
    Membership,
    Note,
    PersonFacts,
    PersonObservation,
    ReadingRequest,
    ReadToTheEnd,
    RelationshipObservation,
    TeamRole,
    Unreadable,
)

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "people"


def read(content: str | bytes | object, **options: str) -> list[Event]:
    if not isinstance(content, str | bytes):
        content = orjson.dumps(content)
    document = content.encode() if isinstance(content, str) else content
    (reading,) = COLLECTOR.readings(
        ReadingRequest(documents=[("people", document)], options=options)
    )
    return [*reading.events]


def people(events: list[Event]) -> dict[str, PersonFacts]:
    return {each.native_key: each.facts for each in events if isinstance(each, PersonObservation)}


def faults(events: list[Event]) -> list[tuple[str, str]]:
    return [(e.fault.code, str(e.fault.place)) for e in events if isinstance(e, Unreadable)]


def refused(content: str | bytes, **options: str) -> list[Fault]:
    with pytest.raises(InvalidInputError) as caught:
        read(content, **options)
    return [*caught.value.faults]


def test_columns_are_known_by_what_others_call_them() -> None:
    found = people(
        read(
            "Employee ID,User Name,Display Name,E-Mail,Department,Supervisor\n"
            "1,ada,Ada,a@x.y,Red,2\n"
        )
    )

    assert found == {
        "1": PersonFacts(
            login="ada", name="Ada", mails=("a@x.y",), manager="2", memberships=(Membership("Red"),)
        )
    }


def test_columns_nobody_knows_are_named_and_left_out() -> None:
    events = read("login,shoe size\nada,38\n")

    assert any(isinstance(e, Note) and "shoe size" in e.message for e in events)
    assert people(events) == {"ada": PersonFacts(login="ada")}


def test_other_headers_are_mapped() -> None:
    found = people(read("Kürzel;Vertretung\nada;bob\n", map="Kürzel=login,Vertretung=deputy"))

    assert found["ada"] == PersonFacts(login="ada", deputy="bob")


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        ("name,team\nAda,Red\n", {}, "MISSING_COLUMN"),
        ("login,user\na,b\n", {}, "DUPLICATE_NAME"),
        ("login\na\n", {"map": "nope=name"}, "INVALID_OPTION"),
        ("login,x\na,b\n", {"map": "x=shoe"}, "INVALID_OPTION"),
        ("login\na\n", {"format": "xml"}, "INVALID_OPTION"),
        ("login\na\n", {"teams": "make"}, "INVALID_OPTION"),
        ("login\na\n", {"formt": "csv"}, "INVALID_OPTION"),
        ("[{", {}, "NOT_JSON"),
        ("[1e999, NaN]", {}, "NOT_JSON"),
        ("[" * 100_000, {}, "NOT_JSON"),
        ('"ada"', {"format": "ldap"}, "NOT_JSON"),
    ],
)
def test_what_is_no_list_of_people_is_refused(
    content: str, options: Mapping[str, str], code: str
) -> None:
    assert [each.code for each in refused(content, **options)] == [code]


def test_encodings_and_separators_of_spreadsheets_are_found_out() -> None:
    content = "login;name\nsl;Søren Lindtorp\n".encode("cp1252")

    assert people(read(content))["sl"].name == "Søren Lindtorp"


def test_a_bad_row_is_named_and_the_others_are_read() -> None:
    events = read('login,role,team\nada,BOSS,Red\nbob\ncid,LEAD,"Red; Blue"\n')

    assert faults(events) == [("INVALID_VALUE", "people:2 (role)"), ("RAGGED_ROW", "people:3")]
    assert people(events)["cid"].memberships == (
        Membership("Red", TeamRole.LEAD),
        Membership("Blue", TeamRole.LEAD),
    )
    assert not any(isinstance(each, ReadToTheEnd) for each in events)


@pytest.mark.parametrize(
    ("teams", "roles", "expected"),
    [
        ("", "", []),
        ("Red", "", [("Red", "MEMBER")]),
        ("Red: lead; Blue", "", [("Red", "LEAD"), ("Blue", "MEMBER")]),
        ("Red; Blue", "LEAD; on call", [("Red", "LEAD"), ("Blue", "ON_CALL")]),
        ("Red; Blue", "LEAD", [("Red", "LEAD"), ("Blue", "LEAD")]),
        ("urn:team:red", "", [("urn:team:red", "MEMBER")]),
        ("urn:team:red: LEAD", "", [("urn:team:red", "LEAD")]),
        (":LEAD", "", [(":LEAD", "MEMBER")]),
    ],
)
def test_teams_stand_in_one_cell(teams: str, roles: str, expected: list[tuple[str, str]]) -> None:
    found = memberships_of(teams, roles)

    assert found is not None
    assert [(each.team, each.role.value) for each in found] == expected


DIRECTORY = FIXTURES / "directory.json"


def test_groups_and_people_of_a_directory_find_each_other() -> None:
    found = people(read(DIRECTORY.read_bytes()))

    assert found["5e8c3f0a-0001"] == PersonFacts(
        login="jweiden",
        name="Jörg Weidenbach",
        mails=("joerg@shop.example",),
        dn="uid=jweiden,ou=people,dc=shop,dc=example",
        manager="uid=boss,ou=people,dc=shop,dc=example",
        memberships=(Membership("cn=Payments,ou=groups,dc=shop,dc=example"),),
    )
    assert found["5e8c3f0a-0002"].memberships == (
        Membership("cn=Payments,ou=groups,dc=shop,dc=example", TeamRole.LEAD),
    )


def test_groups_become_teams_only_when_asked_for_circles_and_all() -> None:
    plain, teams = read(DIRECTORY.read_bytes()), read(DIRECTORY.read_bytes(), teams="create")

    assert not any(isinstance(each, CIObservation) for each in plain)
    assert [each.key for each in teams if isinstance(each, CIObservation)] == [
        "team-payments",
        "team-search",
    ]
    assert [
        (each.source.key.partition(",")[0], each.type, each.target.key.partition(",")[0])
        for each in teams
        if isinstance(each, RelationshipObservation)
    ] == [("cn=Payments", "CONTAINS", "cn=Search"), ("cn=Search", "CONTAINS", "cn=Payments")]


def test_entries_are_read_however_the_json_was_written() -> None:
    flat = {"dn": "uid=a,dc=x", "UID": "a", "cn;lang-de": "Ada", "objectClass": "inetOrgPerson"}
    below = {"dn": "uid=b,dc=x", "attributes": {"uid": ["b"], "mail": "b@x.y", "objectClass": []}}
    ldapjs = {"dn": "uid=c,dc=x", "attributes": [{"type": "uid", "values": ["c"]}]}
    found = people(read({"entries": [flat, below, ldapjs]}))

    assert [each.login for each in found.values()] == ["a", "b", "c"]
    assert found["uid=a,dc=x"].name == "Ada"


@pytest.mark.parametrize(
    ("entry", "left_on", "has_gone"),
    [
        ({"userAccountControl": "512"}, "", False),
        ({"userAccountControl": "514", "whenChanged": "20260301080000.0Z"}, "2026-03-01", False),
        ({"userAccountControl": 66050}, "", True),
        ({"nsAccountLock": "TRUE"}, "", True),
        ({"userAccountControl": "disabled"}, "", False),
    ],
)
def test_closed_accounts_are_of_people_who_have_left(
    entry: dict[str, object],
    left_on: str,
    has_gone: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    account = {"dn": "cn=a,dc=x", "sAMAccountName": "a", "objectClass": ["user"], **entry}

    (facts,) = people(read([account])).values()

    assert (facts.left_on, facts.has_gone) == (left_on, has_gone)


def test_computers_and_units_are_left_out_and_counted() -> None:
    computer = {"dn": "cn=pc,dc=x", "sAMAccountName": "pc$", "objectClass": ["user", "computer"]}
    events = read([computer, {"dn": "ou=people,dc=x", "objectClass": ["organizationalUnit"]}])

    assert people(events) == {}
    assert any(isinstance(e, Note) and e.message.endswith("a group: 2") for e in events)


def test_members_by_login_alone_are_found() -> None:
    group = {"dn": "cn=red,dc=x", "objectClass": ["posixGroup"], "memberUid": ["A"]}
    found = people(read([group, {"dn": "uid=a,dc=x", "uid": "a"}]))

    assert found["uid=a,dc=x"].memberships == (Membership("cn=red,dc=x"),)


@pytest.mark.parametrize("record", [7, "ada", [], None])
def test_a_record_that_is_none_is_named(record: object) -> None:
    events = read([record, {"uid": "ada", "dn": "uid=ada,dc=x"}])

    assert faults(events) == [("WRONG_TYPE", "people ([0])")]
    assert len(people(events)) == 1


def test_claims_of_a_sign_in_are_a_person_and_their_groups() -> None:
    claims = {
        "sub": "0f9d",
        "preferred_username": "ada",
        "given_name": "Ada",
        "family_name": "Weaver",
        "email": "ada@x.example",
        "realm_access": {"roles": ["/engineering/red", "blue", "blue", 7]},
    }

    (facts,) = people(read(claims, groups_claim="realm_access.roles")).values()

    assert facts == PersonFacts(
        login="ada",
        name="Ada Weaver",
        mails=("ada@x.example",),
        memberships=(Membership("red"), Membership("blue")),
    )
