"""The user's `helm`, run for `helm template` alone: without cluster, plugins, repositories or the user's own settings."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from checker.sources import process

PROGRAM = "K8S_STABCHECK_HELM"  # the environment variable that names one
SECONDS = 60.0
OLDEST = "3.11.1"  # before, templates could look names up; its flag --enable-dns keeps older ones out

# What a chart may ask for by `.Capabilities.APIVersions.Has`; the built-in ones Helm knows itself. Without them it leaves out, without a
# word, what depends on them. Not here: what turns a chart into another one (OpenShift's, for instance).
API_VERSIONS = (
    "networking.istio.io/v1",
    "networking.istio.io/v1beta1",
    "networking.istio.io/v1alpha3",
    "security.istio.io/v1",
    "security.istio.io/v1beta1",
    "telemetry.istio.io/v1",
    "telemetry.istio.io/v1alpha1",
    "extensions.istio.io/v1alpha1",
    "gateway.networking.k8s.io/v1",
    "gateway.networking.k8s.io/v1beta1",
    "gateway.envoyproxy.io/v1alpha1",
    "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1alpha1",
    "keda.sh/v1alpha1",
    "cert-manager.io/v1",
    "argoproj.io/v1alpha1",
    "autoscaling.k8s.io/v1",
    "policy/v1",
    "autoscaling/v2",
    "networking.k8s.io/v1",
    "batch/v1",
)
_KINDS = {
    "networking.istio.io/v1": ("VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar"),
    "networking.istio.io/v1beta1": ("VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar"),
    "networking.istio.io/v1alpha3": ("VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "EnvoyFilter"),
    "security.istio.io/v1": ("PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"),
    "gateway.networking.k8s.io/v1": ("GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute"),
    "gateway.networking.k8s.io/v1beta1": ("GatewayClass", "Gateway", "HTTPRoute"),
    "gateway.envoyproxy.io/v1alpha1": ("BackendTrafficPolicy", "ClientTrafficPolicy", "SecurityPolicy", "EnvoyProxy"),
    "monitoring.coreos.com/v1": ("ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe"),
    "keda.sh/v1alpha1": ("ScaledObject", "ScaledJob", "TriggerAuthentication"),
    "cert-manager.io/v1": ("Certificate", "Issuer", "ClusterIssuer"),
    "argoproj.io/v1alpha1": ("Rollout",),
    "autoscaling.k8s.io/v1": ("VerticalPodAutoscaler",),
    "policy/v1": ("PodDisruptionBudget",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "networking.k8s.io/v1": ("Ingress", "NetworkPolicy"),
    "batch/v1": ("CronJob", "Job"),
}
_VERSION = re.compile(r"v(\d+\.\d+[.\d]*)")
_LONGEST_RELEASE = 53
_NOBODY = "http://127.0.0.1:9"  # the port of the discard service, which nobody runs: nothing is fetched


class HelmOptions(NamedTuple):
    """What is to be rendered of a chart, as `helm template` takes it: files of values, `key=value`, and what the cluster is like.

    Values in later files win, those `inline` (texts that are in no file of their own) over files, `later` files over these, and
    `sets` over all.
    Without `api_versions` the cluster has all that we know.
    """

    values: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    release: str = ""
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """All files of values, the one that wins last."""
        return (*self.values, *self.later)


def program(environment: Mapping[str, str] = os.environ) -> str | None:
    """The path of the helm to run; None if there is none."""
    named = environment.get(PROGRAM, "")
    found = shutil.which(named or "helm", path=environment.get("PATH", os.defpath))
    return os.path.abspath(found) if found else None  # it will not run in this directory


def arguments(directory: str, release: str, options: HelmOptions, more_values: Sequence[str] = (), flags: Sequence[str] = ()) -> list[str]:
    """Of `helm`, to render the chart in `directory`; `more_values` are files that win over all others but `sets`."""
    given = ["template", "--skip-tests", "--include-crds=false", "--enable-dns=false", *flags]
    given.append(f"--namespace={options.namespace or 'default'}")
    given += [f"--values={_as_csv(os.path.abspath(file))}" for file in (*options.values, *more_values)]
    given += [f"--set={each}" for each in options.sets]
    given += [f"--api-versions={each}" for each in options.api_versions or _known()]
    if options.kube_version:
        given.append(f"--kube-version={options.kube_version}")
    return [*given, "--", release, directory]  # a release may be named by a file, and its name must be no flag


def as_typed(shown: str, options: HelmOptions) -> str:
    """The command that renders the same, as a person would type it."""
    import shlex

    parts = ["helm", "template", *filter(None, [options.release]), shown or "."]
    if options.namespace:
        parts += ["-n", options.namespace]
    for flag, each in (*(("-f", file) for file in options.files), *(("--set", one) for one in options.sets)):
        parts += [flag, each]
    parts += [f"--kube-version={options.kube_version}"] if options.kube_version else []
    parts += [f"--api-versions={each}" for each in options.api_versions]
    return shlex.join(parts)


def release_name(chart: str) -> str:
    """A valid name for a release of a chart of that name."""
    return re.sub(r"[^a-z0-9]+", "-", chart.lower())[:_LONGEST_RELEASE].strip("-") or "release"


def run(helm: str, given: Sequence[str], private: str) -> process.Ended:
    """Run helm with `private` as its home and working directory. Raises OSError, ValueError."""
    return process.run([helm, *given], environment=_environment(private), directory=private, seconds=SECONDS)


def version(helm: str, private: str) -> str | None:
    """As `3.19.0`; None if it does not tell."""
    ended = run(helm, ["version", "--short"], private)
    found = _VERSION.search(ended.output.decode(errors="replace"))
    return found[1] if found else None


def _environment(private: str) -> dict[str, str]:
    homes = {f"HELM_{kind}_HOME": os.path.join(private, "helm", kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    return homes | {
        "HOME": private,
        "PATH": os.environ.get("PATH", os.defpath),  # `helm` may be a script that starts another
        "TMPDIR": private,
        "LC_ALL": "C.UTF-8",
        "HELM_PLUGINS": os.path.join(private, "helm", "plugins"),
        "HELM_NO_PLUGINS": "1",
        "KUBECONFIG": os.path.join(private, "kubeconfig"),
        "HTTP_PROXY": _NOBODY,
        "HTTPS_PROXY": _NOBODY,
    }


def _known() -> list[str]:
    return [*API_VERSIONS, *(f"{api}/{kind}" for api, kinds in _KINDS.items() for kind in kinds)]


def _as_csv(path: str) -> str:
    """Helm splits the names of files at commas."""
    return '"' + path.replace('"', '""') + '"' if set(path) & {",", '"'} else path
