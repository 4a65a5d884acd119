import pytest

from checker.engine import Settings, check
from checker.sources.code import source_reader
from tests.systems import NO_INPUTS, catalogue, read

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: app, image: "registry.example.com/shop/NAME:1", env: [ENV], ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: shop}
spec: {selector: {app: NAME}, ports: [{name: http, port: 8080}]}
---
"""
ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: prices, namespace: shop}
spec:
  hosts: [prices]
  http:
  - {route: [{destination: {host: prices}}], timeout: TIMEOUT}
---
"""
TIMEOUTS = ["code-call-without-timeout", "code-timeout-left-to-mesh"]


def outcomes(code, *, env="", timeout=None, only=TIMEOUTS):
    manifests = POD.replace("NAME", "web").replace("ENV", env) + POD.replace("NAME", "prices").replace("ENV", "")
    manifests += ROUTE.replace("TIMEOUT", timeout) if timeout else ""
    source = source_reader()({"web/Dockerfile": "FROM x", "web/app.py": code})
    report = check(read({"a.yaml": manifests}), NO_INPUTS, catalogue(), Settings(only=frozenset(only), code=source))
    return sorted((each.policy, each.outcome, each.message) for each in report.findings)


def call(url):
    return f"import requests\nrequests.get({url})\n"


@pytest.mark.parametrize(
    ("url", "env", "timeout", "wanted"),
    [
        ('"http://prices:8080/"', "", None, [("code-call-without-timeout", "fail")]),
        ('"http://prices:8080/"', "", "2s", [("code-timeout-left-to-mesh", "fail")]),
        ('"http://prices.shop:8080/"', "", "2s", [("code-timeout-left-to-mesh", "fail")]),
        ('"http://prices:8080/"', "", "0s", [("code-call-without-timeout", "fail")]),
        ('"https://prices:8080/"', "", "2s", [("code-call-without-timeout", "fail")]),  # the proxy sees no requests
        ('"http://web:8080/"', "", "2s", [("code-call-without-timeout", "fail")]),
        ('"http://elsewhere:8080/"', "", "2s", [("code-call-without-timeout", "unknown")]),
        ("URL", "", "2s", [("code-call-without-timeout", "fail")]),
        (
            "URL",
            '{name: PRICES, value: "http://prices:8080"}',
            "2s",
            [("code-call-without-timeout", "unknown")],
        ),
        ("URL", '{name: PRICES, value: "http://prices:8080"}', "0s", [("code-call-without-timeout", "fail")]),
    ],
)
def test_what_the_mesh_makes_of_a_call_without_a_timeout(url, env, timeout, wanted):
    found = outcomes(call(url), env=env, timeout=timeout)
    assert [(policy, outcome) for policy, outcome, _ in found] == wanted


def test_an_unknown_host_says_what_the_mesh_bounds():
    found = outcomes(call("URL"), env='{name: PRICES, value: "http://prices:8080"}', timeout="2s")
    assert "the source does not name the host, and the mesh bounds 1 of the 1 calls that web is seen to make" in found[0][2]


PSYCOPG = 'import psycopg2\npsycopg2.connect(host="db", dbname="shop")\n'
REST = "import org.springframework.web.client.RestTemplate;\nclass A { RestTemplate rest = new RestTemplate(); }\n"
JVM = "JAVA_TOOL_OPTIONS, value: -Dsun.net.client.defaultReadTimeout=5000"


@pytest.mark.parametrize(
    ("file", "code", "env", "more", "found"),
    [
        ("app.py", PSYCOPG, "", "", 1),
        ("app.py", PSYCOPG, "{name: PGHOST, value: db}", "", 1),
        ("app.py", PSYCOPG, '{name: PGCONNECT_TIMEOUT, value: "3"}', "", 0),
        ("app.py", PSYCOPG, "{name: PGCONNECT_TIMEOUT, valueFrom: {secretKeyRef: {name: a, key: b}}}", "", 0),
        ("app.py", PSYCOPG, "", "envFrom: [{secretRef: {name: elsewhere}}], ", 0),
        ("A.java", REST, "", "", 1),
        ("A.java", REST, "{name: JAVA_TOOL_OPTIONS, value: -Xmx1g}", "envFrom: [{secretRef: {name: elsewhere}}], ", 1),
        ("A.java", REST, f"{{name: {JVM}}}", "", 0),
        ("A.java", REST, "", 'args: ["-Dsun.net.client.defaultReadTimeout=5000", "-jar", "app.jar"], ', 0),
    ],
)
def test_a_variable_or_flag_that_the_library_reads_makes_up_for_it(file, code, env, more, found):
    manifests = POD.replace("NAME", "web").replace("ENV", env).replace("env: [", f"{more}env: [")
    source = source_reader()({"web/Dockerfile": "FROM x", f"web/{file}": code})
    report = check(read({"a.yaml": manifests}), NO_INPUTS, catalogue(), Settings(only=frozenset(TIMEOUTS), code=source))
    assert len(report.findings) == found


def test_the_mend_is_the_librarys_own_and_the_place_is_in_the_source():
    source = source_reader()({"web/Dockerfile": "FROM x", "web/app.py": call("URL") + call("URL")})
    manifests = POD.replace("NAME", "web").replace("ENV", "")
    report = check(read({"a.yaml": manifests}), NO_INPUTS, catalogue(), Settings(only=frozenset(TIMEOUTS[:1]), code=source))
    first, second = report.findings
    assert (first.location.file, first.location.line, first.location.column) == ("web/app.py", 2, 1)
    assert "timeout=(connect, read)" in first.fix
    assert str(first.subject) == "Deployment shop/web, container app"
    assert first.fingerprint != second.fingerprint
    moved = source_reader()({"web/Dockerfile": "FROM x", "web/app.py": "# a line\n" + call("URL") + call("URL")})
    again = check(read({"a.yaml": manifests}), NO_INPUTS, catalogue(), Settings(only=frozenset(TIMEOUTS[:1]), code=moved))
    assert [each.fingerprint for each in again.findings] == [first.fingerprint, second.fingerprint]
