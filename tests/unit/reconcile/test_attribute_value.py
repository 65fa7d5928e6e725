"""Values in the forms people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from graph_service.model.vocabulary import AttributeDefinition, AttributeType
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.texts import Misfit

T = AttributeType
ENVIRONMENTS = ("PRODUCTION", "DR")


def definition(type_: AttributeType, **more: object) -> AttributeDefinition:
    values = ENVIRONMENTS if type_ is T.ENUM else ()
    return AttributeDefinition.model_validate(
        {"name": "it", "type": type_, "values": values, **more}
    )


@pytest.mark.parametrize(
    ("type_", "written", "kept"),
    [
        (T.TEXT, "Zahlungen – 支払い", "Zahlungen – 支払い"),
        (T.TEXT, "two\nlines", "two\nlines"),
        (T.INTEGER, 3, 3),
        (T.INTEGER, 3.0, 3),
        (T.DECIMAL, 2, 2),
        (T.DECIMAL, 99.95, 99.95),
        (T.BOOLEAN, False, False),
        (T.DATE, "2028-02-29", "2028-02-29"),
        (T.DATE, date(2026, 3, 1), "2026-03-01"),
        (T.INSTANT, "2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00Z"),
        (T.INSTANT, datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00Z"),
        (T.MINUTES, 90, 90),
        (T.MINUTES, "PT1H30M", 90),
        (T.MINUTES, "P2DT12H", 3_600),
        (T.MINUTES, "PT30S", 0.5),
        (T.MINUTES, timedelta(hours=4), 240),
        (T.ENUM, "DR", "DR"),
        (T.IP_ADDRESS, "2001:DB8::1", "2001:db8::1"),
        (T.IP_ADDRESS, "::ffff:192.0.2.7", "192.0.2.7"),
        (T.IP_ADDRESS, "fe80::1%eth0", "fe80::1"),
        (T.MAC_ADDRESS, "0200.5E10.0001", "02:00:5e:10:00:01"),
        (T.MAC_ADDRESS, "02-00-5e-10-00-01", "02:00:5e:10:00:01"),
        (T.URL, "https://example.org:8443/a?b", "https://example.org:8443/a?b"),
        (T.JSON, {"app": ["a", None, 1.5, True]}, {"app": ["a", None, 1.5, True]}),
    ],
)
def test_keeps_a_value_in_one_form(type_: AttributeType, written: object, kept: object) -> None:
    """However a value is written, equal ones are kept equal."""
    found = fitted(definition(type_), written)

    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("type_", "written"),
    [
        (T.TEXT, 1.10),
        (T.TEXT, True),
        (T.TEXT, "bell\x07"),
        (T.TEXT, "half \ud800 of a pair"),
        (T.INTEGER, "3"),
        (T.INTEGER, 3.5),
        (T.INTEGER, True),
        (T.INTEGER, 2**63),
        (T.DECIMAL, float("nan")),
        (T.DECIMAL, float("inf")),
        (T.BOOLEAN, "true"),
        (T.BOOLEAN, 1),
        (T.DATE, "2026-02-29"),
        (T.DATE, "20260301"),
        (T.DATE, 20260301),
        (T.INSTANT, "2026-03-01T12:00:00"),
        (T.INSTANT, "yesterday"),
        (T.INSTANT, datetime(2026, 3, 1)),  # noqa: DTZ001 - the point: no time zone
        (T.MINUTES, "an hour"),
        (T.MINUTES, "P"),
        (T.MINUTES, float("inf")),
        (T.ENUM, "production"),
        (T.ENUM, 5),
        (T.IP_ADDRESS, "10.0.0.1/24"),
        (T.IP_ADDRESS, "10.0.0.256"),
        (T.IP_ADDRESS, 167772161),
        (T.MAC_ADDRESS, "00:00:00:00:00:00"),
        (T.MAC_ADDRESS, "02:00:5e"),
        (T.URL, "example.org"),
        (T.URL, "http://[broken"),
        (T.JSON, {1: "a"}),
        (T.JSON, {"a": float("nan")}),
        (T.JSON, {"a": 2**64}),
        (T.JSON, {"a": {1, 2}}),
        (T.JSON, {"a": "\x00"}),
        (T.TEXT, ["a"]),
    ],
)
def test_says_why_a_value_is_none(type_: AttributeType, written: object) -> None:
    """A value of the wrong type is refused with a message, never bent into shape."""
    found = fitted(definition(type_), written)

    assert isinstance(found, Misfit)
    assert found.message


@pytest.mark.parametrize(
    ("type_", "written", "kept"),
    [
        (T.TEXT, 12, "12"),
        (T.TEXT, True, "true"),
        (T.INTEGER, " 3 ", 3),
        (T.DECIMAL, "1.5e3", 1500.0),
        (T.BOOLEAN, "Yes", True),
        (T.MINUTES, "90", 90),
        (T.MINUTES, "PT2H", 120),
        (T.ENUM, "production", "PRODUCTION"),
        (T.JSON, '{"a": 1}', {"a": 1}),
    ],
)
def test_reads_text_as_the_type_asks(type_: AttributeType, written: object, kept: object) -> None:
    """In a document where everything is text, the definition says what a text means."""
    assert fitted(definition(type_), written, from_text=True) == kept


@pytest.mark.parametrize(
    ("type_", "written"),
    [
        (T.INTEGER, "3,5"),
        (T.INTEGER, "١٢"),
        (T.BOOLEAN, "perhaps"),
        (T.JSON, "{"),
        (T.DATE, "soon"),
    ],
)
def test_refuses_text_that_is_not_of_the_type(type_: AttributeType, written: str) -> None:
    """Text that does not read as the type asks has a fault like any other value."""
    assert isinstance(fitted(definition(type_), written, from_text=True), Misfit)


def test_names_the_value_of_a_list_that_does_not_fit() -> None:
    """One bad value in a list is named by its position."""
    found = fitted(definition(T.IP_ADDRESS, list=True), ["192.0.2.1", "192.0.2.999"])

    assert isinstance(found, Misfit)
    assert "value 2" in found.message


def test_asks_for_a_list_where_one_is_meant() -> None:
    """A lone value is not silently taken for a list of one."""
    found = fitted(definition(T.TEXT, list=True), "PCI")

    assert isinstance(found, Misfit)
    assert "['PCI']" in found.remedy


def test_reads_a_list_between_semicolons() -> None:
    """In a document of text, values of a list stand between semicolons."""
    assert fitted(definition(T.INTEGER, list=True), "80; 443;", from_text=True) == [80, 443]


@pytest.mark.parametrize("written", [-1, 5])
def test_holds_numbers_to_their_bounds(written: int) -> None:
    """A tier of 5 is as wrong as a tier of −1."""
    bounded = definition(T.INTEGER, minimum=0, maximum=4)

    assert isinstance(fitted(bounded, written), Misfit)
    assert fitted(bounded, 4) == 4


def test_takes_none_for_a_statement() -> None:
    """Null is a value: somebody states that there is none."""
    assert fitted(definition(T.INTEGER), None) is None


def test_never_repeats_a_password() -> None:
    """A message about a URL with a password in it does not spread the password."""
    found = fitted(definition(T.URL), "https://me:hunter2@example.org")

    assert isinstance(found, Misfit)
    assert "hunter2" not in found.message + found.remedy


def test_never_repeats_a_sensitive_value() -> None:
    """The value of an attribute marked sensitive is in no message."""
    found = fitted(definition(T.INTEGER, sensitive=True), "hunter2")

    assert isinstance(found, Misfit)
    assert "hunter2" not in found.message + found.remedy


def test_refuses_json_without_a_bottom() -> None:
    """Nesting has an end, so that no reader runs out of stack."""
    nested: object = "x"
    for _ in range(60):
        nested = [nested]

    assert isinstance(fitted(definition(T.JSON), nested), Misfit)
