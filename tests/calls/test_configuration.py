"""Files → settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.configuration import entries


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("application.yml", "spring:\n  redis:\n    host: cache  # the cache\n    port: 6379\n", {"spring.redis.host": "cache", "spring.redis.port": "6379"}),
        ("application.properties", "spring.redis.host=cache\n# old.host=x\n!x=http://y\n", {"spring.redis.host": "cache"}),
        ("a.json", '{"a": {"url": "http://cart:80", "on": true}}', {"a.url": "http://cart:80"}),
        ("a.json", '{"servers": [{"host": "a:80"}], "brokers": ["k:9092"]}', {"servers[].host": "a:80", "brokers": "k:9092"}),
        ("a.toml", '[cart]\nurl = "http://cart:80"\n', {"cart.url": "http://cart:80"}),
        ("a.ini", "[db]\nhost=db\n;host=x\n", {"db.host": "db"}),
        (".env", "export CART_URL='http://cart:80'\n", {"CART_URL": "http://cart:80"}),
        ("nginx.conf", "location / {\n  proxy_pass http://cart:8080;\n}\n", {"proxy_pass": "http://cart:8080"}),
        ("a.yaml", "clients:\n- name: x\n  url: http://cart:80\n", {"clients.[].name": "x", "clients.[].url": "http://cart:80"}),
        ("a.yaml", "brokers:\n  - k:9092\nafter: http://x\n", {"brokers": "k:9092", "after": "http://x"}),
        ("a.yaml", "a:\n  b: {{ .Values.x }}\nurl: http://cart:80\n", {"a.b": "{{ .Values.x }}", "url": "http://cart:80"}),
        ("run.sh", "curl http://cart:80\n", {}),
        ("page.html", "url: http://cart:80\n", {}),
        ("a.json", "{broken http://", {}),
        ("a.yaml", "colour: blue\n", {}),
    ],
)
def test_the_settings_of_a_file(name, text, found):
    assert dict(entries(name, text)) == found


@given(st.sampled_from(["a.yaml", "a.json", "a.conf", "plain"]), st.text(alphabet="ab:/= -\n[]{}\"'#host80", max_size=80))
def test_any_text_is_read(name, text):
    assert all(entry.key is not None and entry.value is not None for entry in entries(name, text))
