"""What a container's configuration says of pools, workers and queues: one line a way to write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.adapters import kubernetes
from checker.governors.read import governors
from checker.governors.tables import index
from checker.governors.values import amount
from checker.model.build import build
from tests.systems import read

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      volumes: [{{name: conf, configMap: {{name: conf}}}}]
      containers:
      - name: app
        image: "{image}"
        volumeMounts: [{{name: conf, mountPath: /etc/app}}]
        {more}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: conf, namespace: shop}}
data: {data}
"""


def found(more="", image="registry.example.com/web:1", data="{}"):
    import json

    text = DEPLOYMENT.format(image=image, more=more, data=data if isinstance(data, str) else json.dumps(data))
    model = build(kubernetes.read(read({"a.yaml": text})), complete=True)
    (workload,) = model.part.workloads
    (container,) = workload.containers
    return {
        (each.rule.product, each.rule.governs): "unbounded" if each.unbounded else each.number
        for each in governors(model, workload, container)
        if not each.written.startswith("the default")
    }


def env(**variables):
    return "env: [" + ", ".join(f'{{name: {name}, value: "{value}"}}' for name, value in variables.items()) + "]"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"more": env(SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE=20)}, {("hikari", "connections"): 20}),
        ({"more": env(SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE=20)}, {("hikari", "connections"): 20}),
        ({"data": {"application.properties": "spring.datasource.hikari.maximumPoolSize=7"}}, {("hikari", "connections"): 7}),
        ({"data": {"application.yml": "spring:\n  datasource:\n    hikari:\n      maximum-pool-size: 8\n"}}, {("hikari", "connections"): 8}),
        ({"more": "args: [java, -Dspring.datasource.hikari.maximum-pool-size=9, -jar, app.jar]"}, {("hikari", "connections"): 9}),
        ({"more": "args: ['--server.tomcat.threads.max=300']"}, {("spring", "threads"): 300}),
        ({"more": "command: [gunicorn, -w, '4', '--threads=2', app]"}, {("gunicorn", "processes"): 4, ("gunicorn", "threads"): 2}),
        ({"more": "command: [sh, -c, 'exec gunicorn --workers 3 app']"}, {("gunicorn", "processes"): 3}),
        ({"more": "args: [gunicorn, -w4, app]"}, {("gunicorn", "processes"): 4}),
        ({"more": "args: [other, -w, '4']"}, {}),
        ({"more": env(DATABASE_URL="postgres://db:5432/a?pool_max_conns=15&x=1")}, {("drivers", "connections"): 15}),
        ({"more": env(ConnectionStrings__Db="Host=db;Maximum Pool Size=40;Database=a")}, {("drivers", "connections"): 40}),
        ({"more": env(DB_MAX_OPEN_CONNS=0)}, {("conventions", "connections"): "unbounded"}),
        ({"more": env(DB_POOL_SIZE="$(SIZE)")}, {("conventions", "connections"): None}),
        ({"image": "postgres:17", "more": "args: [-c, max_connections=200]"}, {("postgresql", "clients"): 200}),
        ({"image": "bitnami/postgresql:17", "more": env(POSTGRESQL_MAX_CONNECTIONS=300)}, {("postgresql", "clients"): 300}),
        ({"image": "mysql:8", "more": "args: [--max-connections=500]"}, {("mysql", "clients"): 500}),
        ({"image": "redis:7", "data": {"redis.conf": "# x\nmaxmemory 2gb\nmaxmemory-policy noeviction\n"}},
         {("redis", "memory"): 2 * 2**30, ("redis", "eviction"): "unbounded"}),
        ({"data": {"www.conf": "[www]\npm = dynamic\npm.max_children = 40\n"}}, {("php-fpm", "processes"): 40}),
        ({"image": "edoburu/pgbouncer:1", "data": {"pgbouncer.ini": "[pgbouncer]\nmax_client_conn = 500\ndefault_pool_size = 25\n"}},
         {("pgbouncer", "clients"): 500, ("pgbouncer", "connections"): 25}),
        ({"data": {"application.yml": "resilience4j.circuitbreaker:\n  instances:\n    pay:\n      waitDurationInOpenState: 20s\n"}},
         {("resilience4j", "open-seconds"): 20}),
    ],
)  # fmt: skip
def test_a_governor_is_read_however_it_is_written(given, expected):
    assert found(**given) == expected


def test_what_is_written_last_wins():
    assert found(more=env(WEB_CONCURRENCY=2) + "\n        args: [gunicorn, -w, '5', app]") == {("gunicorn", "processes"): 5}


def test_every_rule_can_be_named():
    for product in index().products:
        for rule in product.rules:
            assert rule.keys or rule.env or rule.flags or rule.dsn, product.name
            assert not rule.flags or product.programs, product.name


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_nothing(text):
    for product in index().products:
        for rule in product.rules:
            number, unbounded = amount(text, rule)
            assert number is None or (number >= 0 and not unbounded)
