import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.code.builds import builds, renamed
from checker.code.types import Build

SKAFFOLD = """
apiVersion: skaffold/v4beta6
kind: Config
build:
  artifacts:
  - {image: registry.example.com/cart, context: src/cart}
  - {image: web, context: ., docker: {dockerfile: src/web/Dockerfile}}
"""
COMPOSE = """
services:
  web: {build: ./web}
  cart: {image: "registry.example.com/shop/cart:1", build: {context: ., dockerfile: cart/Dockerfile}}
  db: {image: postgres}
"""
WORKFLOW = """
jobs:
  image:
    steps:
    - uses: actions/checkout@v4
    - uses: docker/build-push-action@v6
      with: {context: ./services/cart, tags: "registry.example.com/cart:latest, registry.example.com/cart:1"}
    - run: docker build -t registry.example.com/web:$SHA ./services/web
"""


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("skaffold.yaml", SKAFFOLD, [("registry.example.com/cart", "src/cart"), ("web", "src/web")]),
        ("repo/skaffold.yaml", SKAFFOLD, [("registry.example.com/cart", "repo/src/cart"), ("web", "repo/src/web")]),
        ("docker-compose.yml", COMPOSE, [("web", "web"), ("registry.example.com/shop/cart", "cart")]),
        (
            ".github/workflows/ci.yml",
            WORKFLOW,
            [("registry.example.com/web", "services/web"), ("registry.example.com/cart", "services/cart"), ("registry.example.com/cart", "services/cart")],
        ),
        ("Tiltfile", "docker_build('cart', './cart')\ndocker_build(\n  'web',\n  'web')\n", [("cart", "cart"), ("web", "web")]),
        ("Makefile", "image:\n\tdocker build \\\n\t  --tag cart:1 -f build/Dockerfile .\n", [("cart", "build")]),
        ("x/Makefile", "image:\n\tdocker build -t cart .\n", [("cart", "x")]),
        ("compose.yaml", "services: nonsense\n", []),
        ("skaffold.yaml", "build: [1, 2]\n", []),
        ("skaffold.yaml", "{{ broken", []),
    ],
)
def test_who_says_what_an_image_is_built_from(file, text, wanted):
    assert builds(file, text.encode()) == [Build(image, folder, file) for image, folder in wanted]


def test_a_kustomization_renames_an_image():
    known = [Build("cart", "src/cart", "skaffold.yaml")]
    text = b"images:\n- {name: cart, newName: registry.example.com/shop/basket}\n- {name: other, newName: x}\n- nonsense\n"
    assert renamed("k/kustomization.yaml", text, known) == [
        Build("registry.example.com/shop/basket", "src/cart", "skaffold.yaml, renamed by k/kustomization.yaml")
    ]


WORDS = st.sampled_from(["build", "artifacts", "image", "context", "docker", "dockerfile", "services", "images", "name", "newName", "with", "uses", "tags"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a/b:1", "..", "docker/build-push-action@v6", "docker build -t", "-t x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from(["skaffold.yaml", "compose.yaml", "cloudbuild.yaml", ".github/workflows/x.yml", "Makefile", "Tiltfile"]))
def test_no_file_brings_it_down(value, file):
    text = json.dumps(value).encode()
    for build in builds(file, text):
        assert isinstance(build.image, str)
        assert not build.folder.startswith("./")
    renamed("kustomization.yaml", text, [Build("a/b", "x", "y")])
