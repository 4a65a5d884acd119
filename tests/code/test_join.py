import pytest

from checker.adapters import kubernetes
from checker.code.join import Joined
from checker.code.types import Build, Code, Lacking, Match
from checker.model.build import build
from checker.objects.unseen import Unseen
from tests.systems import read

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}, annotations: {ANNOTATIONS}}
    spec: {containers: [{name: app, image: "IMAGE"}]}
---
"""


def joined(image="registry.example.com/shop/cart:1", annotations="", others=(), **code):
    pods = [("cart", image, annotations), *others]
    text = "".join(POD.replace("NAME", name).replace("IMAGE", each).replace("ANNOTATIONS", said) for name, each, said in pods)
    model = build(kubernetes.read(read({"a.yaml": text})), complete=False, unseen=Unseen())
    return Joined(Code(**code), model.part.workloads)


def names(found, file):
    return [(each.workload.name, each.by) for each in found.runners(file)]


NAMED = "the folder has the image's name"


@pytest.mark.parametrize(
    ("image", "programs", "runs"),
    [
        ("registry.example.com/shop/cart:1", {"services/cart": True}, True),
        ("registry.example.com/shop/cart@sha256:0", {"services/cart": False}, True),
        ("registry.example.com/shop/cart", {"services/cart/src": True}, True),
        ("cart", {"services/cart": True}, True),
        ("cart", {"services/cart": False}, False),  # as `redis` may be the official image, and a folder of an application
        ("registry.example.com/shop/cart", {}, False),
        ("registry.example.com/shop/cart", {"a/cart": True, "b/cart": True}, False),
        ("registry.example.com/shop/cart-v2", {"services/cart": True}, False),
    ],
)
def test_a_folder_of_the_images_name(image, programs, runs):
    found = joined(image, programs=programs)
    assert names(found, "services/cart/src/app.py") == ([("cart", NAMED)] if runs else [])


@pytest.mark.parametrize(
    ("builds", "folder"),
    [
        ([Build("registry.example.com/shop/cart", "a", "skaffold.yaml")], "a"),
        ([Build("cart", "a", "skaffold.yaml")], "a"),
        ([Build("other.example.com/cart", "b", "x"), Build("registry.example.com/shop/cart", "a", "skaffold.yaml")], "a"),
        ([Build("cart", "a", "x"), Build("cart", "b", "y")], None),
        ([Build("web", "a", "skaffold.yaml")], None),
    ],
)
def test_a_build_counts_for_more_than_a_name(builds, folder):
    found = joined(builds=builds)
    assert [name for name, _ in names(found, "a/app.py")] == (["cart"] if folder == "a" else [])


def test_the_annotation_counts_for_most():
    found = joined(annotations='k8s-stabcheck/source: "apps/x"', builds=[Build("cart", "a", "skaffold.yaml")])
    assert names(found, "apps/x/app.py") == [("cart", "annotation k8s-stabcheck/source")]
    assert names(found, "a/app.py") == []


def test_the_innermost_program_counts():
    others = [("web", "registry.example.com/shop/web", "")]
    found = joined(others=others, builds=[Build("web", "", "skaffold.yaml"), Build("cart", "services/cart", "skaffold.yaml")])
    assert [name for name, _ in names(found, "services/cart/app.py")] == ["cart"]
    assert [name for name, _ in names(found, "services/lib/app.py")] == ["web"]


def test_several_workloads_may_run_one_program():
    found = joined(others=[("worker", "registry.example.com/shop/cart", "")], programs={"cart": True})
    assert [name for name, _ in names(found, "cart/app.py")] == ["cart", "worker"]


def match(file, rule="r"):
    return Match(file, 1, 1, rule, "get", "", "", "get()")


def test_what_the_program_makes_up_for_is_left_out_and_others_are_not():
    lacking = Lacking("python", "requests", "timeout", "waits", "Do not.", (), "http")
    found = joined(
        builds=[Build("cart", "cart", "x")],
        matches=[match("cart/a.py"), match("cart/b.py", "s"), match("web/a.py")],
        rules={"r": lacking, "s": lacking},
        silencing=[("cart/settings.py", "r")],
        files=3,
    )
    assert [each.file for each, _ in found.matches()] == ["cart/b.py"]
    assert list(found.told()) == [
        "application source: 3 files looked at",
        "application source: cart runs in cart (x)",
        "application source: 1 place not judged, no workload of the input is known to run web: "
        "say so with the annotation k8s-stabcheck/source: FOLDER on the workload",
    ]
