"""Kustomizations as tables: files by name, where a comment says what a line sets.

`#@ Deployment/web /spec/replicas`: in what is built from `over` (or `.`), this entry of that object is edited on this line.
"""

import os
import re
from typing import NamedTuple

from checker.documents import Document, locate, parse

_MARK = re.compile(r"#@ (\w+)/(\S+) (/\S*)")

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: side
        image: side:1
      - name: web
        image: shop/web:1
        env:
        - name: LEVEL
          value: info
        - name: COLOUR
          value: red
        ports:
        - containerPort: 80
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 8080
"""
ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
spec:
  hosts:
  - web
  http:
  - name: a
    timeout: 1s
    route:
    - destination:
        host: web
  - name: b
    timeout: 2s
    route:
    - destination:
        host: web
"""


def marked(text: str, **marks: str) -> str:
    """The text with marks at the ends of the first lines that end so: `marked(DEPLOYMENT, replicas="…")` is by the key of the line."""
    for key, mark in marks.items():
        text = re.sub(rf"(?m)^([ \-]*{key}: .*)$", rf"\1  #@ {mark}", text, count=1)
    return text


def _patched(patch: str) -> dict[str, str]:
    return {"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": DEPLOYMENT, "over/kustomization.yaml": patch}


BASE = "resources:\n- web.yaml\n- service.yaml\n"
BASE_FILES = {"base/kustomization.yaml": BASE, "base/web.yaml": DEPLOYMENT, "base/service.yaml": SERVICE}

TREES: dict[str, dict[str, str]] = {
    "plain resources": {
        "kustomization.yaml": BASE,
        "web.yaml": marked(DEPLOYMENT, replicas="Deployment/web /spec/replicas", value="Deployment/web /spec/template/spec/containers/1/env/0/value"),
        "service.yaml": marked(SERVICE, targetPort="Service/web /spec/ports/0/targetPort"),
    },
    "nested bases": {
        "base/kustomization.yaml": BASE,
        "base/web.yaml": marked(DEPLOYMENT, image="Deployment/web /spec/template/spec/containers/0/image"),
        "base/service.yaml": marked(SERVICE, targetPort="Service/web /spec/ports/0/targetPort"),
        "mid/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
        "mid/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n  minReadySeconds: 7  #@ Deployment/web /spec/minReadySeconds\n",
        "over/kustomization.yaml": "resources: [../mid]\npatches:\n- path: p.yaml\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5  #@ Deployment/web /spec/replicas\n",
    },
    "prefix and suffix": {
        "base/kustomization.yaml": BASE + "namePrefix: a-\n",
        "base/web.yaml": DEPLOYMENT,
        "base/service.yaml": marked(SERVICE, name="Service/a-web-z /metadata/name", port="Service/a-web-z /spec/ports/0/port"),
        "over/kustomization.yaml": "resources: [../base]\nnameSuffix: -z\npatches:\n- path: p.yaml\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5  #@ Deployment/a-web-z /spec/replicas\n",
    },
    "a patch for the prefixed name": {
        **BASE_FILES,
        "base/kustomization.yaml": BASE + "namePrefix: a-\n",
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a-web\nspec:\n  replicas: 5  #@ Deployment/a-web /spec/replicas\n",
    },
    "namespace": {
        **BASE_FILES,
        "base/kustomization.yaml": BASE + "namespace: first\n",
        "over/kustomization.yaml": "resources:\n- ../base\n- ns.yaml\nnamespace: shop  #@ Deployment/web /metadata/namespace\n",
        "over/ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled  #@ Namespace/shop /metadata/labels/istio-injection\n",
    },
    "inline strategic merge": _patched(
        "resources: [../base]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: web\n    spec:\n"
        "      replicas: 4  #@ Deployment/web /spec/replicas\n      template:\n        spec:\n          containers:\n          - name: web\n"
        "            image: shop/web:2  #@ Deployment/web /spec/template/spec/containers/0/image\n"
        "            env:\n            - name: COLOUR\n              value: blue  #@ Deployment/web /spec/template/spec/containers/0/env/0/value\n"
        "  target:\n    kind: Deployment\n"
    ),
    "patchesStrategicMerge": {
        **_patched("resources: [../base]\npatchesStrategicMerge:\n- p.yaml\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web\n  spec:\n    paused: true  #@ Deployment/web /spec/paused\n"),
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5  #@ Deployment/web /spec/replicas\n",
    },
    "several documents in a patch file": {
        **BASE_FILES,
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5  #@ Deployment/web /spec/replicas\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  sessionAffinity: ClientIP  #@ Service/web /spec/sessionAffinity\n",
    },
    "inline JSON patch": _patched(
        "resources: [../base]\npatches:\n- target:\n    kind: Deployment\n    name: w.*\n  patch: |\n    - op: replace\n      path: /spec/replicas\n"
        "      value: 6  #@ Deployment/web /spec/replicas\n    - op: add\n      path: /spec/template/spec/containers/1/env/-\n"
        "      value:\n        name: SIZE\n        value: big  #@ Deployment/web /spec/template/spec/containers/1/env/2/value\n"
    ),
    "JSON patch in a file": {
        **_patched("resources: [../base]\npatchesJson6902:\n- target:\n    group: apps\n    version: v1\n    kind: Deployment\n    name: web\n  path: p.yaml\n"),
        "over/p.yaml": "- op: add\n  path: /metadata/annotations\n  value:\n    a.io/b: c  #@ Deployment/web /metadata/annotations/a.io~1b\n- op: remove\n  path: /spec/replicas\n",
    },
    "JSON patch as JSON": {
        **_patched("resources: [../base]\npatches:\n- target: {kind: Deployment}\n  path: p.json\n"),
        "over/p.json": '[\n  {"op": "replace", "path": "/spec/replicas",\n   "value": 7},\n  {"op": "copy", "from": "/spec/replicas", "path": "/spec/minReadySeconds"}\n]\n',
    },
    "target by label": {
        **BASE_FILES,
        "base/service.yaml": SERVICE.replace("  name: web", "  name: web\n  labels:\n    tier: front"),
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- target:\n    labelSelector: tier in (front, back),!old\n  patch: |-\n    - op: add\n      path: /spec/sessionAffinity\n      value: None  #@ Service/web /spec/sessionAffinity\n",
    },
    "the last patch wins": _patched(
        "resources: [../base]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 6\n"
        "- target: {kind: Deployment, name: other}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 8\n"
        "- target: {kind: Deployment, name: web}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 9  #@ Deployment/web /spec/replicas\n"
    ),
    "objects and containers deleted": {
        "base/kustomization.yaml": BASE,
        "base/web.yaml": marked(DEPLOYMENT, value="Deployment/web /spec/template/spec/containers/0/env/0/value"),
        "base/service.yaml": SERVICE,
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n- patch: |-\n    $patch: delete\n    apiVersion: v1\n    kind: Service\n    metadata:\n      name: web\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: null\n  template:\n    spec:\n      containers:\n      - name: side\n        $patch: delete\n      - name: web\n        env:\n        - name: COLOUR\n          $patch: delete\n",
    },
    "$patch: replace": _patched(
        "resources: [../base]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: web\n    spec:\n      template:\n"
        "        spec:\n          $patch: replace\n          containers:\n          - name: only\n            image: only:1  #@ Deployment/web /spec/template/spec/containers/0/image\n"
    ),
    "lists of custom resources are replaced": {
        "base/kustomization.yaml": "resources: [route.yaml]\n",
        "base/route.yaml": ROUTE,
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
        "over/p.yaml": "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: web\nspec:\n  http:\n  - name: b\n    timeout: 9s  #@ VirtualService/web /spec/http/0/timeout\n",
    },
    "JSON patch of a custom resource": {
        "base/kustomization.yaml": "resources: [route.yaml]\n",
        "base/route.yaml": marked(ROUTE, timeout="VirtualService/web /spec/http/0/timeout"),
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- target:\n    kind: VirtualService\n  patch: |-\n    - op: replace\n      path: /spec/http/1/timeout\n      value: 9s  #@ VirtualService/web /spec/http/1/timeout\n",
    },
    "images": _patched(
        "resources: [../base]\nimages:\n- name: shop/web\n  newName: mirror/web\n  newTag: \"3\"  #@ Deployment/web /spec/template/spec/containers/1/image\n"
        "- name: side\n  digest: sha256:aaaa  #@ Deployment/web /spec/template/spec/containers/0/image\n"
    ),
    "replicas": _patched("resources: [../base]\nnamePrefix: x-\nreplicas:\n- name: web\n  count: 8  #@ Deployment/x-web /spec/replicas\n"),
    "labels with selectors": {
        **BASE_FILES,
        "over/kustomization.yaml": "resources: [../base]\nlabels:\n- includeSelectors: true\n  pairs:\n    team: a  #@ Service/web /spec/selector/team\n- pairs:\n    env: dev  #@ Deployment/web /metadata/labels/env\n",
    },
    "commonLabels and commonAnnotations": {
        **BASE_FILES,
        "over/kustomization.yaml": "resources: [../base]\ncommonLabels:\n  team: a  #@ Deployment/web /spec/template/metadata/labels/team\ncommonAnnotations:\n  note: b  #@ Service/web /metadata/annotations/note\n",
    },
    "generators with hashes": {
        "base/kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n  literals:\n  - A=1  #@ ConfigMap/settings /data/A\n  - B=2\n",
        "base/web.yaml": DEPLOYMENT + "        envFrom:\n        - configMapRef:\n            name: settings  #@ Deployment/web /spec/template/spec/containers/1/envFrom/0/configMapRef/name\n",
        "over/kustomization.yaml": "resources: [../base]\nconfigMapGenerator:\n- name: settings\n  behavior: merge\n  literals:\n  - B=3  #@ ConfigMap/settings /data/B\n"
        "secretGenerator:\n- name: keys\n  literals:\n  - token=abc  #@ Secret/keys /data/token\n",
    },
    "generators without hashes": {
        "kustomization.yaml": "configMapGenerator:\n- name: settings\n  files:\n  - app.conf\n  - other=b.conf\n  envs:\n  - c.env\ngeneratorOptions:\n  disableNameSuffixHash: true\n  labels:\n    made: here  #@ ConfigMap/settings /metadata/labels/made\n",
        "app.conf": "timeout: 3s\n",
        "b.conf": "x\n",
        "c.env": "ONE=1\nTWO=2\n",
    },
    "replacements": {
        "base/kustomization.yaml": "resources: [web.yaml, service.yaml]\n",
        "base/web.yaml": DEPLOYMENT,
        "base/service.yaml": marked(SERVICE, port="Deployment/web /spec/template/spec/containers/1/ports/0/containerPort"),
        "over/kustomization.yaml": "resources: [../base]\nreplacements:\n- source:\n    kind: Service\n    name: web\n    fieldPath: spec.ports.0.port\n  targets:\n  - select:\n      kind: Deployment\n    fieldPaths:\n    - spec.template.spec.containers.[name=web].ports.0.containerPort\n",
    },
    "components": {
        **BASE_FILES,
        "parts/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [extra.yaml]\npatches:\n- path: p.yaml\n",
        "parts/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 11  #@ Deployment/web /spec/replicas\n",
        "parts/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\ndata:\n  k: v  #@ ConfigMap/extra /data/k\n",
        "over/kustomization.yaml": "resources: [../base]\ncomponents: [../parts]\n",
    },
    "the overlay goes over its components": {
        **BASE_FILES,
        "parts/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 11\n",
        "over/kustomization.yaml": "resources: [../base]\ncomponents: [../parts]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 12  #@ Deployment/web /spec/replicas\n",
    },
    "several objects in a file and a List": {
        "kustomization.yaml": "resources: [all.yaml, list.yaml]\n",
        "all.yaml": DEPLOYMENT + "---\n" + marked(SERVICE, port="Service/web /spec/ports/0/port"),
        "list.yaml": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: one\n  data:\n    k: v  #@ ConfigMap/one /data/k\n",
    },
    "the same base twice": {
        **BASE_FILES,
        "a/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 21  #@ Deployment/a-web /spec/replicas\n",
        "b/kustomization.yaml": "resources: [../base]\nnamePrefix: b-\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 22  #@ Deployment/b-web /spec/replicas\n",
        "over/kustomization.yaml": "resources: [../a, ../b]\n",
    },
    "deprecated fields": {
        **BASE_FILES,
        "over/kustomization.yaml": "bases:\n- ../base\ncommonLabels:\n  team: a  #@ Service/web /spec/selector/team\npatchesStrategicMerge:\n- p.yaml\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5  #@ Deployment/web /spec/replicas\n",
    },
    "transformers in files": {
        **BASE_FILES,
        "over/kustomization.yaml": "resources: [../base]\ntransformers:\n- labels.yaml\n- patch.yaml\n",
        "over/labels.yaml": "apiVersion: builtin\nkind: LabelTransformer\nmetadata:\n  name: l\nlabels:\n  team: a  #@ Service/web /metadata/labels/team\nfieldSpecs:\n- path: metadata/labels\n  create: true\n",
        "over/patch.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata:\n  name: p\ntarget:\n  kind: Deployment\npatch: |-\n  - op: replace\n    path: /spec/replicas\n    value: 6  #@ Deployment/web /spec/replicas\n",
    },
    "names changed by a transformer": {
        "base/kustomization.yaml": BASE,
        "base/web.yaml": marked(DEPLOYMENT, replicas="Deployment/t-web /spec/replicas"),
        "base/service.yaml": marked(SERVICE, port="Service/t-web /spec/ports/0/port"),
        "over/kustomization.yaml": "resources: [../base]\ntransformers:\n- names.yaml\n",
        "over/names.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata:\n  name: p\nprefix: t-\nfieldSpecs:\n- path: metadata/name\n",
    },
    "anchors in the base": {
        "kustomization.yaml": "resources: [web.yaml]\n",
        "web.yaml": DEPLOYMENT.replace("matchLabels:\n      app: web", "matchLabels: &labels\n      app: web  #@ Deployment/web /spec/template/metadata/labels/app").replace("labels:\n        app: web", "labels: *labels"),
    },
}  # fmt: skip


class Mark(NamedTuple):
    """`path` of the object `name` of this kind is set on this line of this file."""

    kind: str
    name: str
    path: tuple[str | int, ...]
    file: str
    line: int


def write(files: dict[str, str], directory: object) -> str:
    """Write a tree; what is to be built of it."""
    for name, text in files.items():
        path = os.path.join(str(directory), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    return "over" if "over/kustomization.yaml" in files else "."


def marks(files: dict[str, str]) -> list[Mark]:
    """What the comments in a tree say."""
    return [
        Mark(kind, name, _steps(pointer), file, number)
        for file, text in files.items()
        for number, line in enumerate(text.split("\n"), 1)
        for kind, name, pointer in _MARK.findall(line)
    ]


def _steps(pointer: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdecimal() else step.replace("~1", "/") for step in pointer.split("/")[1:])


def document_of(text: bytes, kind: str, name: str) -> Document:
    """The document of a rendered text with this object; its name may end with a hash."""
    found = [
        document
        for document in parse("rendered", text).documents
        if document.data["kind"] == kind and re.fullmatch(re.escape(name) + r"(-[a-z0-9]{10})?", document.data["metadata"]["name"])
    ]
    assert len(found) == 1, (kind, name)
    return found[0]


def value_at(data: object, path: tuple[str | int, ...]) -> object:
    """What stands at a path, None if nothing does."""
    for step in path:
        try:
            data = data[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def line_of(document: Document, path: tuple[str | int, ...]) -> int:
    """As the caller of an origin finds it."""
    return locate(document, path).line or 0


def edited(line: str) -> str:
    """A line with another value."""
    body, mark, comment = line.partition("  #@")
    body = body.rstrip()
    if re.search(r"\b(true|false)$", body):
        body = re.sub(r"true$", "FALSE", body).replace("false", "true").replace("FALSE", "false")
    elif number := re.search(r"(?<![\w.])\d+(?=[\"'}\],s]*$)", body):
        body = f"{body[: number.start()]}{int(number[0]) + 1}{body[number.end() :]}"
    else:
        body = re.sub(r"([\"'},\]]*)$", r"x\1", body, count=1)
    return body + mark + comment
