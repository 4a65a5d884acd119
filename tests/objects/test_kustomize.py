"""What belongs to kustomize is not judged as if it were applied."""

from typing import Any

import pytest

from checker.objects import join
from checker.objects.kustomize import settle
from tests.objects.manifests import identities, messages, read, reasons

POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s}}"
NAMELESS = "{apiVersion: v1, kind: Pod, spec: {}}"
PATCH = "a patch that kustomize applies; build the overlay and check its output"
CHECK = "; to check what it makes: kustomize build DIR | k8s-stabcheck -"


def settled(files: dict[str, str], kustomizations: dict[str, Any]) -> tuple[list[str], list[str], dict[str, str]]:
    """Objects, problems, and skipped files with their reasons."""
    found = settle(join(read(text, file) for file, text in files.items()), kustomizations, [*files, *kustomizations])
    assert len(found.skipped) == len({entry.file for entry in found.skipped})
    return identities(found), messages(found), dict(zip([entry.file for entry in found.skipped], reasons(found), strict=True))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"patches": [{"path": "p.yaml"}]}, PATCH),
        ({"patches": [{"path": "./p.yaml"}, {"path": "../dev/p.yaml"}]}, PATCH),
        ({"patches": ["p.yaml"]}, PATCH),
        ({"patchesStrategicMerge": ["p.yaml", "kind: Pod\nmetadata: {name: inline}\n"]}, PATCH),
        ({"patchesJson6902": [{"target": {"kind": "Pod"}, "path": "p.yaml"}]}, PATCH),
        ({"replacements": [{"path": "p.yaml"}]}, "a file of settings for kustomize"),
        ({"transformers": ["p.yaml"]}, "a file of settings for kustomize"),
        ({"openapi": {"path": "p.yaml"}}, "a file of settings for kustomize"),
        ({"configMapGenerator": [{"files": ["app=p.yaml"]}]}, "data from which kustomize makes a ConfigMap or Secret"),
        ({"helmCharts": [{"valuesFile": "p.yaml"}]}, "values for a Helm chart that kustomize renders"),
    ],
)
@pytest.mark.parametrize("text", [POD % "patched", NAMELESS, "[{op: remove, path: /spec}]"])
def test_what_a_kustomization_uses_is_skipped(content: dict[str, Any], reason: str, text: str) -> None:
    """With its problems; a patch need not be a whole object."""
    objects, problems, skipped = settled({"dev/p.yaml": text, "dev/x.yaml": POD % "kept"}, {"dev/kustomization.yaml": content})
    assert objects == ["v1 Pod default/kept"]
    assert problems == []
    assert skipped["dev/p.yaml"] == reason


def test_a_directory_of_transformers_is_skipped_whole() -> None:
    """It is a kustomization of its own."""
    objects, _, skipped = settled({"t/a.yaml": POD % "a", "t/b/c.yaml": POD % "c"}, {"dev/kustomization.yaml": {"transformers": ["../t"]}})
    assert objects == []
    assert set(skipped) == {"t/a.yaml", "t/b/c.yaml", "dev/kustomization.yaml"}


def test_what_is_a_resource_of_another_is_kept() -> None:
    """To read too much is better than to read too little."""
    kustomizations = {"kustomization.yaml": {"patches": [{"path": "p.yaml"}]}, "base/kustomization.yaml": {"resources": ["../p.yaml"]}}
    assert settled({"p.yaml": POD % "a"}, kustomizations)[0] == ["v1 Pod default/a"]


@pytest.mark.parametrize(
    ("content", "account"),
    [
        ({"resources": ["x.yaml", "../base", "."]}, "a kustomization; it changes nothing about its resources, which are read"),
        (
            {"resources": ["x.yaml"], "namespace": "shop", "patches": [{"patch": "…"}], "images": []},
            f"a kustomization; its resources are read as they stand, without its namespace, patches{CHECK}",
        ),
        (
            {"resources": ["y.yaml", "../no-such"], "bases": ["https://example.com/a", "github.com/o/r//d?ref=v1"]},
            "a kustomization; it names 'y.yaml', '../no-such': not in the input; "
            f"it names 'https://example.com/a', 'github.com/o/r//d?ref=v1': remote, not fetched{CHECK}",
        ),
        ({"resources": list("vwyz")}, f"a kustomization; it names 'v', 'w', 'y' and 1 more: not in the input{CHECK}"),
        ({"resources": None, "patches": 7, "components": {"a": 1}, "transformers": [1, None, {}]}, None),
        ([], None),
        ("text", None),
    ],
)
def test_the_account_of_a_kustomization(content: object, account: str | None) -> None:
    """What of it did not count; whatever its shape."""
    files = {"dev/x.yaml": POD % "x", "base/z.yaml": POD % "z"}
    objects, _, skipped = settled(files, {"dev/kustomization.yaml": content})
    assert objects == ["v1 Pod default/x", "v1 Pod default/z"]
    assert skipped["dev/kustomization.yaml"] == account or account is None
