"""Images whose name says what runs in them: a short list, each plainly one thing."""

import re
from dataclasses import dataclass

from discovery.compose.interpolation import UNKNOWN
from discovery.compose.objects import Service

_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")
_OFFICIAL = ("docker.io/library/", "docker.io/", "library/", "")


@dataclass(frozen=True, slots=True)
class Store:
    """A data store: its class, its engine, and the programs that are it."""

    class_name: str
    engine: str
    programs: frozenset[str]


def _store(class_name: str, engine: str, *programs: str) -> Store:
    return Store(class_name, engine, frozenset({"-", "", "docker-entrypoint.sh", *programs}))


# Official images alone: anybody may call an image of their own anything.
STORES = {
    "cassandra": _store("Database", "Cassandra", "cassandra"),
    "clickhouse": _store("Database", "ClickHouse", "clickhouse-server"),
    "couchdb": _store("Database", "CouchDB", "couchdb"),
    "eclipse-mosquitto": _store("MessageQueue", "Mosquitto", "mosquitto"),
    "elasticsearch": _store("Database", "Elasticsearch", "elasticsearch"),
    "influxdb": _store("Database", "InfluxDB", "influxd"),
    "mariadb": _store("Database", "MariaDB", "mariadbd", "mysqld"),
    "memcached": _store("Cache", "Memcached", "memcached"),
    "mongo": _store("Database", "MongoDB", "mongod"),
    "mysql": _store("Database", "MySQL", "mysqld"),
    "nats": _store("MessageQueue", "NATS", "nats-server"),
    "neo4j": _store("Database", "Neo4j", "neo4j"),
    "postgres": _store("Database", "PostgreSQL", "postgres"),
    "rabbitmq": _store("MessageQueue", "RabbitMQ", "rabbitmq-server"),
    "redis": _store("Cache", "Redis", "redis-server"),
}


def store_of(service: Service) -> Store | None:
    """Return the data store that a service plainly is.

    A service that runs another program from such an image (a backup, a migration) is not one, nor
    is one that builds an image of its own.
    """
    name, _ = _name_and_tag(service.image)
    for prefix in _OFFICIAL:
        store = STORES.get(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if store:
            is_itself = service.program in store.programs and not service.has_entrypoint
            return store if is_itself and not service.is_built else None
    return None


def version_of(image: str) -> str:
    """Return the version a tag begins with, as in ``postgres:16.2-alpine``."""
    found = _VERSION.match(_name_and_tag(image)[1])
    return found[1] if found else ""


def _name_and_tag(image: str) -> tuple[str, str]:
    name = image.partition("@")[0]
    before, _, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    tag = "" if UNKNOWN in tag else tag
    return (f"{before}/{last}" if before else last), tag
