"""Where settings may stand, which one wins, and when a default counts."""

import pytest

from checker.calls.graph import call_graph
from checker.governors import Governors
from checker.governors.strings import of_call
from tests.facts.small import deployment, model, service


def found(container="", *, pod="", image="a:1", more=()):
    text = deployment(container=container, pod=pod).replace("'a:1'", f"'{image}'")
    built = model(text, *more)
    (workload,) = built.part.workloads
    governors = Governors(built).of(workload, workload.containers[0])
    return {(each.row.stack, each.row.name): (each.state, each.amount, each.key) for each in governors}


def config(data, name="settings"):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata:\n{data}"


MOUNT = "volumeMounts: [{name: s, mountPath: /etc/s}]"
VOLUME = "volumes: [{name: s, configMap: {name: settings}}]"
HIKARI = ("HikariCP", "maximumPoolSize")


@pytest.mark.parametrize(
    "container",
    [
        "env: [{name: SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE, value: '30'}]",
        "env: [{name: SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE, value: '30'}]",
        "env: [{name: spring.datasource.hikari.maximum-pool-size, value: '30'}]",
        "envFrom: [{configMapRef: {name: vars}}]",
        "command: [java, -Dspring.datasource.hikari.maximumPoolSize=30, -jar, app.jar]",
        "args: ['--spring.datasource.hikari.maximum-pool-size=30']",
        f"{MOUNT}",
    ],
)
def test_one_setting_in_all_places_where_it_may_stand(container):
    files = config("  application.yml: |\n    spring:\n      datasource:\n        hikari: {}\n        hikari.maximum-pool-size: 30\n")
    variables = config("  SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE: '30'\n", "vars")
    governors = found(container, pod=VOLUME, more=(files, variables))
    assert governors[HIKARI][:2] == ("set", 30)


def test_an_argument_wins_over_a_variable_and_that_over_a_file():
    file = config("  application.properties: |\n    server.tomcat.threads.max=1\n    server.tomcat.accept-count=1\n    spring.datasource.hikari.maximum-pool-size=1\n")
    container = (
        f"{MOUNT}, env: [{{name: SERVER_TOMCAT_THREADS_MAX, value: '2'}}, {{name: SERVER_TOMCAT_ACCEPT_COUNT, value: '2'}}], "
        "args: ['--server.tomcat.threads.max=3']"
    )
    governors = found(container, pod=VOLUME, more=(file,))
    assert governors["Spring Boot", "server.tomcat.threads.max"][1] == 3
    assert governors["Spring Boot", "server.tomcat.accept-count"][1] == 2
    assert governors[HIKARI][1] == 1


def test_what_only_some_profiles_have_is_left_alone():
    file = config("  application.yml: |\n    spring.application.name: shop\n    ---\n    spring.config.activate.on-profile: prod\n    server.tomcat.accept-count: 5\n")
    assert found(MOUNT, pod=VOLUME, more=(file,)) == {}


def test_a_placeholder_is_unknown_and_no_default():
    governors = found("env: [{name: SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE, value: '${POOL}'}]")
    assert governors[HIKARI] == ("unknown", None, "SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE")


POSTGRES = ("PostgreSQL", "max_connections")


@pytest.mark.parametrize(
    ("container", "image", "expected"),
    [
        ("", "postgres:17", ("default", 100)),
        ("", "docker.io/bitnami/postgresql:17", ("default", 100)),
        ("", "postgres-exporter:1", None),
        ("args: [-c, max_connections=300, -c, shared_buffers=1GB]", "postgres:17", ("set", 300)),
        ("args: [postgres, -c, max_connections=300]", "postgres:17", ("set", 300)),
        ("args: [-N, '300']", "postgres:17", ("set", 300)),
        ("args: [-c, max_connections=300]", "registry.example.com/tool:1", None),
        ("args: [-c, config_file=/etc/postgresql.conf]", "postgres:17", None),
        ("env: [{name: POSTGRESQL_MAX_CONNECTIONS, value: '300'}]", "bitnami/postgresql:17", ("set", 300)),
        (MOUNT, "postgres:17", ("set", 400)),
    ],
)
def test_a_default_counts_where_the_product_is_proven_and_nothing_unread_may_replace_it(container, image, expected):
    file = config("  postgresql.conf: |\n    # ours\n    max_connections = 400   # more\n    shared_buffers = '1GB'\n")
    governor = found(container, image=image, pod=VOLUME, more=(file,)).get(POSTGRES)
    assert governor is expected or governor[:2] == expected


@pytest.mark.parametrize(
    ("key", "text", "image", "governor", "expected"),
    [
        ("redis.conf", "maxmemory 100mb\\nmaxclients 5", "redis:7", ("Redis", "maxmemory"), 100 * 2**20),
        ("my.cnf", "[mysqld]\\nmax_connections = 500", "mysql:8.4", ("MySQL", "max_connections"), 500),
        ("my.cnf", "[mysqld]\\nmax-connections=500", "mariadb:11", ("MySQL", "max_connections"), 500),
        ("pgbouncer.ini", "[databases]\\n* = host=db\\n[pgbouncer]\\ndefault_pool_size = 30", "pgbouncer:1", ("PgBouncer", "pgbouncer.default_pool_size"), 30),
        ("www.conf", "[www]\\npm = dynamic\\npm.max_children = 40", "php:8", ("PHP-FPM", "*.pm.max_children"), 40),
        ("nginx.conf", "worker_processes 4;\\nevents { worker_connections 1024; }", "nginx:1", ("nginx", "worker_connections"), 1024),
        ("mongod.conf", "net:\\n  maxIncomingConnections: 900", "mongo:8", ("MongoDB", "net.maxIncomingConnections"), 900),
        ("appsettings.json", '{\\"Kestrel\\": {\\"Limits\\": {\\"MaxConcurrentConnections\\": 100}}}', "a:1", (".NET", "Kestrel.Limits.MaxConcurrentConnections"), 100),
        ("rabbitmq.conf", "vm_memory_high_watermark.absolute = 1GB", "rabbitmq:4", ("RabbitMQ", "vm_memory_high_watermark.absolute"), 2**30),
    ],
)
def test_files_of_many_forms(key, text, image, governor, expected):
    assert found(MOUNT, image=image, pod=VOLUME, more=(config(f'  {key}: "{text}"\n'),))[governor][1] == expected


def test_a_file_counts_only_where_it_is_mounted_under_a_name_that_is_read():
    file = config('  mine: "maxmemory 100mb"\n  redis.conf: "maxmemory 5mb"\n')
    renamed = "volumes: [{name: s, configMap: {name: settings, items: [{key: mine, path: redis.conf}]}}]"
    one = "volumeMounts: [{name: s, mountPath: /etc/redis.conf, subPath: mine}]"
    assert found(MOUNT, image="redis:7", pod=renamed, more=(file,))["Redis", "maxmemory"][1] == 100 * 2**20
    assert found(one, image="redis:7", pod=VOLUME, more=(file,))["Redis", "maxmemory"][1] == 100 * 2**20
    assert found("", image="redis:7", pod=VOLUME, more=(file,))["Redis", "maxmemory"] == ("unbounded", None, "maxmemory")


@pytest.mark.parametrize(
    ("container", "governor", "expected"),
    [
        ("env: [{name: JAVA_OPTS, value: '-Xms64m -Xmx512m'}]", ("JVM", "-Xmx"), 2**29),
        ("command: [sh, -c, 'exec java -Xmx512m -jar app.jar']", ("JVM", "-Xmx"), 2**29),
        ("env: [{name: NODE_OPTIONS, value: '--max-old-space-size=512'}]", ("Node.js", "--max-old-space-size"), 2**29),
        ("command: [node, --max_old_space_size, '512', main.js]", ("Node.js", "--max-old-space-size"), 2**29),
    ],
)
def test_flags_of_runtimes_stand_anywhere(container, governor, expected):
    assert found(container)[governor][1] == expected


@pytest.mark.parametrize("command", ["[celery, -A, shop, beat, -c, '4']", "[gunicorn-exporter, -w, '4']", "[sh, -c, 'start && run -w 4']"])
def test_what_is_no_server_has_no_workers(command):
    assert found(f"command: {command}") == {}


def test_a_file_that_is_named_and_not_read_may_say_anything():
    assert found("args: [redis-server, /data/redis.conf]", image="redis:7") == {}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("DATABASE_URL", "postgres://db:5432/a?sslmode=off&pool_max_conns=15", 15),
        ("DATABASE_URL", "postgresql://u:p@db:5432/a?connection_limit=5", 5),
        ("ConnectionStrings__Db", "Host=db;Port=5432;Maximum Pool Size=40;Database=a;Username=u", 40),
        ("MONGO_URL", "mongodb://db:27017/a?maxPoolSize=0", "unbounded"),
        ("MONGO_URL", "mongodb://db:27017/a?maxPoolSize=25&w=majority", 25),
        ("DATABASE_URL", "postgres://db:5432/a?pool_max_conns=${POOL}", "unknown"),
        ("DATABASE_URL", "postgres://db:5432/a?application_name=pool", None),
    ],
)
def test_pools_in_connection_strings(key, value, expected):
    database = service("db", selector="app: db", ports="[{name: postgres, port: 5432}]")
    graph = call_graph(model(deployment(container=f"env: [{{name: {key}, value: '{value}'}}]"), database))
    told = [each.amount or each.state for call in graph.calls for each in of_call(call)]
    assert told == ([] if expected is None else [expected])
