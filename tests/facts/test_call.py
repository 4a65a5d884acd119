"""Whether calls lead somewhere."""

import pytest

from checker.facts.fields import Unknown
from checker.facts.subjects import judges
from tests.facts.small import deployment, facts, model, service

PODS = deployment("cart", container="ports: [{name: http, containerPort: 8080}, {containerPort: 9000}]")
PORTS = "[{name: web, port: 80, targetPort: http}]"


def about(value, *, spec="", key="CART_ADDR", complete=False, more=()):
    caller = deployment(container=f"env: [{{name: {key}, value: '{value}'}}]")
    return facts("call", caller, PODS, service("cart", selector="app: cart", ports=PORTS, spec=spec), *more, complete=complete)


@pytest.mark.parametrize(
    ("value", "spec", "found", "of_pods", "service_port"),
    [
        ("cart:80", "", True, False, None),
        ("cart:8080", "", False, True, 80),
        ("cart:9000", "", False, True, None),
        ("cart:1234", "", False, False, None),
        ("cart:8080", "clusterIP: None", True, True, 80),
        ("cart:1234", "clusterIP: None", None, False, None),
        ("cart-0.cart:8080", "clusterIP: None", True, True, 80),
        ("cart:1234", "type: ExternalName, externalName: cart.example.com", True, False, None),
        ("https://api.example.com:444", "", True, False, None),
    ],
)
def test_ports(value, spec, found, of_pods, service_port):
    told = about(value, spec=spec)
    known = told["call.port_found"]
    assert (None if isinstance(known, Unknown) else known, told["call.is_pod_port"], told["call.service_port"]) == (found, of_pods, service_port)


@pytest.mark.parametrize(
    ("value", "complete", "found", "alike"),
    [
        ("cart:80", False, True, ""),
        ("stock:80", False, None, ""),
        ("stock:80", True, False, ""),
        ("crat:80", False, None, ""),
        ("chekout:80", False, False, "checkout"),
        ("checkout-v2:80", False, None, ""),
        ("https://api.example.com", True, True, ""),
    ],
)
def test_callees(value, complete, found, alike):
    more = service("checkout"), service("checkout-v1")
    told = about(value, complete=complete, more=more)
    known = told["call.callee_found"]
    assert (None if isinstance(known, Unknown) else known, told["call.callee_alike"]) == (found, alike)


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ("env: [{name: CART_URL, value: 'http://u:p@cart'}]", "variable CART_URL"),
        ("args: ['--cart=http://cart']", "argument --cart"),
        ("command: [app, 'http://cart']", "the command"),
    ],
)
def test_what_says_so(container, said):
    assert facts("call", deployment(container=container), service("cart", selector="app: cart"))["call.evidence"] == said


def test_a_port_that_another_definition_of_the_service_has_is_not_certain_to_be_wrong():
    caller = deployment(container="env: [{name: CART_ADDR, value: 'cart:81'}]")
    found = facts("call", caller, service("cart", selector="app: cart"), service("cart", selector="app: cart", ports="[{port: 81}]"))["call.port_found"]
    assert found is True or isinstance(found, Unknown)


def test_subjects_point_at_the_variable():
    built = model(deployment(container="env: [{name: A, value: b}, {name: CART_ADDR, value: 'cart:80'}]"), service("cart", selector="app: cart"))
    (judged,) = [judged for judge in judges(built) for judged in judge() if judged.kind == "call"]
    assert judged.anchors["call"].path == ("spec", "template", "spec", "containers", 0, "env", 1)
    assert judged.anchors["callee"].source.name == "cart"
    assert judged.part == "cart.shop.svc.cluster.local:80"
