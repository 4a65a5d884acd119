"""Names of hosts → Services."""

import pytest

from checker.model.hosts import hosts, resolve
from tests.facts.small import deployment, model, service

SYSTEM = (
    deployment(),
    service("cart", selector="app: cart"),
    service("cart", selector="app: cart", space="store"),
    service("db", selector="app: db", spec="clusterIP: None"),
    service("fixed", spec="clusterIP: 10.0.0.7"),
    service("mail", spec="type: ExternalName, externalName: mail.example.com"),
    service("basket", spec="type: ExternalName, externalName: cart.store.svc.cluster.local"),
    service("loop", spec="type: ExternalName, externalName: loop.shop.svc.cluster.local"),
    "apiVersion: kafka.strimzi.io/v1\nkind: Kafka\nmetadata: {name: events, namespace: shop}\n",
)  # fmt: skip


def meant(host):
    built = model(*SYSTEM, complete=True)
    found = resolve(hosts(built), host, built.part.workloads[0].source)
    return found.outcome, f"{found.service.source.name}.{found.service.source.namespace}" if found.service else found.name


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("cart", "cart.shop"), ("CART", "cart.shop"), ("cart.", "cart.shop"), ("cart.shop", "cart.shop"), ("cart.store", "cart.store"),
        ("cart.store.svc", "cart.store"), ("cart.store.svc.cluster.local", "cart.store"), ("cart.store.svc.cluster.local.", "cart.store"),
        ("cart.store.svc.k8s.corp", "cart.store"), ("db-0.db", "db.shop"), ("db-0.db.shop", "db.shop"), ("db-0.db.shop.svc.cluster.local", "db.shop"),
        ("_tcp.cart.store.svc", "cart.store"), ("10.0.0.7", "fixed.shop"), ("basket", "cart.store"), ("mail", "mail.shop"), ("loop", "loop.shop"),
    ],
)  # fmt: skip
def test_services(host, service):
    assert meant(host) == ("service", service)


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("stock", "missing"), ("stock.shop", "missing"), ("stock.store.svc", "missing"), ("stock.nowhere.svc.cluster.local", "missing"),
        ("stock.nowhere", "unknown"), ("cart.store.svc.other.corp", "service"), ("stock.store.svc.other.corp", "unknown"), ("www.cart", "unknown"),
        ("api.example.com", "external"), ("example.com", "external"), ("x.dev", "external"), ("8.8.8.8", "external"), ("kubernetes.default.svc", "external"),
        ("kube-dns.kube-system.svc.cluster.local", "external"), ("events-kafka-bootstrap", "unknown"), ("a.b.c.d.e", "unknown"),
    ],
)  # fmt: skip
def test_other_names(host, outcome):
    assert meant(host)[0] == outcome


def test_only_a_whole_system_says_that_a_service_does_not_exist():
    built = model(*SYSTEM)
    assert not resolve(hosts(built), "stock", built.part.workloads[0].source).certain


@pytest.mark.parametrize("host", ["api.example.com", "www.example.org"])
def test_further_hosts(host):
    built = model(*SYSTEM)
    entry = built.part.objects[0]
    found = resolve(hosts(built, {"api.example.com": entry, "*.Example.org": entry}), host, built.part.workloads[0].source)
    assert (found.outcome, found.entry) == ("external", entry)


def test_where_manifests_leave_the_namespace_open_a_name_may_say_it():
    text = service("cart").replace(", namespace: shop", "")
    built = model(deployment().replace(", namespace: shop", ""), text, complete=True)
    assert resolve(hosts(built), "cart.prod.svc", built.part.workloads[0].source).outcome == "unknown"
