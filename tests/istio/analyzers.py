"""What we make of each message of `istioctl analyze` (Istio 1.31, pkg/config/analysis/msg/messages.yaml).

A message is covered by policies, or it is refused with the reason. Where a case's object is one that Istio or the API server
refuses, which is reported, nothing else need be said of it: `*`.
"""

_SECURITY = "it is about who may call and with which certificates: security, not stability"
_LIVE = "it needs the state of a running cluster, which no manifest has"
_INSTALLATION = "it is about how Istio itself is installed"
_TELEMETRY = "it is about what is measured, not about traffic"
_CLUSTERS = "it compares several clusters; one world is judged at a time"
_ANNOTATIONS = "names and values of annotations; what is in force is read from where it counts"

COVERED: dict[str, tuple[str, ...]] = {
    "IST0101": ("selector-matches-nothing", "gateway-missing", "subset-missing", "route-destination-unknown"),
    "IST0106": ("*",),
    "IST0109": ("virtual-services-for-one-host",),
    "IST0110": ("several-sidecars",),
    "IST0111": ("several-sidecars",),
    "IST0112": ("gateway-route-without-port",),
    "IST0116": ("pod-port-with-two-protocols",),
    "IST0118": ("port-protocol-unknown",),
    "IST0123": ("namespace-with-two-injection-labels",),
    "IST0130": ("route-after-catch-all",),
    "IST0131": ("route-match-repeated",),
    "IST0132": ("route-host-not-on-gateway",),
    "IST0134": ("service-entry-without-address",),
    "IST0137": ("pod-port-with-two-protocols",),
    "IST0144": ("runs-as-proxy-user",),
    "IST0145": ("gateways-claim-same-port",),
    "IST0146": ("proxy-image-not-filled-in",),
    "IST0147": ("proxy-image-not-filled-in",),
    "IST0151": ("envoy-filter-order-by-age",),
    "IST0152": ("envoy-filter-patch-ignored",),
    "IST0153": ("envoy-filter-patch-ignored",),
    "IST0154": ("envoy-filter-patch-ignored",),
    "IST0155": ("envoy-filter-order-by-age",),
    "IST0162": ("gateway-port-not-on-service",),
    "IST0165": ("*",),
    "IST0167": ("sidecar-in-ambient-mode",),
    "IST0173": ("subset-without-pods",),
    "IST0174": ("host-matches-nothing",),
    "IST0177": ("service-entries-disagree",),
}
REFUSED: dict[str, str] = {
    "IST0001": "an error of the analyzer itself",
    "IST0002": "deprecated features work until they are removed; versions that are gone are told by removed-api-version",
    "IST0102": "a namespace without injection is a choice; what is lost by it is told where a mesh's policy should hold",
    "IST0103": _LIVE,
    "IST0107": _ANNOTATIONS,
    "IST0108": _ANNOTATIONS,
    "IST0125": _ANNOTATIONS,
    "IST0126": _CLUSTERS,
    "IST0127": _SECURITY,
    "IST0128": _SECURITY,
    "IST0129": _SECURITY,
    "IST0133": "warnings of the webhook on deprecated fields; the object is taken as it is",
    "IST0135": _ANNOTATIONS,
    "IST0136": _ANNOTATIONS,
    "IST0138": _SECURITY,
    "IST0139": _INSTALLATION,
    "IST0140": "not covered yet: routes of the mesh that do not hold for the gateway's own hop",
    "IST0141": _LIVE,
    "IST0142": _LIVE,
    "IST0143": _LIVE,
    "IST0148": _INSTALLATION,
    "IST0149": _SECURITY,
    "IST0150": "since ExternalName Services stand for the host they name (1.21), they have no listeners whose protocol could matter",
    "IST0156": _INSTALLATION,
    "IST0157": _TELEMETRY,
    "IST0158": _LIVE,
    "IST0159": _TELEMETRY,
    "IST0160": _TELEMETRY,
    "IST0161": _SECURITY,
    "IST0163": _INSTALLATION,
    "IST0164": _INSTALLATION,
    "IST0166": "it is told of security and telemetry objects only; what waypoints ignore of EnvoyFilters is envoy-filter-selects-waypoint",
    "IST0168": _INSTALLATION,
    "IST0169": _INSTALLATION,
    "IST0170": _CLUSTERS,
    "IST0171": _LIVE,
    "IST0172": _INSTALLATION,
    "IST0175": _SECURITY,
    "IST0176": _INSTALLATION,
}
# Messages that an analyzer can give, where its cases do not show them all.
SILENT = {
    "service.PortNameAnalyzer": {"IST0118"},
    "serviceentry.ConflictingServiceEntryProtocolAnalyzer": {"IST0177"},
    "deployment.ServiceAssociationAnalyzer": {"IST0116", "IST0137"},
    "sidecar.SelectorAnalyzer": {"IST0101", "IST0110", "IST0111", "IST0167"},
    "destinationrule.PodNotSelectedAnalyzer": {"IST0173", "IST0174"},
    "gateway.IngressGatewayPortAnalyzer": {"IST0101", "IST0162"},
    "envoyfilter.EnvoyPatchAnalyzer": {"IST0151", "IST0152", "IST0153", "IST0154", "IST0155"},
}
# Analyzers whose cases use a message that other ones use too: why theirs are not for us.
APART = {
    "authz.AuthorizationPoliciesAnalyzer": _SECURITY,
    "gateway.SecretAnalyzer": "certificates come from controllers and secret stores, and are seldom in the input",
    "telemetry.SelectorAnalyzer": _TELEMETRY,
}
_OWN_FILTER = "it hangs on no filter that another EnvoyFilter adds, so its age does not matter: nothing to mend"
_ROUTE = "istiod 1.31 does add and remove HTTP routes (patchHTTPRoutes); the analyzer's rule is older than that"
_PROTOCOL = "the Services say protocol: HTTP, which no API server takes: that is reported, and no clash is left"
_NO_HOSTS = "a VirtualService without hosts routes nothing unless another one delegates to it"
_REFUSED_GATEWAY = "the Gateway is one that Istio refuses, which is reported: what it would serve is not judged"

_OVERRIDE = "both are in force: the one for its own namespace there, the public one everywhere else"
_LONGER = "both are in force: the longer wildcard takes its hosts, the shorter one the rest"

# (case, message, object): why we differ.
DISAGREEMENTS: dict[tuple[str, str, str], str] = {
    **{
        ("virtualServiceConflictingMeshGatewayHostsWithExportTo", "IST0109", f"VirtualService {namespace}/productpage-{letter}"): reason
        for letter, reason in (("c", _OVERRIDE), ("d", _LONGER))
        for namespace in ("foo", "bar")
    },
    ("serviceMultipleDeployments", "IST0116", "Deployment bookinfo/multiple-svc-multiple-prot"): _PROTOCOL,
    ("serviceMultipleDeployments", "IST0116", "Deployment bookinfo/multiple-without-port"): _PROTOCOL,
    ("serviceMultipleDeployments", "IST0137", "Deployment bookinfo/conflicting-ports"): _PROTOCOL,
    ("virtualServiceDestinationRules", "IST0101", "VirtualService reviews-bogussubset"): _NO_HOSTS,
    ("virtualServiceDestinationRules", "IST0101", "VirtualService reviews-mirror-bogussubset"): _NO_HOSTS,
    (
        "host defined in virtualservice not found in the gateway",
        "IST0132",
        "VirtualService testing-service-03-test-04",
    ): _REFUSED_GATEWAY,
    ("EnvoyFilterUsesRelativeOperation", "IST0151", "EnvoyFilter bookinfo/test-relative-1"): _OWN_FILTER,
    ("EnvoyFilterUsesRelativeOperation", "IST0151", "EnvoyFilter bookinfo/test-relative-2"): _OWN_FILTER,
    ("EnvoyFilterUsesRemoveOperation", "IST0151", "EnvoyFilter bookinfo/test-remove-1"): _OWN_FILTER,
    ("EnvoyFilterUsesRemoveOperation", "IST0151", "EnvoyFilter bookinfo/test-remove-5"): _OWN_FILTER,
    ("EnvoyFilterUsesAddOperation", "IST0153", "EnvoyFilter bookinfo/test-auth-3"): _ROUTE,
    ("EnvoyFilterUsesRemoveOperation", "IST0152", "EnvoyFilter bookinfo/test-remove-5"): (
        "it removes a filter and names none: istiod passes over it (patchNetworkFilters)"
    ),
}
