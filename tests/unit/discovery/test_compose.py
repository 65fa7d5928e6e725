"""What Compose files say about services, and what they lean on."""

import pytest

from discovery.collectors.compose import COLLECTOR
from graph_service import Origin
from tests.unit.discovery.reading import Read, read


def compose(services: str, rest: str = "", **options: str) -> Read:
    """Read one project called shop; ``services`` are lines, indented by two."""
    lines = "\n".join(f"  {each}" for each in services.strip("\n").splitlines())
    return read(COLLECTOR, f"name: shop\n{rest}\nservices:\n{lines}\n", options=options)


def test_a_service_is_an_application() -> None:
    """With what one asks of it: image, how many, ports, and where it answers."""
    found = compose("""
web:
  image: registry.example/web:1.10
  build: .
  deploy: {replicas: 3}
  labels: {secret: hunter2}
  expose: [9000]
  ports: ["80:8080", "127.0.0.1:81:8081/udp", 7000, {target: 90, published: "9090"}, "[::1]:1:2"]
""")

    ci = found.cis["shop/web"]
    assert (ci.key, ci.class_name, ci.name) == ("", "Application", "web")
    assert ci.attributes == {
        "image": "registry.example/web:1.10",
        "replicas": 3,
        "ports": [2, 90, 7000, 8080, 8081, 9000],
        "endpoints": [
            "web:2",
            "web:90",
            "web:7000",
            "web:8080",
            "web:8081",
            "web:9000",
            "0.0.0.0:80",
            "0.0.0.0:9090",
            "127.0.0.1:81/udp",
            "[::1]:1",
        ],
    }
    assert found.to_the_end
    assert "hunter2" not in repr(found.events)


def test_a_port_is_known_where_only_what_it_is_published_as_is_not() -> None:
    """The service still listens on it."""
    found = compose("a: {ports: ['${PORT}:80', '127.0.0.1:${OTHER}:81/udp', '82:${INNER}']}")

    assert found.cis["shop/a"].attributes == {"ports": [80, 81], "endpoints": ["a:80", "a:81"]}


def test_says_how_many_in_the_old_way_too() -> None:
    """``scale`` is what ``deploy.replicas`` is."""
    assert compose("a: {scale: 4}").cis["shop/a"].attributes == {"replicas": 4}


def test_a_range_of_ports_is_its_ports_unless_it_is_long() -> None:
    """A media server has ten thousand ports and is one service."""
    found = compose("a: {ports: ['3000-3002:4000-4002', '10000-20000:10000-20000/udp']}")

    ci = found.cis["shop/a"].attributes
    assert ci["ports"] == [4000, 4001, 4002]
    assert ci["endpoints"][-2:] == ["0.0.0.0:10000-20000/udp", "0.0.0.0:3000-3002"]


@pytest.mark.parametrize(
    ("service", "class_name"),
    [
        ("{image: postgres}", "Database"),
        ("{image: 'postgres:16.2-alpine'}", "Database"),
        ("{image: docker.io/library/mariadb}", "Database"),
        ("{image: 'redis:8@sha256:abc', command: redis-server --save ''}", "Cache"),
        ("{image: rabbitmq, command: []}", "MessageQueue"),
        ("{image: postgres, command: '-c max_connections=9'}", "Database"),
        ("{image: mysql, command: ['--skip-ssl']}", "Database"),
        ("{image: '${REGISTRY}/postgres'}", "Application"),
        ("{image: 'postgres:${TAG}'}", "Database"),
        ("{image: acme/postgres}", "Application"),
        ("{image: postgres, command: pg_dump -h db}", "Application"),
        ("{image: postgres, entrypoint: ['psql']}", "Application"),
        ("{image: postgres, build: .}", "Application"),
        ("{image: nginx}", "Application"),
        ("{}", "Application"),
        ("", "Application"),
    ],
)
def test_only_what_plainly_is_a_data_store_is_called_one(service: str, class_name: str) -> None:
    """An official image that runs its own program."""
    assert compose(f"a: {service}").cis["shop/a"].class_name == class_name


def test_a_data_store_says_what_runs_in_it() -> None:
    """Engine, and the version that the tag begins with."""
    ci = compose("db: {image: 'postgres:16.2-alpine', expose: ['5432']}").cis["shop/db"]

    assert ci.attributes == {
        "engine": "PostgreSQL",
        "version": "16.2",
        "endpoints": ["db:5432"],
    }


def test_depends_on_as_list_and_as_mapping() -> None:
    """Hard, unless the file says how the service can do without."""
    found = compose("""
a: {depends_on: [b]}
b:
  depends_on:
    c: {condition: service_healthy, restart: true}
    d: {condition: service_completed_successfully}
    e: {condition: service_started, required: false}
    f:
c:
d:
e:
f:
""")

    assert found.arrows == {
        "shop/a DEPENDS_ON shop/b",
        *(f"shop/b DEPENDS_ON shop/{each}" for each in "cdef"),
    }
    for each in "cf":
        assert found.arrow(f"shop/b DEPENDS_ON shop/{each}").attributes == {}
    for each in "de":
        softly = found.arrow(f"shop/b DEPENDS_ON shop/{each}")
        assert softly.attributes["strength"] == "SOFT"
        assert softly.attributes["evidence"]
        assert softly.origin is Origin.DECLARED


def test_other_ways_to_lean_on_a_service() -> None:
    """Links, a shared network or process space, and volumes of another."""
    found = compose(
        """
a: {links: ["b:bee"], network_mode: "service:vpn", pid: "service:c"}
b: {volumes_from: ["c:ro"], network_mode: host}
c: {volumes: ["data:/d"]}
vpn: {external_links: ["old_db_1:db"]}
""",
        "volumes: {data: }",
    )

    assert found.arrows == {
        "shop/a DEPENDS_ON shop/b",
        "shop/a DEPENDS_ON shop/c",
        "shop/a DEPENDS_ON shop/vpn",
        "shop/b DEPENDS_ON shop/c",
        "shop/b STORES_DATA_IN shop/volume/data",
        "shop/c STORES_DATA_IN shop/volume/data",
        "shop/vpn DEPENDS_ON old_db_1 of compose",
    }
    assert found.arrow("shop/b DEPENDS_ON shop/c").attributes["strength"] == "SOFT"


def test_what_is_missing_is_an_unresolved_reference() -> None:
    """Named so that nothing else can answer to it, and with its line."""
    found = compose(
        "a: {depends_on: [gone], volumes: ['gone:/x'], environment: {S_ADDR: 'stock:1'}}"
    )

    assert found.arrows == {
        "shop/a DEPENDS_ON shop/gone of compose",
        "shop/a DEPENDS_ON shop/stock of compose",
        "shop/a STORES_DATA_IN shop/volume/gone of compose",
    }
    assert all(each.place.line for each in found.relationships)
    assert found.to_the_end


@pytest.mark.parametrize(
    "environment",
    ["{DB_URL: 'postgres://app:hunter2@db:5432/x'}", "['DB_URL=postgres://app:hunter2@db:5432/x']"],
)
def test_a_call_is_inferred_with_evidence(environment: str) -> None:
    """Whether the environment is a mapping or a list; the variable is said, never its value."""
    found = compose(f"web: {{environment: {environment}}}\ndb: {{image: postgres}}")

    call = found.arrow("shop/web DEPENDS_ON shop/db")
    assert call.origin is Origin.INFERRED
    assert call.attributes == {
        "evidence": "environment: DB_URL",
        "port": 5432,
        "protocol": "postgres",
    }
    assert "hunter2" not in repr(found.events)


def test_what_is_declared_and_called_is_declared_once() -> None:
    """With what the call adds; whoever calls what it only needed to start needs it."""
    found = compose("""
a: {depends_on: [db], environment: {DB_HOST: "db:1"}}
b: {depends_on: {db: {condition: service_completed_successfully}}, environment: {DB_HOST: db}}
c: {depends_on: {db: {required: false}}, environment: {DB_HOST: db}}
db:
""")

    assert found.arrow("shop/a DEPENDS_ON shop/db").origin is Origin.DECLARED
    assert found.arrow("shop/a DEPENDS_ON shop/db").attributes == {
        "evidence": "depends_on; environment: DB_HOST",
        "port": 1,
    }
    assert "strength" not in found.arrow("shop/b DEPENDS_ON shop/db").attributes
    assert found.arrow("shop/c DEPENDS_ON shop/db").attributes["strength"] == "SOFT"


@pytest.mark.parametrize(
    "host",
    [
        "my_db",
        "MY_DB:5432",
        "store",
        "shop-my_db-1",
        "pg",
        "http://u:p@data/x",
        "my_db.shop_default",
    ],
)
def test_a_service_has_many_names(host: str) -> None:
    """Its own, its host's, its links' and its networks'; also names that DNS would not have."""
    found = compose(f"""
my_db: {{hostname: store, networks: {{default: {{aliases: [data]}}}}}}
web: {{links: ["my_db:pg"], environment: {{DB_HOST: "{host}"}}}}
""")

    assert found.arrow("shop/web DEPENDS_ON shop/my_db").attributes["evidence"].endswith("DB_HOST")


def test_services_behind_one_name_stand_in_for_each_other() -> None:
    """A group, of which nobody said yet how many are needed."""
    found = compose("""
a: {networks: {default: {aliases: [api]}}}
b: {networks: {default: {aliases: [api]}}}
web: {environment: {API_ADDR: "api:80"}}
""")

    assert [each.attributes["group"] for each in found.relationships] == ["api", "api"]


def test_calls_of_itself_and_of_this_machine_are_no_calls() -> None:
    """Nobody depends on itself; what runs on the machine beside the engine is not known."""
    found = compose("""
a: {environment: [A_URL=http://a:1, B_HOST=127.0.0.1, C_HOST=localhost,
                  D_HOST=host.docker.internal]}
""")

    assert found.arrows == set()
    assert [*found.cis] == ["shop/a"]


def test_a_host_outside_is_an_external_endpoint() -> None:
    """Inferred, once, however many call it."""
    found = compose("""
a: {environment: {PAY_URL: "https://hunter2@api.pay.example:8443/v1"}}
b: {environment: {PAY_HOST: api.pay.example}}
""")

    outside = found.cis["ExternalEndpoint/api.pay.example"]
    assert (outside.key, outside.origin) == ("api.pay.example", Origin.INFERRED)
    assert outside.attributes["endpoints"] == ["api.pay.example", "api.pay.example:8443"]
    assert len(found.arrows) == 2


def test_volumes_secrets_and_configs_by_name() -> None:
    """Short and long; folders, files and what has no name are left out and counted."""
    found = compose(
        r"""
a:
  volumes: ["data:/d", "data:/e:ro", ./x:/x, /y:/y, ~/z:/z, 'C:\w:/w', /anonymous,
            {type: volume, source: more, target: /m}, {type: bind, source: data, target: /b}]
  secrets: [pw, {source: key, target: k}]
  configs: [conf]
""",
        "volumes: {data: , more: {driver: local}}\n"
        "secrets: {pw: {environment: HUNTER}, key: {file: x}}\n"
        "configs: {conf: {content: hunter2}}",
    )

    assert {key: each.class_name for key, each in found.cis.items() if key != "shop/a"} == {
        "shop/volume/data": "Storage",
        "shop/volume/more": "Storage",
        "shop/secret/pw": "Secret",
        "shop/secret/key": "Secret",
        "shop/config/conf": "Configuration",
    }
    assert found.arrows == {
        "shop/a STORES_DATA_IN shop/volume/data",
        "shop/a STORES_DATA_IN shop/volume/more",
        "shop/a CONFIGURED_BY shop/secret/pw",
        "shop/a CONFIGURED_BY shop/secret/key",
        "shop/a CONFIGURED_BY shop/config/conf",
    }
    assert found.notes == ["left out: mounts of files, folders and unnamed volumes (6)"]
    assert "hunter2" not in repr(found.events)


def test_what_somebody_else_makes_is_a_reference() -> None:
    """By its real name, in the new and in the old way; a CI of the estate may answer."""
    found = compose(
        "a: {volumes: ['vx:/x', 'vy:/y'], secrets: [z]}",
        "volumes: {vx: {external: true}, vy: {external: {name: real-y}}}\n"
        "secrets: {z: {external: true, name: real-z}}",
    )

    assert found.arrows == {
        "shop/a STORES_DATA_IN Storage vx",
        "shop/a STORES_DATA_IN Storage real-y",
        "shop/a CONFIGURED_BY Secret real-z",
    }
    assert [*found.cis] == ["shop/a"]


def test_another_project_may_make_it() -> None:
    """Then it is that project's, whichever of its names is used; so with networks and hosts."""
    one = """
name: one
volumes: {data: , kept: {name: archive}}
networks: {net: {name: shared}}
services:
  db: {networks: [net], volumes: ["data:/d", "kept:/k"]}
"""
    two = """
name: two
volumes: {aa: {external: true, name: one_data}, bb: {external: true, name: archive}}
networks: {other: {external: true, name: shared}}
services:
  web: {networks: [other], volumes: ["aa:/a", "bb:/b"], environment: {DB_HOST: db}}
  alone: {environment: {DB_HOST: db}}
"""
    found = read(COLLECTOR, one, two)

    assert found.arrows >= {
        "two/web STORES_DATA_IN one/volume/data",
        "two/web STORES_DATA_IN one/volume/kept",
        "two/web CONNECTS_TO one/network/net",
        "two/web DEPENDS_ON one/db",
        "two/alone DEPENDS_ON two/db of compose",
    }


def test_a_network_shows_who_reaches_whom_and_carries_no_harm() -> None:
    """The engine makes it with its services; null bodies are fine; one of others is left out."""
    found = compose(
        "a: {networks: [net, out]}\nb: \nc: {network_mode: none}",
        "networks: {net: , default: {internal: true}, out: {external: true}}",
    )

    assert found.cis["shop/network/net"].class_name == "Network"
    assert found.arrows == {
        "shop/a CONNECTS_TO shop/network/net",
        "shop/b CONNECTS_TO shop/network/default",
    }
    attributes = found.arrow("shop/a CONNECTS_TO shop/network/net").attributes
    assert (attributes["strength"], attributes["uplink"]) == ("NONE", "TARGET")
    assert attributes["evidence"]
    assert found.notes == ["left out: uses of networks that somebody else makes (1)"]


def test_tells_of_profiles_and_of_files_that_were_not_read() -> None:
    """What does not always run is read all the same; files of variables may hold secrets."""
    found = compose("""
a: {profiles: [debug], env_file: .env}
b: {env_file: [one.env, {path: two.env, required: false}]}
""")

    assert found.notes == [
        "only run under a profile in shop: a",
        "may hold secrets and was not read, calls in it are unknown: .env, one.env, two.env",
    ]


def test_anchors_merge_keys_and_extensions() -> None:
    """As YAML has them; what begins with x- says nothing."""
    found = compose(
        """
x-nothing: [1, 2]
x-ray: {image: x-ray}
a: {<<: *common, image: a}
b: *common
""",
        "x-common: &common {depends_on: [db], environment: &env {DB_HOST: db}}",
    )

    assert found.arrows == {"shop/a DEPENDS_ON shop/db of compose",
                            "shop/b DEPENDS_ON shop/db of compose"}  # fmt: skip
    assert sorted(found.cis) == ["shop/a", "shop/b", "shop/x-ray"]


@pytest.mark.parametrize(
    "labels", ["{team: $TEAM, tier: '', off: x}", "['team=$TEAM', 'tier=', 'off=x']"]
)
def test_labels_become_tags_where_somebody_asks_for_them(labels: str) -> None:
    """Written either way, with what others are extended by, and unknown ones left out."""
    services = f"a: {{image: a:1, labels: {labels}}}\nb: {{extends: a, labels: [on=1]}}"
    asked: dict[str, str] = {"labels": "team,tier,on"}

    found = compose(services, **asked, **{"variable.TEAM": "shop"})
    unknown = compose(services, **asked)

    assert _tags(found, "shop/a") == {"tag.team": "shop", "tag.tier": ""}
    assert _tags(found, "shop/b") == {"tag.team": "shop", "tag.tier": "", "tag.on": "1"}
    assert _tags(unknown, "shop/a") == {"tag.tier": ""}
    assert _tags(compose(services), "shop/a") == {}


def _tags(found: Read, key: str) -> dict[str, object]:
    said = found.cis[key].attributes
    return {name: said[name] for name in said if name.startswith("tag.")}
