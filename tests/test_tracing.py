"""Places in rendered texts are reported where somebody edits them."""

from hypothesis import given
from hypothesis import strategies as st

from checker.engine import Settings, check
from checker.errors import Problem
from checker.findings import Inputs, Related
from checker.location import Location, field_name, field_path
from checker.sources.rendering import Rendering, Written
from checker.tracing import traced, traced_places
from tests.systems import catalogue, read

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: registry.example.com/web:1.4.2
"""
_TEMPLATE = Written(
    Location("charts/web/templates/web.yaml", 7, 9, "resources"), "{{ toYaml .Values.resources }}", (Related("a value", Location("values.yaml", 3)),)
)


def report(origin, errors=()):
    made = Rendering("charts/web", "helm template web charts/web", _DEPLOYMENT.encode(), origin)
    settings = Settings(only=frozenset({"no-memory-limit", "image-not-pinned"}), complete=True)
    found = check(read({"charts/web": _DEPLOYMENT}), Inputs(1, 1, 1, (), errors), catalogue(), settings)
    return traced(found, {"charts/web": made})


def test_a_finding_leads_to_what_was_written():
    asked = []

    def origin(line, path):
        asked.append((line, path))
        return _TEMPLATE

    (finding,) = report(origin).findings
    assert finding.location == _TEMPLATE.location
    assert finding.excerpt == _TEMPLATE.excerpt
    assert finding.related == _TEMPLATE.related
    assert asked == [(11, ("spec", "template", "spec", "containers", 0, "resources", "limits", "memory"))]


def test_what_cannot_be_traced_is_in_the_whole():
    (finding,) = report(lambda *_: None).findings
    assert finding.location == Location("charts/web", None, None, "spec.template.spec.containers[0].resources.limits.memory")
    assert finding.excerpt


def test_it_is_said_how_it_was_made():
    assert "charts/web is as `helm template web charts/web` makes it" in report(lambda *_: None).assumptions


def test_a_problem_leads_there_too():
    problem = Problem("charts/web", 5, 3, "replicas is wrong", "mend it")
    other = Problem("b.yaml", 5, 3, "wrong", "mend it")
    errors = report(lambda *_: _TEMPLATE, [problem, other]).inputs.errors
    via = "replicas is wrong (in what `helm template web charts/web` makes)"
    assert errors == [other, Problem("charts/web/templates/web.yaml", 7, None, via, "mend it")]


def test_plain_data_is_traced_wherever_a_location_is_in_it():
    made = Rendering("c", "helm template c", b"", lambda line, path: Written(Location("t.yaml", line + 1, None, field_name(path))))
    place = {"file": "c", "line": 4, "column": 2, "field": "spec.a"}
    other = {**place, "file": "d"}
    assert traced_places({"edges": [{"source": {"location": place}}, other]}, {"c": made}) == {
        "edges": [{"source": {"location": {"file": "t.yaml", "line": 5, "column": None, "field": "spec.a"}}}, other]
    }


_KEYS = st.text(st.characters(exclude_characters='"]', exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.one_of(st.integers(0, 99), _KEYS), max_size=5))
def test_the_name_of_a_field_tells_its_path(path):
    if path and isinstance(path[0], int):
        path = ["items", *path]
    assert field_path(field_name(path)) == tuple(path)
