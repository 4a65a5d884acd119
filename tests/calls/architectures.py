"""Who calls whom in well-known applications, by their documentation, as caller → callees.

`hidden`: calls that the documentation shows and the manifests do not, with the reason.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Calls = Mapping[str, str]


class Architecture(NamedTuple):
    """One application. `folder` is where its manifests are in the corpus of applications."""

    source: str
    folder: str
    calls: Calls
    hidden: Calls = MappingProxyType({})
    why_hidden: str = ""


BOUTIQUE = Architecture(
    "https://github.com/GoogleCloudPlatform/microservices-demo#architecture",
    "online-boutique/release",
    {
        "loadgenerator": "frontend",
        # the shopping assistant is an option that the release names and does not deploy
        "frontend": "adservice cartservice checkoutservice currencyservice productcatalogservice recommendationservice shippingservice "
        "shoppingassistantservice",
        "checkoutservice": "cartservice currencyservice emailservice paymentservice productcatalogservice shippingservice",
        "recommendationservice": "productcatalogservice",
        "cartservice": "redis-cart",
        "istio-gateway": "frontend",
    },
)
BOOKINFO = Architecture(
    "https://istio.io/latest/docs/examples/bookinfo/",
    "istio-samples/bookinfo",
    {
        "bookinfo-gateway": "productpage cert-manager-resolver",
        "gateway": "productpage",
        "ratings-v2": "mongodb",
        "ratings-v2-mysql": "mysqldb",
        "ratings-v2-mysql-vm": "mysqldb",
    },
    hidden={"productpage-v1": "details reviews", "reviews-v2": "ratings", "reviews-v3": "ratings"},
    why_hidden="the names of details, reviews and ratings are defaults in the programs",
)
EMOJIVOTO = Architecture(
    "https://github.com/BuoyantIO/emojivoto#emojivoto",
    "emojivoto/kustomize",
    {"vote-bot": "web-svc", "web": "emoji-svc voting-svc"},
)
HOTEL = Architecture(
    "https://github.com/delimitrou/DeathStarBench/tree/master/hotelReservation",
    "deathstarbench/hotelReservation",
    {},
    hidden={
        "frontend": "search profile recommendation user reservation consul",
        "search": "geo rate",
        "geo": "mongodb-geo",
        "profile": "memcached-profile mongodb-profile",
        "rate": "memcached-rate mongodb-rate",
        "recommendation": "mongodb-recommendation",
        "reservation": "memcached-reserve mongodb-reservation",
        "user": "mongodb-user",
    },
    why_hidden="config.json is part of the images, and services find each other in Consul",
)
MEDIA = Architecture(
    "https://github.com/delimitrou/DeathStarBench/tree/master/mediaMicroservices",
    "deathstarbench/mediaMicroservices",
    {"mediamicrosvc-gateway": "nginx-web-server"},
    hidden={"nginx-web-server": "compose-review-service", "compose-review-service": "review-storage-service user-review-service"},
    why_hidden="service-config.json comes from a ConfigMap that a script makes of a file",
)
SOCIAL = Architecture(
    "https://github.com/delimitrou/DeathStarBench/tree/master/socialNetwork",
    "deathstarbench/socialNetwork",
    {},
    hidden={"nginx-thrift": "compose-post-service home-timeline-service user-timeline-service"},
    why_hidden="a chart that has to be rendered; and then every workload reads one service-config.json with the addresses of all",
)
_DEMO_OBSERVED = (
    "accounting ad agent cart chatbot checkout currency email flagd fraud-detection frontend frontend-proxy image-provider jaeger kafka "
    "load-generator mcp payment product-catalog quote recommendation shipping telemetry-docs"
)
_DEMO_FLAGGED = (
    "ad cart checkout email fraud-detection frontend frontend-proxy load-generator payment product-catalog recommendation shipping"
)
_DEMO = {
    "accounting": "kafka astronomy-db",
    "agent": "frontend local-llm.com mcp",
    "cart": "valkey-cart",
    "chatbot": "agent",
    "checkout": "cart currency email kafka payment product-catalog shipping",
    "fraud-detection": "kafka",
    "frontend": "ad cart checkout currency product-catalog recommendation shipping",
    # firepit is named, and deployed by another chart
    "frontend-proxy": "chatbot firepit frontend grafana image-provider jaeger opamp-server telemetry-docs",
    "jaeger": "prometheus",
    "load-generator": "frontend-proxy",
    "mcp": "frontend",
    "otel-collector-agent": "ad firepit jaeger kafka opamp-server opensearch prometheus",
    "product-catalog": "astronomy-db",
    "recommendation": "product-catalog",
    "shipping": "quote",
}
DEMO = Architecture(
    "https://opentelemetry.io/docs/demo/architecture/",
    "opentelemetry-demo/examples/default",
    {
        caller: " ".join(
            (
                _DEMO.get(caller, ""),
                "otel-collector" if caller in _DEMO_OBSERVED.split() else "",
                "flagd" if caller in _DEMO_FLAGGED.split() else "",
            )
        )
        for caller in dict.fromkeys((*_DEMO, *_DEMO_OBSERVED.split()))
    },
)
APPLICATIONS = {
    "Online Boutique": BOUTIQUE, "Bookinfo": BOOKINFO, "Emojivoto": EMOJIVOTO, "Hotel Reservation": HOTEL, "Media": MEDIA, "Social Network": SOCIAL,
    "OpenTelemetry Demo": DEMO,
}  # fmt: skip


def pairs(calls: Calls) -> set[tuple[str, str]]:
    """(caller, callee) for each of the calls."""
    return {(caller, callee) for caller, callees in calls.items() for callee in callees.split()}
