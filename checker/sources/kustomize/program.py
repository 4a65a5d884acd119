"""The user's kustomize, alone or within kubectl: which one, and how it is run."""

import os
import shutil
from typing import NamedTuple

from checker.sources.process import Ended, private_directory, run

_SECONDS = 180.0  # kustomize takes a minute for 2,000 objects
_SECONDS_WITH_NETWORK = 300.0
# A port that nobody listens on: what would fetch something all the same fails at once.
_NOWHERE = "http://127.0.0.1:9"
_WITH_NETWORK = (
    "PATH",
    "HOME",
    "SSH_AUTH_SOCK",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
)


class Program(NamedTuple):
    """A program that builds kustomizations; `words` begin its command line, `typed` is that as a person would type it."""

    words: tuple[str, ...]
    typed: str


def find_program() -> Program | None:
    """`kustomize`, else `kubectl kustomize`: from K8S_STABCHECK_KUSTOMIZE and K8S_STABCHECK_KUBECTL, else on PATH."""
    if kustomize := _installed("K8S_STABCHECK_KUSTOMIZE", "kustomize"):
        return Program((kustomize, "build"), "kustomize build")
    if kubectl := _installed("K8S_STABCHECK_KUBECTL", "kubectl"):
        return Program((kubectl, "kustomize"), "kubectl kustomize")
    return None


def find_helm() -> str | None:
    """`helm`: from K8S_STABCHECK_HELM, else on PATH."""
    return _installed("K8S_STABCHECK_HELM", "helm")


def _installed(variable: str, name: str) -> str | None:
    found = shutil.which(os.environ.get(variable) or name)
    return os.path.abspath(found) if found else None


def build(program: Program, directory: str, *, helm: str | None, allow_remote: bool) -> Ended:
    """Run it on a directory; nothing is left behind, and without `allow_remote` nothing can be fetched. Raises OSError."""
    with private_directory() as scratch:
        arguments = [*program.words, "--load-restrictor", "LoadRestrictionsRootOnly"]
        if helm:
            arguments += ["--enable-helm", "--helm-command", helm]
        environment = _environment(scratch, allow_remote=allow_remote)
        seconds = _SECONDS_WITH_NETWORK if allow_remote else _SECONDS
        return run([*arguments, "--", directory], environment=environment, directory=scratch, seconds=seconds)


def _environment(scratch: str, *, allow_remote: bool) -> dict[str, str]:
    """Its own home; no cluster, no plugins, and unless that is asked for no git and no way to the network."""
    own = {
        "TMPDIR": scratch,
        "XDG_CONFIG_HOME": scratch,
        "XDG_CACHE_HOME": scratch,
        "KUBECONFIG": os.devnull,
        "KUSTOMIZE_PLUGIN_HOME": scratch,
    }
    if allow_remote:
        return {**{name: os.environ[name] for name in _WITH_NETWORK if name in os.environ}, "GIT_TERMINAL_PROMPT": "0", **own}
    proxies = {name: _NOWHERE for each in ("http_proxy", "https_proxy", "all_proxy") for name in (each, each.upper())}
    return {"PATH": scratch, "HOME": scratch, **proxies, **own}
