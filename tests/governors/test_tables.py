"""The tables of products hold what docs/governors.md says, so that the reader need not ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.governors.tables import GOVERNS, KEYS, normal, read, tables
from checker.governors.values import amount, is_unbounded

TABLE = {
    "stack": str, "version": str, "source": str, "images": list, "programs": list, "word": str, "files": list, "words": bool, "relaxed": str,
    "anywhere": bool, "options": list, "elsewhere": list, "alone": bool, "governors": list,
}  # fmt: skip
ROW = {
    "name": str, "governs": str, "of": list, "env": list, "flags": list, "config": list, "parameters": list, "alone": bool, "default": str,
    "source": str, "plain": int, "style": str, "unbounded": list, "zero": list, "node": list, "per_core": int, "per_process": bool, "blocking": list,
    "evicts": list,
}  # fmt: skip


def of_shape(written, shape):
    return all(name in shape and type(value) is shape[name] for name, value in written.items())


@pytest.mark.parametrize("table", read(), ids=lambda table: table["stack"])
def test_a_table_has_known_fields_a_source_and_rows_with_keys(table):
    assert of_shape(table, TABLE)
    assert table.get("relaxed", "") in ("", "spring", "dotnet")
    for row in table["governors"]:
        assert of_shape(row, ROW)
        assert row["governs"] in GOVERNS
        assert any(row.get(place) for place in KEYS)
        assert all(isinstance(text, str) for values in row.values() if isinstance(values, list) for text in values)
        assert (row.get("source") or table["source"]).startswith("https://")
        assert not row.get("config") or table.get("files")
        assert table.get("version") or not row.get("default")


@pytest.mark.parametrize("table", read(), ids=lambda table: table["stack"])
def test_a_setting_that_does_not_tell_its_product_needs_something_that_does(table):
    assert table.get("images") or table.get("programs") or all(row.get("alone", table.get("alone")) for row in table["governors"])


def test_defaults_are_values_that_the_reader_understands():
    for stack in tables().stacks.values():
        for row in stack.rows:
            known = row.default in row.chosen | row.node or is_unbounded(row, row.default) or amount(row, row.default) is not None
            assert known or not row.default or row.governs == "eviction", (stack.name, row.name, row.default)


@pytest.mark.parametrize("key", ["maximum-pool-size", "maximumPoolSize", "MAXIMUM_POOL_SIZE", "maximum_pool_size"])
def test_spellings_of_one_key(key):
    assert normal(key) == "maximumpoolsize"


def row(stack, name):
    return next(row for row in tables().stacks[stack].rows if row.name == name)


@pytest.mark.parametrize(
    ("stack", "name", "text", "expected"),
    [
        ("JVM", "-Xmx", "512m", 512 * 2**20),
        ("JVM", "-Xmx", "1G", 2**30),
        ("JVM", "-Xmx", "${HEAP}", None),
        ("Node.js", "--max-old-space-size", "384", 384 * 2**20),
        ("Go", "GOMEMLIMIT", "750MiB", 750 * 2**20),
        (".NET", "DOTNET_GCHeapHardLimit", "0x10000000", 2**28),
        (".NET", "DOTNET_GCHeapHardLimit", "10000000", 2**28),
        ("Redis", "maxmemory", "100mb", 100 * 2**20),
        ("Redis", "maxmemory", "100m", 100 * 10**6),
        ("Redis", "maxmemory", "75%", None),
        ("memcached", "-m", "64", 64 * 2**20),
        ("PostgreSQL", "shared_buffers", "128MB", 128 * 2**20),
        ("PostgreSQL", "shared_buffers", "16384", 128 * 2**20),
        ("PostgreSQL", "max_connections", "200", 200),
        ("PostgreSQL", "max_connections", "200k", None),
        ("MongoDB", "storage.wiredTiger.engineConfig.cacheSizeGB", "0.5", 2**29),
        ("Hystrix", "maxQueueSize", "-1", 0),
        ("Spring Boot", "spring.datasource.tomcat.max-active", "-1", None),
        ("Resilience4j", "waitDurationInOpenState", "20s", 20),
        ("Resilience4j", "waitDurationInOpenState", "20000", 20),
        ("Puma", "-t", "0:16", 16),
    ],
)
def test_values_are_read_in_the_unit_that_the_product_has(stack, name, text, expected):
    assert amount(row(stack, name), text) == expected


@pytest.mark.parametrize(
    ("stack", "name", "text", "unbounded"),
    [
        ("Go", "GOMEMLIMIT", "off", True),
        ("SQLAlchemy", "max_overflow", "-1", True),
        ("SQLAlchemy", "max_overflow", "0", False),
        ("SQLAlchemy", "pool_size", "0", True),
        ("Spring's task executor", "spring.task.execution.pool.queue-capacity", "2147483647", True),
        ("HikariCP", "maximumPoolSize", "10", False),
    ],
)
def test_what_is_no_bound(stack, name, text, unbounded):
    assert is_unbounded(row(stack, name), text) is unbounded


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_nothing(text):
    for stack in tables().stacks.values():
        for each in stack.rows:
            number = amount(each, text)
            assert number is None or number >= 0
