"""What manifests say about workloads, and what they lean on."""

from pathlib import Path

import pytest

from discovery.collectors.kubernetes import COLLECTOR
from graph_service import Origin, Progress, ReadingRequest
from tests.unit.discovery.reading import Read, read


def workload(
    name: str,
    *env: str,
    sort: str = "Deployment",
    namespace: str = "",
    pod: str = "",
    more: str = "",
) -> str:
    """Write a workload whose pods are labelled app=name; ``env`` are flow mappings."""
    group = "batch/v1" if "Job" in sort else "apps/v1"
    where = f", namespace: {namespace}" if namespace else ""
    container = f"{{name: main, image: {name}:1, env: [{', '.join(env)}]}}"
    return f"""---
apiVersion: {group}
kind: {sort}
metadata: {{name: {name}{where}}}
spec:
  {more or "replicas: 1"}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{container}]{pod and ", " + pod}}}
"""


def service(name: str, selects: str = "", namespace: str = "") -> str:
    """Write a service that selects app=name, or another app."""
    where = f", namespace: {namespace}" if namespace else ""
    return f"""---
apiVersion: v1
kind: Service
metadata: {{name: {name}{where}}}
spec: {{selector: {{app: {selects or name}}}, ports: [{{port: 80}}]}}
"""


def named(sort: str, name: str, namespace: str = "", more: str = "") -> str:
    """Write an object of which little more than its name matters."""
    where = f", namespace: {namespace}" if namespace else ""
    return f"---\napiVersion: v1\nkind: {sort}\nmetadata: {{name: {name}{where}}}\n{more}\n"


def var(name: str, value: str) -> str:
    """Write a variable."""
    return f'{{name: {name}, value: "{value}"}}'


def manifests(*texts: str, **options: str) -> Read:
    """Read manifests as one file."""
    return read(COLLECTOR, "".join(texts), options=options)


def test_a_manifest_cut_off_before_its_name_is_not_left_out_in_silence() -> None:
    """Else a truncated file would be read to its end, and what it lost would be retired."""
    whole = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"

    found = read(COLLECTOR, f"{whole}apiVersion: apps/v1\nkind: Depl")

    assert found.codes == ["MISSING_FIELD"]
    assert "cut off" in found.faults[0].remedy
    assert not found.to_the_end


def test_a_workload_is_an_application() -> None:
    """With what one asks of it: where, how many, which image, which ports and names."""
    found = manifests(
        """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: shop, version: 1.10}}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: wait, image: busybox}]
      containers:
        - {name: web, image: "web:1", ports: [{containerPort: 8080}, {containerPort: 80}]}
        - {name: side, image: "side:2", ports: [{containerPort: 80}]}
""",
        service("www", "web"),
    )

    assert found.to_the_end
    ci = found.cis["Deployment/default/web"]
    assert (ci.key, ci.class_name, ci.name) == ("web", "Application", "web")
    assert ci.attributes == {
        "namespace": "default",
        "workloadType": "Deployment",
        "replicas": 3,
        "images": ["web:1", "side:2"],
        "ports": [80, 8080],
        "labels": {"team": "shop", "version": "1.10"},
        "endpoints": ["www:80"],
    }
    assert [*found.cis] == ["Deployment/default/web"]


@pytest.mark.parametrize("sort", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"])
def test_all_workloads_are_read(sort: str) -> None:
    """Whatever keeps containers running."""
    assert [*manifests(workload("a", sort=sort)).keys.values()] == ["a"]


def test_a_cron_job_and_a_pod_have_their_containers_elsewhere() -> None:
    """Deeper down, or on top."""
    cron = """apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {jobTemplate: {spec: {template: {spec: {containers: [
  {name: c, image: i, env: [{name: API_URL, value: "http://api"}]}]}}}}}
"""
    pod = """---
apiVersion: v1
kind: Pod
metadata: {name: api, labels: {app: api}}
spec: {containers: [{name: c, image: api}]}
"""
    found = manifests(cron, pod, service("api"))

    # A pod carries its labels itself; it has no template.
    assert found.arrows == {"CronJob/default/nightly DEPENDS_ON Pod/default/api"}


def test_what_a_workload_made_for_itself_is_left_out() -> None:
    """A pod of a deployment comes and goes; what an operator made is a workload of its own."""
    owned = workload("web-1", sort="ReplicaSet").replace(
        "{name: web-1}",
        "{name: web-1, ownerReferences: [{kind: Deployment, name: web}]}",
    )
    made = workload("db").replace(
        "{name: db}", "{name: db, ownerReferences: [{kind: PostgresCluster, name: db}]}"
    )

    found = manifests(workload("web"), owned, made)

    assert sorted(found.keys.values()) == ["db", "web"]
    assert found.notes == ["left out: 1 ReplicaSet that belongs to a workload"]


def test_the_name_belongs_to_the_workload() -> None:
    """A service account of the same name does not take its key."""
    found = manifests(named("ServiceAccount", "cart"), workload("cart"), named("Secret", "pw"))

    assert found.keys == {
        "Deployment/default/cart": "cart",
        "ServiceAccount/default/cart": "ServiceAccount/default/cart",
        "Secret/default/pw": "pw",
    }


def test_a_name_that_two_have_is_nobodys() -> None:
    """In two namespaces, or of two sorts in one."""
    found = manifests(
        workload("a", namespace="x"), workload("a", namespace="y"), workload("a", sort="Job")
    )

    assert all(native_key == key for native_key, key in found.keys.items())


def test_manifests_without_a_namespace_are_in_the_one_that_is_said() -> None:
    """As ``kubectl apply -n`` has it."""
    assert [*manifests(workload("a"), namespace="shop").cis] == ["Deployment/shop/a"]


@pytest.mark.parametrize(
    "host",
    [
        "api",
        "api:80",
        "api.shop",
        "api.shop.svc",
        "API.shop.svc.cluster.local.",
        "pod-0.api",
        "pod-0.api.shop",
        "pod-0.api.shop.svc.cluster.local",
        "http://user:pw@api/x",
    ],
)
def test_a_service_has_many_names(host: str) -> None:
    """All lead to the workload behind it, seen from the namespace of whoever calls."""
    found = manifests(
        workload("api", namespace="shop"),
        service("api", namespace="shop"),
        workload("api", namespace="other"),
        service("api", namespace="other"),
        workload("web", var("API_HOST", host), namespace="shop"),
    )

    assert found.arrows == {"Deployment/shop/web DEPENDS_ON Deployment/shop/api"}


def test_a_call_is_inferred_with_evidence() -> None:
    """Container and variable, port and protocol; never the value."""
    found = manifests(
        workload("db"),
        service("db"),
        workload("web", var("DB_URL", "postgres://app:hunter2@db:5432/x"), var("PGHOST", "db")),
    )

    call = found.arrow("Deployment/default/web DEPENDS_ON Deployment/default/db")
    assert call.origin is Origin.INFERRED
    assert call.attributes == {
        "evidence": "environment of container main: DB_URL, PGHOST",
        "port": 5432,
        "protocol": "postgres",
    }
    assert call.place.path.endswith("containers[0].env[0].value")
    assert "hunter2" not in repr(found.events)


def test_what_starts_first_calls_as_well() -> None:
    """An init container that waits for a service depends on it."""
    init = f"initContainers: [{{name: wait, env: [{var('API_ADDR', 'api:80')}]}}]"

    found = manifests(workload("api"), service("api"), workload("web", pod=init))

    assert "init container wait" in found.relationships[0].attributes["evidence"]


def test_calls_itself_and_this_machine_are_no_calls() -> None:
    """Nobody depends on itself."""
    found = manifests(
        workload("web", var("SELF_URL", "http://web:80"), var("BIND_ADDR", "0.0.0.0:80"),
                 var("DB_HOST", "127.0.0.1"), var("X_HOST", "localhost")),
        service("web"),
    )  # fmt: skip

    assert found.arrows == set()


def test_a_missing_service_is_an_unresolved_reference() -> None:
    """Named so that no other CI can answer to it by accident, and with its line."""
    found = manifests(
        workload("web", var("ASSISTANT_ADDR", "assistant:80")),
        workload("far", var("PAY_ADDR", "pay"), var("WEB_ADDR", "web"), namespace="shop"),
        workload("idle", var("FAR_ADDR", "far:1"), var("BILL_URL", "http://api.billing/x")),
    )

    assert found.arrows == {
        "Deployment/default/web DEPENDS_ON assistant",
        "Deployment/shop/far DEPENDS_ON pay.shop",
        "Deployment/shop/far DEPENDS_ON web.shop",
        "Deployment/default/idle DEPENDS_ON far.default",
        "Deployment/default/idle DEPENDS_ON api.billing",
    }
    assert found.relationships[0].place.line is not None
    assert found.to_the_end


def test_a_host_outside_is_an_external_endpoint() -> None:
    """Inferred, once, however many call it."""
    found = manifests(
        workload("a", var("PAY_URL", "https://key@api.pay.example:8443/v1")),
        workload("b", var("PAY_HOST", "api.pay.example")),
    )

    outside = found.cis["ExternalEndpoint/api.pay.example"]
    assert (outside.key, outside.class_name, outside.origin) == (
        "api.pay.example",
        "ExternalEndpoint",
        Origin.INFERRED,
    )
    assert outside.attributes == {
        "hosts": ["api.pay.example"],
        "endpoints": ["api.pay.example", "api.pay.example:8443"],
    }
    assert len(found.arrows) == 2


def test_a_service_without_workloads_of_its_own() -> None:
    """By an external name, or by addresses that somebody else looks after."""
    found = manifests(
        named("Service", "db", more="spec: {type: ExternalName, externalName: DB.example.com}"),
        named("Service", "old", more="spec: {ports: [{port: 25}]}"),
        workload("web", var("DB_HOST", "db"), var("MAIL_HOST", "old")),
    )

    assert found.cis["Service/default/db"].attributes["hosts"] == ["db.example.com"]
    assert found.cis["Service/default/old"].attributes["endpoints"] == ["old:25"]
    assert found.arrows == {
        "Deployment/default/web DEPENDS_ON Service/default/db",
        "Deployment/default/web DEPENDS_ON Service/default/old",
    }


def test_an_external_name_may_be_one_of_the_cluster() -> None:
    """Then what is behind it is known, and a circle of names ends."""
    found = manifests(
        workload("api", namespace="shop"),
        service("api", namespace="shop"),
        named("Service", "api", more="spec: {type: ExternalName, externalName: api.shop.svc}"),
        named("Service", "me", more="spec: {type: ExternalName, externalName: me}"),
    )

    assert found.arrows == {"Service/default/api DEPENDS_ON Deployment/shop/api"}


def test_workloads_behind_one_service_stand_in_for_each_other() -> None:
    """A group, of which nobody said yet how many are needed."""
    blue = workload("blue").replace("{app: blue}", "{app: api, colour: blue}")
    green = workload("green").replace("{app: green}", "{app: api, colour: green}")

    found = manifests(blue, green, service("api"), workload("web", var("API_ADDR", "api:80")))

    assert [each.attributes["group"] for each in found.relationships] == ["api", "api"]


def test_a_selector_must_match_in_full() -> None:
    """All of its labels, in its own namespace; a service that selects nothing is told of."""
    both = service("x").replace("{app: x}", "{app: a, tier: db}")

    found = manifests(workload("a"), both, service("a", namespace="shop"))

    assert found.cis["Deployment/default/a"].attributes.get("endpoints") is None
    assert found.notes == [
        "Service default/x selects no workload that was read",
        "Service shop/a selects no workload that was read",
    ]


def test_many_services_that_lead_nowhere_are_told_of_in_short() -> None:
    """A few by name, the rest by number; calls to them are unresolved."""
    idle = [service(f"s{n}") for n in range(8)]

    found = manifests(*idle, workload("web", var("S_ADDR", "s1:80")))

    assert len(found.notes) == 6
    assert found.notes[-1] == "3 more services select no workload"
    assert found.arrows == {"Deployment/default/web DEPENDS_ON s1.default"}


def test_what_is_needed_once_is_needed() -> None:
    """However often it is called optional elsewhere."""
    env = (
        "{name: A, valueFrom: {secretKeyRef: {name: s, key: a, optional: true}}}",
        "{name: B, valueFrom: {secretKeyRef: {name: s, key: b}}}",
    )

    (found,) = manifests(workload("web", *env), named("Secret", "s")).relationships

    assert found.attributes == {}


def test_a_large_cluster_is_told_of_as_it_goes() -> None:
    """Objects as they are read."""
    found = manifests(*(named("Secret", f"s{n}") for n in range(500)))

    assert [each.done for each in found.events if isinstance(each, Progress)] == [200, 400, 500]


def test_settings_secrets_storage_and_accounts() -> None:
    """By their names; what is optional is leaned on softly."""
    pod = (
        "serviceAccountName: runner, imagePullSecrets: [{name: pull}], volumes: ["
        "{name: a, configMap: {name: conf}}, {name: b, secret: {secretName: pw, optional: true}},"
        "{name: c, persistentVolumeClaim: {claimName: data}},"
        "{name: d, projected: {sources: [{configMap: {name: more}}]}}]"
    )
    found = manifests(
        workload("web", pod=pod),
        named("ConfigMap", "conf", more="data: {a: b}"),
        named("Secret", "pw", more="stringData: {password: hunter2}"),
        named("ServiceAccount", "runner"),
        named(
            "PersistentVolumeClaim", "data", more="spec: {resources: {requests: {storage: 512Mi}}}"
        ),
    )

    web = "Deployment/default/web"
    assert found.arrows == {
        f"{web} SECURED_BY ServiceAccount/default/runner",
        f"{web} CONFIGURED_BY ConfigMap/default/conf",
        f"{web} CONFIGURED_BY ConfigMap/default/more of kubernetes",
        f"{web} CONFIGURED_BY Secret/default/pw",
        f"{web} CONFIGURED_BY Secret/default/pull of kubernetes",
        f"{web} STORES_DATA_IN PersistentVolumeClaim/default/data",
    }
    softly = found.arrow(f"{web} CONFIGURED_BY Secret/default/pw").attributes
    assert softly["strength"] == "SOFT"
    assert softly["evidence"]
    pull = found.arrow(f"{web} CONFIGURED_BY Secret/default/pull of kubernetes").attributes
    assert pull["strength"] == "SOFT"
    assert found.cis["PersistentVolumeClaim/default/data"].attributes["sizeGib"] == 0.5
    assert "hunter2" not in repr(found.events)


def test_calls_written_in_settings() -> None:
    """A ConfigMap among the manifests is read where a container reads it; names are filled in."""
    found = manifests(
        workload("cart"),
        service("cart"),
        workload("db"),
        service("db"),
        named("ConfigMap", "conf", more='data: {CART_ADDR: "cart:70", host: db}'),
        workload(
            "web",
            "{name: DB, valueFrom: {configMapKeyRef: {name: conf, key: host}}}",
            var("DB_URL", "mysql://$(DB):3306"),
        ).replace("env:", "envFrom: [{configMapRef: {name: conf}}], env:"),
    )

    assert found.arrows == {
        "Deployment/default/web CONFIGURED_BY ConfigMap/default/conf",
        "Deployment/default/web DEPENDS_ON Deployment/default/cart",
        "Deployment/default/web DEPENDS_ON Deployment/default/db",
    }


def test_variables_that_double_each_other() -> None:
    """Sixty lines must not become all the memory there is."""
    env = [var("A0", "x" * 100)]
    env += [var(f"A{n}", f"$(A{n - 1})$(A{n - 1})") for n in range(1, 60)]

    assert manifests(workload("web", *env)).to_the_end


def test_a_stateful_set_claims_storage() -> None:
    """One CI for all its replicas."""
    size = "{resources: {requests: {storage: 10Gi}}}"
    claims = f"volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {size}}}]"

    found = manifests(workload("pg", sort="StatefulSet", more=claims))

    assert found.arrows == {
        "StatefulSet/default/pg STORES_DATA_IN PersistentVolumeClaim/default/data-pg"
    }
    assert found.cis["PersistentVolumeClaim/default/data-pg"].attributes["sizeGib"] == 10


def test_an_ingress_leans_on_what_is_behind_it() -> None:
    """Hard on the only workload, softly on one of several; calls to its host lead to it."""

    def ingress(name: str, *services: str) -> str:
        paths = ", ".join(
            f"{{path: /{each}, backend: {{service: {{name: {each}}}}}}}" for each in services
        )
        rules = f"[{{host: {name}.example.com, http: {{paths: [{paths}]}}}}]"
        return f"""---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}}}
spec: {{rules: {rules}, tls: [{{hosts: [{name}.example.com], secretName: cert}}]}}
"""

    found = manifests(
        workload("a", var("BACK_URL", "https://two.example.com/x")),
        service("a"),
        workload("b"),
        service("b"),
        ingress("one", "a"),
        ingress("two", "a", "b"),
        named("Secret", "cert"),
    )

    assert found.cis["Ingress/default/two"].class_name == "Endpoint"
    assert found.cis["Ingress/default/two"].attributes["hosts"] == ["two.example.com"]
    one = found.arrow("Ingress/default/one DEPENDS_ON Deployment/default/a")
    two = found.arrow("Ingress/default/two DEPENDS_ON Deployment/default/a")
    assert one.attributes == {}
    assert two.attributes == {"strength": "SOFT", "evidence": "only two.example.com/a leads there"}
    assert "Ingress/default/two SECURED_BY Secret/default/cert" in found.arrows
    assert "Deployment/default/a DEPENDS_ON Ingress/default/two" in found.arrows


def test_an_ingress_of_the_old_form() -> None:
    """Manifests live longer than versions."""
    found = manifests(
        workload("a"),
        service("a"),
        "---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\n"
        "spec: {backend: {serviceName: a, servicePort: 80}}\n",
    )

    assert found.arrows == {"Ingress/default/i DEPENDS_ON Deployment/default/a"}


def test_an_ingress_of_workloads_that_stand_in_for_each_other() -> None:
    """They are the ingress's group, as they are any caller's."""
    blue = workload("blue").replace("{app: blue}", "{app: api, colour: blue}")
    green = workload("green").replace("{app: green}", "{app: api, colour: green}")
    ingress = (
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
        "spec: {defaultBackend: {service: {name: api}}}\n"
    )

    found = manifests(blue, green, service("api"), ingress)

    assert [each.attributes for each in found.relationships] == [{"group": "api"}] * 2


def test_a_namespace_holds_what_is_in_it() -> None:
    """If it is declared: its loss is theirs."""
    found = manifests(
        named("Namespace", "shop"), workload("a", namespace="shop"), workload("b", namespace="x")
    )

    assert found.arrows == {"Namespace/shop CONTAINS Deployment/shop/a"}


def test_a_list_is_what_is_in_it() -> None:
    """As ``kubectl get`` writes it, its kind after its items; in JSON as well."""
    text = """{"apiVersion": "v1", "items": [
{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}},
{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}}], "kind": "SecretList"}"""

    found = read(COLLECTOR, text)

    assert [*found.keys.values()] == ["a", "b"]
    assert found.cis["Secret/default/b"].place.path == "documents[0].items[1]"
    assert found.cis["Secret/default/b"].place.line == 3


def test_the_order_of_manifests_does_not_matter() -> None:
    """Neither within a file nor over files."""
    parts = [workload("web", var("API_ADDR", "api:80")), service("api"), workload("api")]

    def said(found: Read) -> list[tuple[str, object]]:
        return [(each.native_key, each.attributes) for each in found.cis.values()] + [
            (each, None) for each in sorted(found.arrows)
        ]

    assert said(manifests(*parts)) == said(manifests(*reversed(parts)))
    assert said(manifests(*parts)) == said(read(COLLECTOR, *parts))


def test_what_is_left_out_is_counted() -> None:
    """Nothing is dropped silently."""
    found = manifests(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n---\n"
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: b}\n---\n"
        "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: c-}\n"
    )

    assert found.cis == {}
    assert found.to_the_end
    assert found.notes == [
        "left out: 1 HorizontalPodAutoscaler, 1 Job without a name of its own, 1 Service"
    ]


def test_folders_hold_other_things_too(tmp_path: Path) -> None:
    """Values of a chart beside manifests are counted, not refused."""
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    (tmp_path / "notes.txt").write_text("not looked at")
    (tmp_path / "web.yml").write_text(workload("web"))

    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[tmp_path]))
    found = Read(events=[*reading.events])

    assert found.to_the_end
    assert [*found.keys.values()] == ["web"]
    assert found.notes == ["left out: 1 documents that are no manifests"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("replicas: 3\n", "NOT_A_MANIFEST", (7, 1)),
        ("- a\n- b\n", "NOT_A_MANIFEST", (7, 1)),
        ("kind: Secret\nmetadata: {name: a}\n", "NOT_A_MANIFEST", (7, 1)),
        ("apiVersion: v1\nkind: Secret\n", "MISSING_FIELD", (7, 1)),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: [a]}\n", "MALFORMED", (9, 18)),
        ("apiVersion: v1\nkind: Secret\nmetadata: a\n", "MALFORMED", (9, 11)),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n", "MALFORMED", (7, 1)),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [x]}\n",
            "MALFORMED",
            (10, 21),
        ),
        (
            "apiVersion: v1\nkind: Secret\nkind: Pod\nmetadata: {name: a}\n",
            "DUPLICATE_NAME",
            (9, 1),
        ),
        ("apiVersion: v1\nkind: [\n", "NOT_YAML", (9, 1)),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .x }}}\n", "TEMPLATE", (9, 19)),
        ('apiVersion: v1\nkind: Secret\nmetadata: {name: "{{ .x }}"}\n', "TEMPLATE", (9, 18)),
        ("{{- if .x }}\napiVersion: v1\n", "TEMPLATE", (7, 1)),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: good}\n", "DUPLICATE_KEY", (7, 1)),
        ("a: !vault x\n", "UNKNOWN_TAG", (7, 4)),
    ],
)
def test_one_bad_manifest_does_not_hide_the_others(
    text: str, code: str, place: tuple[int, int]
) -> None:
    """It is told with its place; the reading is partial, so nothing is retired."""
    good = "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\n"

    found = manifests("# first\n---\n", good % "good", "---\n", text, "---\n", good % "last")

    assert found.codes[0] == code
    assert (found.faults[0].place.line, found.faults[0].place.column) == place
    assert [*found.keys.values()] == ["good", "last"]
    assert not found.to_the_end
    assert not found.readings[0].strict


def test_a_template_is_one_fault_a_file() -> None:
    """Not one for each of its parts."""
    text = "apiVersion: v1\nkind: {{ .x }}\n---\n" * 5

    found = manifests(text)

    assert found.codes == ["TEMPLATE"]
    assert "helm template" in found.faults[0].remedy


def test_whether_it_is_all_there_is_only_the_request_can_say() -> None:
    """Manifests do not know."""
    assert not manifests(workload("a")).readings[0].complete
    assert read(COLLECTOR, workload("a"), complete=True).readings[0].complete


def test_refuses_options_and_names_it_does_not_know() -> None:
    """Rather than read something other than what was meant."""
    assert manifests(workload("a"), namespce="x").codes == ["INVALID_OPTION"]
    assert read(COLLECTOR, workload("a"), data_source="manual").codes == ["INVALID_DATA_SOURCE"]


LABELLED = named("ConfigMap", "settings").replace(
    "{name: settings}", "{name: settings, labels: {app: web, team: shop, secret: hunter2}}"
)


def test_labels_become_tags_where_somebody_asks_for_them() -> None:
    """Those that are named, and no others."""
    found = manifests(LABELLED, labels="team, app.kubernetes.io/name")

    said = found.cis["ConfigMap/default/settings"].attributes
    assert {each: said[each] for each in said if each.startswith("tag.")} == {"tag.team": "shop"}


@pytest.mark.parametrize("labels", ["", " , ", "a b", "-x", "x" * 101])
def test_labels_that_cannot_be_tags_are_refused(labels: str) -> None:
    """Before anything is read."""
    found = manifests(LABELLED, labels=labels)

    assert (found.codes, found.events) == (["INVALID_OPTION"], [])
