"""Facts about how large the requests are that an entry takes.

Source: docs/user-guide/nginx-configuration/annotations.md of ingress-nginx (proxy-body-size; nginx answers 413, and checks nothing at 0).
"""

from collections.abc import Iterator

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.model.types import Ingress

_ANNOTATION = "nginx.ingress.kubernetes.io/proxy-body-size"
BODY_FIELDS = {
    "body.ingress": Field("string", "name of the Ingress"),
    "body.unlimited": Field("bool", "its requests may be as large as they like", ("metadata", "annotations", _ANNOTATION)),
}


def judge_body(ingress: Ingress) -> Iterator[Judged]:
    """An Ingress that says how large requests may be."""
    item = ingress.source
    annotations = (item.data.get("metadata") or {}).get("annotations") or {}
    written = annotations.get(_ANNOTATION)
    if written is not None:
        size = str(written).strip().lower().rstrip("kmg")
        facts = {"body.ingress": item.name, "body.unlimited": size.isdecimal() and int(size) == 0}
        yield Judged("ingress-body", Subject(item.kind, item.namespace, item.name), {"body": Anchor(item)}, facts)
