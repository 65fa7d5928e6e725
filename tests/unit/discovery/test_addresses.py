"""Which part of a variable is an address, and that nothing else gets out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.formats.addresses import Address, addresses


def plain(variable: str, value: str) -> list[str]:
    """Return the addresses that count wherever they lead, as text."""
    return [
        f"{each.protocol}{':' if each.protocol else ''}{each.host}:{each.port}"
        for each in addresses(variable, value)
        if not each.is_doubtful
    ]


@pytest.mark.parametrize(
    ("variable", "value", "found"),
    [
        ("CART_SERVICE_ADDR", "cart:7070", ["cart:7070"]),
        ("CART_ADDR", "cart.shop.svc.cluster.local:7070", ["cart.shop.svc.cluster.local:7070"]),
        ("DB_HOST", "db", ["db:None"]),
        ("DB_HOST", "DB.Example.COM.", ["db.example.com:None"]),
        ("spring.datasource.url", "jdbc:postgresql://db:5432/x?user=a", ["postgresql:db:5432"]),
        ("API", "http://api/v1", ["http:api:None"]),
        ("API", "https://api.example.com:8443/v1?x=y#z", ["https:api.example.com:8443"]),
        ("Q", "amqp://user:s3cret@rabbit:5672/%2f", ["amqp:rabbit:5672"]),
        ("Q", "postgresql+psycopg://u:p%40x@db/x", ["postgresql:db:None"]),
        (
            "M",
            "mongodb://u:p@m-0.m:27017,m-1.m:27017/x",
            ["mongodb:m-0.m:27017", "mongodb:m-1.m:27017"],
        ),
        ("KAFKA_BROKERS", "k-0.k:9092,k-1.k:9092", ["k-0.k:9092", "k-1.k:9092"]),
        ("MYSQL_DSN", "root:pw@tcp(mysql:3306)/x", ["mysql:3306"]),
        ("ARGS_URL", "--a=http://x:1 --b=http://y:2", ["http:x:1", "http:y:2"]),
        ("UPSTREAMS", "a:1;b:2 c:3", ["a:1", "b:2", "c:3"]),
        ("X_URL", "http://10.1.2.3:80", ["http:10.1.2.3:80"]),
    ],
)
def test_finds_addresses(variable: str, value: str, found: list[str]) -> None:
    """URLs, lists, driver forms: host and port, without user, password, path or query."""
    assert plain(variable, value) == found


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "8080"),
        ("LEVEL", "info"),
        ("MODE", "worker"),
        ("SERVICE_NAME", "frontend"),
        ("DB_USER_HOSTNAME", "x"),
        ("START_TIME_ADDR", "12:30"),
        ("VERSION_URL", "1.2.3"),
        ("IMAGE_HOST", "redis:6"),
        ("DEBUG_SERVER", "true"),
        ("FILE_URL", "file:///etc/passwd"),
        ("BUCKET_URL", "s3://bucket/key"),
        ("X_ADDR", ":8080"),
        ("X_ADDR", "x:99999"),
        ("X_ADDR", "x:0"),
        ("X_ADDR", "x:y"),
        ("X_ADDR", "$(OTHER):80"),
        ("X_ADDR", "-x:80"),
        ("X_ADDR", ""),
        ("X_URL", "://"),
        ("X_URL", "http://"),
        ("GREETING", "hello world"),
    ],
)
def test_does_not_take_other_things_for_addresses(variable: str, value: str) -> None:
    """A name, a time, a tag or a switch is no host."""
    assert plain(variable, value) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("API_TOKEN", "deadbeef:1234"),
        ("DB_PASSWORD", "hunter2"),
        ("AUTH_URL", "http://hunter2"),
        ("BASIC", "admin:12345"),
        ("X_URL", "postgres://app:hunter2/x@db:5432/y"),
        ("X_URL", "postgres://app:12/hunter2@db:5432/y"),
        ("X_URL", "postgres://app:12 hunter2@db:5432/y"),
        ("X_URL", "postgres://app:12#hunter2@db:5432/y"),
        ("X_ADDR", "app:12,hunter2@db:5432"),
    ],
)
def test_a_value_that_may_be_a_secret_counts_only_if_it_is_known(variable: str, value: str) -> None:
    """Nothing of a password can become the name of anything."""
    assert plain(variable, value) == []


@given(st.text(), st.text())
def test_any_text_can_be_looked_at(variable: str, value: str) -> None:
    """No value stops an import, and every host found is one."""
    for each in addresses(variable, value):
        assert set(each.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
        assert each.port is None or 0 < each.port < 65_536


@given(st.text(alphabet=st.sampled_from("ab:/@?#, 1")))
def test_a_password_never_gets_out(password: str) -> None:
    """Whatever stands in it, what counts anywhere is the host behind it, or nothing."""
    found = plain("DB_URL", f"postgres://USER:{password}@the-host:5432/db")

    assert set(found) <= {"postgres:the-host:5432"}


def test_a_value_without_end_is_looked_at_in_part() -> None:
    """A megabyte of letters takes no longer than a page."""
    value = "a" * 1_000_000 + "://" * 10_000

    assert [*addresses("X_URL", value)] == []


def test_an_address_of_a_secret_is_doubtful() -> None:
    """It still counts where it names a service among the manifests."""
    assert [*addresses("VAULT_TOKEN_ADDR", "vault:8200")] == [Address("vault", 8200, "", True)]


def test_a_name_with_an_underscore_counts_if_it_is_known() -> None:
    """Containers may be called so, hosts of the internet may not."""
    (found,) = addresses("DB_HOST", "order_db:5432")

    assert found == Address("order_db", 5432, is_doubtful=True)
