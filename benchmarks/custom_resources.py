"""Make the table of custom resources that the API server's checks are made with, from the CustomResourceDefinitions themselves.

    python benchmarks/custom_resources.py TABLE CRDS OLDER...      TABLE is checker/adapters/kubernetes/custom/schema/NAME.json

CRDS is a directory of definitions: of Gateway API config/crd/experimental of sigs.k8s.io/gateway-api, of Envoy Gateway
charts/gateway-helm/charts/crds/crds/generated of github.com/envoyproxy/gateway (`go mod download -json MODULE@VERSION`).
OLDER are those of other versions and channels that clusters have: what one of them allows is no fault, and is printed. The tables of
today are of Gateway API 1.6.1 with 1.5.0, 1.4.1, 1.3.0, 1.2.1 and 1.1.0, of both channels, and of Envoy Gateway 1.9.1 with 1.8.0, 1.7.0,
1.6.0 and 1.5.0.
Kept are facts alone: fields, types, limits, defaults and rules, without their descriptions and messages. What occurs
several times is written once, in `$defs`.
"""

import json
import pathlib
import re
import sys
from collections import Counter

import yaml

_SMALLEST_SHARED = 60
_KEPT = ("type", "enum", "pattern", "default", "required")
_KEPT += ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_ADDRESS = ["oneOf", [{"enum": ["IPAddress"]}, {"not": {"enum": ["IPAddress"]}}]]
# The rule of one channel on what all proxies refuse: it is kept, though the other channel has none, for characters that end a header.
_HEADER_VALUE, _NO_LINE_BREAKS = "^[!-~]+([\\t ]?[!-~]+)*$", "^[^\\x00\\n\\r]*$"
_LEAST = ("minimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "maxLength", "maxItems", "maxProperties")
_SPACE = re.compile(r"\s")
_BEGINNING = 60
_WORD = re.compile(r"\w{2,}")
_ADDRESS_RULE = "self.type == 'IPAddress' && has(self.value) ? isIP(self.value) : true"


def versions(path):
    """(group/version kind, schema) of all that is served."""
    for file in sorted(path.rglob("*.yaml")):
        for document in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader):
            if not document or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    yield f"{spec['group']}/{version['name']} {spec['names']['kind']}", version["schema"]["openAPIV3Schema"]


def of_object(schema):
    """A whole object: its metadata is every object's, and its status is not the user's."""
    properties = {**schema["properties"], "metadata": {"x-kubernetes-preserve-unknown-fields": True}}
    properties["status"] = properties["metadata"]
    return compact({**schema, "properties": properties})


def compact(schema):
    """The facts of one schema, in few keywords: those of JSON Schema, `keys`, `set`, `open` and `rules`."""
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if schema.get("format") == "int32":
        kept.setdefault("maximum", 2**31 - 1)
    if schema.get("x-kubernetes-int-or-string"):
        kept["type"] = ["integer", "string"]
    for each in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        if "enum" in each:
            kept["enum"] = [word for word in kept.get("enum", each["enum"]) if word in each["enum"]]
        elif "pattern" in each:
            kept["pattern"] = each["pattern"]  # the last is the strictest, where there are several
    if kept.get("pattern") == _HEADER_VALUE:
        kept["pattern"] = _NO_LINE_BREAKS
    rules = [_rule(each["rule"]) for each in schema.get("x-kubernetes-validations", ()) if "oldSelf" not in each["rule"]]
    if "oneOf" in schema:
        assert [each["properties"]["type"] for each in schema["oneOf"]] == _ADDRESS[1], schema["oneOf"]
        rules.append(_ADDRESS_RULE)
    kept.update({"rules": rules} if rules else {})
    kept.update(_of_list(schema))
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        kept["open"] = True
    for key in ("items", "additionalProperties"):
        if key in schema:
            kept[key] = compact(schema[key])
    if "properties" in schema:
        kept["properties"] = {name: compact(inner) for name, inner in sorted(schema["properties"].items())}
    return kept


def _rule(text):
    """In one line, and without the escapes of words that CEL reserves in other places than these."""
    return " ".join(text.split()).replace("__namespace__", "namespace")


def _of_list(schema):
    if schema.get("x-kubernetes-list-type") == "map":
        return {"keys": schema["x-kubernetes-list-map-keys"]}
    return {"set": True} if schema.get("x-kubernetes-list-type") == "set" else {}


def relaxed(new, old, path):
    """The schema of a new version, without what an old version of the same field does not demand; a field that is gone may be anything."""
    if not new or not old:
        return {}
    whole = {key: value for key, value in new.items() if key in old or key not in (*_LEAST, *_MOST, "enum", "pattern", "keys", "set")}
    for choose, keys in ((min, _LEAST), (max, _MOST)):
        whole.update({key: choose(new[key], old[key]) for key in keys if key in whole})
    if "enum" in whole:
        whole["enum"] = list(dict.fromkeys((*new["enum"], *old["enum"])))
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        whole.pop("pattern", None)
        if new["pattern"] == _NO_LINE_BREAKS:
            whole["pattern"] = new["pattern"]
    if new.get("type") != old.get("type"):
        whole["type"] = sorted({*_listed(new.get("type", ())), *_listed(old.get("type", ()))}) if "type" in new and "type" in old else []
    whole["required"] = [name for name in new.get("required", ()) if name in old.get("required", ())]
    known = {_begun(each) for each in old.get("rules", ())}
    news = _words_of(new) - _words_of(old)
    whole["rules"] = [each for each in new.get("rules", ()) if _begun(each) in known or news & set(_WORD.findall(each))]
    whole = {key: value for key, value in whole.items() if value != []}
    for key in ("items", "additionalProperties"):
        if key in new and key in old:
            whole[key] = relaxed(new[key], old[key], (*path, key))
    if "properties" in new:
        before = old.get("properties", {})
        whole["properties"] = {name: {} for name in sorted(before.keys() - new["properties"].keys())}
        for name, inner in new["properties"].items():
            whole["properties"][name] = relaxed(inner, before[name], (*path, name)) if name in before else inner
    for key in (*_LEAST, *_MOST, "enum", "pattern", "type", "required", "keys", "set"):
        if new.get(key) != whole.get(key):
            print(f"{'.'.join(path)}: {key} {_text(new[key])} becomes {_text(whole.get(key))}")
    for lost in set(new.get("rules", ())) - set(whole.get("rules", ())):
        print(f"{'.'.join(path)}: without the rule {lost}")
    return whole


def _listed(types):
    return types if isinstance(types, list) else [types]


def _begun(text):
    """The beginning of a rule, which tells rules apart: one channel's has fields at its end that the other has not."""
    return _SPACE.sub("", text)[:_BEGINNING]


def _words_of(schema):
    """Names of fields and words for values: a rule about new ones is no demand on what could be written before."""
    own = {*schema.get("properties", ()), *(word for word in schema.get("enum", ()) if isinstance(word, str))}
    return own.union(*(_words_of(inner) for _, inner in _inner(schema)))


class Shared:
    """Schemas that occur more than once, by what they say; named after the first field that has them."""

    def __init__(self, schemas):
        self._counts = Counter()
        self._names = {}
        self.definitions = {}
        for schema in schemas.values():
            self._count(schema)

    def _count(self, schema):
        """What lies in a schema that was met before is not met again."""
        text = _text(schema)
        self._counts[text] += 1
        if self._counts[text] == 1:
            for _, inner in _inner(schema):
                self._count(inner)

    def reduced(self, schema, name):
        """The schema, or a reference to its definition."""
        text = _text(schema)
        if self._counts[text] < 2 or len(text) < _SMALLEST_SHARED:
            return self._with_inner(schema, name)
        if text not in self._names:
            self._names[text] = own = self._free(name)
            self.definitions[own] = None
            self.definitions[own] = self._with_inner(schema, name)
        return {"$ref": f"#/$defs/{self._names[text]}"}

    def _free(self, name):
        base = name[:1].upper() + name[1:]
        return next(each for each in (base, *(f"{base}{number}" for number in range(2, 999))) if each not in self.definitions)

    def _with_inner(self, schema, name):
        whole = dict(schema)
        for key in ("items", "additionalProperties"):
            if key in schema:
                whole[key] = self.reduced(schema[key], name.removesuffix("s") if key == "items" else name)
        if "properties" in schema:
            whole["properties"] = {key: self.reduced(inner, key) for key, inner in schema["properties"].items()}
        return whole


def _inner(schema):
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield key, schema[key]
    yield from schema.get("properties", {}).items()


def _text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def table(comment, path, older):
    """The whole table as text: a line for each definition."""
    schemas = {name: of_object(schema) for name, schema in versions(path)}
    for each in older:
        for name, schema in versions(each):
            if name in schemas:
                schemas[name] = relaxed(schemas[name], of_object(schema), (str(each), name))
    shared = Shared(schemas)
    kinds = {name: shared.reduced(schema, name.rpartition(" ")[2]) for name, schema in schemas.items()}
    groups = (("kinds", kinds), ("$defs", dict(sorted(shared.definitions.items()))))
    blocks = [
        f'  "{key}": {{\n' + ",\n".join(f"    {_text(name)}: {_text(value)}" for name, value in entries.items()) + "\n  }"
        for key, entries in groups
    ]
    return "{\n" + ",\n".join([f'  "$comment": {_text(comment)}', *blocks]) + "\n}\n"


if __name__ == "__main__":
    target, newest, *others = map(pathlib.Path, sys.argv[1:])
    target.write_text(table(f"Facts of CustomResourceDefinitions, written by benchmarks/{pathlib.Path(__file__).name}.", newest, others))
    print(f"{target}: {target.stat().st_size} bytes")
