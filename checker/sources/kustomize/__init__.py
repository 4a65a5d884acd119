"""Kustomizations: which of a tree are built, what a build makes, and where a person edits each value of it.

tree        the kustomization files on disk, and what each refers to
plan        which directories are built, which are used by others, which are variants of one another
checks      what is refused before anything runs: what is remote, missing, outside, a plugin
program     kustomize or kubectl: which one, and how it is run
failures    its messages in our words, at the user's line
build       from a directory to a `Rendering`
annotated   files of objects that the simulation does not know, by the annotations of kustomize
simulation/ the same build once more on values that know where they are written, to trace a rendered line to its source
"""

from checker.sources.kustomize.build import render_kustomization
from checker.sources.kustomize.plan import Plan, Root, kustomizations
from checker.sources.kustomize.program import find_program

__all__ = ["Plan", "Root", "find_program", "kustomizations", "render_kustomization"]
