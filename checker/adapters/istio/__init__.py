"""Istio: what a proxy is told of every call, as istiod works it out.

names            host names: short ones, wildcards, which of several is the most specific
versions         what differs between versions, and which one a system has
mesh             the mesh's own configuration
registry         Services and ServiceEntries as istiod's registry has them, and who may see them
scope            what one proxy imports: Sidecar objects, VirtualServices, services
virtual_services VirtualServices with their delegates, and which of them a proxy gets
gateway_api      HTTPRoutes and GRPCRoutes as the VirtualServices that istiod makes of them
rules            which DestinationRule a client gets for a host, and how several become one
clusters         the settings of one host, port and subset
routes           the routes of a host and port, in the order in which the proxy tries them
gateways         the same for a gateway's proxy
injection        who takes part in the mesh: with a sidecar, through ztunnel, or not at all
waypoints        ambient mode: which waypoint a Service uses
inbound          what a server's own proxy keeps to
mutual_tls       who takes mutual TLS only, and which proxies do not speak it
unread           what is written for requests or callers that no proxy reads
ambient          ambient mode: what ztunnel and waypoints make of a call
audience         whom rules may count for: the callers of the input, and those that it may lack
inert            written lines that do nothing: inert_policies, inert_rules, inert_routes
calls            the answer to one question: who calls whom, and how
"""
