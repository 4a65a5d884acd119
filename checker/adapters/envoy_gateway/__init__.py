"""Envoy Gateway 1.9: Gateway API and its own policies, as it reads them (github.com/envoyproxy/gateway).

targets     which policy is attached to what
spec        a policy's values with their places, the schema's defaults, and merging
validity    what makes a policy invalid
backends    whom a rule sends to
clients     what counts at a listener
patches     what nobody can tell any more
settings    the settings of a rule
system      the ways by which requests come in
dead        policies without effect
"""
