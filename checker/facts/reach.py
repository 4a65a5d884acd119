"""Who can send requests to a workload, and to which of its containers."""

from collections.abc import Iterable
from typing import NamedTuple

from checker.facts.fields import NO_SERVICES, Unknown
from checker.model.build import Model
from checker.model.types import Container, Port, Service, ServicePort, Workload

# Ports that only the monitoring system and the kubelet ask: a pod that answers nobody else serves no callers.
_OBSERVATION = ("metric", "prom", "monitoring", "telemetry", "health", "probe", "admin", "debug", "pprof")


class Reach(NamedTuple):
    """`through` is service, headless or nothing; `serving` holds the containers that answer requests."""

    through: str | Unknown
    serves: bool | Unknown
    serving: frozenset[str]
    certain: bool


def reach(model: Model, workload: Workload) -> Reach:
    """How callers reach the pods of a workload.

    A container serves if a Service sends traffic to it; where no Service tells, if it declares a port for callers;
    and where it is alone in a pod that a Service selects.
    """
    services = [service for service in model.services_of.get(workload, ()) if _for_callers(service)]
    idle = model.idle_services.get(workload.namespace, ())
    meant = services or [service for service in idle if service.source.name == workload.name]
    covered = model.covers("Service", namespace=workload.namespace)
    if meant:
        through: str | Unknown = "headless" if all(service.headless for service in meant) else "service"
    else:
        through = "nothing" if covered else NO_SERVICES
    serving = _targets(workload, services) or _declaring(workload) or _alone(workload, services)
    return Reach(through, True if serving else (False if covered else NO_SERVICES), serving, covered)


def observation(port: Port | ServicePort) -> bool:
    """Whether a port's name says that only monitoring asks it."""
    return any(word in port.name for word in _OBSERVATION)


def _for_callers(service: Service) -> bool:
    return not service.ports or not all(observation(port) for port in service.ports)


def _targets(workload: Workload, services: Iterable[Service]) -> frozenset[str]:
    wanted = {port.target for service in services for port in service.ports if not observation(port)}
    return frozenset(
        container.name
        for container in workload.containers
        if container.role != "init" and any(port.number in wanted or (port.name and port.name in wanted) for port in container.ports)
    )


def _declaring(workload: Workload) -> frozenset[str]:
    return frozenset(
        container.name
        for container in workload.containers
        if container.role == "main" and any(not observation(port) for port in container.ports)
    )


def _alone(workload: Workload, services: Iterable[Service]) -> frozenset[str]:
    main = [container for container in workload.containers if container.role == "main"]
    return frozenset({main[0].name}) if len(main) == 1 and any(services) else frozenset()


def declared_ports(containers: Iterable[Container]) -> Iterable[Port]:
    """All ports of a pod: its containers share one network."""
    return (port for container in containers for port in container.ports)
