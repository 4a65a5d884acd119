"""A build of a kustomization in which each value knows where it is written.

What comes of it is only believed where it says the same as the real build: see `tracing`.

tracked       values with their places, and objects made of them
stages        the order of a build
generators    ConfigMaps and Secrets of literals and files
patches       which objects a patch is for; strategic, jsonpatch: what it does to them
transforms    names, namespaces, labels, images, replicas
replacements  values of one object put into others
plugins       transformers that are configured in files
tracing       from a line of the real text to the place
"""

from checker.sources.kustomize.simulation.tracing import tracing

__all__ = ["tracing"]
