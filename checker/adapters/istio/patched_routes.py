"""What patches of EnvoyFilters make of the settings of a route.

Fields: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto; how values are merged:
`patched_clusters`.
"""

from collections.abc import Mapping

from checker.adapters.istio.patches import FIRST, MANAGER, Patch, fields
from checker.model.envoy_messages import slip
from checker.model.protobuf import Node
from checker.model.setting import Origin, Setting, Settings
from checker.units import seconds_of

_RETRIES = ("retry_attempts", "retry_on", "retry_codes", "retry_backoff_base_seconds", "per_try_timeout_seconds")
_WHOLE, _IDLE = "request_timeout_seconds", "stream_idle_timeout_seconds"
EVERYTHING = (_WHOLE, _IDLE, *_RETRIES)
_ENVOY = Origin("Envoy")
_HEADERS = ("request_headers_to_add", "request_headers_to_remove", "response_headers_to_add", "response_headers_to_remove")
_BESIDE = frozenset((*_HEADERS, "typed_per_filter_config", "metadata", "name", "decorator", "tracing", "stat_prefix", "rate_limits", "cors",
                     "request_mirror_policies", "per_request_buffer_limit_bytes", "hash_policy"))  # fmt: skip
_OF_ACTION = frozenset((
    *_BESIDE, "prefix_rewrite", "regex_rewrite", "host_rewrite_literal", "auto_host_rewrite", "upgrade_configs", "append_x_forwarded_host",
    "metadata_match", "max_internal_redirects", "internal_redirect_policy", "host_rewrite_header", "host_rewrite_path_regex",
))  # fmt: skip
_OF_HOST = frozenset((*_BESIDE, "include_request_attempt_count", "include_attempt_count_in_response", "virtual_clusters"))
_OF_TABLE = frozenset((*_BESIDE, "max_direct_response_body_size_bytes", "ignore_port_in_host_matching"))
_OF_POLICY = frozenset((
    "retry_host_predicate", "host_selection_retry_max_attempts", "retry_priority", "retry_options_predicates", "per_try_idle_timeout",
    "rate_limited_retry_back_off",
))  # fmt: skip
_UNREAD: Mapping[str, tuple[str, ...]] = {"max_stream_duration": (_WHOLE,), "hedge_policy": _RETRIES}
_MANAGERS_UNREAD: Mapping[str, tuple[str, ...]] = dict.fromkeys(("route_config", "rds", "scoped_routes", "http_filters"), EVERYTHING)
_READ = frozenset({"timeout", "idle_timeout", "retry_policy"})
_REBUILDING = frozenset({"filter_chains", "filters", "filter_chain_match", "default_filter_chain", "address", "name"})
_CODES = "retriable-status-codes"
_POLICY = frozenset({"num_retries", "retry_on", "retriable_status_codes", "per_try_timeout", "retry_back_off"})
_NO_CODES = Node([], _ENVOY)
_FRESH: Settings = {
    "retry_attempts": Setting(1, "default", _ENVOY),
    "retry_on": Setting([], "default", _ENVOY),
    "retry_codes": Setting(None, "default", _ENVOY),
    "per_try_timeout_seconds": Setting(None, "default", _ENVOY),
    "retry_backoff_base_seconds": Setting(0.025, "default", _ENVOY),
}

Changed = Settings


def patched_table(patch: Patch) -> Changed:
    """The settings that a patch of ROUTE_CONFIGURATION changes."""
    return _unread(patch, fields(patch.value), _OF_TABLE, "RouteConfiguration") if patch.merges else {}


def patched_route(patch: Patch, settings: Settings) -> Changed:
    """The settings that a patch of HTTP_ROUTE changes."""
    if patch.operation in ("REMOVE", *FIRST):
        return patch.unknown(EVERYTHING)  # others may take its requests
    if not patch.merges:
        return {}
    rest = fields(patch.value)
    action = fields(rest.pop("route", None))
    changed = {**_unread(patch, rest, _BESIDE, "Route"), **_unread(patch, action, _OF_ACTION, "RouteAction")}
    for key, name in (("timeout", _WHOLE), ("idle_timeout", _IDLE)):
        if key in action:
            changed[name] = _time(patch, name, action[key])
    if "retry_policy" in action and "hedge_policy" not in action:
        changed.update(_retries(patch, action["retry_policy"], settings))
    return changed


def patched_virtual_host(patch: Patch, settings: Settings, *, retried: bool) -> Changed:
    """The settings that a patch of VIRTUAL_HOST changes; its retries are for routes that have none of their own (`retried`)."""
    if patch.operation in ("REMOVE", "REPLACE"):
        return patch.unknown(EVERYTHING)
    if not patch.merges:
        return {}
    own = fields(patch.value)
    if patch.operation == "MERGE":
        own.pop("routes", None)  # they come behind those of istiod
    policy = own.pop("retry_policy", None)
    changed = _unread(patch, own, _OF_HOST, "VirtualHost")
    return changed if policy is None or retried else {**changed, **_retries(patch, policy, settings)}


def patched_listener(patch: Patch) -> Changed:
    """The settings that a patch of LISTENER, FILTER_CHAIN or NETWORK_FILTER changes."""
    if patch.applied != "NETWORK_FILTER":
        rebuilt = patch.operation == "REMOVE" or (patch.merges and _REBUILDING & fields(patch.value).keys())
        return patch.unknown(EVERYTHING) if rebuilt else {}
    found = ((patch.match.get("listener") or {}).get("filterChain") or {}).get("filter") or {}
    if found.get("name", MANAGER) != MANAGER:
        return {}
    if patch.operation in ("REMOVE", "REPLACE"):
        return patch.unknown(EVERYTHING) if found else {}  # without a name they are passed over
    config = patch.value.get("typed_config")
    if patch.operation == "MERGE" and patch.value.text("name") not in ("", MANAGER):
        return patch.unknown(EVERYTHING)
    return _of_manager(patch, config) if patch.operation == "MERGE" and config is not None else {}


def _of_manager(patch: Patch, config: Node) -> Changed:
    own = fields(config.unwrapped())
    changed: Changed = {}
    for key, names in _MANAGERS_UNREAD.items():
        changed.update(patch.unknown(names) if key in own else {})
    if "max_stream_duration" in fields(own.get("common_http_protocol_options")):
        changed.update(patch.unknown((_WHOLE,)))
    if _IDLE not in changed and "stream_idle_timeout" in own:
        direct = config.type() == "HttpConnectionManager" and config.unwrapped() is config
        changed[_IDLE] = _time(patch, _IDLE, own["stream_idle_timeout"]) if direct else patch.unknown((_IDLE,))[_IDLE]
    return changed


def _unread(patch: Patch, written: Mapping[str, Node], known: frozenset[str], message: str) -> Changed:
    changed: Changed = {}
    for key in written.keys() - known - _READ:
        if slip(message, key):
            continue
        changed.update(patch.unknown(_UNREAD.get(key, EVERYTHING)))
    return changed


def _time(patch: Patch, name: str, node: Node) -> Setting:
    seconds = seconds_of(node.value)
    if seconds is None or seconds < 0:
        return patch.unknown((name,))[name]
    return Setting(seconds, "set", node.origin) if seconds else Setting(None, "disabled", node.origin)


def _retries(patch: Patch, policy: Node, settings: Settings) -> Changed:
    """What is not written stays as it is; where there were no retries, it is Envoy's default."""
    before = settings if "retry_on" in settings else _FRESH
    written = fields(policy)
    untold = any(before[name].state == "unknown" for name in _RETRIES) or {
        key for key in written.keys() - _OF_POLICY - _POLICY if not slip("RetryPolicy", key)
    }
    if untold or not isinstance(written.get("retriable_status_codes", _NO_CODES).value, list):
        return patch.unknown(_RETRIES)
    changed = {
        "retry_attempts": _attempts(written.get("num_retries"), before["retry_attempts"], fresh=before is _FRESH),
        "per_try_timeout_seconds": before["per_try_timeout_seconds"],
        "retry_backoff_base_seconds": before["retry_backoff_base_seconds"],
        **_conditions(patch, written, before),
    }
    if "per_try_timeout" in written:
        changed["per_try_timeout_seconds"] = _time(patch, "per_try_timeout_seconds", written["per_try_timeout"])
    base = written["retry_back_off"].get("base_interval") if "retry_back_off" in written else None
    if base is not None:
        changed["retry_backoff_base_seconds"] = _time(patch, "retry_backoff_base_seconds", base)
    return {name: setting for name, setting in changed.items() if setting != settings.get(name)}


def without_conditions(settings: Settings) -> Settings:
    """The same; where retries have no condition, Envoy makes none."""
    conditions = settings.get("retry_on")
    if conditions is None or conditions.value != []:
        return settings
    lost = settings["retry_attempts"]._replace(state="inert", reason="retry_on is empty: nothing is retried")
    return {**settings, "retry_attempts": lost}


def _attempts(node: Node | None, before: Setting, *, fresh: bool) -> Setting:
    """A zero is no value to merge: it takes away no retries."""
    number = node.number() if node is not None else None
    if node is None or number is None or (not number and not fresh):
        return before
    return Setting(int(number), "set" if number else "disabled", node.origin)


def _conditions(patch: Patch, written: Mapping[str, Node], before: Settings) -> Changed:
    conditions, codes = before["retry_on"], before["retry_codes"]
    if text := (written["retry_on"].value if "retry_on" in written else ""):
        words = sorted(part.strip() for part in str(text).split(",") if part.strip())
        conditions = Setting(words, "set", written["retry_on"].origin)
    if "retriable_status_codes" in written:
        node = written["retriable_status_codes"]
        added = [int(number) for each in node.value if (number := Node(each, node.origin).number()) is not None]
        codes = Setting([*((codes.value or ()) if patch.operation == "MERGE" else ()), *added], "set", node.origin)
    if codes.value and _CODES not in (conditions.value or ()):
        codes = codes._replace(state="inert", reason=f"{_CODES} is not among the conditions")
    return {"retry_on": conditions, "retry_codes": codes}
