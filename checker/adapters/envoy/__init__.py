"""Envoy's own configuration, API v3: bootstraps, discovered resources, dumps (https://www.envoyproxy.io/docs/envoy/latest/api-v3/api).

node        values with their places, in both spellings
resources   what a proxy is configured with, whatever shape it lies in
clusters    settings of a cluster
routes      settings of a route
system      listeners → routes → clusters
mistakes    what an Envoy would not take
detect      the Envoys of an input
"""
