"""Helm charts: rendered by the user's own `helm`, in a place where it can reach nothing.

render       a chart directory or archive becomes manifests, or problems in the user's files
command      the command line and the environment of helm
archive      packaged charts, unpacked safely
review       a chart before helm reads it: contents, links that lead out of it, schemas that would make helm fetch something
chart        Chart.yaml, dependencies, where templates and values are
complaints   helm's messages → problems; mistakes: those in values
comments     `# Source:` comments in what was rendered

trace        from a place in what was rendered to the line of a template and the value that sets it, shown by experiments
actions      the syntax of Go templates
unpacked     a copy of a chart without anything packed in it
marks        marks in templates, which tell what line wrote a text
lines        what the marks in a rendered text tell
values       which file sets a value, and values that are recognised when rendered
setters      which value sets an entry
deciding     what decides which value a line writes
"""

from checker.sources.helm.command import HelmOptions
from checker.sources.helm.render import render_chart
from checker.sources.helm.review import reviewed

__all__ = ["HelmOptions", "render_chart", "reviewed"]
