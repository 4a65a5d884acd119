"""Manifests → calls."""

import pytest

from checker.calls.graph import call_graph
from tests.facts.small import deployment, model, service

CART = service("cart", selector="app: cart", ports="[{name: http, port: 80, targetPort: 8080}, {port: 9000}]") + "---\n" + deployment("cart", container="ports: [{containerPort: 8080}]")
DB = service("db", selector="app: db", ports="[{port: 5432}]") + "---\n" + deployment("db")


def told(*texts, name="web"):
    return [f"{call.host}:{call.port}" for call in call_graph(model(*texts)).calls if call.caller.name == name]


def env(*pairs, more=""):
    return deployment(container="env: [" + ", ".join(f"{{name: {key}, value: '{value}'}}" for key, value in pairs) + "]" + more)


def config(text, *, name="conf", kind="ConfigMap"):
    body = "\n".join(f"    {line}" for line in text.split("\n"))
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n{'data' if kind == 'ConfigMap' else 'stringData'}:\n  application.yml: |\n{body}\n"


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("CART_URL", "http://cart")], ["cart:80"]),
        ([("CART_HOST", "cart")], ["cart:None"]),
        ([("CART_HOST", "cart"), ("CART_PORT", "9000")], ["cart:9000"]),
        ([("CART_SERVICE_HOST", "cart.shop"), ("CART_SERVICE_PORT", "80")], ["cart.shop:80"]),
        ([("cart.host", "cart"), ("cart.port", "80")], ["cart:80"]),
        ([("CART_URL", "http://cart"), ("CART_PORT", "9000")], ["cart:9000"]),
        ([("CART_URL", "http://cart:9000"), ("CART_HOST", "cart")], ["cart:9000"]),
        ([("CART_SERVICE", "cart")], ["cart:None"]),
        ([("HOST", "cart"), ("URL", "http://$(HOST):9000")], ["cart:9000"]),
        ([("URL", "http://$(HOST):9000"), ("HOST", "127.0.0.1")], []),
        ([("CART", "$(CART_SERVICE_HOST):$(CART_SERVICE_PORT)")], ["cart:80"]),
        ([("CART_URL", "http://$(CART_SERVICE_HOST):$(CART_SERVICE_PORT_HTTP)")], ["cart:80"]),
        ([("X", "cart:9000")], ["cart:9000"]),
        ([("UNKNOWN_ADDR", "basket:8080")], ["basket:8080"]),
        ([("BASKET_HOST", "basket"), ("BASKET_PORT", "80")], ["basket:80"]),
        ([("IMAGE_URL", "http://cart")], ["cart:80"]),
        ([("CONFIG", '{"cart": {"url": "http://cart:9000"}}')], ["cart:9000"]),
        ([("KAFKA_BOOTSTRAP_SERVERS", "k-0.k:9092,k-1.k:9092")], ["k-0.k:9092", "k-1.k:9092"]),
    ],
)  # fmt: skip
def test_variables(pairs, found):
    assert told(env(*pairs), CART) == found


@pytest.mark.parametrize(
    "pairs",
    [
        [("GREETING", "cart")], [("NAME", "cart")], [("CART_SERVICE_NAME", "cart")], [("CART_ENABLED", "true")], [("BASKET_HOST", "basket")],
        [("BASKET_SERVICE", "basket")], [("SIDECAR_IMAGE", "redis:7")], [("X", "basket:8080")], [("X", "cart:1234")], [("LISTEN_ADDR", "web:8080")],
        [("ADVERTISED_URL", "http://cart")], [("CORS_ORIGIN", "http://cart")], [("NO_PROXY", "cart:80,db:5432")], [("DOCS_URL", "http://basket/help")],
        [("CART_URL", "http://$$(CART)/")], [("CART_URL", "http://$(NOWHERE)")], [("TARGET_HOST", "HOST"), ("TARGET_PORT", "80")], [("MYSQL_ROOT_HOST", "%")],
        [("HOST", "basket"), ("PORT", "8080")], [("SCHEMA_REGISTRY_IMAGE", "cart:80-alpine")], [("TZ", "Europe/Berlin")], [("SCHEDULE", "0:30")],
    ],
)  # fmt: skip
def test_variables_that_name_no_call(pairs):
    assert told(env(*pairs), CART) == []


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ("args: ['--cart-url=http://cart:9000']", ["cart:9000"]),
        ("args: [--cart-addr, 'cart:9000']", ["cart:9000"]),
        ("args: ['cart:9000']", ["cart:9000"]),
        ("args: ['cart:1234']", []),
        ("command: [sh, -c, 'curl -s http://cart/health | grep ok']", ["cart:80"]),
        ("command: [sh, -c, 'nc -z db 5432 && exec app']", ["db:5432"]),
        ("command: [sh, -c, 'until pg_isready -h db -p 5432; do sleep 1; done']", ["db:5432"]),
        ("command: [sh, -c, 'echo http://cart; git clone http://cart/x']", []),
        ("command: [sh, -c, 'curl http://$CART_SERVICE_HOST:$CART_SERVICE_PORT/']", ["cart:80"]),
        ("env: [{name: A, value: 'cart:9000'}], command: [sh, -c, 'curl http://${A}/']", ["cart:9000"]),
        ("args: ['--bind', '0.0.0.0:80', '--listen=web:80', '--image', 'redis:7']", []),
        ("args: ['-Dcart.url=http://cart:9000']", ["cart:9000"]),
        ("envFrom: [{configMapRef: {name: vars}}]", ["cart:9000"]),
        ("env: [{name: CART_URL, valueFrom: {configMapKeyRef: {name: vars, key: CART_URL}}}]", ["cart:9000"]),
        ("env: [{name: CART_URL, valueFrom: {secretKeyRef: {name: vars, key: CART_URL}}}]", []),
        ("env: [{name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}, {name: CART_URL, value: 'http://cart.$(NS).svc'}]", ["cart.shop.svc:80"]),
    ],
)  # fmt: skip
def test_arguments_and_references(container, found):
    variables = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: shop}\ndata: {CART_URL: 'http://cart:9000'}\n"
    assert told(deployment(container=container), CART, DB, variables) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cart:\n  url: http://cart:9000", ["cart:9000"]),
        ("cart:\n  host: cart\n  port: 9000", ["cart:9000"]),
        ("spring.datasource.url: jdbc:postgresql://db/orders", ["db:5432"]),
        ("cart.url: ${CART_URL:http://cart:9000}", ["cart:9000"]),
        ("cart.url: ${STOCK}/x", []),
        ("# http://cart:9000\nlicense: http://cart/LICENSE-X\nnote: ask at http://basket", ["cart:80"]),
        ("pictures:\n- name: a\n  url: https://cdn.example.com/a.png", []),
        ("api:\n  url: https://api.example.com", ["api.example.com:443"]),
        ("stock:\n  url: http://cart:9000", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_files(text, found, kind):
    volume = "configMap: {name: conf}" if kind == "ConfigMap" else "secret: {secretName: conf}"
    caller = deployment(pod=f"volumes: [{{name: c, {volume}}}]", container="env: [{name: STOCK, value: x}, {name: STOCK_URL, value: ''}]")
    assert told(caller, CART, DB, config(text, kind=kind)) == found


def test_a_secret_is_never_pointed_into():
    caller = deployment(pod="volumes: [{name: c, secret: {secretName: conf}}]")
    (call,) = call_graph(model(caller, DB, config("url: postgres://u:hunter2@db/x", kind="Secret"))).calls
    assert call.evidence[0].path == ("stringData",)
    assert "hunter2" not in repr((call.host, [evidence.key for evidence in call.evidence]))


def test_annotations_say_what_nothing_else_shows():
    text = deployment(spec="").replace("labels: {app: web}", "labels: {app: web}, annotations: {k8s-stabcheck/calls: 'http://cart, db:5432'}")
    assert told(text, CART, DB) == ["cart:80", "db:5432"]


def test_an_ingress_calls_its_backends():
    ingress = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: front, namespace: shop}\nspec: {defaultBackend: {service: "
        "{name: cart, port: {name: http}}}}\n"
    )
    (call,) = call_graph(model(ingress, CART)).calls
    assert (call.workload, call.host, call.port, call.evidence[0].kind) == (None, "cart", 80, "ingress")


def test_what_a_mesh_injects_calls_for_itself():
    assert told(env(("CART_URL", "http://cart")).replace("name: app,", "name: linkerd-proxy,"), CART) == []


@pytest.mark.parametrize(
    ("value", "scheme_of"),
    [("postgres://db", "postgres"), ("db:5432", "postgres"), ("http://cart:80", "http"), ("grpc://cart:9000", "grpc"), ("cart:80", "http"), ("tcp://cart:9000", "tcp")],
)
def test_protocols(value, scheme_of):
    (call,) = [call for call in call_graph(model(env(("CART_ADDR", value)), CART, DB)).calls if call.caller.name == "web"]
    assert call.protocol == scheme_of


@pytest.mark.parametrize(
    "value",
    ["web:80", "web.shop.svc:80", "http://web-0.web:80", "web-0", "web"],
)
def test_the_pods_themselves_are_no_callees(value):
    texts = deployment(kind="StatefulSet", container=f"env: [{{name: SEED_ADDR, value: '{value}'}}]"), service(spec="clusterIP: None")
    assert told(*texts) == []


@pytest.mark.parametrize(
    ("image", "port", "spoken"),
    [
        ("docker.io/bitnami/redis-cluster:7", 7000, "redis"), ("postgres:16", 7000, "postgres"), ("mariadb:11", 7000, "mysql"), ("mongo:7", 7000, "mongodb"),
        ("rabbitmq:3-management", 7000, "amqp"), ("bitnami/kafka:3", 7000, "kafka"), ("memcached:1", 7000, "memcached"), ("nats:2", 7000, "nats"),
        ("registry.example.com/own:1", 3306, "mysql"), ("registry.example.com/own:1", 11211, "memcached"), ("registry.example.com/own:1", 5672, "amqp"),
        ("registry.example.com/own:1", 50051, "grpc"), ("registry.example.com/own:1", 7000, "unknown"),
    ],
)  # fmt: skip
def test_stores_and_brokers_are_known_by_image_and_port(image, port, spoken):
    callee = service("store", selector="app: store", ports=f"[{{port: {port}}}]"), deployment("store").replace("a:1", image)
    (call,) = call_graph(model(env(("STORE_ADDR", f"store:{port}")), *callee)).calls
    assert call.protocol == spoken


def test_a_host_that_a_service_entry_makes_known_is_no_missing_service():
    entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: old, namespace: shop}\nspec: {hosts: [old.shop.svc.cluster.local]}\n"
    (call,) = call_graph(model(env(("OLD_URL", "http://old.shop.svc.cluster.local")), entry, complete=True)).calls
    assert call.callee.outcome == "external"
