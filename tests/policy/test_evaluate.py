"""Findings as they are told."""

from tests.systems import judge


def test_a_password_in_an_excerpt_is_not_shown():
    text = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: "registry.example.com/web:1.4.2"
        env: [{name: DB_URL, value: "postgres://app:s3cret@db.shop.svc.cluster.local:5432/app"}]
"""
    (finding,) = judge({"a.yaml": text}, "callee-missing", complete=True).findings
    assert "app:***@db.shop" in finding.excerpt
    assert "s3cret" not in str(finding)
