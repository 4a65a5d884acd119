"""Whether ports and backends lead somewhere."""

import pytest

from checker.facts.fields import Unknown
from tests.facts.small import deployment, facts, service

DECLARED = "ports: [{name: http, containerPort: 8080}]"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: shop}\ndata: {a: 'listen 9000;'}\n"
INGRESS = (
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: shop, annotations: {{{notes}}}}}\nspec: {{ingressClassName: nginx, rules: "
    "[{{host: a.example.com, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {{{port}}}}}}}}}]}}}}]}}\n"
)


@pytest.mark.parametrize(
    ("container", "target", "found"),
    [
        (DECLARED, "8080", True),
        (DECLARED, "http", True),
        (DECLARED, "8081", False),
        (DECLARED, "web", False),
        ("", "8081", True),
        ("", "http", False),
        (f"{DECLARED}, args: ['--port=9000']", "9000", True),
        (f"{DECLARED}, args: ['--size=90001']", "9000", False),
        (f"{DECLARED}, args: ['--ip=10.9000.1']", "9000", False),
        (f"{DECLARED}, env: [{{name: PORT, value: '9000'}}]", "9000", True),
        (f"{DECLARED}, env: [{{name: LISTEN, value: '0.0.0.0:9000'}}]", "9000", True),
        (f"{DECLARED}, env: [{{name: LISTEN, value: ':9000'}}]", "9000", True),
        (f"{DECLARED}, env: [{{name: CART, value: 'http://cart.shop:9000'}}]", "9000", False),
        (f"{DECLARED}, env: [{{name: CART_HOST, value: cart.shop}}, {{name: CART_PORT, value: '9000'}}]", "9000", False),
        (f"{DECLARED}, env: [{{name: BIND_HOST, value: '0.0.0.0'}}, {{name: BIND_PORT, value: '9000'}}]", "9000", True),
        (f"{DECLARED}, livenessProbe: {{tcpSocket: {{port: 9000}}}}", "9000", True),
        (f"{DECLARED}, livenessProbe: {{tcpSocket: {{port: 9000}}}}, readinessProbe: {{tcpSocket: {{port: 8080}}}}", "9000", False),
        (f"{DECLARED}, envFrom: [{{configMapRef: {{name: conf}}}}]", "9000", True),
        (f"{DECLARED}, envFrom: [{{configMapRef: {{name: other}}}}]", "9000", False),
    ],
)
def test_a_target_port(container, target, found):
    told = facts("service-port", deployment(container=container), MAP, service(ports=f"[{{port: 80, targetPort: {target}}}]"))
    assert told["port.target_found"] is found


def test_a_number_beside_a_port_that_is_declared_is_taken_for_one_that_is_not():
    ports = "[{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 9999}]"
    texts = [deployment(container=DECLARED), service(ports=ports)]
    assert facts("service-port", *texts)["port.target_found"] is True


def test_a_port_of_any_of_the_selected_workloads_will_do():
    texts = [deployment(container=DECLARED), deployment("b", labels="app: web", container="ports: [{containerPort: 9090}]")]
    assert facts("service-port", *texts, service(ports="[{port: 80, targetPort: 9090}]"))["port.target_found"] is True


@pytest.mark.parametrize(
    ("name", "port", "complete", "service_found", "port_found"),
    [
        ("web", "number: 80", False, True, True),
        ("web", "number: 8080", False, True, False),
        ("web", "name: http", False, True, False),
        ("wep", "number: 80", False, False, True),
        ("web-svc", "number: 80", False, False, True),
        ("payments", "number: 80", False, None, True),
        ("payments", "number: 80", True, False, True),
        ("payments", "name: use-annotation", True, True, True),
    ],
)
def test_a_backend(name, port, complete, service_found, port_found):
    told = facts("backend", deployment(), service(), INGRESS.format(name="i", notes="", service=name, port=port), complete=complete)
    known = told["backend.service_found"]
    assert (None if isinstance(known, Unknown) else known, told["backend.port_found"]) == (service_found, port_found)


@pytest.mark.parametrize(
    ("notes", "target", "claimed"),
    [("", "api", "shop/a"), ("", "web", ""), ("nginx.ingress.kubernetes.io/canary: 'true'", "api", ""), ("nginx.org/mergeable-ingress-type: minion", "api", "")],
)
def test_the_second_ingress_of_a_host_and_path_names_the_first_unless_they_share_on_purpose(notes, target, claimed):
    texts = [INGRESS.format(name="a", notes="", service="web", port="number: 80"), INGRESS.format(name="b", notes=notes, service=target, port="number: 80")]
    assert [facts("backend", *texts, name=name)["backend.claimed_elsewhere"] for name in "ab"] == ["", claimed]
