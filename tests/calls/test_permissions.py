"""Who is allowed to call whom: shown beside the calls, and judged by nobody."""

import pytest

from checker.calls.graph import call_graph
from checker.calls.permissions import with_permissions
from tests.facts.small import deployment, model, service

NAMED = "[{name: http, port: 80, targetPort: 8080}, {name: admin, port: 9000, targetPort: admin}]"
CART = service("cart", selector="app: cart", ports=NAMED) + "---\n" + deployment("cart", container="ports: [{name: admin, containerPort: 9001}]")
DB = service("db", selector="app: db", ports="[{port: 5432}]", space="data") + "---\n" + deployment("db", space="data")
WEB = deployment(pod="serviceAccountName: front")
MANY = "---\n".join((deployment("one", labels="app: one, tier: back"), deployment("two", labels="app: two, tier: back")))


def authorization(rule, *, selector="selector: {matchLabels: {app: cart}}, ", more=""):
    return f"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: a, namespace: shop}}\nspec: {{{selector}{more}rules: [{{{rule}}}]}}\n"


def network(rules, *, pods="app: web", name="let", space="shop"):
    return f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {space}}}\nspec: {{podSelector: {{matchLabels: {{{pods}}}}}, {rules}}}\n"


def sidecar(hosts, *, selector="workloadSelector: {labels: {app: web}}, ", port=""):
    return f"apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: s, namespace: shop}}\nspec: {{{selector}egress: [{{{port}hosts: {hosts}}}]}}\n"


def told(*texts):
    built = model(*texts)
    found = with_permissions(built, call_graph(built))
    return [f"{call.caller.name} {call.callee.service.source.name}:{call.port} {'+'.join(each.kind for each in call.evidence)}" for call in found]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}]", ["web cart:None authorization"]),
        ("from: [{source: {serviceAccounts: [front, other]}}]", ["web cart:None authorization"]),
        ("from: [{source: {serviceAccounts: [shop/front]}}], to: [{operation: {ports: ['8080']}}]", ["web cart:80 authorization"]),
        ("from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}], to: [{operation: {ports: ['9001']}}]", ["web cart:9000 authorization"]),
        ("from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}], to: [{operation: {ports: ['7']}}]", []),
        ("from: [{source: {principals: ['*']}}]", []),
        ("from: [{source: {principals: [cluster.local/ns/shop/sa/default]}}]", []),
        ("from: [{source: {principals: ['cluster.local/ns/shop/sa/*']}}]", []),
        ("from: [{source: {namespaces: [shop]}}]", []),
        ("from: [{source: {principals: 5}}]", []),
    ],
)
def test_accounts_that_are_allowed(rule, found):
    assert told(WEB, CART, authorization(rule)) == found


@pytest.mark.parametrize("changes", [{"more": "action: DENY, "}, {"selector": ""}, {"selector": "selector: {matchLabels: {app: nobody}}, "}])
def test_what_is_denied_or_for_everybody_names_nobody(changes):
    assert told(WEB, CART, authorization("from: [{source: {serviceAccounts: [front]}}]", **changes)) == []


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (network("egress: [{to: [{podSelector: {matchLabels: {app: cart}}}], ports: [{port: 8080}]}]"), ["web cart:80 network-policy"]),
        (network("egress: [{to: [{podSelector: {matchLabels: {app: cart}}}], ports: [{port: admin}]}]"), ["web cart:9000 network-policy"]),
        (
            network("egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}, podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]"),
            ["web db:5432 network-policy"],
        ),
        (network("ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]", pods="app: cart"), ["web cart:80 network-policy"]),
        (network("egress: [{to: [{podSelector: {matchLabels: {app: cart}}}]}]"), []),
        (network("egress: [{to: [{podSelector: {}}], ports: [{port: 8080}]}]"), []),
        (network("egress: [{ports: [{port: 8080}]}]"), []),
        (network("egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 8080}]}]"), []),
        (network("egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]"), []),
        (network("policyTypes: [Ingress], egress: [{to: [{podSelector: {matchLabels: {app: cart}}}], ports: [{port: 8080}]}]"), []),
        (network("ingress: [{from: [{podSelector: {matchLabels: {tier: back}}}], ports: [{port: 8080}]}]", pods="app: cart"), []),
    ],
)  # fmt: skip
def test_pods_that_are_let_through(policy, found):
    assert told(WEB, CART, DB, MANY, policy) == found


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (sidecar("[./cart.shop.svc.cluster.local, data/db.data.svc.cluster.local]"), ["web cart:None sidecar", "web db:5432 sidecar"]),
        (sidecar("[./cart.shop.svc.cluster.local]", port="port: {number: 80, name: http, protocol: HTTP}, "), ["web cart:80 sidecar"]),
        (sidecar("['*/*', './*', data/*.data.svc.cluster.local, ~/*]"), []),
        (sidecar("[./cart.shop.svc.cluster.local]", selector=""), []),
    ],
)
def test_hosts_that_a_sidecar_imports(item, found):
    assert told(WEB, CART, DB, item) == found


def test_a_permission_for_a_call_that_is_seen_is_further_evidence_of_it():
    caller = deployment(pod="serviceAccountName: front", container="env: [{name: CART_URL, value: 'http://cart'}]")
    policy = authorization("from: [{source: {serviceAccounts: [front]}}], to: [{operation: {ports: ['8080', '9001']}}]")
    assert told(caller, CART, policy) == ["web cart:80 env+authorization"]


def test_no_policy_is_asked_about_a_permission():
    policy = authorization("from: [{source: {serviceAccounts: [front]}}]")
    assert not call_graph(model(WEB, CART, policy)).calls
