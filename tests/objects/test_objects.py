"""From documents to objects: lists, identities, and what is no object."""

import pytest

from tests.objects.manifests import identities, messages, read, reasons


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}", ["apps/v1 Deployment shop/web"]),
        ("{apiVersion: v1, kind: Service, metadata: {name: web}}", ["v1 Service default/web"]),
        ("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: }}", ["v1 Service default/web"]),
        ("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", ["v1 Namespace /shop"]),
        ("{apiVersion: v1, kind: Node, metadata: {name: n1, namespace: shop}}", ["v1 Node /n1"]),
        (
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'system:a'}}",
            ["rbac.authorization.k8s.io/v1 ClusterRole /system:a"],
        ),
        ("{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: default}}", ["kuma.io/v1alpha1 Mesh /default"]),
        ("{apiVersion: batch/v1, kind: Job, metadata: {generateName: migrate-}}", ["batch/v1 Job default/migrate-*"]),
        ("{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, spec: {}}", ["install.istio.io/v1alpha1 IstioOperator default/"]),
        ("{apiVersion: v1, kind: List, items: []}", []),
        ("{apiVersion: v1, kind: List, items: }", []),
        ("{apiVersion: v1, kind: List}", []),
        (
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]}]"
            "}",
            ["v1 Pod default/a"],
        ),
        (
            "{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}, {metadata: {name: b}}]}",
            ["apps/v1 Deployment default/a", "apps/v1 Deployment default/b"],
        ),
        ("{apiVersion: example.org/v1, kind: AllowList, metadata: {name: a}, spec: {}}", ["example.org/v1 AllowList default/a"]),
        (
            "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: apps}}",
            ["kustomize.toolkit.fluxcd.io/v1 Kustomization default/apps"],
        ),
        ("", []),
        ("# nothing", []),
    ],
)  # fmt: skip
def test_what_is_an_object(text: str, expected: list[str]) -> None:
    """With nothing to say against it."""
    found = read(text)
    assert identities(found) == expected
    assert messages(found) == []
    assert reasons(found) == []


def test_a_typed_list_gives_its_items_their_kind_and_keeps_their_place() -> None:
    """And the data of the document is left as it is."""
    (item,) = read("{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}").objects
    assert item.base == ("items", 0)
    assert item.data == {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
    assert item.document.data["items"] == [{"metadata": {"name": "a"}}]


SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)


@pytest.mark.parametrize(
    ("text", "message", "returned"),
    [
        ("{kind: Pod, metadata: {name: a}}", "Pod has no apiVersion", False),
        ("{kind: Pod, spec: {}}", "Pod has no apiVersion", False),
        ("{apiVersion: 1, kind: Pod, metadata: {name: a}}", "apiVersion is the number 1, not GROUP/VERSION or v1", False),
        ("{apiVersion: a/b/c, kind: Pod, metadata: {name: a}}", "apiVersion is the text 'a/b/c', not GROUP/VERSION or v1", False),
        ("{apiVersion: v1, kind: , metadata: {name: a}}", "an object without a kind", False),
        ("{apiVersion: v1, kind: [Pod], metadata: {name: a}}", "kind is a list, which cannot be the name of a kind", False),
        ("{apiVersion: v1, kind: 'Pod <b>', metadata: {name: a}}", "kind is the text 'Pod <b>', which cannot be the name of a kind", False),
        ("{apiVersion: v1, kind: Pod}", "Pod has no metadata, so no name", False),
        ("{apiVersion: v1, kind: Pod, metadata: []}", "metadata is a list, not a mapping", False),
        ("{apiVersion: v1, kind: Pod, metadata: {labels: {}}}", "Pod has no metadata.name", False),
        ("{apiVersion: v1, kind: Pod, metadata: {name: ''}}", "Pod has no metadata.name", False),
        ("{apiVersion: v1, kind: Pod, metadata: {name: 8080}}", "metadata.name is the number 8080, not a text", True),
        ("{apiVersion: v1, kind: Pod, metadata: {name: true}}", "metadata.name is the boolean true, not a text", False),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: 7}}", "metadata.namespace is the number 7, not a text", True),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: {}}}", "metadata.namespace is a mapping, not a text", False),
        ("{apiVersion: v1, kind: Pod, metadata: {name: My_Pod}}", f"metadata.name 'My_Pod' is not valid: {SUBDOMAIN}", True),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a..b}}", f"metadata.name 'a..b' is not valid: {SUBDOMAIN}", True),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a-}}", f"metadata.name 'a-' is not valid: {SUBDOMAIN}", True),
        ("{apiVersion: v1, kind: Pod, metadata: {name: '<b>'}}", f"metadata.name '<b>' is not valid: {SUBDOMAIN}", True),
        ("{apiVersion: v1, kind: Pod, metadata: {name: \"a\\n\"}}", f"metadata.name 'a\\n' is not valid: {SUBDOMAIN}", True),
        ("{apiVersion: v1, kind: Pod, metadata: {generateName: A-}}", f"metadata.generateName 'A-' is not valid: {SUBDOMAIN}", True),
        (
            f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {'a' * 64}}}}}",
            f"metadata.name '{'a' * 64}' is not valid: must be no more than 63 characters",
            True,
        ),
        (
            "{apiVersion: template.openshift.io/v1, kind: Template, metadata: {name: a}, objects: []}",
            "an unrendered template of OpenShift",
            False,
        ),
        ("{kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]}", "List has no apiVersion", True),
        ("{apiVersion: v1, kind: List, items: {}}", "the items of a List are a mapping, not a list", False),
        ("{apiVersion: v1, kind: List, items: [7]}", "an item of a list is the number 7, not an object", False),
        ("{apiVersion: v1, kind: List, items: [~]}", "an item of a list is empty (null), not an object", False),
        ("{apiVersion: v1, kind: List, items: [{apiVersion: v1}]}", "an object without a kind", False),
    ],
)  # fmt: skip
def test_what_an_api_server_would_refuse(text: str, message: str, returned: bool) -> None:
    """Said in words, with what to do; judged all the same where it is clear which object is meant."""
    found = read(text)
    assert messages(found) == [message]
    assert all(problem.fix for problem in found.problems)
    assert bool(found.objects) == returned
    assert reasons(found) == []


def test_services_and_namespaces_have_stricter_names() -> None:
    """A Service must start with a letter; neither may hold a dot."""
    text = "{apiVersion: v1, kind: Service, metadata: {name: 1a}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: a.b}}"
    service, namespace = messages(read(text))
    assert service.startswith("metadata.name '1a' is not valid: a DNS-1035 label must consist of")
    assert namespace.startswith("metadata.namespace 'a.b' is not valid: a lowercase RFC 1123 label must consist of")


KUSTOMIZATION = "a kustomization, not an object: to check what it makes, kustomize build DIR | k8s-stabcheck -"


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("x.yaml", "text", "not a Kubernetes object: the text 'text'"),
        ("x.yaml", "[a]", "not a Kubernetes object: a list"),
        ("x.yaml", "7", "not a Kubernetes object: the number 7"),
        ("x.yaml", "{}", "not a Kubernetes object: it has no apiVersion and no kind"),
        ("x.yaml", "{apiVersion: apps/v1, metadata: {name: a}, spec: {}}", "not a Kubernetes object: it has apiVersion and no kind"),
        ("x.yaml", "{kind: pipeline, type: kubernetes, name: ci}", "not a Kubernetes object: it has kind and no apiVersion"),
        ("x.yaml", "{services: {web: {image: 'a:1'}}}", "not a Kubernetes object: a Compose file"),
        ("x.yaml", "{services: {web: {project: ./web}}}", "not a Kubernetes object: it has no apiVersion and no kind"),
        ("x.yaml", "{on: push, jobs: {}}", "not a Kubernetes object: a GitHub workflow"),
        ("x.yaml", "{true: push, jobs: {}}", "not a Kubernetes object: a GitHub workflow"),
        ("x.yaml", "{openapi: 3.0.0, info: {}}", "not a Kubernetes object: an OpenAPI description"),
        ("x.yaml", "{apiVersion: v2, name: web, version: 1.0.0}", "not a Kubernetes object: the description of a Helm chart"),
        ("d/values-prod.yaml", "{a: 1}", "not a Kubernetes object: probably Helm values"),
        ("Chart.yaml", "{apiVersion: v2}", "not a Kubernetes object: the description of a Helm chart"),
        ("x.yaml", "{apiVersion: skaffold/v4beta1, kind: Config}", "not an object of a cluster: a configuration of Skaffold"),
        ("x.yaml", "{apiVersion: kind.x-k8s.io/v1alpha4, kind: Cluster}", "not an object of a cluster: a configuration of kind"),
        ("x.yaml", "{apiVersion: v1, kind: Config, clusters: []}", "not an object of a cluster: a kubeconfig"),
        ("d/kustomization.yaml", "{resources: []}", KUSTOMIZATION),
        ("x.yaml", "{apiVersion: kustomize.config.k8s.io/v1alpha1, kind: Component}", KUSTOMIZATION),
    ],
)
def test_what_is_no_object(file: str, text: str, reason: str) -> None:
    """Is named where it can be, and is nobody's mistake."""
    found = read(text, file)
    assert reasons(found) == [reason]
    assert identities(found) == []
    assert messages(found) == []


def test_the_same_is_said_of_a_file_once() -> None:
    """Six Skaffold documents, or twenty templates."""
    skaffold = "apiVersion: skaffold/v4beta1\nkind: Config\n"
    template = "apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ .Release.Name }}-a'}\n"
    found = read("---\n".join([skaffold, template, skaffold, template]))
    assert len(found.skipped) == len(found.problems) == 1


def test_lists_lie_in_lists_in_lists() -> None:
    """As deep as the reader of documents goes."""
    depth = 40
    pod = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}'
    text = '{"apiVersion": "v1", "kind": "List", "items": [' * depth + pod + "]}" * depth
    assert identities(read(text, "x.json")) == ["v1 Pod default/a"]


def test_problems_are_placed_at_the_field() -> None:
    """Or at the nearest thing that is written."""
    text = """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata:
      namespace: 7
      name: A
  - apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: b
    spec:
      replicas: ${REPLICAS}
  - kind: Pod
    metadata: {name: c}
"""
    namespace, name, replicas, api_version = 7, 8, 14, 15
    assert sorted(problem.line or 0 for problem in read(text).problems) == [namespace, name, replicas, api_version]
