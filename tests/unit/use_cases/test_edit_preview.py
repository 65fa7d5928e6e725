"""What is said of edits before anybody writes them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.model.edit import Edit, EditRef, SetRelationship, UpdateCi
from tests.builders import ADA
from tests.readings import Estate, opened, relates, says

pytestmark = pytest.mark.anyio

WEB, DB = EditRef(key="web"), EditRef(key="db")


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    """Return an estate of which a data source says two CIs and how one leans on the other."""
    async with opened(tmp_path / "estate.db") as found:
        await found.take_in(
            says("web", tier=2, name="Web"),
            says("db", "Database"),
            relates("web", "db", strength="HARD", port=5432),
            data_source="cmdb",
        )
        yield found


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (UpdateCi(ci=WEB, attributes={"tier": 1}), ["cmdb says tier of web is 2"]),
        (UpdateCi(ci=WEB, attributes={"tier": 2}), []),
        (UpdateCi(ci=WEB, attributes={"owner": "Ada"}), []),
        (UpdateCi(ci=WEB, name="Shop"), ["cmdb says name of web is Web"]),
        (UpdateCi(ci=DB, class_name="DatabaseCluster"), ["cmdb says class of db is Database"]),
        (
            SetRelationship(
                source=WEB, type="DEPENDS_ON", target=DB,
                attributes={"strength": "SOFT", "port": 5432, "evidence": "tested"},
            ),
            ["cmdb says strength of web DEPENDS_ON db is HARD"],
        ),
    ],
    ids=["value", "same value", "value of nobody else", "name", "class", "relationship"],
)  # fmt: skip
async def test_says_what_a_data_source_says_otherwise(
    estate: Estate, edit: Edit, said: list[str]
) -> None:
    """It surfaces again when the person's word is withdrawn: of every sort of fact."""
    preview = await estate.editing.preview([edit], actor=ADA)

    assert not preview.faults
    found = [each.message for each in preview.warnings if each.code == "SOURCE_DISAGREES"]
    assert [each.partition(";")[0] for each in found] == said
