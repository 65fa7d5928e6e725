"""TechSol's people: whoever the estate names is among them, and some of them are gone."""

import csv
import io
import re
from collections import Counter

import pytest

from graph_service.model.person import TeamRole
from seed.techsol import SIZE_MIN, people, techsol
from seed.techsol.organisation import TEAMS
from seed.techsol.services import PEOPLE, SERVICES

Row = dict[str, str]


def rows(size: int, seed: int = 1) -> list[Row]:
    return list(csv.DictReader(io.StringIO("".join(people(size, seed)))))


def test_the_same_size_and_seed_give_the_same_bytes() -> None:
    assert "".join(people(2_000, 7)) == "".join(people(2_000, 7))
    assert "".join(people(2_000, 7)) != "".join(people(2_000, 8))


@pytest.mark.parametrize("size", [SIZE_MIN, 2_000, 20_000])
def test_nobody_is_described_twice(size: int) -> None:
    found = rows(size)

    for column in ("id", "login", "mail"):
        assert len({each[column] for each in found}) == len(found)
    names = Counter(each["name"] for each in found)
    assert all(names[each] == 1 for each in PEOPLE)


@pytest.mark.parametrize("size", [SIZE_MIN, 20_000])
def test_everybody_the_estate_names_is_among_them_or_spelled_otherwise_on_purpose(
    size: int,
) -> None:
    text = "".join(techsol(size, 1))
    named = {each.strip('" ') for each in re.findall(r'serviceOwner: ("[^"]*"|[^,}]*)', text)}
    spelled_otherwise = {each.owner_as for each in SERVICES if each.owner_as}

    names = {each["name"] for each in rows(size)}

    assert named - names == spelled_otherwise
    assert len(spelled_otherwise) == 2


def test_every_team_has_a_lead_and_somebody_on_call_but_the_one_around_all() -> None:
    roles = Counter(
        tuple(part.strip() for part in each["team"].split(";")[0].partition(":")[::2])
        for each in rows(2_000)
    )

    for key, name in TEAMS.items():
        assert roles[name, TeamRole.LEAD] == 1
        assert roles[name, TeamRole.ON_CALL] == (0 if key == "engineering" else 1)


def test_owners_of_services_of_tier_0_have_left_and_have_deputies() -> None:
    by_name = {each["name"]: each for each in rows(2_000)}
    most_critical = [each for each in SERVICES if each.tier == 0]

    assert len(most_critical) == 2
    for each in most_critical:
        assert by_name[each.owner]["left_on"] < "2026-11"
        assert by_name[each.owner]["deputy"]


def test_nobody_of_the_archive_is_left() -> None:
    archive = [each for each in rows(2_000) if each["team"].startswith(TEAMS["archive"])]

    assert archive
    assert all(each["left_on"] for each in archive)


def test_managers_and_deputies_are_people_of_the_list() -> None:
    found = rows(2_000)
    ids, logins = ({each[column] for each in found} for column in ("id", "login"))

    assert {each["manager"] for each in found} - {""} <= ids
    assert {each["deputy"] for each in found} - {""} <= logins
