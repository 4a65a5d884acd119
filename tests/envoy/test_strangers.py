"""Filters of types that no Envoy has: named once, and what they may do is unknown; those that do no harm are not."""

import json

import pytest
import yaml

from checker.adapters.envoy.strangers import hint_of
from checker.cli import main
from tests.envoy.configs import ROUTER, Case, bootstrap
from tests.envoy.test_settings import entries, envoys

TYPES = "type.googleapis.com/"
KNOWN = [
    "stats.PluginConfig", "io.istio.http.peer_metadata.Config", "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig", "cilium.L7Policy",
    "envoy.extensions.filters.http.lua.v3.Lua", "envoy.extensions.filters.http.golang.v3alpha.Config", "envoy.extensions.filters.http.wasm.v3.Wasm",
]  # fmt: skip
UNKNOWN = ["acme.Throttle", "envoy.extensions.filters.http.brand_new.v3.Whatever"]


def config_with(*kinds):
    return bootstrap(Case("", {}), (1,), [{"name": f"f{number}", "typed_config": {"@type": f"{TYPES}{kind}"}} for number, kind in enumerate(kinds)])


def of_kind(kind, shape):
    config = config_with(kind)
    if shape == "struct":
        config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"][0]["typed_config"] = {
            "@type": f"{TYPES}xds.type.v3.TypedStruct", "type_url": f"{TYPES}{kind}", "value": {},
        }  # fmt: skip
    if shape == "dump":
        listeners = [{"listener": each} for each in config["static_resources"]["listeners"]]
        parts = [
            {"@type": f"{TYPES}envoy.admin.v3.ClustersConfigDump", "static_clusters": [{"cluster": each} for each in config["static_resources"]["clusters"]]},
            {"@type": f"{TYPES}envoy.admin.v3.ListenersConfigDump", "static_listeners": listeners},
        ]
        return {"dump.json": json.dumps({"configs": parts}, indent=1)}
    return {"envoy.yaml": yaml.safe_dump(config)}


@pytest.mark.parametrize("shape", ["plain", "struct", "dump"])
@pytest.mark.parametrize("kind", UNKNOWN)
def test_what_nobody_knows_is_named_and_may_limit(kind, shape):
    files = of_kind(kind, shape)
    (said,) = envoys(files).assumptions()
    assert said.startswith(f"what filter {kind} does is not known ({next(iter(files))}:")
    (entry,) = entries(files)
    assert [limit.state for limit in entry.way.limits] == ["unknown"]


@pytest.mark.parametrize("shape", ["plain", "struct", "dump"])
@pytest.mark.parametrize("kind", KNOWN)
def test_what_does_no_harm_is_not(kind, shape):
    files = of_kind(kind, shape)
    assert envoys(files).assumptions() == []
    (entry,) = entries(files)
    assert entry.way.limits == ()


def test_a_type_is_named_once():
    (said,) = envoys({"envoy.yaml": yaml.safe_dump(config_with("acme.Throttle", "acme.Throttle", "acme.Throttle"))}).assumptions()
    assert "and 2 more" in said


def test_where_connections_go_only_a_filter_knows():
    config = bootstrap(Case("", {}))
    config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"] = [{"name": "end", "typed_config": {"@type": f"{TYPES}acme.Proxy"}}]
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config)})
    assert [(reached.host, reached.result) for reached in entry.way.destinations] == [("(known to filter acme.Proxy)", "unknown")]


def test_a_slip_in_a_type_is_a_mistake(tmp_path, capsys):
    kind = "envoy.extensions.filters.http.local_rate_limit.v3.LocalRateLimit"
    file = tmp_path / "envoy.yaml"
    file.write_text(yaml.safe_dump(config_with(kind)))
    main(["check", str(file)])
    shown = capsys.readouterr().out
    assert f"Envoy has no type {kind}" in shown
    assert "did you mean `envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit`?" in shown
    assert "is not known" not in shown


@pytest.mark.parametrize("kind", [ROUTER["typed_config"]["@type"], "acme.Local", "envoy.extensions.filters.http.brand_new.v3.Whatever"])
def test_others_resemble_nothing(kind):
    assert hint_of(kind) == ""


def test_edges_tell_what_is_not_known(tmp_path, capsys):
    file = tmp_path / "envoy.yaml"
    file.write_text(yaml.safe_dump(config_with("acme.Throttle")))
    for form in ("text", "json"):
        main(["edges", str(file), "--format", form])
        assert "what filter acme.Throttle does is not known" in capsys.readouterr().out
