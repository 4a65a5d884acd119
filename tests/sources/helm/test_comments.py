"""Which template a line of rendered text comes from."""

import pytest

from checker.sources.helm.comments import source_of, sources

_RENDERED = """\
---
# Source: shop/templates/web.yaml
kind: Service
---
# Source: shop/charts/cart/templates/deploy/app.yaml
# Source: shop/templates/not-this.yaml
kind: Deployment
text: |
  # Source: shop/templates/nor-this.yaml
---
kind: Secret

---

# Source: shop/templates/web.yaml
kind: Ingress
---
# Source: https://example.com/where/this/was/copied
kind: ConfigMap
---
---
# Source: shop/crds/a b.yaml \r
kind: CustomResourceDefinition
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (0, None),
        (2, "shop/templates/web.yaml"),
        (3, "shop/templates/web.yaml"),
        (5, "shop/charts/cart/templates/deploy/app.yaml"),
        (9, "shop/charts/cart/templates/deploy/app.yaml"),
        (11, None),
        (16, "shop/templates/web.yaml"),
        (19, None),
        (23, "shop/crds/a b.yaml"),
        (1000, "shop/crds/a b.yaml"),
    ],
)
def test_the_comment_that_begins_a_document_counts(line: int, expected: str | None) -> None:
    assert source_of(_RENDERED, line) == expected


def test_text_of_nobody_knows_no_template() -> None:
    assert source_of("", 1) is None
    assert source_of("kind: Service\n", 1) is None
    assert sources(_RENDERED) == {"shop/templates/web.yaml", "shop/charts/cart/templates/deploy/app.yaml", "shop/crds/a b.yaml"}
