"""Whom rules and routes may count for: the pods of the input, and those that it may lack."""

from collections.abc import Iterable, Mapping

from checker.adapters.istio.scope import Client

ELSEWHERE = "any other namespace"
_NOTHING: Mapping[str, str] = {}


class Audience:
    """Pods that may call, by namespace. With `open_ended` there may be pods in every namespace, with any labels."""

    def __init__(self, clients: Iterable[Client], gateways: Iterable[str], *, open_ended: bool) -> None:
        """`gateways`: namespaces where there may be gateways that come from other tools."""
        self.open_ended = open_ended
        self._labels: dict[str, list[Mapping[str, str]]] = {namespace: [_NOTHING] for namespace in gateways}
        for client in clients:
            self._labels.setdefault(client.namespace, []).append(client.labels)

    @property
    def namespaces(self) -> Iterable[str]:
        """Those that are known to have pods."""
        return self._labels.keys()

    def may_call(self, namespace: str) -> bool:
        """Whether the namespace has pods, or may have some that the input lacks."""
        return self.open_ended or namespace in self._labels

    def among(self, named: Iterable[str]) -> list[str]:
        """Those of the named namespaces that may call, and one that stands for all others."""
        special = dict.fromkeys(named)
        others = [ELSEWHERE] if self.open_ended else [known for known in self._labels if known not in special][:1]
        return [*(namespace for namespace in special if self.may_call(namespace)), *others]

    def labels(self, namespace: str, selectors: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """The labels of the pods of a namespace; where there may be more, those that fit the selectors."""
        known = self._labels.get(namespace, [])
        return [*known, _NOTHING, *selectors] if self.open_ended or not known else known

    def pods(self, namespace: str) -> list[Mapping[str, str]]:
        """The labels of the pods that are in the input."""
        return [labels for labels in self._labels.get(namespace, ()) if labels]
