"""Values → the hosts they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.addresses import addresses


def named(text):
    return [f"{found.scheme}:{found.host}:{found.port}" for found in addresses(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://cart", ["http:cart:80"]),
        ("http://cart:8080/api?x=http", ["http:cart:8080"]),
        ("https://cart.shop.svc.cluster.local.:8443", ["https:cart.shop.svc.cluster.local.:8443"]),
        ("http://user:p@ss@cart:8080", ["http:cart:8080"]),
        ("http://cart:$(PORT)/", ["http:cart:None"]),
        ("http://a:1,http://b:2", ["http:a:1", "http:b:2"]),
        ("infra0=http://etcd-0.etcd:2380,infra1=http://etcd-1.etcd:2380", ["http:etcd-0.etcd:2380", "http:etcd-1.etcd:2380"]),
        ("cart:8080", [":cart:8080"]),
        ("cart.shop:8080/api", [":cart.shop:8080"]),
        ("kafka-0.kafka:9092,kafka-1.kafka:9092", [":kafka-0.kafka:9092", ":kafka-1.kafka:9092"]),
        ("PLAINTEXT://kafka:9092,SSL://kafka:9093", ["plaintext:kafka:9092", "ssl:kafka:9093"]),
        ("postgres://u:p@db:5432/orders?sslmode=disable", ["postgres:db:5432"]),
        ("postgresql+asyncpg://u:p@db/orders", []),
        ("jdbc:postgresql://db/orders", ["postgresql:db:5432"]),
        ("jdbc:mysql://a:3306,b:3306/orders", ["mysql:a:3306", "mysql:b:3306"]),
        ("jdbc:oracle:thin:@//db:1521/orders", ["oracle:db:1521"]),
        ("jdbc:sqlserver://db:1433;databaseName=orders", ["sqlserver:db:1433"]),
        ("user:pw@tcp(db:3306)/orders?parseTime=true", ["mysql:db:3306"]),
        ("host=db port=5433 user=u password=p dbname=orders", ["postgres:db:5433"]),
        ("Server=db,1433;Database=orders;User Id=sa", [":db:1433"]),
        ("Host=db;Port=5432;Username=u", [":db:5432"]),
        ("mongodb://m-0.m:27017,m-1.m:27017/?replicaSet=rs0", ["mongodb:m-0.m:27017", "mongodb:m-1.m:27017"]),
        ("mongodb+srv://m.example.com/db", ["mongodb+srv:m.example.com:None"]),
        ("amqp://guest:guest@rabbitmq", ["amqp:rabbitmq:5672"]),
        ("redis://:secret@cache:6379/0", ["redis:cache:6379"]),
        ("nats://a:4222,nats://b:4222", ["nats:a:4222", "nats:b:4222"]),
        ("dns:///cart:50051", ["dns:cart:50051"]),
        ("dns://10.0.0.10/cart:50051", ["dns:cart:50051"]),
        ("tcp://cache:6379", ["tcp:cache:6379"]),
        ("['a:1000', \"b:2000\"]", [":a:1000", ":b:2000"]),
        ("-Durl=http://cart:8080 -Xmx1g", ["http:cart:8080"]),
    ],
)  # fmt: skip
def test_the_hosts_of_a_value(text, found):
    assert named(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "cart", "12:30", "08:00:00", "10:20", "a:b", "8080", ":8080", "key: value", "sha256:abcdef", "1.2.3", "x:99999", "x:0",
        "http://localhost:8080", "http://127.0.0.1", "0.0.0.0:8080", "127.0.0.53:53", "[::1]:8080", "http://*:8080", "https://*",
        "http://${CART_HOST}:8080", "http://$(CART_HOST):8080", "http://{{ .Values.cart }}:80", "http://<host>:80", "http://%(host)s/", "http://cart-$ID/",
        "s3://bucket/key", "file:///etc/passwd", "unix:///var/run/x.sock", "spiffe://cluster/ns/a", "classpath:application.yml", "docker://redis:7",
        "http://www.w3.org/2001/XMLSchema", "https://json-schema.org/draft/2020-12/schema", "http://www.apache.org/licenses/LICENSE-2.0",
        "https://github.com/a/b.git", "registry.k8s.io/pause:3", "See http://handbook/ for help", "gcomm://", "http://169.254.169.254/latest",
        "podinfo_backend:9898", "2026-05-23T22:30:51", "host=db", "password=abc;token=x",
    ],
)  # fmt: skip
def test_values_that_name_none(text):
    assert named(text) == []


@given(st.text(alphabet=":/@,.;=()[]{}$% \nabchost=tcp0123", max_size=60) | st.text(max_size=60))
def test_any_text_is_read_and_no_address_holds_more_than_a_host(text):
    for found in addresses(text):
        assert found.host
        assert not set(found.host) & set("@/:$ {}")
        assert found.port is None or 0 < found.port < 65536


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[a-zA-Z0-9]{1,12}", fullmatch=True), st.integers(1, 65535))
def test_a_password_is_no_part_of_what_is_found(host, password, port):
    (found,) = addresses(f"amqp://user:{password}@{host}-x:{port}/v")
    assert (found.host, found.port) == (f"{host}-x", port)
